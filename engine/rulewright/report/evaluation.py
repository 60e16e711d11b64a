"""The data that reports show of one event: event, rules by policy, plan. It never contains the payload.

The classes are named tuples, because their definition takes a sixth of the time of a dataclass at start-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.events.content_hash import event_sha256
from rulewright.policy.kinds import KINDS
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.plan import Plan
    from rulewright.evaluate.decision import PolicyDecision, RuleResult, Status
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.run.journal import Record
    from rulewright.run.pipeline import SubjectPlan, SubjectResult


class RuleView(NamedTuple):
    """One skip, rule, objective or transition. `line` is its line in the file of the policy."""

    id: str
    status: Status
    reason: str | None = None
    role: str = "rule"
    description: str = ""
    file: str = ""
    line: int = 0
    detail: Mapping[str, object] = {}
    later: tuple[int, ...] = ()
    """The later planning rounds in which it matched, as far as its effects show."""

    @property
    def why(self) -> str:
        """The reason for the status of the first round, and the later rounds in which it matched."""
        rounds = ", ".join(map(str, self.later))
        parts = (self.reason, f"matched in round {rounds}" if rounds else None)
        return "; ".join(part for part in parts if part)

    @property
    def word(self) -> str:
        """The verdict of an objective or transition (`FAIL`), else the status as text (`not matched`)."""
        verdict = self.detail.get("verdict")
        return str(verdict) if verdict else self.status.replace("_", " ")

    @property
    def noteworthy(self) -> bool:
        """Whether text reports show it: every row of a gate, and other rules unless they did not match."""
        return self.status != "not_matched" or self.role in ("objective", "transition") or bool(self.later)


class PolicyView(NamedTuple):
    """One policy that subscribes to the event. `not_matched` counts the rules that are not in `rules`.

    `skips` are those that were evaluated. If the last one matched or is undetermined, it ended the policy.
    """

    name: str
    kind: str
    mode: str
    verdict: str
    file: str
    rules: tuple[RuleView, ...]
    not_matched: int = 0
    description: str = ""
    skips: tuple[RuleView, ...] = ()

    @property
    def is_discounted(self) -> bool:
        """Whether its verdict would change the exit code, and does not in observe mode."""
        return self.mode == "observe" and self.verdict in KINDS[self.kind].outcomes

    @property
    def verdict_text(self) -> str:
        """`FAIL`, or `FAIL (does not count)`."""
        return f"{self.verdict} (does not count)" if self.is_discounted else self.verdict


class Evaluation(NamedTuple):
    """`every`: whether all rules are listed, or only those that are not `not_matched`, with a count of the others.

    `absent`: unresolved facts with reasons. `records`: the outcome of the plan; None for a dry run, whose reason can
    be in `dry`.
    """

    name: str
    action: str | None
    subject: str | None
    sha256: str
    policies: tuple[PolicyView, ...]
    plan: Plan
    every: bool = True
    absent: Mapping[str, str] = {}
    records: tuple[Record, ...] | None = None
    dry: str = ""

    @property
    def event(self) -> str:
        """`issues.opened`, or the name alone if there is no action."""
        return f"{self.name}.{self.action}" if self.action else self.name


def build_evaluation(
    planned: SubjectPlan, result: SubjectResult | None = None, *, show_all: bool, whole_gates: bool
) -> Evaluation:
    """The view of a decision and its plan, with the `result` of an applied plan.

    `show_all`: list every rule, not only those that are not `not_matched`. `whole_gates`: list all rows of gates and
    promotions in any case.
    """
    event, decision, plan = planned
    later = later_rounds(plan)
    return Evaluation(
        name=event.name,
        action=event.action,
        subject=planned.target or None,
        sha256=plan.event_sha256 or event_sha256(event),
        policies=tuple(
            _policy_view(part, later, show_all or (whole_gates and KINDS[part.kind].blocks_on_unknown))
            for part in decision.policies
        ),
        plan=plan,
        every=show_all,
        absent={name: absent.text for name, absent in decision.facts.absent.items()},
        records=result.records if result is not None else None,
        dry=result.dry if result is not None else "",
    )


def later_rounds(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Rule → the later rounds in which it proposed an effect of the plan."""
    rounds: dict[str, set[int]] = {}
    for effect in (*plan.effects, *plan.held_back, *plan.observed):
        if effect.round > 1:
            rounds.setdefault(effect.rule, set()).add(effect.round)
    return {rule: tuple(sorted(numbers)) for rule, numbers in rounds.items()}


def _policy_view(part: PolicyDecision, later: Mapping[str, tuple[int, ...]], whole: bool) -> PolicyView:
    policy = part.policy
    results = part.rules if whole else part.notable
    if later and not whole:
        listed = {result.id for result in results}
        results = tuple(
            result for result in part.rules if result.id in listed or f"{policy.name}/{result.id}" in later
        )
    return PolicyView(
        name=policy.name,
        kind=policy.kind,
        mode=policy.mode,
        verdict=part.verdict,
        file=policy.file,
        rules=_rule_views(policy, results, later),
        not_matched=0 if whole else part.not_matched - (len(results) - len(part.notable)),
        description=policy.description,
        skips=_rule_views(policy, part.skips if part.skipped_by is not None else (), {}),
    )


def _rule_views(
    policy: CompiledPolicy, results: tuple[RuleResult, ...], later: Mapping[str, tuple[int, ...]]
) -> tuple[RuleView, ...]:
    if not results:
        return ()
    entries = {entry.id: entry for entry in policy.entries}
    return tuple(
        RuleView(
            id=result.id,
            status=result.status,
            reason=result.reason,
            role=entries[result.id].role,
            description=entries[result.id].description,
            file=policy.file,
            line=entries[result.id].position.line,
            detail=result.detail,
            later=later.get(f"{policy.name}/{result.id}", ()) if result.status != "matched" else (),
        )
        for result in results
    )


def format_count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 effect`, `2 effects`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
