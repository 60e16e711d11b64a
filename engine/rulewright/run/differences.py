"""What differs between two decisions, and between two plans, as data.

The sides may come from two revisions of the policies, or from an event before and after an edit. Policies and rules
may be there on one side only.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rulewright.planning.plan_json import effect_json
from rulewright.planning.steps import placed_effects
from rulewright.policy.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.actions.plan import Effect, Plan
    from rulewright.evaluate.decision import Decision, PolicyDecision, RuleResult, Status
    from rulewright.planning.steps import StepRole
    from rulewright.policy.json_types import JsonObject

Change = Literal["new", "gone", "changed"]


class EntryOutcome(NamedTuple):
    """How a skip, rule, objective or transition came out. `verdict`: of an objective or transition, such as `FAIL`."""

    status: Status
    verdict: str | None = None

    def as_json(self) -> JsonObject:
        """{status, verdict?}."""
        return {"status": self.status} if self.verdict is None else {**self._asdict()}


NOT_MATCHED: Final = EntryOutcome("not_matched")


class EntryDifference(NamedTuple):
    """An entry of a policy that came out otherwise, or that only one side has."""

    id: str
    role: str
    change: Change
    before: EntryOutcome | None
    after: EntryOutcome | None

    @property
    def decides_otherwise(self) -> bool:
        """Whether more differs than that a rule which does not match came or went."""
        return (self.before or NOT_MATCHED) != (self.after or NOT_MATCHED)

    def as_json(self) -> JsonObject:
        """{id, role, change, before?, after?}."""
        out: JsonObject = {"id": self.id, "role": self.role, "change": self.change}
        if self.before is not None:
            out["before"] = self.before.as_json()
        if self.after is not None:
            out["after"] = self.after.as_json()
        return out


class PolicyDifference(NamedTuple):
    """A policy of which the verdict or an entry differs, or that decides on one side only. A verdict is None where the
    policy does not decide."""

    policy: str
    change: Change
    verdict_before: str | None
    verdict_after: str | None
    entries: tuple[EntryDifference, ...] = ()

    def as_json(self) -> JsonObject:
        """{policy, change, verdict_before?, verdict_after?, entries}."""
        out: JsonObject = {"policy": self.policy, "change": self.change}
        if self.verdict_before is not None:
            out["verdict_before"] = self.verdict_before
        if self.verdict_after is not None:
            out["verdict_after"] = self.verdict_after
        return {**out, "entries": [entry.as_json() for entry in self.entries]}


class EffectDifference(NamedTuple):
    """An effect that only one plan has, or that both have and that differs.

    `members`: those of a changed effect that differ: `arguments`, `rule`, `preconditions`, `round`, `also`, `key`, or
    `role` where it stands in another part of the plan. `arguments`: the names of the arguments that differ.
    """

    change: Change
    before: Effect | None
    after: Effect | None
    role_before: StepRole | None = None
    role_after: StepRole | None = None
    members: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key of the effect, as the later plan has it where both do."""
        effect = self.after or self.before
        return "" if effect is None else effect.key

    def as_json(self) -> JsonObject:
        """{change, key, before?, after?, role_before?, role_after?, members?, arguments?}."""
        out: JsonObject = {"change": self.change, "key": self.key}
        if self.before is not None:
            out |= {"before": effect_json(self.before), "role_before": self.role_before}
        if self.after is not None:
            out |= {"after": effect_json(self.after), "role_after": self.role_after}
        if self.members:
            out["members"] = list(self.members)
        if self.arguments:
            out["arguments"] = list(self.arguments)
        return out


def diff_decisions(before: Decision, after: Decision) -> tuple[PolicyDifference, ...]:
    """The policies that differ, in the order of `after`, those that are gone last. Entries by id, in the order of the
    policy, those that are gone last."""
    old = {part.name: part for part in before.policies}
    new = {part.name: part for part in after.policies}
    found = (_diff_policy(name, old.get(name), new.get(name)) for name in dict.fromkeys((*new, *old)))
    return tuple(difference for difference in found if difference is not None)


def _diff_policy(
    name: str, before: PolicyDecision | None, after: PolicyDecision | None
) -> PolicyDifference | None:
    entries = tuple(_diff_entries(before, after))
    old = None if before is None else before.verdict
    new = None if after is None else after.verdict
    if old == new and not entries:
        return None
    return PolicyDifference(name, _change(before, after), old, new, entries)


