"""Effects on GitHub: what each action asks of the REST and GraphQL interfaces.

Every write adds or takes one thing and can be repeated: labels and assignees are never set as a whole. A POST that
may have been carried out is looked for before it is sent again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from rulewright.actions.comment import comment_sha256
from rulewright.actions.mask import MaskedSpan, masked_spans, text_of
from rulewright.actions.masked_text import mask_field, mask_field_as_stored
from rulewright.actions.plan import text_sha256
from rulewright.actions.port import Changed, Impossible, Refused
from rulewright.actions.prune_comment import own_comment
from rulewright.events.line_ends import unix_lines
from rulewright.github.boards import set_board_field
from rulewright.github.errors import GitHubError
from rulewright.github.graphql import nodes_at
from rulewright.github.urls import path
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.json_types import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.actions.plan import Effect
    from rulewright.events.snapshot import Snapshot, Subject
    from rulewright.github.client import Client
    from rulewright.github.reader import GitHubReader
    from rulewright.policy.json_types import Json, JsonObject

ISSUE: Final = "/repos/{owner}/{repo}/issues/{issue_number}"
COMMENT: Final = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
_NO_NAMES: Final = frozenset({".", ".."})
"""Names that mean another place in the path of a request."""
MOST_ASSIGNEES: Final = 10
"""GitHub's own limit; what is beyond it is left out of the answer without a word."""
CLOSED: Final = ("completed", "not_planned", "duplicate")


class WriteContext(NamedTuple):
    """What a write works with. `state` is the subject as it was just read, None where that was not asked for."""

    client: Client
    reader: GitHubReader
    subject: Subject
    state: Snapshot | None = None

    def path(self, more: str = "") -> str:
        return path(ISSUE + more, self.subject.repository, self.subject.number or 0)

    def node(self) -> str:
        """The subject's global id. Raises GitHubError."""
        return str(self.client.get(self.path())["node_id"])


def _add_labels(effect: Effect, context: WriteContext) -> None:
    context.client.send("POST", context.path("/labels"), {"labels": effect.texts("labels")}, repeatable=True)


def _remove_labels(effect: Effect, context: WriteContext) -> None:
    odd: list[Json] = [name for name in effect.texts("labels") if name in _NO_NAMES]
    done = [name for name in effect.texts("labels") if name not in odd]
    for name in done:
        _remove_one_label(name, context)
    if odd:
        raise Refused(
            f"a label named `{odd[0]}` cannot be addressed on GitHub",
            effect.with_arguments({"labels": odd}),
            effect.with_arguments({"labels": [*done]}) if done else None,
            hint="remove it manually, and rename it",
        )


def _remove_one_label(label: str, context: WriteContext) -> None:
    try:
        context.client.send("DELETE", f"{context.path()}/labels/{quote(label, safe='')}")
    except GitHubError as error:
        # Somebody else took it off in between: what was wanted holds.
        if error.kind != "not_found" or label.casefold() in _read_labels(context):
            raise


def _read_labels(context: WriteContext) -> set[str]:
    return {str(one["name"]).casefold() for one in context.client.pages(context.path("/labels"))}


def _set_label(effect: Effect, context: WriteContext) -> None:
    """The new label first: a subject without any of the group would look undecided to everyone in between."""
    label = effect.text("label")
    if context.state is None or label.casefold() not in {name.casefold() for name in context.state.labels}:
        context.client.send("POST", context.path("/labels"), {"labels": [label]}, repeatable=True)
    for other in effect.texts("remove"):
        if other not in _NO_NAMES:
            _remove_one_label(other, context)


def find_comment(context: WriteContext, marker: str) -> JsonObject | None:
    """This token's first comment that begins with the marker, read anew."""
    for comment in context.client.pages(context.path("/comments")):
        if context.reader.wrote(comment) is not False and str(comment.get("body") or "").startswith(marker):
            return dict(comment)
    return None


