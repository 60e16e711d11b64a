"""What one event came to, as the reports show it: event, rules by policy, plan. Never the payload.

Named tuples, because they are made at every start, and a dataclass takes six times as long to make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.plan import Plan
    from rulewright.evaluate.decision import Status
    from rulewright.run.journal import Record


class RuleView(NamedTuple):
    """One skip, rule, objective or transition. `line` is its place in the policy's file."""

    id: str
    status: Status
    reason: str | None = None
    role: str = "rule"
    description: str = ""
    file: str = ""
    line: int = 0
    detail: Mapping[str, Any] = {}
    later: tuple[int, ...] = ()
    """The rounds of planning behind the first in which it matched, as far as its effects tell."""

    @property
    def why(self) -> str:
        """The reason for the status of the first round, and in which rounds it matched later."""
        rounds = ", ".join(map(str, self.later))
        parts = (self.reason, f"matched in round {rounds}" if rounds else None)
        return "; ".join(part for part in parts if part)

    @property
    def word(self) -> str:
        """The verdict of an objective or transition (`FAIL`), else the status in words (`not matched`)."""
        verdict = self.detail.get("verdict")
        return str(verdict) if verdict else self.status.replace("_", " ")

    @property
    def told(self) -> bool:
        """Whether people want to see it: all of a gate, and what did more than not match."""
        return self.status != "not_matched" or self.role in ("objective", "transition") or bool(self.later)


class PolicyView(NamedTuple):
    """One policy that subscribes to the event. `not_matched` counts the rules that `rules` leaves out.

    `skips` are those that were looked at; the last of them ended the policy when it holds or is undecided.
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


class Evaluation(NamedTuple):
    """`every`: all rules are listed; else those that are not `not_matched`, and a count of the rest.

    `absent`: facts that could not be had, with the reason. `records`: what came of the plan; None for a dry run,
    of which `dry` may say why it is one.
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
        """`issues.opened`, or the name alone where there is no action."""
        return f"{self.name}.{self.action}" if self.action else self.name


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 effect`, `2 effects`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
