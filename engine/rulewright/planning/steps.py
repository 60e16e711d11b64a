"""A plan in steps: each effect with the state of its subject before and after, texts included.

`Plan.predicted` keeps texts as hashes, since plans are stored. A step holds them as they are: whoever shows it masks
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from rulewright.actions.names import missing_names
from rulewright.actions.table import ACTIONS
from rulewright.events.snapshot import snapshot
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.actions.plan import Effect, Plan
    from rulewright.events.model import Event
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json, JsonObject

StepRole = Literal["planned", "held_back", "observed"]
"""Which part of the plan an effect stands in: `effects`, `held_back` or `observed`."""

_TEXT_MEMBERS: Final = ("title", "body", "state", "state_reason")
_NAME_MEMBERS: Final = ("labels", "assignees")


class PlanStep(NamedTuple):
    """One effect, and the state of the subject before and after it; None where the event has no such subject.

    An emission changes nothing. A mask that was read from a journal has no places, so its texts stay as they were.
    """

    effect: Effect
    before: Snapshot | None
    after: Snapshot | None
    role: StepRole = "planned"


class MemberChange(NamedTuple):
    """A member of a snapshot that differs: `title`, `body`, `state`, `state_reason`, `labels`, `assignees`,
    `milestone`, `locked`, `comments`, or a board's field as `fields.PROJECT/FIELD`.

    `before` and `after` are None where there is no value, or, of comments, where they were not gathered. `added` and
    `removed`: of labels and assignees, as they are spelt.
    """

    member: str
    before: Json
    after: Json
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """{member, before, after, added?, removed?}."""
        out: JsonObject = {"member": self.member, "before": self.before, "after": self.after}
        if self.added:
            out["added"] = list(self.added)
        if self.removed:
            out["removed"] = list(self.removed)
        return out


def plan_steps(plan: Plan, event: Event) -> tuple[PlanStep, ...]:
    """The effects of a plan for `event` in the order in which they are applied, then those that are held back, then
    those that policies in `mode: observe` would have.

    Each part goes on from the state that the part before it leaves.
    """
    state = snapshot(event)
    steps: list[PlanStep] = []
    for effect, role in placed_effects(plan):
        after = _predict(state, effect)
        steps.append(PlanStep(effect, state, after, role))
        state = after
    return tuple(steps)


def placed_effects(plan: Plan) -> Iterator[tuple[Effect, StepRole]]:
    """All effects of a plan, each with the part that it stands in: planned, held back, observed."""
    parts: tuple[tuple[StepRole, tuple[Effect, ...]], ...] = (
        ("planned", plan.effects),
        ("held_back", plan.held_back),
        ("observed", plan.observed),
    )
    for role, effects in parts:
        yield from ((effect, role) for effect in effects)


def predict_state(state: Snapshot | None, effects: Iterable[Effect]) -> Snapshot | None:
    """The state after all effects; None where there is none before."""
    for effect in effects:
        state = _predict(state, effect)
    return state


def changed_members(before: Snapshot | None, after: Snapshot | None) -> tuple[MemberChange, ...]:
    """The members that differ, in the order of a snapshot. Labels and assignees are sets without regard to case.

    Nothing where there is no state before or after.
    """
    if before is None or after is None or before == after:
        return ()
    changes = [
        MemberChange(name, getattr(before, name), getattr(after, name))
        for name in _TEXT_MEMBERS
        if getattr(before, name) != getattr(after, name)
    ]
    for name in _NAME_MEMBERS:
        old, new = getattr(before, name), getattr(after, name)
        added, removed = tuple(missing_names(new, old)), tuple(missing_names(old, new))
        if added or removed:
            changes.append(MemberChange(name, list(old), list(new), added, removed))
    if before.milestone != after.milestone:
        changes.append(MemberChange("milestone", before.milestone, after.milestone))
    if before.comments != after.comments:
        changes.append(MemberChange("comments", _list(before.comments), _list(after.comments)))
    changes += [
        MemberChange(f"fields.{name}", before.fields.get(name), after.fields.get(name))
        for name in dict.fromkeys((*before.fields, *after.fields))
        if before.fields.get(name) != after.fields.get(name)
    ]
    if before.locked != after.locked:
        changes.append(MemberChange("locked", before.locked, after.locked))
    return tuple(changes)


def _predict(state: Snapshot | None, effect: Effect) -> Snapshot | None:
    return None if state is None else ACTIONS[effect.action].predict(effect, state)


def _list(comments: tuple[Mapping[str, Json], ...] | None) -> Json:
    return None if comments is None else [dict(comment) for comment in comments]
