"""Recognition of event documents: a GitHub payload by its shape, or an envelope that names its event.

An envelope is `{"event": "issues", "payload": {…}}`, with `"action"` where the payload has none. A raw
payload carries no event name, so the name is read off the keys at its top. Keys are ranked, because payloads
carry each other: a deployment status brings its deployment, its check run and its workflow run along.
"""

from __future__ import annotations

from os.path import abspath
from typing import TYPE_CHECKING, Final

from rulewright.events.model import Event
from rulewright.policy.diagnostics import UsageError, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_EVENTS: Final = frozenset({"manual", "schedule", "measurement", "promotion_request"})
"""Events that are ours; `schedule` is GitHub's too, and here a sweep over one open subject."""

# (key at the top, type its value must have, event): the first row whose key stands there names the event.
_SHAPES: Final[tuple[tuple[str, type, str], ...]] = (
    ("measurements", list, "measurement"),
    ("promotion", dict, "promotion_request"),
    ("schedule", str, "schedule"),
    ("zen", str, "ping"),
    ("client_payload", object, "repository_dispatch"),
    ("inputs", object, "workflow_dispatch"),
    ("sub_issue", dict, "sub_issues"),
    ("parent_issue", dict, "sub_issues"),
    ("blocked_issue", dict, "issue_dependencies"),
    ("blocking_issue", dict, "issue_dependencies"),
    ("deployment_status", dict, "deployment_status"),
    ("workflow_job", dict, "workflow_job"),
    ("check_run", dict, "check_run"),
    ("check_suite", dict, "check_suite"),
    ("deployment_callback_url", str, "deployment_protection_rule"),
    ("deployment", dict, "deployment"),
    ("reviewers", list, "deployment_review"),
    ("approver", dict, "deployment_review"),
    ("workflow_run", dict, "workflow_run"),
    ("alert", dict, "alert"),
    ("pull_request", dict, "pull_request"),
    ("discussion", dict, "discussion"),
    ("issue", dict, "issues"),
    ("release", dict, "release"),
    ("registry_package", dict, "registry_package"),
    ("package", dict, "package"),
    ("projects_v2_item", dict, "projects_v2_item"),
    ("projects_v2_status_update", dict, "projects_v2_status_update"),
    ("projects_v2", dict, "projects_v2"),
    ("merge_group", dict, "merge_group"),
    ("milestone", dict, "milestone"),
    ("label", dict, "label"),
    ("forkee", dict, "fork"),
    ("commits", list, "push"),
    ("master_branch", str, "create"),
    ("pusher_type", str, "delete"),
    ("branches", list, "status"),
    ("comment", dict, "commit_comment"),
    ("starred_at", object, "star"),
    ("pages", list, "gollum"),
    ("build", dict, "page_build"),
    ("rule", dict, "branch_protection_rule"),
    ("repository_ruleset", dict, "repository_ruleset"),
    ("repository_advisory", dict, "repository_advisory"),
    ("key", dict, "deploy_key"),
    ("hook", dict, "meta"),
    ("member", dict, "member"),
    ("membership", dict, "organization"),
    ("invitation", dict, "organization"),
    ("team", dict, "team"),
    ("repositories_added", list, "installation_repositories"),
)
_NOT_FOR_POLICIES: Final[tuple[tuple[str, type, str], ...]] = (
    ("marketplace_purchase", dict, "marketplace_purchase"),
    ("blocked_user", dict, "org_block"),
    ("project_card", dict, "project_card"),
    ("project_column", dict, "project_column"),
    ("project", dict, "project"),
    ("sponsorship", dict, "sponsorship"),
    ("security_advisory", dict, "security_advisory"),
    ("personal_access_token_request", dict, "personal_access_token_request"),
    ("definition", object, "custom_property"),
    ("new_property_values", list, "custom_property_values"),
    ("scan", object, "secret_scanning_scan"),
)
_RANK: Final = {
    key: (rank, kind, name) for rank, (key, kind, name) in enumerate((*_SHAPES, *_NOT_FOR_POLICIES))
}

# What a second key at the top makes of the first reading.
_REFINED: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "issues": (("comment", "issue_comment"),),
    "discussion": (("comment", "discussion_comment"),),
    "pull_request": (
        ("review", "pull_request_review"),
        ("comment", "pull_request_review_comment"),
        ("thread", "pull_request_review_thread"),
    ),
    "member": (("team", "membership"),),
}

# Alerts share one key; what the alert itself holds tells them apart.
_ALERTS: Final = (
    ("dependency", "dependabot_alert"),
    ("secret_type", "secret_scanning_alert"),
    ("tool", "code_scanning_alert"),
    ("rule", "code_scanning_alert"),
)

EVENT_NAMES: Final = frozenset(
    {name for _, _, name in _SHAPES if name != "alert"}
    | {name for refined in _REFINED.values() for _, name in refined}
    | {name for _, name in _ALERTS}
    | OWN_EVENTS
    | {"pull_request_target", "watch", "public", "repository", "installation", "team_add"}
)
"""Every event that `recognise` can answer with and a policy can take."""
OTHER_EVENTS: Final = frozenset(
    {
        "branch_protection_configuration",
        "github_app_authorization",
        "installation_target",
        "repository_import",
        "repository_vulnerability_alert",
        "secret_scanning_alert_location",
        "security_and_analysis",
        "workflow_call",
    }
    | {name for _, _, name in _NOT_FOR_POLICIES}
)
"""Events that GitHub documents and no policy takes: nothing is decided about them, and they are no mistake."""