def _comment(effect: Effect, context: WriteContext) -> None:
    """Only as long as the comment is what it was when the preconditions were checked. Raises Changed."""
    marker, body = effect.text("marker"), {"body": effect.text("body")}
    before = comment_sha256(context.state, marker) if context.state is not None else None
    present = find_comment(context, marker)
    if present is None:
        written = context.client.send(
            "POST",
            context.path("/comments"),
            body,
            notifies=True,
            happened=lambda: find_comment(context, marker),
        )
        present = find_comment(context, marker)
        if present is None or present["id"] == written["id"]:
            return
        # Another run wrote it in between: its comment stays, as people may have answered to it.
        _delete_comment(written["id"], context)
    if present.get("body") != body["body"]:
        if text_sha256(str(present.get("body") or "")) != before:
            raise Changed("another run changed the comment")
        context.client.send("PATCH", path(COMMENT, context.subject.repository, str(present["id"])), body)


def _delete_comment(number: int, context: WriteContext) -> None:
    try:
        context.client.send("DELETE", path(COMMENT, context.subject.repository, number))
    except GitHubError as error:
        if error.kind != "not_found":
            raise


def _prune_comment(effect: Effect, context: WriteContext) -> None:
    """Of the state that was just read; only a comment that is known to be this token's."""
    found = own_comment(context.state, effect.text("marker")) if context.state is not None else None
    if found is not None:
        _delete_comment(found["id"], context)


def _close(effect: Effect, context: WriteContext) -> None:
    body: JsonObject = {"state": "closed"}
    reason = effect.arguments.get("reason")
    if context.subject.kind != "pull_request" and reason in CLOSED:
        body["state_reason"] = reason
        canonical = effect.arguments.get("duplicate_of")
        if reason == "duplicate" and type(canonical) is int:
            place = path(ISSUE, context.subject.repository, canonical)
            body["duplicate_issue_id"] = context.client.get(place)["id"]
    context.client.send("PATCH", context.path(), body, notifies=True)


def _reopen(effect: Effect, context: WriteContext) -> None:
    context.client.send("PATCH", context.path(), {"state": "open"}, notifies=True)


def _assign(effect: Effect, context: WriteContext) -> None:
    """By REST; whom GitHub drops in silence, by GraphQL, where Copilot and other agents can be assigned."""
    present = _current_assignees(context)
    room = MOST_ASSIGNEES - len(present)
    users = [name for name in effect.texts("users") if name.casefold() not in present]
    over = users[max(room, 0) :]
    wanted = users[: max(room, 0)]
    if not wanted:
        if users:
            raise Refused(f"GitHub keeps {MOST_ASSIGNEES} assignees, and there are {len(present)}", effect)
        return
    answer = context.client.send(
        "POST", context.path("/assignees"), {"assignees": wanted}, notifies=True, repeatable=True
    )
    assigned = {str(one["login"]).casefold() for one in (answer or {}).get("assignees") or ()}
    dropped = [name for name in wanted if name.casefold() not in assigned]
    refused = _assign_actors(dropped, context) if dropped else []
    if refused or over:
        raise _partly_assigned(effect, context, wanted, refused, over)


def _partly_assigned(
    effect: Effect, context: WriteContext, wanted: list[str], refused: list[str], over: list[str]
) -> Refused:
    """The error of an assignment of which `refused` and `over` could not be done."""
    said = [f"{', '.join(refused)} cannot be assigned in {context.subject.repository}"] if refused else []
    said += [f"GitHub keeps {MOST_ASSIGNEES} assignees"] if over else []
    left = [*refused, *over]
    hint = (
        "people need write access or a comment of theirs on the issue; "
        "agents such as copilot-swe-agent need a person's token"
    )
    done = [name for name in wanted if name not in refused]
    return Refused(
        "; ".join(said),
        effect.with_arguments({"users": [*left]}),
        effect.with_arguments({"users": [*done]}) if done else None,
        hint=hint,
    )


def _current_assignees(context: WriteContext) -> set[str]:
    """Who is assigned, as it was just read."""
    return set() if context.state is None else {name.casefold() for name in context.state.assignees}


def _assign_actors(logins: list[str], context: WriteContext) -> list[str]:
    """Assign who is no user, such as an agent, and return those who could not be. Those who are there stay:
    `replaceActorsForAssignable` takes the whole list."""
    owner, _, name = context.subject.repository.partition("/")
    actors, unknown = {}, []
    for login in logins:
        asked = {"owner": owner, "repo": name, "query": login}
        suggested = nodes_at(context.client.graphql("assignable", asked), "repository", "suggestedActors")
        ids = [actor["id"] for actor in suggested if str(actor["login"]).casefold() == login.casefold()]
        if ids:
            actors[login] = str(ids[0])
        else:
            unknown.append(login)
    if actors:
        node = context.node()
        present = _assigned_actors(node, context)
        wanted = list(dict.fromkeys([*present, *actors.values()]))
        context.client.graphql("replace_assignees", {"assignable": node, "actors": wanted})
        after = _assigned_actors(node, context)
        unknown += [login for login, actor in actors.items() if actor not in after]
    return unknown


