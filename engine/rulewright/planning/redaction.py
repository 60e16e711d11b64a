"""What may be written down: every text with personal data and secrets masked, before it reaches the journal."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rulewright.actions.masked_text import mask_text
from rulewright.policy.json_types import as_object, as_objects
from rulewright.policy.lazy import defer_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping


_HASH: Final = defer_pattern(r"[0-9a-f]{16}|[0-9a-f]{40}|[0-9a-f]{64}")
"""Hashes of our own: a detector of random strings would take them for keys."""

_OURS: Final = frozenset(
    {"kind", "at", "plan", "action", "rule", "status", "key", "round", "emission", "hash"}
)
"""Members whose values are ours, whatever the subject says."""

PROVED: Final = ("text_sha256",)
"""Preconditions that hash a subject's text. Beside the masked text such a hash lets short secrets be guessed."""


def clean_text(text: str) -> str:
    """The text with everything that a detector knows or suspects masked: `[masked: email]`."""
    if len(text) < 5 or _HASH.fullmatch(text):
        return text
    return _short(text) if len(text) <= 200 else _masked(text)


@lru_cache(4096)
def _short(text: str) -> str:
    """Names, rules and markers come again in every record."""
    return _masked(text)


def _masked(text: str) -> str:
    from rulewright.detection import detect

    found = detect(text)
    return mask_text(text, found) if found else text


def clean_content(content: Mapping[str, object]) -> dict[str, object]:
    """A record's content with all its texts clean. Where one changed, `masked` lists the places.

    What was masked cannot be taken back from the journal: such a record's `undo` is null.
    """
    changed: list[str] = []
    out: dict[str, object] = {}
    for name, value in content.items():
        if name != "undo":
            out[name] = value if name in _OURS else _clean(value, name, changed)
    if changed:
        out["masked"] = [*changed]
    if out.get("kind") == "intent":
        # Such an effect cannot be done from here: each says so itself.
        for number, effect in enumerate(as_objects(out.get("effects"))):
            if any(place.split(".")[:2] == ["effects", str(number)] for place in changed):
                effect["masked"] = True
    if "undo" in content:
        out["undo"] = None if changed else content["undo"]
    return out


def _clean(value: object, place: str, changed: list[str]) -> object:
    if isinstance(value, str):
        return _clean_in(value, place, changed)
    if isinstance(value, dict):
        if value.get("kind") in PROVED:
            proof = as_object(value["value"]) or {}
            return {"kind": value["kind"], "value": {"field": proof.get("field")}}
        return {
            _clean_in(key, place, changed): _clean(item, f"{place}.{key}", changed)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_clean(item, f"{place}.{number}", changed) for number, item in enumerate(value)]
    return value


def _clean_in(text: str, place: str, changed: list[str]) -> str:
    """The text clean; its place is noted where it changed."""
    shown = clean_text(text)
    if shown != text:
        changed.append(place)
    return shown
