"""The fields of an event that a person may edit: those of its issue, pull request or discussion, or, where it has none,
the scalars in its payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from rulewright.policy.json_types import value_at
from rulewright.policy.quantity import parse_moment
from rulewright.program.frame import SUBJECT_KEYS
from rulewright.program.nodes import path_nodes
from rulewright.program.paths import field_chain
from rulewright.testing.patch import PatchError, format_path, parse_path
from rulewright_tui.session.field_text import format_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.events.model import Event
    from rulewright.policy.json_types import Json, JsonPath
    from rulewright.program.program import Program
    from rulewright_tui.session.field_text import Kind

NOW: Final = "now"
FACT: Final = "fact:"
"""What the name of a row begins with where the row is that of a named fact."""

MOST_FIELDS: Final = 200
"""Of a payload without an issue, pull request or discussion."""
_MOST_ELEMENTS: Final = 20
_ASIDE: Final = frozenset({"repository", "organization", "installation", "enterprise", "sender"})
"""Members of a payload that say where an event comes from."""
_IDENTITY: Final = frozenset({"id", "node_id", "gravatar_id", "site_admin"})
_STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "issue": ("open", "closed"),
    "pull_request": ("open", "closed"),
    "discussion": ("open", "closed", "locked", "converting", "transferring"),
}
_AUTHOR_TYPES: Final = ("User", "Bot", "Organization", "Mannequin")


class Field(NamedTuple):
    """One value in a payload. `path` leads to it; `member` names the elements of a list of objects, such as labels."""

    name: str
    label: str
    kind: Kind
    path: JsonPath
    choices: tuple[str, ...] = ()
    member: str | None = None

    def read(self, event: Event) -> Any:
        """The value; None where it is absent or null. Of a list of objects, their names."""
        value = read_path(event.payload, self.path)
        if self.member is None or not isinstance(value, list):
            return value
        names = [item.get(self.member) if isinstance(item, dict) else item for item in value]
        return [name for name in names if isinstance(name, str)]

    def read_line(self, event: Event) -> str:
        """The value as one line."""
        return format_field(self.kind, self.read(event))


def read_path(payload: Mapping[str, Json], path: JsonPath) -> Json:
    """The value that a path leads to; None where it leads nowhere."""
    try:
        return value_at(cast("Json", payload), path)
    except (LookupError, TypeError):
        return None


def event_fields(event: Event) -> tuple[Field, ...]:
    """The fields of an event, in the order of the form."""
    return _subject_fields(event) or _payload_fields(event)


def find_field(event: Event, name: str) -> Field | None:
    """The field of a name that is one of `event_fields`, or the path of any value in the payload."""
    known = next((field for field in _subject_fields(event) if field.name == name), None)
    if known is not None:
        return known
    try:
        path = parse_path(name)
        return _payload_field(path, value_at(cast("Json", event.payload), path))
    except (PatchError, LookupError, TypeError):
        return None


def _subject_fields(event: Event) -> tuple[Field, ...]:
    key = next((key for key in SUBJECT_KEYS if isinstance(event.payload.get(key), dict)), None)
    if key is None:
        return ()
    return (
        Field("title", "title", "text", (key, "title")),
        Field("body", "body", "text", (key, "body")),
        Field("state", "state", "choice", (key, "state"), _STATES[key]),
        Field("labels", "labels", "list", (key, "labels"), member="name"),
        Field("assignees", "assignees", "list", (key, "assignees"), member="login"),
        Field("author", "author", "text", (key, "user", "login")),
        Field("author_type", "author type", "choice", (key, "user", "type"), _AUTHOR_TYPES),
        Field("created", "created", "time", (key, "created_at")),
    )


def _payload_fields(event: Event) -> tuple[Field, ...]:
    """The scalars, and the lists of scalars, of what the event is about."""
    fields = []
    for path, value in _leaves(event.payload, ()):
        field = _payload_field(path, value)
        if field is not None:
            fields.append(field)
        if len(fields) == MOST_FIELDS:
            break
    return tuple(fields)


def _payload_field(path: JsonPath, value: object) -> Field | None:
    name = format_path(path)
    if name is None:
        return None
    kind: Kind = "text" if isinstance(value, str) else "fact"
    if isinstance(value, str) and "T" in value and parse_moment(value) is not None:
        kind = "time"
    return Field(name, name, kind, path)


def _leaves(value: Any, path: JsonPath) -> Iterator[tuple[JsonPath, Json]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in _IDENTITY and not name.endswith("url") and (path or name not in _ASIDE):
                yield from _leaves(inner, (*path, name))
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for number, inner in enumerate(value[:_MOST_ELEMENTS]):
            yield from _leaves(inner, (*path, number))
    else:
        yield path, value


def paths_policies_read(program: Program, event: Event) -> tuple[str, ...]:
    """The places in the payload with a scalar that a condition of the event's policies reads by a plain path, in the
    order of the policies: names of fields for `find_field`."""
    names: dict[str, None] = {}
    for policy in program.route(event.name, event.action).policies:
        for entry in policy.entries:
            for node in path_nodes(entry.when):
                path = field_chain(program.paths[node.path])
                value = None if path is None else read_path(event.payload, path)
                if path is not None and isinstance(value, str | int | float) and (name := format_path(path)):
                    names[name] = None
    return tuple(names)
