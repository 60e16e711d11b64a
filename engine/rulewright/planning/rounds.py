"""The decisions of later rounds of planning, by number, so that what a rule did only then can be explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.evaluate.decision import Decision
    from rulewright.events.model import Facts


class DecidedRound(NamedTuple):
    """What was decided in a later round of planning: about the event on the predicted state, or about an event that
    effects of the round before would cause. A round has one of these for each such event.

    `number`: of the round, from 2 on. `changed`: the parts of the subject that differ from what is on GitHub.
    `is_preview`: it belongs to the second planning, in which policies in `mode: observe` count as enforced.
    """

    number: int
    decision: Decision
    changed: frozenset[str]
    is_preview: bool = False

    @property
    def facts(self) -> Facts:
        """What it was decided on."""
        return self.decision.facts


def decisions_of_round(
    later: Iterable[DecidedRound], number: int, *, is_preview: bool = False
) -> tuple[Decision, ...]:
    """The decisions of a round, that about the event itself first; none where planning ended before it."""
    return tuple(
        decided.decision for decided in later if decided.number == number and decided.is_preview is is_preview
    )


def decision_about(later: Iterable[DecidedRound], number: int, policy: str, entry: str) -> Decision | None:
    """The decision of a round that says most about an entry of a policy: one in which it matched, else the first that
    the policy subscribes to; None where the policy took no part in that round.

    The planning with only enforced policies comes before the preview of those that observe.
    """
    rounds = list(later)
    subscribed = [
        decision
        for is_preview in (False, True)
        for decision in decisions_of_round(rounds, number, is_preview=is_preview)
        if any(part.name == policy for part in decision.policies)
    ]
    matching = (decision for decision in subscribed if _is_matched(decision, policy, entry))
    return next(matching, subscribed[0] if subscribed else None)


def matched_rounds(later: Iterable[DecidedRound], policy: str, entry: str) -> tuple[int, ...]:
    """The later rounds in which an entry of a policy matched, whether or not an effect of it was needed."""
    return tuple(
        sorted({one.number for one in later if _is_matched(one.decision, policy, entry)}),
    )


def _is_matched(decision: Decision, policy: str, entry: str) -> bool:
    return any(
        matched.id == entry for part in decision.policies if part.name == policy for matched in part.matched
    )
