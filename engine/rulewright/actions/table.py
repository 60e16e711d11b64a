"""Every action by its name, in the order of the declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions.table import ACTION_NAMES
from rulewright.policy.lazy import LazyTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.action import Action
    from rulewright.actions.plan import Effect
    from rulewright.actions.words import Phrase

ACTIONS: Final[Mapping[str, Action]] = LazyTable("rulewright.actions", ACTION_NAMES)


def describe_effect(effect: Effect) -> Phrase:
    """Glyph, verb and object of an effect."""
    return ACTIONS[effect.action].describe(effect)
