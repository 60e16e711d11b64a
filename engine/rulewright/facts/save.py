"""Facts files: what was gathered once replays to the same decision anywhere."""

from __future__ import annotations

import json

from rulewright.events.model import Absent, Event, Facts
from rulewright.events.reader import parse_event
from rulewright.policy.canonical import canonical_json
from rulewright.policy.diagnostics import UsageError


def facts_json(facts: Facts) -> dict[str, object]:
    """`{"event", "action", "payload", "now", "values", "absent"}`, with `provenance` where a model was asked."""
    event = facts.event
    data: dict[str, object] = {
        "event": event.name,
        "action": event.action,
        "payload": event.payload,
        "now": facts.now,
        "values": dict(facts.values),
        "absent": {name: absent.text for name, absent in facts.absent.items()},
    }
    if facts.provenance:
        data["provenance"] = {name: dict(found) for name, found in facts.provenance.items()}
    return data


def dump_facts(facts: Facts) -> bytes:
    """Canonical JSON of the facts. Lone surrogates are written as escapes, so that the file is UTF-8."""
    data = canonical_json(facts_json(facts))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return json.dumps(facts_json(facts), sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    return data


def load_facts(data: bytes, where: str = "facts") -> Facts:
    """Facts out of what `dump_facts` wrote. Raises UsageError for anything else."""
    found = parse_event(data, where, as_stored=True)
    if not isinstance(found, dict):
        raise UsageError(f"{where} holds no facts.", hint="A facts file is a JSON object.")
    for name, kinds in _SHAPE.items():
        if not isinstance(found.get(name), kinds):
            raise UsageError(f"{where} holds no facts: `{name}` is missing or of the wrong type.")
    if not all(isinstance(reason, str) for reason in found["absent"].values()):
        raise UsageError(f"{where} holds no facts: a reason under `absent` is not text.")
    said = found.get("provenance", {})
    if not isinstance(said, dict) or not all(isinstance(one, dict) for one in said.values()):
        raise UsageError(f"{where} holds no facts: `provenance` is of the wrong type.")
    event = Event(found["event"], found["action"], found["payload"])
    absent = {name: Absent.from_text(text) for name, text in found["absent"].items()}
    return Facts(event, found["now"], found["values"], absent, said)


_SHAPE: dict[str, tuple[type, ...]] = {
    "event": (str,),
    "action": (str, type(None)),
    "payload": (dict,),
    "now": (str,),
    "values": (dict,),
    "absent": (dict,),
}