def _diff_entries(before: PolicyDecision | None, after: PolicyDecision | None) -> Iterator[EntryDifference]:
    old_roles, new_roles = _entry_roles(before), _entry_roles(after)
    old_outcomes, new_outcomes = _listed_outcomes(before), _listed_outcomes(after)
    for name, role in {**new_roles, **{n: r for n, r in old_roles.items() if n not in new_roles}}.items():
        old = old_outcomes.get(name, _unlisted_outcome(old_roles.get(name)))
        new = new_outcomes.get(name, _unlisted_outcome(new_roles.get(name)))
        if old != new:
            yield EntryDifference(name, role, _change(old, new), old, new)


def _entry_roles(part: PolicyDecision | None) -> Mapping[str, str]:
    return {} if part is None else {entry.id: entry.role for entry in part.policy.entries}


def _listed_outcomes(part: PolicyDecision | None) -> Mapping[str, EntryOutcome]:
    """Entry → outcome; of triage and grooming without what does not match, which costs nothing unless it is listed."""
    if part is None:
        return {}
    rules = part.rules if KINDS[part.kind].blocks_on_unknown else part.notable
    return {result.id: _outcome(result) for result in (*part.skips, *rules)}


def _unlisted_outcome(role: str | None) -> EntryOutcome | None:
    """Of an entry that a decision does not list: a skip below the one that ended the policy was skipped itself."""
    if role is None:
        return None
    return EntryOutcome("skipped") if role == "skip" else NOT_MATCHED


def _outcome(result: RuleResult) -> EntryOutcome:
    verdict = result.detail.get("verdict")
    return EntryOutcome(result.status, None if verdict is None else str(verdict))


def diff_plans(before: Plan, after: Plan) -> tuple[EffectDifference, ...]:
    """The effects that differ, in the order of `after`, those that are gone last. What is held back or observed is
    compared too.

    Effects are paired by `key`. What is left is paired where each plan has one effect of that action, target and
    rule: the key of most actions is made from the arguments.
    """
    old, new = list(placed_effects(before)), list(placed_effects(after))
    pairs = _pair_effects(old, new)
    differences = [_diff_effect(pairs.get(number), placed) for number, placed in enumerate(new)]
    taken = {id(placed) for placed in pairs.values()}
    differences += [
        EffectDifference("gone", effect, None, role)
        for placed in old
        if id(placed) not in taken
        for effect, role in (placed,)
    ]
    return tuple(difference for difference in differences if difference is not None)


_Placed = tuple["Effect", "StepRole"]


def _pair_effects(old: Iterable[_Placed], new: Iterable[_Placed]) -> dict[int, _Placed]:
    """Number of a later effect → the earlier effect that it continues."""
    pairs: dict[int, _Placed] = {}
    waiting = defaultdict[tuple[str, ...], list[_Placed]](list)
    left_over = defaultdict[tuple[str, ...], list[int]](list)
    for placed in old:
        waiting[_identity(placed)].append(placed)
    for number, placed in enumerate(new):
        same = waiting[_identity(placed)]
        if same:
            pairs[number] = same.pop(0)
        else:
            left_over[_family(placed)].append(number)
    families = defaultdict[tuple[str, ...], list[_Placed]](list)
    for placed in chain.from_iterable(waiting.values()):
        families[_family(placed)].append(placed)
    for family, numbers in left_over.items():
        if len(numbers) == 1 and len(families[family]) == 1:
            pairs[numbers[0]] = families[family][0]
    return pairs


def _identity(placed: _Placed) -> tuple[str, ...]:
    effect = placed[0]
    # Effects of old journals have no key.
    return (
        (effect.key,) if effect.key else (effect.action, effect.target, effect.rule, repr(effect.arguments))
    )


def _family(placed: _Placed) -> tuple[str, ...]:
    effect = placed[0]
    return effect.action, effect.target, effect.rule


_COMPARED: Final = ("arguments", "rule", "preconditions", "round", "also", "key")


def _diff_effect(before: _Placed | None, after: _Placed) -> EffectDifference | None:
    new, new_role = after
    if before is None:
        return EffectDifference("new", None, new, None, new_role)
    old, old_role = before
    members = [name for name in _COMPARED if getattr(old, name) != getattr(new, name)]
    if old_role != new_role:
        members.append("role")
    if not members:
        return None
    arguments = tuple(
        name
        for name in dict.fromkeys((*old.arguments, *new.arguments))
        if old.arguments.get(name) != new.arguments.get(name)
    )
    return EffectDifference("changed", old, new, old_role, new_role, tuple(members), arguments)


def _change(before: object, after: object) -> Change:
    return "new" if before is None else "gone" if after is None else "changed"
