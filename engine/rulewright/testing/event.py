"""The event of a case: a fixture, a file or the payload itself, with its patch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rulewright.events.line_ends import with_unix_lines
from rulewright.events.model import Event
from rulewright.events.reader import read_event_file
from rulewright.events.recognise import recognise
from rulewright.policy.diagnostics import RulewrightError
from rulewright.policy.files import data_folder
from rulewright.policy.suggestions import nearest
from rulewright.testing.patch import PatchError, changed, removed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.testing.model import Case


class EventError(Exception):
    """An event that cannot be made; carries the diagnostic."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def case_event(case: Case) -> Event:
    """The event of a case, its payload a copy of its own. Raises EventError."""
    spec: Mapping[str, Any] = case.body["event"]
    document = _document(case, spec)
    envelope = (
        isinstance(document, dict) and "event" in document and isinstance(document.get("payload"), dict)
    )
    payload = document["payload"] if envelope else document
    name, action = spec.get("name"), spec.get("action")
    if action is not None:
        payload["action"] = action
    try:
        event = recognise(document, name=f"{name}.{action}" if name and action else name)
    except RulewrightError as error:
        raise _wrong(case, "RW604", error.message, error.hint) from None
    if action is not None and event.action != action:
        event = Event(event.name, action, event.payload)
    part: tuple[str, ...] = ("patch",)
    try:
        for path, value in (spec.get("patch") or {}).items():
            part = ("patch", path)
            changed(payload, {path: with_unix_lines(json.loads(json.dumps(value)))}, event.name)
        part = ("remove",)
        removed(payload, spec.get("remove") or [])
    except PatchError as error:
        raise _wrong(case, "RW603", error.message, error.hint, *part) from None
    if "action" in (spec.get("patch") or {}):
        event = Event(event.name, payload["action"], event.payload)
    return event


def fixtures(folder: Path) -> dict[str, Path]:
    """Name → file: those of the folder's `fixtures/`, then the shipped events."""
    found: dict[str, Path] = {}
    for place in (folder / "fixtures", data_folder("examples") / "events"):
        for path in sorted(place.glob("*.json")):
            found.setdefault(path.stem, path)
    return found


def _document(case: Case, spec: Mapping[str, Any]) -> Any:
    """The event's JSON, a copy that may be changed."""
    if "payload" in spec:
        return with_unix_lines(json.loads(json.dumps(spec["payload"])))
    folder = Path(case.file).parent
    if "file" in spec:
        path = folder / spec["file"]
    else:
        known = fixtures(folder)
        if spec["fixture"] not in known:
            near = nearest(spec["fixture"], known)
            hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
            raise _wrong(case, "RW604", f"there is no fixture `{spec['fixture']}`", hint, "fixture")
        path = known[spec["fixture"]]
    try:
        document = read_event_file(str(path))
    except RulewrightError as error:
        raise _wrong(
            case, "RW604", error.message, error.hint, "file" if "file" in spec else "fixture"
        ) from None
    if not isinstance(document, dict):
        raise _wrong(case, "RW604", f"{path} holds no event: an event is a JSON object")
    return document


def _wrong(case: Case, code: str, message: str, hint: str | None = None, *part: str) -> EventError:
    path: tuple[str | int, ...] = ("cases", case.number, "event", *part)
    return EventError(case.document.diagnostic(code, message, path, hint=hint))
