"""`note` proposes one emission with the rendered text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.actions.table import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_text_is_rendered(context: Callable[..., Any]) -> None:
    (effect,) = ACTIONS["note"].plan("Seen: {{ title }}", context({"title": "Crash"}))
    assert (effect.action, effect.arguments, effect.emission) == ("note", {"message": "Seen: Crash"}, True)
