"""The terms of an objective: what its policy asks for, read, converted into the objective's unit and checked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from rulewright.policy.lazy import lazily
from rulewright.program.frame import NOW
from rulewright.program.nodes import KindNode, Position
from rulewright.program.truth import ERROR, Truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.policy.json_types import Json
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.frame import Frame

_judge_gate: Final = lazily("rulewright.kinds.slo_gate.judgement", "judge_gate")
"""The statistics are imported with the first gate that is judged."""
SIGNS: Final = {"lte": "≤", "lt": "<", "gte": "≥", "gt": ">", "eq": "="}

TRUTHS: Final[dict[str, Truth]] = {
    "PASS": True,
    "WARN": True,
    "WAIVED": True,
    "FAIL": False,
    "NO_DATA": None,
    "INCONCLUSIVE": None,
    "ERROR": ERROR,
}


class Limit(NamedTuple):
    """One limit in the objective's unit, from `low` to `high` for `between`, else twice the same number. `text` is the
    limit as written."""

    matcher: str
    low: float
    high: float
    text: str

    def __str__(self) -> str:
        """`≤ 1000ms`."""
        return f"between {self.text}" if self.matcher == "between" else f"{SIGNS[self.matcher]} {self.text}"

    def holds(self, value: float) -> bool:
        """Whether a value in the objective's unit keeps the limit."""
        match self.matcher:
            case "lte":
                return value <= self.high
            case "lt":
                return value < self.high
            case "gte":
                return value >= self.low
            case "gt":
                return value > self.low
            case _:  # `between` and `eq`
                return self.low <= value <= self.high


class BaselineTerms(NamedTuple):
    """How an objective is compared with its baseline.

    `origin`: `last_passed`, `merge_base`, `champion` or `file`; `run_count`: the number of runs of `last_passed`;
    `path`: that of `file`. Regressions are ratios: 10 % is 0.1. `min_amount` is in the objective's unit.
    """

    origin: str
    run_count: int
    path: str
    max_regression: float
    min_effect: float
    min_amount: float
    confidence: float
    any_machine: bool

    @property
    def is_stored(self) -> bool:
        """Whether the runs come from the store of baselines, not from a file."""
        return self.origin != "file"

    def __str__(self) -> str:
        """`the last 20 runs that passed`."""
        if self.origin == "file":
            return self.path
        if self.origin == "last_passed":
            return (
                "the last run that passed"
                if self.run_count == 1
                else f"the last {self.run_count} runs that passed"
            )
        return "the merge base" if self.origin == "merge_base" else "the champion"


class PairingTerms(NamedTuple):
    """How both sides are paired. `by`: the member with the id of a case, "" for run i with run i. `min_complete`: the
    share of cases that both sides must have. `max_drop`: the maximum loss of a pass rate, None where none is set."""

    by: str
    min_complete: float
    max_drop: float | None


class BudgetTerms(NamedTuple):
    """An error budget: the target share of good events, the period in seconds, and the share that must be left."""

    target: float
    window: float
    min_left: float


class Waiver(NamedTuple):
    """Why an objective need not be met, who answers for it, and the last day (`2026-03-31`)."""

    reason: str
    owner: str
    expires: str


