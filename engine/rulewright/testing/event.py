"""The event of a case: a fixture, a file or the payload itself, with its patch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rulewright.events.line_ends import with_unix_lines
from rulewright.events.model import Event
from rulewright.events.reader import example_events, read_event_file
from rulewright.events.recognise import recognise
from rulewright.policy.diagnostics import RulewrightError
from rulewright.policy.json_types import as_object
from rulewright.policy.suggestions import nearest
from rulewright.testing.patch import PatchError, apply_patch, remove_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.json_types import Json
    from rulewright.testing.model import Case


class EventError(Exception):
    """An event that cannot be made; carries the diagnostic."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def build_event(case: Case) -> Event:
    """The event of a case, its payload a copy of its own. Raises EventError."""
    spec: Mapping[str, Any] = as_object(case.body["event"]) or {}
    document = _read_document(case, spec)
    payload = _payload_of(document)
    name, action = spec.get("name"), spec.get("action")
    if action is not None:
        payload["action"] = action
    try:
        event = recognise(document, name=f"{name}.{action}" if name and action else name)
    except RulewrightError as error:
        raise _event_error(case, "RW604", error.message, error.hint) from None
    if action is not None and event.action != action:
        event = Event(event.name, action, event.payload)
    patch = spec.get("patch") or {}
    _change_payload(case, payload, patch, spec.get("remove") or [], event.name)
    return Event(event.name, payload["action"], event.payload) if "action" in patch else event


def _payload_of(document: dict[str, Any]) -> dict[str, Any]:
    """The payload in a document, which may be an envelope (`{"event", "payload"}`)."""
    payload = document.get("payload") if isinstance(document, dict) and "event" in document else None
    return payload if isinstance(payload, dict) else document


def _change_payload(
    case: Case, payload: dict[str, Any], patch: Mapping[str, Json], remove: list[str], event: str
) -> None:
    """Apply `patch` and `remove` of the case's event. Raises EventError."""
    part: tuple[str, ...] = ("patch",)
    try:
        for path, value in patch.items():
            part = ("patch", path)
            apply_patch(payload, {path: cast("Json", with_unix_lines(json.loads(json.dumps(value))))}, event)
        part = ("remove",)
        remove_paths(payload, remove)
    except PatchError as error:
        raise _event_error(case, "RW603", error.message, error.hint, *part) from None


def find_fixtures(folder: Path) -> dict[str, Path]:
    """Name → file: those of the folder's `fixtures/`, then the shipped events."""
    found: dict[str, Path] = {}
    for path in (*sorted((folder / "fixtures").glob("*.json")), *map(Path, example_events().values())):
        found.setdefault(path.stem, path)
    return found


def _read_document(case: Case, spec: Mapping[str, Any]) -> Any:
    """The event's JSON, a copy that may be changed."""
    if "payload" in spec:
        return with_unix_lines(json.loads(json.dumps(spec["payload"])))
    folder = Path(case.file).parent
    if "file" in spec:
        path = folder / spec["file"]
    else:
        known = find_fixtures(folder)
        if spec["fixture"] not in known:
            near = nearest(spec["fixture"], known)
            hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
            raise _event_error(case, "RW604", f"unknown fixture `{spec['fixture']}`", hint, "fixture")
        path = known[spec["fixture"]]
    try:
        document = read_event_file(str(path))
    except RulewrightError as error:
        raise _event_error(
            case, "RW604", error.message, error.hint, "file" if "file" in spec else "fixture"
        ) from None
    if not isinstance(document, dict):
        raise _event_error(case, "RW604", f"{path} does not contain an event: an event is a JSON object")
    return document


def _event_error(case: Case, code: str, message: str, hint: str | None = None, *part: str) -> EventError:
    path: tuple[str | int, ...] = ("cases", case.number, "event", *part)
    return EventError(case.document.diagnostic(code, message, path, hint=hint))
