"""Budgets: at most so many effects per subject and per run. What is over waits for the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.actions.plan import Effect
    from rulewright.policy.config import Budgets


def cost(effects: Iterable[Effect]) -> int:
    """How much of a budget these effects take."""
    return sum(not effect.declaration.stays_in_run and not _goes_along(effect) for effect in effects)


def hold_back(
    effects: Iterable[Effect], budgets: Budgets, allowance: int | None = None
) -> tuple[tuple[Effect, ...], tuple[Effect, ...]]:
    """(what goes into the plan, what is over). `allowance` is what is left of `effects_per_run`.

    From the first effect over the budget on everything waits, since later effects may build on it. A notification and
    the effect that remembers it are one: they go or wait together. What stays in the run costs nothing and never waits.
    """
    per_run = budgets.effects_per_run if allowance is None else allowance
    left = min((limit for limit in (budgets.effects_per_subject, per_run) if limit is not None), default=None)
    kept: list[Effect] = []
    over: list[Effect] = []
    along: list[Effect] = []
    for effect in effects:
        if left is None or effect.declaration.stays_in_run:
            kept += [*along, effect]
        elif _goes_along(effect):
            along.append(effect)
            continue
        elif left > 0:
            left -= 1
            kept += [*along, effect]
        else:
            over += [*along, effect]
        along = []
    (over if left == 0 else kept).extend(along)
    return tuple(kept), tuple(over)


def _goes_along(effect: Effect) -> bool:
    """Whether this is a notification that the next effect remembers (`planning/notifications.py`)."""
    return effect.action == "notify" and bool(effect.preconditions)
