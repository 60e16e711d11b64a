"""The one way by which values reach the screen, a copy, a title or a picture: masked, and on one line."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rulewright.evaluate.masking import mask
from rulewright.policy.characters import clip_text, drop_hidden

if TYPE_CHECKING:
    from collections.abc import Mapping

WINDOW: Final = 4_000
"""A text is cut here before it is masked: a line of a megabyte costs no more than one of this length."""

_EMOJI_JOINT: Final = re.compile(
    "[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|(?<=[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@lru_cache(maxsize=16_384)
def one_line(text: str, limit: int = 400) -> str:
    """`text` masked, without control and hidden characters, line breaks as spaces, at most `limit` characters."""
    return clip_text(_plain_emoji(mask(text[:WINDOW])), limit)


def policy_line(text: str, limit: int = 400) -> str:
    """A text out of a policy or the engine on one line, not masked: names of rules often say "secret" or "token"."""
    return clip_text(_plain_emoji(text[:WINDOW]), limit)


@lru_cache(maxsize=64)
def policy_lines(text: str) -> tuple[str, ...]:
    """The lines of a policy's file, without control and hidden characters, each at most 1,000 characters."""
    return tuple(_plain_emoji(drop_hidden(line.expandtabs(4))[:1_000]) for line in text.split("\n"))


def masked_plan(document: Mapping[str, object]) -> str:
    """A plan's JSON for people: the arguments of effects, which may hold texts of the event, are masked one by one."""
    out = dict(document)
    for part in ("effects", "held_back", "observed"):
        effects = out.get(part)
        if isinstance(effects, list):
            out[part] = [
                {**effect, "arguments": _masked_value(effect.get("arguments"))} for effect in effects
            ]
    return json.dumps(out, indent=2, ensure_ascii=False)


def _masked_value(value: object) -> object:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(str(key)): _masked_value(item) for key, item in value.items()}
    return [_masked_value(item) for item in value] if isinstance(value, list | tuple) else value


def masked_lines(text: str) -> list[str]:
    """The lines of a text, masked as a whole, without control and hidden characters."""
    return [_plain_emoji(drop_hidden(line.expandtabs(4))) for line in mask(text).split("\n")]


def _plain_emoji(text: str) -> str:
    """The text with emoji as single characters: terminals differ in the width of those that are joined or varied. Lone
    surrogates, which no terminal can be sent, are replaced."""
    return text if text.isascii() else _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _EMOJI_JOINT.sub("", text))
