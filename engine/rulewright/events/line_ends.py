"""Normalisation of line ends: GitHub keeps CRLF as browsers send it, and policies are written with LF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.lazy import defer_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

_WITH_BODY: Final = ("issue", "pull_request", "discussion", "comment", "review", "release")
"""Members of payloads that people write a body for."""

_ESCAPED_RETURN: Final = defer_pattern(rb"\\(?:r|u000[dD])")


def unix_lines(text: str) -> str:
    """The text with `\\n` at the end of each line, where `\\r\\n` or `\\r` stood."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def has_carriage_returns(data: bytes) -> bool:
    """Whether JSON may hold one, which is only written as an escape. False is sure."""
    # One byte is found far faster than a text, and most payloads have no escape at all.
    return b"\\" in data and _ESCAPED_RETURN.search(data) is not None


def with_unix_lines(value: object) -> object:
    """A JSON value with the line ends of all its texts so; the value itself where there is nothing to change."""
    if isinstance(value, str):
        return unix_lines(value)
    if isinstance(value, dict):
        made = {key: with_unix_lines(item) for key, item in value.items()}
        return made if any(made[key] is not item for key, item in value.items()) else value
    if isinstance(value, list):
        items = [with_unix_lines(item) for item in value]
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    return value


def with_unix_bodies(payload: Mapping[str, object]) -> Mapping[str, object]:
    """The payload with such line ends in the bodies of what the event is about and of what was said: what a walk
    over all of it costs is more than an evaluation."""
    changed: dict[str, object] = {}
    for name in _WITH_BODY:
        found = payload.get(name)
        if not isinstance(found, dict):
            continue
        body = found.get("body")
        if isinstance(body, str) and "\r" in body:
            changed[name] = {**found, "body": unix_lines(body)}
    return {**payload, **changed} if changed else payload
