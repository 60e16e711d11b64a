"""Budgets: at most so many effects per subject and per run. What is over waits for the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.actions.plan import Effect
    from rulewright.policy.json_types import Json


def cost(effects: Iterable[Effect]) -> int:
    """How much of a budget these effects take."""
    return sum(not effect.declaration.stays_in_run and not _goes_along(effect) for effect in effects)


def effect_budget(config: Mapping[str, Json]) -> int | None:
    """`budgets.effects_per_run` of rulewright.yaml; None where a run has no budget."""
    limit = (as_object(config.get("budgets")) or {}).get("effects_per_run")
    return limit if type(limit) is int else None


def hold_back(
    effects: Iterable[Effect], config: Mapping[str, Json], allowance: int | None = None
) -> tuple[tuple[Effect, ...], tuple[Effect, ...]]:
    """(what goes into the plan, what is over). `allowance` is what is left of `effects_per_run`.

    From the first effect over the budget on everything waits, since later effects may build on it. A notification and
    the effect that remembers it are one: they go or wait together. What stays in the run costs nothing and never waits.
    """
    budget = as_object(config.get("budgets")) or {}
    per_run = budget.get("effects_per_run") if allowance is None else allowance
    limits = (budget.get("effects_per_subject"), per_run)
    left = min((limit for limit in limits if type(limit) is int), default=None)
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