def _assigned_actors(node: str, context: WriteContext) -> list[str]:
    actors = nodes_at(context.client.graphql("assigned", {"id": node}), "node", "assignedActors")
    return [str(actor["id"]) for actor in actors]


def _unassign(effect: Effect, context: WriteContext) -> None:
    context.client.send("DELETE", context.path("/assignees"), {"assignees": effect.texts("users")})


def _set_title(effect: Effect, context: WriteContext) -> None:
    context.client.send("PATCH", context.path(), {"title": effect.arguments["title"]})


def _mask(effect: Effect, context: WriteContext) -> None:
    """Title and body in one edit, each comment in its own. GitHub keeps the text before in the edit history."""
    assert context.state is not None
    own: dict[str, str] = {}
    read: dict[str, JsonObject] = {}
    for name in effect.texts("fields"):
        text = text_of(context.state, name)
        found = masked_spans(effect, name)
        if text is None or not found:
            raise SourceError(f"the fact for {name} has no offsets to mask")
        place, part = context.path(), name.rpartition(".")[2]
        if "comments[" in name:
            comment = (context.state.comments or ())[int(name.partition("[")[2].partition("]")[0])]
            place = path(COMMENT, context.subject.repository, comment["id"])
        if place not in read:
            read[place] = json.loads(context.client.probe(place).body)
        masked = _mask_stored_text(read[place].get(part), name, text, found)
        if masked is None:
            continue
        if place == context.path():
            own[part] = masked
        else:
            context.client.send("PATCH", place, {part: masked})
    if own:
        context.client.send("PATCH", context.path(), own)


def _mask_stored_text(stored: Json, name: str, text: str, found: Sequence[MaskedSpan]) -> str | None:
    """What GitHub has, masked, with its own line ends; None where another run masked it meanwhile.

    Raises Changed where it is no longer `text` for another reason.
    """
    if isinstance(stored, str):
        if unix_lines(stored) == text:
            return mask_field_as_stored(stored, name, found)
        if unix_lines(stored) == mask_field(text, name, found):
            return None
    raise Changed("its text was changed")


def _set_milestone(effect: Effect, context: WriteContext) -> None:
    wanted, number = as_text(effect.arguments["milestone"]), None
    if wanted is not None:
        listed = context.client.pages(
            path("/repos/{owner}/{repo}/milestones", context.subject.repository), {"state": "all"}
        )
        number = next((one["number"] for one in listed if one["title"] == wanted), None)
        if number is None:
            raise SourceError(
                f"{context.subject.repository} has no milestone `{wanted[:60]}`", hint="create it there first"
            )
    context.client.send("PATCH", context.path(), {"milestone": number})


def _set_field(effect: Effect, context: WriteContext) -> None:
    project, owner = effect.text("project"), context.subject.repository.partition("/")[0]
    if not project.isdecimal():
        raise SourceError(f"project `{project}` is not a number", hint="use the number of the board")
    board = context.reader.board(owner, int(project))
    if board is None:
        raise Impossible(
            f"project {project} of {owner} not found, or the token has no access",
            hint="the token of Actions has no access to projects: use the token of an app or a person",
        )
    set_board_field(context.client, board, context.node(), effect.text("field"), effect.arguments["value"])


WRITES: Final[Mapping[str, Callable[[Effect, WriteContext], None]]] = {
    "add_labels": _add_labels,
    "remove_labels": _remove_labels,
    "set_label": _set_label,
    "comment": _comment,
    "prune_comment": _prune_comment,
    "close": _close,
    "reopen": _reopen,
    "assign": _assign,
    "unassign": _unassign,
    "set_title": _set_title,
    "mask": _mask,
    "set_milestone": _set_milestone,
    "set_field": _set_field,
}
"""Action → how it is done. Emissions are not here: they change no state of the subject."""
