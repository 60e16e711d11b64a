"""What a change of the policies takes away: objectives of the base that are gone, or that allow more than before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.gates.gate_run import KIND
from rulewright.kinds.slo_gate.terms import list_objectives
from rulewright.policy.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rulewright.kinds.slo_gate.terms import Limit, ObjectiveNode, Waiver
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.program import Program

_load_revision: Final = lazily("rulewright.compile.revision", "load_revision")
"""Git, YAML and schemas, which a gate without a base does without."""
_WEAKER: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("decide_by", ("point",)),
    ("on_inconclusive", ("warn",)),
    ("on_no_baseline", ("absolute_only",)),
    ("required", (False,)),
    ("is_independent", (True,)),
)
"""Field → the values that ask for less."""


def load_base(paths: Sequence[str], revision: str) -> Program:
    """The policies as they are in `revision`.

    Raises UsageError for an unknown revision, SourceError where git cannot read the repository.
    """
    loaded: Program = _load_revision(paths, revision).loaded.program
    return loaded


def find_new_waivers(gates: Iterable[CompiledPolicy], base: Program | None) -> tuple[str, ...]:
    """The objectives (`gate/id`) whose waiver the base does not have: a change cannot waive itself. `base`: None where
    it is not known; then no waiver is."""
    return tuple(sorted(name for name, _ in _list_new_waivers(gates, base)))


def _list_new_waivers(gates: Iterable[CompiledPolicy], base: Program | None) -> Iterator[tuple[str, Waiver]]:
    known = {
        f"{policy.name}/{name}": node.waiver
        for policy in (() if base is None else base.policies)
        for name, node in list_objectives(policy).items()
    }
    for gate in gates:
        for name, node in list_objectives(gate).items():
            objective = f"{gate.name}/{name}"
            if node.waiver is not None and known.get(objective) != node.waiver:
                yield objective, node.waiver


def find_ignored_waivers(
    gates: Iterable[CompiledPolicy], base: Program | None, environment: Mapping[str, str]
) -> tuple[str, ...]:
    """The objectives (`gate/id`) whose waiver does not count: the new ones. In a pull request whose base is not known
    (`GITHUB_BASE_REF` is set, and `base` is None) that is every one."""
    if base is None and not environment.get("GITHUB_BASE_REF"):
        return ()
    return find_new_waivers(gates, base)


def describe_ignored(objectives: Iterable[str]) -> tuple[str, ...]:
    """One line for each waiver that does not count because the base is not known."""
    return tuple(
        f"the waiver of {name} does not count: whether it is new is not known without --base"
        for name in objectives
    )


def compare_with_base(gates: Iterable[CompiledPolicy], base: Program) -> tuple[str, ...]:
    """One line for each objective that the base has and that is gone or looser now, and for each new waiver."""
    now = {gate.name: gate for gate in gates}
    found: list[str] = []
    for policy in sorted(base.policies, key=lambda policy: policy.name):
        if policy.kind != KIND:
            continue
        if policy.name not in now:
            found.append(f"the gate {policy.name} is gone")
            continue
        found += _compare(policy.name, list_objectives(policy), list_objectives(now[policy.name]))
        if policy.mode == "enforce" and now[policy.name].mode == "observe":
            found.append(f"the gate {policy.name} only observes now")
    for name, waiver in _list_new_waivers(now.values(), base):
        found.append(f"the waiver of {name} is new, and does not count before it is merged: {waiver.reason}")
    return tuple(found)


def _compare(
    gate: str, before: Mapping[str, ObjectiveNode], after: Mapping[str, ObjectiveNode]
) -> Iterator[str]:
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            yield f"{gate}/{name} is gone: {old.expected}"
            continue
        for change in _loosened(old, new):
            yield f"{gate}/{name} is looser: {change}"


def _loosened(old: ObjectiveNode, new: ObjectiveNode) -> Iterator[str]:
    if old.aggregate != new.aggregate:
        yield f"aggregate {old.aggregate} became {new.aggregate}"
    for name in ("pass_limits", "failure_limits"):
        if not _is_within(getattr(new, name), getattr(old, name)):
            yield f"{_text(getattr(old, name))} became {_text(getattr(new, name))}"
    if new.warn_limits and not _is_within(new.warn_limits, old.warn_limits or old.pass_limits):
        yield f"it warns up to {_text(new.warn_limits)}"
    for name, weaker in _WEAKER:
        if getattr(old, name) != getattr(new, name) and getattr(new, name) in weaker:
            yield f"{name.replace('_', ' ')} is {getattr(new, name)}"
    if new.min_samples < old.min_samples:
        yield f"{old.min_samples} values became {new.min_samples}"
    if old.baseline is not None and new.baseline is None:
        yield "it is compared with no baseline any more"
    elif old.baseline is not None and new.baseline is not None:
        if new.baseline.max_regression > old.baseline.max_regression:
            yield f"regressions up to {new.baseline.max_regression:.1%}, before {old.baseline.max_regression:.1%}"
        if new.baseline.any_machine and not old.baseline.any_machine:
            yield "a baseline of any machine is accepted"
    if old.budget is not None and (new.budget is None or new.budget.target < old.budget.target):
        yield "its error budget is larger or gone"


def _is_within(new: Sequence[Limit], old: Sequence[Limit]) -> bool:
    """Whether nothing passes the new limits that failed the old ones. Limits are compared at their ends."""
    return all(any(_is_stronger(limit, before) for limit in new) for before in old)


def _is_stronger(new: Limit, old: Limit) -> bool:
    if old.matcher in ("lte", "lt"):
        is_closed = old.matcher == "lt" and new.matcher not in ("lt",)
        return new.matcher not in ("gte", "gt") and (
            new.high < old.high or (new.high == old.high and not is_closed)
        )
    if old.matcher in ("gte", "gt"):
        is_closed = old.matcher == "gt" and new.matcher not in ("gt",)
        return new.matcher not in ("lte", "lt") and (
            new.low > old.low or (new.low == old.low and not is_closed)
        )
    return new.matcher in ("between", "eq") and old.low <= new.low and new.high <= old.high


def _text(limits: Sequence[Limit]) -> str:
    return " and ".join(map(str, limits)) or "no limit"
