"""Texts that a mask of the plan hides, hidden from everything else that the plan writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json

MASK: Final = "[masked]"


def hide_secrets(value: Json, secrets: tuple[str, ...]) -> Json:
    """A value without the secrets, in all its texts. Longer secrets stand before shorter ones."""
    if isinstance(value, str):
        return hide_in_text(value, secrets)
    if isinstance(value, list):
        return [hide_secrets(item, secrets) for item in value]
    if isinstance(value, dict):
        return {key: hide_secrets(item, secrets) for key, item in value.items()}
    return value


def hide_in_text(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text if text.isascii() else _hide_look_alikes(text, secrets)


def hide_in_title(snapshot: Snapshot | None, secrets: tuple[str, ...]) -> Snapshot | None:
    if snapshot is None or snapshot.title is None or not secrets:
        return snapshot
    return snapshot._replace(title=hide_in_text(snapshot.title, secrets))


def _hide_look_alikes(text: str, secrets: tuple[str, ...]) -> str:
    """The text without secrets that are spelled with characters that nobody sees, or that look like others."""
    from rulewright.detection.page import TextPage

    for secret in secrets:
        page, needle = TextPage(text), TextPage(secret).data
        at = page.data.rfind(needle) if needle else -1
        while at >= 0:
            text = f"{text[: page.at(at)]}{MASK}{text[page.at(at + len(needle) - 1) + 1 :]}"
            at = page.data.rfind(needle, 0, at)
    return text
