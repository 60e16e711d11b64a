"""What an evaluation decided, rule by rule. Rules that the index pruned cost nothing until someone lists them."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from rulewright.policy.kinds import KINDS
from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.frame import MISSING, FactFailure
from rulewright.program.nodes import KindNode
from rulewright.program.paths import build_getter, rewrite
from rulewright.program.truth import ERROR, Truth, merge_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.events.model import Facts
    from rulewright.policy.json_types import Json
    from rulewright.policy.kinds import KindName
    from rulewright.policy.model import Mode
    from rulewright.program.compiled_policy import CompiledPolicy, Entry
    from rulewright.program.frame import Frame
    from rulewright.program.program import Program
    from rulewright.program.route import Route
    from rulewright.program.truth import Layer

__all__ = ["Decision", "PolicyDecision", "RuleResult", "Status"]

NOTHING: Final[Mapping[str, Any]] = {}
Status = Literal["matched", "not_matched", "undetermined", "error", "skipped", "stopped"]


class RuleResult(NamedTuple):
    """How one skip, rule, objective or transition came out.

    `reason` says why it is undetermined, in error, skipped (by which skip) or stopped (by which rule).
    `detail` is what the kind adds (an objective's verdict, observed value, limit).
    """

    id: str
    status: Status
    reason: str | None = None
    detail: Mapping[str, Any] = NOTHING


class PolicyDecision:
    """One policy's part of a decision. `found` holds the truth of every entry that is not false."""

    def __init__(self, policy: CompiledPolicy, found: Mapping[int, Truth], start: int, frame: Frame) -> None:
        self.policy = policy
        self._found = found
        self._start = start
        self._frame = frame

    @property
    def name(self) -> str:
        return self.policy.name

    @property
    def kind(self) -> KindName:
        return self.policy.kind

    @property
    def mode(self) -> Mode:
        return self.policy.mode

    @cached_property
    def skipped_by(self) -> Entry | None:
        """The skip that ended this policy: the first that holds, else the first that is not decided."""
        undecided = None
        for number, entry in enumerate(self.policy.entries, self._start):
            if entry.role != "skip":
                break  # skips stand before everything else
            if number in self._found:
                if self._found[number] is True:
                    return entry
                undecided = undecided or entry
        return undecided

    @cached_property
    def _skip_holds(self) -> bool:
        skip = self.skipped_by
        return skip is not None and self._found[self._start + self.policy.entries.index(skip)] is True

    @cached_property
    def rules(self) -> tuple[RuleResult, ...]:
        """Every entry but the skips, in the order of the policy."""
        return tuple(self._results(every=True))

    @cached_property
    def skips(self) -> tuple[RuleResult, ...]:
        """The skips that were looked at, up to the one that ended the policy."""
        out = []
        for number, entry in enumerate(self.policy.entries, self._start):
            if entry.role != "skip":
                continue
            out.append(self._result(number, entry))
            if entry is self.skipped_by:
                break
        return tuple(out)

    @cached_property
    def notable(self) -> tuple[RuleResult, ...]:
        """The entries that are not `not_matched`."""
        return tuple(result for result in self._results(every=False) if result.status != "not_matched")

    @cached_property
    def matched(self) -> tuple[Entry, ...]:
        """The rules that matched, in order, with skips and stops applied."""
        if self.skipped_by is not None:
            return ()
        entries, start = self.policy.entries, self._start
        end = start + len(entries)
        out = []
        for number in sorted(n for n, truth in self._found.items() if truth is True and start <= n < end):
            entry = entries[number - start]
            out.append(entry)
            if entry.stop:
                break
        return tuple(out)

    @property
    def not_matched(self) -> int:
        """How many entries are `not_matched`."""
        listed = sum(entry.role != "skip" for entry in self.policy.entries)
        return listed - len(self.notable)

    def _results(self, *, every: bool) -> list[RuleResult]:
        entries = self.policy.entries
        skip = self.skipped_by
        if skip is not None:
            status: Status = "skipped" if self._skip_holds else "undetermined"
            reason = f"skip {skip.id}" if self._skip_holds else f"skip {skip.id} is undetermined"
            return [RuleResult(entry.id, status, reason) for entry in entries if entry.role != "skip"]
        found, start = self._found, self._start
        if every:
            numbers = range(start, start + len(entries))
        else:
            numbers = sorted(n for n in found if start <= n < start + len(entries))  # type: ignore[assignment]
        out: list[RuleResult] = []
        for number in numbers:
            entry = entries[number - start]
            if entry.role == "skip":
                continue
            out.append(self._result(number, entry))
            if entry.stop and found.get(number) is True:
                rest = entries[number - start + 1 :]
                out += [
                    RuleResult(e.id, "stopped", f"stopped by {entry.id}") for e in rest if e.role != "skip"
                ]
                break
        return out

    def _result(self, number: int, entry: Entry) -> RuleResult:
        truth = self._found.get(number, False)
        detail: Mapping[str, Any] = {}
        if isinstance(entry.when, KindNode):
            detail = entry.when.detail(self._frame)
        if truth is True:
            return RuleResult(entry.id, "matched", None, detail)
        if truth is False:
            return RuleResult(entry.id, "not_matched", self._why_blocked(entry, detail), detail)
        from rulewright.evaluate.reason import describe_undecided

        status: Status = "error" if truth is ERROR else "undetermined"
        reason = detail.get("reason") or describe_undecided(entry.when, self._frame)
        return RuleResult(entry.id, status, reason, detail)

    def _why_blocked(self, entry: Entry, detail: Mapping[str, Any]) -> str | None:
        """Why an objective fails or a transition is denied; a rule that does not match needs no reason."""
        explain = KINDS[self.policy.kind].explain_unmet
        if explain is not None and entry.role != "skip":
            return explain(entry.when, self._frame)
        return detail.get("reason")

    @cached_property
    def verdict(self) -> str:
        """One word for the whole policy.

        | kind | verdicts |
        |---|---|
        | Triage, Grooming | skipped, error, undetermined, matched, not_matched |
        | SLOGate | PASS, WARN, FAIL, NO_DATA, INCONCLUSIVE, ERROR, WAIVED |
        | Promotion | ALLOWED, DENIED, UNDETERMINED, ERROR, NOT_REQUESTED |
        """
        judge = KINDS[self.kind].judge
        if judge is not None:
            return judge(self.policy, self.rules)
        if self.skipped_by is not None:
            last = self.skips[-1].status
            return "skipped" if last == "matched" else last
        statuses = {result.status for result in self.notable}
        for status in ("error", "matched", "undetermined"):
            if status in statuses:
                return status
        return "not_matched"


class Decision:
    """All policies that subscribe to an event, decided. Nothing is listed before it is asked for."""

    __slots__ = ("_frame", "_layers", "_policies", "facts", "program", "route")

    def __init__(
        self, program: Program, route: Route, facts: Facts, frame: Frame, layers: Sequence[Layer]
    ) -> None:
        self.program = program
        self.route = route
        self.facts = facts
        self._frame = frame
        self._layers = layers
        self._policies: tuple[PolicyDecision, ...] | None = None

    @property
    def frame(self) -> Frame:
        """The facts as the evaluation saw them, with every value it computed."""
        return self._frame

    @property
    def policies(self) -> tuple[PolicyDecision, ...]:
        """One part for every policy that subscribes to the event."""
        if self._policies is None:
            starts = self.route.starts
            found = merge_layers(self._layers)
            self._policies = tuple(
                PolicyDecision(policy, found, starts[number], self._frame)
                for number, policy in enumerate(self.route.policies)
            )
        return self._policies

    @property
    def quiet(self) -> bool:
        """True when no entry of any policy is anything but false: there is nothing to plan or to report."""
        return not any(self._layers) or not merge_layers(self._layers)

    def policy(self, name: str) -> PolicyDecision:
        """The part of one policy; KeyError when it does not subscribe to the event."""
        for policy in self.policies:
            if policy.name == name:
                return policy
        raise KeyError(name)

    def value(self, policy: str, path: str) -> Any:
        """A path's value over the facts of a policy; `MISSING` when absent, null or not computable.

        Raises ExpressionError for a text that is no expression, ExpressionFailure for a function that fails.
        """
        compiled = self.program.policy(policy)
        if path.startswith("lists.") and path[6:] in compiled.lists:
            return list(compiled.lists[path[6:]])
        keys = tuple(sorted((name, fact.key) for name, fact in compiled.facts.items()))
        # Lists are constants in the expression, so what reads them is built for this policy alone.
        getter = _build(path, keys, compiled.lists) if "lists" in path else _cached_getter(path, keys)
        try:
            value = getter(self._frame)
        except FactFailure:
            return MISSING
        return MISSING if value is None else value


@lru_cache(maxsize=4096)
def _cached_getter(path: str, fact_keys: tuple[tuple[str, str], ...]) -> Callable[[Frame], object]:
    return _build(path, fact_keys, {})


def _build(
    path: str, fact_keys: tuple[tuple[str, str], ...], lists: Mapping[str, tuple[Json, ...]]
) -> Callable[[Frame], object]:
    from rulewright.program.expression import parse_expression

    return build_getter(rewrite(parse_expression(path), dict(fact_keys), lists))
