"""The gates of a program judged by what was measured: samples in, verdicts out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.evaluate.evaluator import evaluate
from rulewright.events.model import Event
from rulewright.facts.gather import gather
from rulewright.facts.measure.sample_source import read_samples
from rulewright.kinds.slo_gate.terms import ObjectiveNode, list_compared
from rulewright.measurements.codes import PROMOTES, rank_verdict
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.kinds import KINDS
from rulewright.policy.suggestions import nearest
from rulewright.run.exit_codes import OF_OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from rulewright.facts.measure.sample_source import MeasuringContext
    from rulewright.measurements.sample import Sample
    from rulewright.policy.json_types import JsonObject
    from rulewright.program.compiled_policy import CompiledPolicy, Entry
    from rulewright.program.program import Program

EVENT: Final = "measurement"
KIND: Final = "SLOGate"


class ObjectiveResult(NamedTuple):
    """One objective, judged. `detail` is its judgement as JSON (`kinds/slo_gate/judgement.py`); `at` is `file:line`."""

    id: str
    description: str
    at: str
    detail: Mapping[str, Any]

    @property
    def verdict(self) -> str:
        return str(self.detail["verdict"])


class GateResult(NamedTuple):
    """One gate, judged. `reason` says why nothing was judged, where a skip ended the gate."""

    name: str
    file: str
    sha256: str
    verdict: str
    objectives: tuple[ObjectiveResult, ...]
    reason: str = ""
    is_observed: bool = False

    @property
    def promotes(self) -> bool:
        return self.verdict in PROMOTES


class GateRun(NamedTuple):
    """All gates, judged at `now` (ISO 8601) for `commit` ("" where nobody says). `ignored_waivers`: objectives
    (`gate/id`) whose waiver did not count."""

    gates: tuple[GateResult, ...]
    now: str
    commit: str = ""
    ignored_waivers: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The worst verdict of the gates that enforce; NO_DATA where there is none."""
        verdicts = [gate.verdict for gate in self.gates if not gate.is_observed]
        return min(verdicts, key=rank_verdict) if verdicts else "NO_DATA"

    @property
    def promotes(self) -> bool:
        return self.verdict in PROMOTES

    @property
    def exit_codes(self) -> frozenset[int]:
        """The codes of design §5: 1 for FAIL, 3 for NO_DATA and INCONCLUSIVE, 4 for ERROR."""
        outcomes = KINDS[KIND].outcomes
        return frozenset(
            OF_OUTCOMES[outcomes[gate.verdict]]
            for gate in self.gates
            if gate.verdict in outcomes and not gate.is_observed
        )


def select_gates(program: Program, names: Sequence[str] = ()) -> tuple[CompiledPolicy, ...]:
    """The SLO gates of a program, sorted by name; those that are named, where some are. Raises UsageError where there
    is none."""
    gates = {policy.name: policy for policy in program.policies if policy.kind == KIND}
    for name in names:
        if name not in gates:
            near = nearest(name, gates)
            hint = f"did you mean `{near}`?" if near else "the names are those under `metadata.name`"
            raise UsageError(f"there is no SLO gate `{name}`", hint=hint)
    chosen = sorted(names or gates)
    if not chosen:
        raise UsageError("there is no SLO gate among the policies", hint="name a policy of `kind: SLOGate`")
    return tuple(gates[name] for name in chosen)


def drop_waivers(gates: Iterable[CompiledPolicy], objectives: Collection[str]) -> tuple[CompiledPolicy, ...]:
    """The gates without the waivers of these objectives (`gate/id`)."""

    def without(gate: str, entry: Entry) -> Entry:
        node = entry.when
        if f"{gate}/{entry.id}" not in objectives or not isinstance(node, ObjectiveNode):
            return entry
        return entry._replace(condition=replace(node, waiver=None))

    if not objectives:
        return tuple(gates)
    return tuple(
        gate._replace(entries=tuple(without(gate.name, entry) for entry in gate.entries)) for gate in gates
    )


def needs_baselines(gates: Iterable[CompiledPolicy]) -> bool:
    """Whether an objective is compared with a stored baseline."""
    return any(True for gate in gates for _ in list_compared(gate))


def measure_gates(gates: Iterable[CompiledPolicy], context: MeasuringContext) -> dict[str, dict[str, Sample]]:
    """Gate → objective → sample: reads every source of the gates."""
    return {
        gate.name: read_samples(
            ((entry.id, entry.measured) for entry in gate.entries if entry.measured is not None), context
        )
        for gate in gates
    }


def judge_gates(
    program: Program,
    gates: Iterable[CompiledPolicy],
    samples: Mapping[str, Mapping[str, Sample]],
    now: str,
    commit: str = "",
    ignored_waivers: tuple[str, ...] = (),
) -> GateRun:
    """The verdict of each gate. Pure but for named facts that `skip` conditions may ask for. `ignored_waivers`: the
    objectives (`gate/id`) whose waiver does not count."""
    judged = drop_waivers(gates, ignored_waivers)
    results = tuple(_judge(program, gate, samples.get(gate.name, {}), now, commit) for gate in judged)
    return GateRun(results, now, commit, ignored_waivers)


def _judge(
    program: Program, gate: CompiledPolicy, samples: Mapping[str, Sample], now: str, commit: str
) -> GateResult:
    # Each gate is a program of its own: an id of an objective is unique within its policy alone.
    alone = program.with_policies((gate._replace(on=(EVENT,)),))
    event = Event(EVENT, None, {"measurements": [], "run": {"sha": commit}})
    known = {entry.id for entry in gate.entries if entry.role == "objective"}
    given = {name: sample for name, sample in samples.items() if name in known}
    decision = evaluate(alone, gather(alone, event, now=now, given=given)).policies[0]
    entries = {entry.id: entry for entry in gate.entries}
    objectives = tuple(
        ObjectiveResult(
            rule.id,
            entries[rule.id].description,
            f"{gate.file}:{entries[rule.id].position.line}",
            rule.detail,
        )
        for rule in decision.rules
        if rule.detail
    )
    skipped = next((rule.reason for rule in decision.rules if not rule.detail and rule.reason), "")
    return GateResult(
        gate.name, gate.file, gate.sha256, decision.verdict, objectives, skipped or "", gate.mode == "observe"
    )


def describe_run(run: GateRun) -> JsonObject:
    """The results as JSON, without what is known only of the whole evidence."""
    return {
        "verdict": run.verdict,
        "promotes": run.promotes,
        "gates": [
            {
                "name": gate.name,
                "verdict": gate.verdict,
                "promotes": gate.promotes,
                "mode": "observe" if gate.is_observed else "enforce",
                "policy_sha256": gate.sha256,
                "file": gate.file,
                **({"reason": gate.reason} if gate.reason else {}),
                "objectives": [
                    {"id": objective.id, **objective.detail, "at": objective.at}
                    for objective in gate.objectives
                ],
            }
            for gate in run.gates
        ],
    }
