"""The subject of an event, and its state (`Snapshot`), which effects are planned against.

A `Snapshot` is read off an event and can be written back: planning goes on with the state it predicts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from rulewright.events.model import NOTHING, Event
from rulewright.policy.json_types import as_text
from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.frame import SUBJECT_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

# (key of the payload, member that names the thing): other things that an event is about.
_THINGS: Final = (
    ("deployment", "id"),
    ("release", "tag_name"),
    ("check_run", "id"),
    ("check_suite", "id"),
    ("workflow_job", "id"),
    ("workflow_run", "id"),
    ("registry_package", "name"),
    ("package", "name"),
    ("projects_v2_item", "id"),
    ("milestone", "number"),
    ("label", "name"),
)


class Subject(NamedTuple):
    """What an event is about. `repository` is `owner/name`, empty where the event has none.

    `number` counts issues, pull requests and discussions; `thing` names what has no number (`123` of a
    deployment, `v1.0` of a release).
    """

    kind: Literal["issue", "pull_request", "discussion", "repository"] | str
    repository: str
    number: int | None = None
    node_id: str | None = None
    thing: str | None = None

    @property
    def target(self) -> str:
        """`octo-org/demo#12`, `octo-org/demo@deployment/123`, or `octo-org/demo`."""
        if self.number is not None:
            return f"{self.repository}#{self.number}"
        return self.repository if self.thing is None else f"{self.repository}@{self.kind}/{self.thing}"


class Snapshot(NamedTuple):
    """The state of a subject that effects may change.

    `labels` and `assignees` are names and logins in the payload's order; `milestone` is its title. `comments`
    are the comments as objects, None where they were not gathered; `fields` are those of project boards,
    `project/field` → value.
    """

    title: str | None = None
    body: str | None = None
    state: str | None = None
    state_reason: str | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    milestone: str | None = None
    comments: tuple[Mapping[str, Any], ...] | None = None
    fields: Mapping[str, Any] = NOTHING
    locked: bool = False


def subject(event: Event) -> Subject | None:
    """What the event is about; None where it names neither a thing nor a repository."""
    payload = event.payload
    repository = _repository(payload)
    key = _subject_key(payload)
    if key is not None:
        found = payload[key]
        number = found.get("number")
        if type(number) is int:
            # A comment on a pull request comes with an `issue` that says so.
            kind = "pull_request" if key == "issue" and found.get("pull_request") is not None else key
            return Subject(kind, repository or _of_url(found), number, as_text(found.get("node_id")))
    for kind, member in _THINGS:
        thing = payload.get(kind)
        if isinstance(thing, dict) and type(name := thing.get(member)) in (int, str):
            return Subject(kind, repository, None, as_text(thing.get("node_id")), str(name))
    if not repository:
        return None
    return Subject("repository", repository, None, as_text(payload["repository"].get("node_id")))


def snapshot(event: Event) -> Snapshot | None:
    """The state that the event shows; None where it has no issue, pull request or discussion."""
    key = _subject_key(event.payload)
    if key is None:
        return None
    found = event.payload[key]
    comments, fields = event.payload.get("comments"), event.payload.get("fields")
    milestone = found.get("milestone")
    return Snapshot(
        title=as_text(found.get("title")),
        body=as_text(found.get("body")),
        state=as_text(found.get("state")),
        state_reason=as_text(found.get("state_reason")),
        labels=_names(found.get("labels"), "name"),
        assignees=_names(found.get("assignees"), "login"),
        milestone=as_text(milestone.get("title")) if isinstance(milestone, dict) else None,
        comments=tuple(comments) if isinstance(comments, list) else None,
        fields=fields if isinstance(fields, dict) else {},
        locked=found.get("locked") is True,
    )


def with_snapshot(event: Event, changed: Snapshot) -> Event:
    """A new event that shows the state `changed`; the given one when nothing differs.

    Only what differs is written; labels, assignees and milestones that stay keep all that the payload says of
    them, new ones have their name alone. An event without a subject comes back as it is.
    """
    present = snapshot(event)
    key = _subject_key(event.payload)
    if present is None or key is None or present == changed:
        return event
    found = dict(event.payload[key])
    payload = {**event.payload, key: found}
    found |= {
        name: getattr(changed, name)
        for name in ("title", "body", "state", "state_reason", "locked")
        if getattr(present, name) != getattr(changed, name)
    }
    _write_names(found, present, changed)
    if present.comments != changed.comments:
        # The number of comments belongs to the subject, the comments themselves stand beside it.
        payload["comments"] = None if changed.comments is None else list(changed.comments)
    if present.fields != changed.fields:
        payload["fields"] = dict(changed.fields)
    return Event(event.name, event.action, payload)


def _write_names(found: dict[str, Any], present: Snapshot, changed: Snapshot) -> None:
    """Write the labels, assignees and milestone that differ into the subject's object."""
    if present.labels != changed.labels:
        found["labels"] = _objects(found.get("labels"), "name", changed.labels)
    if present.assignees != changed.assignees:
        found["assignees"] = _objects(found.get("assignees"), "login", changed.assignees)
        found["assignee"] = found["assignees"][0] if changed.assignees else None
    if present.milestone != changed.milestone:
        found["milestone"] = None if changed.milestone is None else {"title": changed.milestone}


def subject_data(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The issue, pull request or discussion that a payload holds, empty where it holds none."""
    key = _subject_key(payload)
    return NOTHING if key is None else payload[key]


def _subject_key(payload: Mapping[str, object]) -> str | None:
    return next((key for key in SUBJECT_KEYS if isinstance(payload.get(key), dict)), None)


def _repository(payload: Mapping[str, object]) -> str:
    repository = payload.get("repository")
    return (as_text(repository.get("full_name")) or "") if isinstance(repository, dict) else ""


def _of_url(found: Mapping[str, object]) -> str:
    """The repository out of `https://api.github.com/repos/octo-org/demo`, where the payload has none."""
    url = as_text(found.get("repository_url")) or ""
    parts = url.split("/")
    return "/".join(parts[-2:]) if len(parts) > 4 and parts[-3] == "repos" else ""


def _name(item: object, member: str) -> str | None:
    return as_text(item.get(member)) if isinstance(item, dict) else as_text(item)


def _names(items: object, member: str) -> tuple[str, ...]:
    if not isinstance(items, list):
        return ()
    return tuple(name for item in items if (name := _name(item, member)) is not None)


def _objects(items: object, member: str, names: tuple[str, ...]) -> list[object]:
    known = {}
    for item in items if isinstance(items, list) else ():
        if (name := _name(item, member)) is not None:
            known[name.casefold()] = item
    return [known.get(name.casefold(), {member: name}) for name in names]
