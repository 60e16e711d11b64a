"""Loading of payload parts that no webhook carries: comments, timeline, board fields, reviews, files.

A `PayloadReader` fetches it. Each part is put into the event's payload under its own name (`PARTS`), at most once per
gathering and only when something asks for it, so that the facts stay plain data and replay without a reader.
A part that could not be had is noted in `Facts.absent` under `payload.NAME`; whoever needs it keeps still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from rulewright.events.history import own_accounts
from rulewright.events.model import Absent
from rulewright.events.snapshot import subject
from rulewright.policy.canonical import canonical_json
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.fact_sources import FACT_DECLARATIONS, input_paths
from rulewright.policy.json_types import as_objects
from rulewright.program.lazy_payload import PARTS, absent_part, named_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.events.model import Event
    from rulewright.events.snapshot import Subject
    from rulewright.policy.config import Identity
    from rulewright.policy.json_types import Json, JsonObject

_PULL_REQUESTS: Final = frozenset({"reviews", "files"})
_DISCUSSIONS: Final = frozenset({"comments"})


class PayloadReader(Protocol):
    """Reads GitHub for one run. Every method raises SourceError when GitHub, or the way there, fails.

    Objects have the shape of GitHub's REST answers. `subject` has a number and a repository.
    """

    def comments(self, subject: Subject) -> list[JsonObject]:
        """All comments, oldest first: `{"id", "node_id", "user", "body", "created_at", …}`."""
        ...

    def timeline(self, subject: Subject) -> list[JsonObject]:
        """All timeline events, oldest first, as `GET /repos/{o}/{r}/issues/{n}/timeline` gives them.

        Changes on a project board, where the reader knows them, are `{"event": "project_v2_item_status_changed",
        "actor", "created_at", "project": {"number": 1}, "field": "Status", "previous_status", "status"}`.
        """
        ...

    def fields(self, subject: Subject) -> JsonObject:
        """`project/field` → value, for every board that the subject stands on: `{"1/Status": "Todo"}`."""
        ...

    def reviews(self, subject: Subject) -> list[JsonObject]:
        """The reviews of a pull request, oldest first."""
        ...

    def files(self, subject: Subject) -> list[JsonObject]:
        """The files that a pull request changes: `{"filename", "status", "additions", …}`."""
        ...

    def permission(self, subject: Subject, login: str) -> str:
        """`none`, `read`, `triage`, `write`, `maintain` or `admin`: what the login may do in the repository."""
        ...

    def viewer(self) -> JsonObject | None:
        """Who the tool is here: `{"login": …}`, with `app_id` for an app; None where the token does not tell."""
        ...


def missing_parts(event: Event, absent: Mapping[str, Absent]) -> frozenset[str]:
    """The parts that this event's subject may have, that the payload does not hold and that were not tried."""
    about = subject(event)
    if about is None or about.number is None or not about.repository:
        return frozenset()
    found = _DISCUSSIONS if about.kind == "discussion" else frozenset(PARTS)
    if about.kind != "pull_request":
        found -= _PULL_REQUESTS
    payload = event.payload
    return frozenset(part for part in found if part not in payload and absent_part(part) not in absent)


def parts_of_fact(source: str, arguments: Mapping[str, Json], tasks: Mapping[str, Json]) -> frozenset[str]:
    """The parts that a gathered fact is made from, by its source and the paths that it reads (`input_paths`)."""
    declaration = FACT_DECLARATIONS.get(source)
    own = frozenset[str]() if declaration is None else declaration.parts
    return own.union(*map(named_parts, input_paths(source, arguments, tasks)))


def load_parts(
    event: Event,
    parts: Iterable[str],
    reader: PayloadReader,
    absent: dict[str, Absent],
    identity: Identity,
) -> Event:
    """The event with these parts beside its subject. What fails is noted in `absent`, with the reason."""
    about = subject(event)
    if about is None:
        return event
    found: dict[str, object] = {}
    for part in sorted(parts):
        try:
            found[part] = _checked(part, getattr(reader, part)(about))
        except SourceError as error:
            absent[absent_part(part)] = Absent(error.message, failed=True)
    event = event._replace(payload={**event.payload, **found}) if found else event
    return with_viewer(event, identity, reader) if "timeline" in found else event


def with_viewer(event: Event, identity: Identity, reader: PayloadReader | None = None) -> Event:
    """The event with `viewer`, the tool's own accounts (`history.own_accounts`).

    Where nothing tells, the tool's own changes by a person's token count as a person's, which holds it back.
    """
    if "viewer" in event.payload:
        return event
    try:
        who = own_accounts(identity, reader.viewer if reader is not None else None)
    except SourceError:
        who = own_accounts(identity)
    return event if who is None else event._replace(payload={**event.payload, "viewer": who})


def _checked(part: str, answer: object) -> object:
    """What the reader answered, in the words of webhooks. Raises SourceError for what no reader may answer."""
    if part == "fields":
        right = isinstance(answer, dict)
    else:
        right = isinstance(answer, list) and all(isinstance(item, dict) for item in answer)
    if not right or not is_json(answer):
        raise SourceError(f"the reader's {part} are not what they must be")
    # Webhooks write `approved` where the REST interface writes `APPROVED`: policies know the one.
    return [_lower(item, "state") for item in as_objects(answer)] if part == "reviews" else answer


def is_json(value: object) -> bool:
    """Whether a value can be written as JSON."""
    try:
        canonical_json(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _lower(item: JsonObject, name: str) -> JsonObject:
    text = item.get(name)
    return {**item, name: text.lower()} if isinstance(text, str) else item