def recognise(
    document: object,
    *,
    name: str | None = None,
    environ: Mapping[str, str] | None = None,
    path: str | None = None,
) -> Event:
    """The event that `document`, a decoded JSON value, describes.

    `name` (`issues` or `issues.opened`) wins over everything. `GITHUB_EVENT_NAME` of `environ` speaks only
    for the file that `GITHUB_EVENT_PATH` names. Then comes the envelope's own word, then the shape.

    Raises UsageError when the document is no mapping, of no known shape, or `name` is no event's name.
    """
    if type(document) is not dict:
        raise UsageError(
            f"The event is {_kind(document)}; it must be a JSON object.",
            hint='Pass a webhook payload, or {"event": "issues", "payload": {…}}.',
        )
    payload = document
    enveloped: str | None = None
    action = document.get("action")
    if "event" in document and "payload" in document:
        enveloped, payload = _envelope(document)
        action = document["action"] if document.get("action") is not None else payload.get("action")
    if action is not None and type(action) is not str:
        raise UsageError(f"The event's `action` is {_kind(action)}; it must be text such as `opened`.")
    if name is not None:
        return _named(name, action, payload)
    if path is not None and environ and (stated := _stated(environ, path)):
        # GitHub's own word is taken even for an event that this version does not know.
        return Event(stated, action, payload)
    if enveloped is not None:
        return _named(enveloped, action, payload)
    found = _by_shape(payload)
    if found is None:
        raise _unknown_shape(payload)
    return Event(found, action, payload)


def _by_shape(payload: dict[str, object]) -> str | None:
    best: tuple[int, type, str] | None = None
    ranks = _RANK
    for key in payload:
        entry = ranks.get(key)
        if entry is not None and (best is None or entry[0] < best[0]) and isinstance(payload[key], entry[1]):
            best = entry
    if best is None:
        return _by_action(payload)
    return _refine(best[2], payload)


def _refine(found: str, payload: dict[str, object]) -> str | None:
    """The event that a shape stands for, where the payload says more: which alert, which comment."""
    if found in _REFINED:
        return next((name for key, name in _REFINED[found] if key in payload), found)
    if found == "alert":
        alert = payload["alert"]
        known = alert if isinstance(alert, dict) else ()
        return next((name for key, name in _ALERTS if key in known), None)
    return "team_add" if found == "team" and payload.get("action") is None else found


def _by_action(payload: dict[str, object]) -> str | None:
    """Events that bring nothing but the repository or the installation: the action alone tells."""
    action = payload.get("action")
    if isinstance(payload.get("repository"), dict):
        if action == "started":
            return "watch"
        return "repository" if action is not None else ("public" if "sender" in payload else None)
    if isinstance(payload.get("installation"), dict) and action is not None:
        return "installation"
    return None


def _envelope(document: dict[str, object]) -> tuple[str, dict[str, object]]:
    name, payload = document["event"], document["payload"]
    if type(name) is not str:
        raise UsageError(
            f"The envelope's `event` is {_kind(name)}; it must be an event name such as `issues`."
        )
    if type(payload) is not dict:
        raise UsageError(f"The envelope's `payload` is {_kind(payload)}; it must be a JSON object.")
    return name, payload


def _stated(environ: Mapping[str, str], path: str) -> str | None:
    name, file = environ.get("GITHUB_EVENT_NAME"), environ.get("GITHUB_EVENT_PATH")
    if not name or not file:
        return None
    return name if file == path or abspath(file) == abspath(path) else None


def _named(text: str, action: str | None, payload: dict[str, object]) -> Event:
    name, dot, stated = text.partition(".")
    is_known = name in EVENT_NAMES or name in OTHER_EVENTS
    if not is_known or (dot and not stated):
        from difflib import get_close_matches

        close = get_close_matches(name, EVENT_NAMES, 1)
        raise UsageError(
            f"Unknown event {_shown(text)}.",
            hint=f"Did you mean `{close[0]}`?"
            if close
            else "Use the name of a GitHub event, such as `issues.opened`.",
        )
    # Ours have no actions; the payload of a sweep may be one that somebody kept of another event.
    return Event(name, stated or (None if name in OWN_EVENTS else action), payload)


def _unknown_shape(payload: dict[str, object]) -> UsageError:
    if not payload:
        return UsageError("The event is empty.", hint="Name the event, such as --event-name manual.")
    keys = ", ".join(_shown(key) for key in list(payload)[:8]) + (", …" if len(payload) > 8 else "")
    return UsageError(
        f"Unknown type of event, with the keys {keys}.",
        hint="Name the event, such as --event-name issues.opened.",
    )


def _shown(text: str) -> str:
    """Foreign text for a message: cut and escaped, so that no control character or surrogate gets out."""
    short = shorten(text, 40)
    return "`" + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in short) + "`"


def _kind(value: object) -> str:
    words = {type(None): "null", bool: "a boolean", str: "text", list: "a list", dict: "an object"}
    return words.get(type(value), "a number")
