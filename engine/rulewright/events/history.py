"""The timeline of a subject (`payload.timeline`): who changed what, and whether a person did.

A person is an account of type `User` that acted itself: not through a GitHub App, and not as the tool's own
account (`payload.viewer`: a machine user's token acts as a `User` too). The end of a login says nothing. Where the
account is gone or its type is not told, the change counts as a person's, so that nothing is undone on a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.json_types import as_object, as_text
from rulewright.policy.named_tuple import NamedTuple
from rulewright.policy.quantity import parse_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.policy.config import Identity

ACTIONS_BOT: Final = "github-actions[bot]"
"""The account of `GITHUB_TOKEN` in every repository: only the repository's own workflows act as it."""


class Change(NamedTuple):
    """One event of the timeline. `at` is as GitHub writes it, `seconds` the same since 1970.

    `actor` is empty where the account is gone. `label`, `assignee`, `milestone` are names; `value` is what a rename,
    or a change of a board's `field` (`project/field`), left behind. `of_tool`: a comment was deleted that was the
    tool's, or of which nothing tells whose it was.
    """

    event: str
    at: str
    seconds: float
    actor: str
    human: bool
    own: bool = False
    of_tool: bool = False
    label: str | None = None
    assignee: str | None = None
    milestone: str | None = None
    field: str | None = None
    value: str | None = None


def read_changes(payload: Mapping[str, object]) -> tuple[Change, ...] | None:
    """The timeline, oldest first; None where the payload has none. Entries without a moment are left out."""
    timeline = payload.get("timeline")
    if not isinstance(timeline, list):
        return None
    viewer = payload.get("viewer")
    found = [change for item in timeline if (change := _change(item, viewer)) is not None]
    return tuple(sorted(found, key=lambda change: change.seconds))


def own_accounts(
    identity: Identity, token: Callable[[], Mapping[str, object] | None] | None = None
) -> dict[str, object] | None:
    """The accounts that the tool acts as, `{"login"?, "app_id"?, "also"?}`: rulewright.yaml's `identity:`, with the
    login that the token tells where that names none. None where neither tells.

    Raises what `token` raises; it is called only where it is needed.
    """
    told = identity.to_json()
    if token is not None and not identity.is_named:
        told = {**(token() or {}), **told}
    return told or None


def is_own(actor: object, viewer: object, app: object | None = None) -> bool:
    """Whether an account of the tool did it, or its own app on somebody's behalf.

    What the repository's own workflows did counts: one workflow may have another token than the next.
    """
    if not isinstance(viewer, dict):
        return False
    if isinstance(app, dict) and app.get("id") is not None and app["id"] == viewer.get("app_id"):
        return True
    return _is_of_actions(actor) or _login(actor).casefold() in _logins(viewer)


def is_written_by_tool(thing: Mapping[str, object], viewer: Mapping[str, object] | None) -> bool | None:
    """Whether the tool wrote a comment or an issue, under whichever of its accounts.

    None for what a program wrote, where no account is known. What a person wrote through the tool's app is the
    person's: they chose the text.
    """
    author = thing.get("user")
    bot = isinstance(author, dict) and author.get("type") == "Bot"
    if _is_of_actions(author):
        return True
    known = viewer is not None and bool(_logins(viewer) or viewer.get("app_id"))
    if not known:
        return None if bot else False
    return is_own(author, viewer, thing.get("performed_via_github_app") if bot else None)


def is_named(login: str, identity: Identity) -> bool:
    """Whether runs with another token know this account as the tool's: that of Actions, and what `identity:` names."""
    known = {ACTIONS_BOT, *_logins(identity.to_json())}
    return login.casefold() in known or identity.app_id is not None


def _is_of_actions(actor: object) -> bool:
    return isinstance(actor, dict) and actor.get("type") == "Bot" and _login(actor).casefold() == ACTIONS_BOT


def _logins(viewer: Mapping[str, object]) -> frozenset[str]:
    also = viewer.get("also")
    named = (viewer.get("login"), *(also if isinstance(also, list | tuple) else ()))
    return frozenset(name.casefold() for name in named if isinstance(name, str) and name)


def is_by_tool(change: Change, payload: Mapping[str, object]) -> bool:
    """Whether the tool made a change; where the payload does not tell its account, whether any program did."""
    return change.own if isinstance(payload.get("viewer"), dict) else not change.human


def is_human(actor: object, viewer: object, app: object | None = None) -> bool:
    """Whether a person did it."""
    if app is not None or is_own(actor, viewer):
        return False
    kind = actor.get("type") if isinstance(actor, dict) else None
    return kind is None or kind == "User"


def _change(item: object, viewer: object) -> Change | None:
    if not isinstance(item, dict) or not isinstance(item.get("event"), str):
        return None
    at = _moment(item)
    seconds = parse_moment(at) if at is not None else None
    if at is None or seconds is None:
        return None
    # A comment's and a review's author stands under `user`; nobody says who pushed a commit.
    actor, app = item.get("actor") or item.get("user"), item.get("performed_via_github_app")
    return Change(
        event=item["event"],
        at=at,
        seconds=seconds,
        actor=_login(actor),
        human=is_human(actor, viewer, app),
        own=is_own(actor, viewer, app),
        of_tool=item["event"] == "comment_deleted" and _was_of_tool(item, viewer),
        label=_member(item.get("label"), "name"),
        assignee=_login(item.get("assignee")) or None,
        milestone=_member(item.get("milestone"), "title"),
        field=_field(item),
        value=_value(item),
    )


def _was_of_tool(item: Mapping[str, object], viewer: object) -> bool:
    if "deleted_comment_author" not in item:
        return True
    return is_written_by_tool({"user": item["deleted_comment_author"]}, as_object(viewer)) is not False


_MOMENTS: Final = ("created_at", "submitted_at")


def _moment(item: Mapping[str, object]) -> str | None:
    for name in _MOMENTS:
        if isinstance(item.get(name), str):
            return str(item[name])
    return _member(item.get("committer"), "date")


def _field(item: Mapping[str, object]) -> str | None:
    project = item.get("project")
    number = project.get("number") if isinstance(project, dict) else None
    if item["event"] != "project_v2_item_status_changed" or type(number) is not int:
        return None
    return f"{number}/{as_text(item.get('field')) or 'Status'}"


def _value(item: Mapping[str, object]) -> str | None:
    return _member(item.get("rename"), "to") if item["event"] == "renamed" else as_text(item.get("status"))


def _member(value: object, name: str) -> str | None:
    return as_text(value.get(name)) if isinstance(value, dict) else None


def _login(actor: object) -> str:
    return _member(actor, "login") or ""