@dataclass(frozen=True, slots=True)
class ObjectiveNode(KindNode):
    """One objective of a gate. `key` is the frame key of its sample; `direction` says where better values lie;
    `measured` is what gathering has to know."""

    operator: ClassVar[str] = "objective"
    text: str
    expected: str
    position: Position = field(repr=False)
    key: str
    unit: str
    direction: str | None
    aggregate: str
    pass_limits: tuple[Limit, ...]
    warn_limits: tuple[Limit, ...]
    min_samples: int
    required: bool
    on_no_baseline: str
    baseline: BaselineTerms | None
    measured: Mapping[str, Json] | None = None
    confidence: float = 0.95
    decide_by: str = ""
    on_inconclusive: str = "hold"
    is_independent: bool = False
    failure_limits: tuple[Limit, ...] = ()
    pairing: PairingTerms | None = None
    budget: BudgetTerms | None = None
    waiver: Waiver | None = None

    @property
    def may_lack_baseline(self) -> bool:
        """Whether its absolute limits alone decide where there is no baseline."""
        return self.on_no_baseline == "absolute_only" and bool(self.pass_limits)

    def describe_limit(self, compared: str) -> str:
        """`expected` with what was compared in place of what the policy names; "" where nothing was."""
        asked = f" than {self.baseline}"
        if self.baseline is None or not self.expected.endswith(asked):
            return self.expected
        if compared:
            return f"{self.expected.removesuffix(asked)} than {compared}"
        return f"{self.expected.rpartition('; ')[0]}; not compared, as there is no baseline"

    def for_looks(self, looks: int) -> ObjectiveNode:
        """The objective as it is judged at each of several looks: with the probability of an error divided by their
        number, so that all of them together have that of one (Bonferroni)."""
        if looks <= 1:
            return self
        baseline = self.baseline and self.baseline._replace(
            confidence=_divide_error(self.baseline.confidence, looks)
        )
        return replace(self, confidence=_divide_error(self.confidence, looks), baseline=baseline)

    def decide(self, frame: Frame) -> Truth:
        return TRUTHS[self.detail(frame)["verdict"]]

    def detail(self, frame: Frame) -> Mapping[str, Any]:
        """The judgement of the sample in the frame, as JSON; that of all objectives of the gate is made at once."""
        judgements: Mapping[str, Mapping[str, Any]] = frame[self.key.rpartition("/")[0]]
        return judgements[self.text]

    @staticmethod
    def decide_together(nodes: Sequence[KindNode], frame: Frame) -> Mapping[str, Mapping[str, Any]]:
        """Objective → judgement. That several comparisons are made can change what each of them says."""
        listed = [node for node in nodes if isinstance(node, ObjectiveNode)]
        samples = {node.text: frame.get(node.key) for node in listed}
        objectives = [node.for_looks(_count_looks(samples[node.text])) for node in listed]
        judgements: Mapping[str, Mapping[str, Any]] = _judge_gate(objectives, samples, str(frame[NOW]))
        return judgements


def _divide_error(confidence: float, looks: int) -> float:
    return 1 - (1 - confidence) / looks


def _count_looks(sample: object) -> int:
    """The looks of a sample or of its JSON."""
    looks = sample.get("looks") if isinstance(sample, dict) else getattr(sample, "looks", 1)
    return looks if isinstance(looks, int) else 1


def list_objectives(policy: CompiledPolicy) -> dict[str, ObjectiveNode]:
    """Id → objective, of a gate; empty for a policy of another kind."""
    return {entry.id: entry.when for entry in policy.entries if isinstance(entry.when, ObjectiveNode)}


def list_compared(policy: CompiledPolicy) -> Iterator[tuple[ObjectiveNode, BaselineTerms]]:
    """The objectives of a gate that are compared with runs of the store, and how."""
    for node in list_objectives(policy).values():
        if node.baseline is not None and node.baseline.is_stored:
            yield node, node.baseline


def objective_from_json(*fields: Any) -> ObjectiveNode:
    """The node that `to_json` wrote."""
    stored = ObjectiveNode(*fields)

    def rebuild(kind: Any, value: Any) -> Any:
        return None if value is None else kind(*value)

    return replace(
        stored,
        position=Position.from_json(fields[2]),
        pass_limits=tuple(Limit(*limit) for limit in stored.pass_limits),
        warn_limits=tuple(Limit(*limit) for limit in stored.warn_limits),
        failure_limits=tuple(Limit(*limit) for limit in stored.failure_limits),
        baseline=rebuild(BaselineTerms, stored.baseline),
        pairing=rebuild(PairingTerms, stored.pairing),
        budget=rebuild(BudgetTerms, stored.budget),
        waiver=rebuild(Waiver, stored.waiver),
    )
