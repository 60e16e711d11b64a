"""The search for the effects after which nothing new follows, round by round.

    proposals of the matched rules ─▶ less what people did ─▶ contradictions blocked ─▶ what the state lacks
          ▲                                                                                       │
          └── the same event on the state they leave, and the events that the effects would cause ◀─┘

A search blocks given fields, and leaves out given rules. It ends at the first round with new contradictions, and
raises `EndlessLoop` when rounds never come to rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.plan import Conflict, Effect, Note
from rulewright.actions.table import ACTIONS
from rulewright.evaluate.evaluator import evaluate
from rulewright.events.snapshot import with_snapshot
from rulewright.planning.cascade import changed_parts, derived_events, facts_after, touch_subject
from rulewright.planning.conflicts import drop_blocked, find_contradictions
from rulewright.planning.notifications import order_notifications
from rulewright.planning.overrides import drop_overridden
from rulewright.planning.proposals import (
    Origin,
    ProposedEffect,
    propose_effects,
    requested_actions,
    stopping_rules,
)
from rulewright.planning.rounds import DecidedRound
from rulewright.policy.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.evaluate.decision import Decision
    from rulewright.events.snapshot import Snapshot
    from rulewright.planning.overrides import Overrides
    from rulewright.policy.actions.declaration import Claim

MAX_ROUNDS: Final = 8
ROUNDS: Final = "rounds"
"""The field of the conflict that says that planning took too many."""


class EndlessLoop(Exception):
    """Rules whose effects cause each other without end: `effects` are those that go round."""

    def __init__(self, effects: Iterable[Effect]) -> None:
        super().__init__("loop")
        self.effects = tuple(effects)
        self.rules = tuple(dict.fromkeys(effect.rule for effect in self.effects))

    def conflict(self, target: str) -> Conflict:
        """The loop as a conflict over the first field that goes round."""
        name = next((name for effect in self.effects for name, _ in effect.claims()), "loop")
        who = " and ".join(f"`{rule}`" for rule in self.rules)
        steps = " → ".join(_describe_step(effect) for effect in self.effects)
        verb, what = ("make", "each other") if len(self.rules) > 1 else ("makes", "itself")
        left = "both are" if len(self.rules) == 2 else "all are" if len(self.rules) > 2 else "it is"
        message = f"{who} {verb} {what} match again without end ({steps}); {left} left out."
        target = self.effects[0].target if self.effects else target
        return Conflict(name, target, self.rules, message, is_loop=True)


class PlanSearch:
    """One search, with the blocked fields left out; `run` fills what it finds.

    `modes`: of the policies whose rules are carried out. `left_out`: rules of loops. `wanted`: rule → what it asks for
    of the actions by which its notifications are remembered, needed or not.
    """

    def __init__(
        self,
        decision: Decision,
        target: str,
        start: Snapshot | None,
        blocked: frozenset[str],
        overrides: Overrides,
        modes: frozenset[str],
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        self.decision = decision
        self.target = target
        self.start = start
        self.blocked = blocked
        self.overrides = overrides
        self.modes = modes
        self.left_out = left_out
        self.effects: list[Effect] = []
        self.conflicts: list[Conflict] = []
        self.notes: tuple[Note, ...] = ()
        self.rounds = 0
        self.later: list[DecidedRound] = []
        self.wanted: dict[str, list[Effect]] = {}
        self._secrets: tuple[str, ...] = ()
        self._origins: set[Origin] = set()  # of what is planned once, whatever later rounds ask for
        self._is_touched = False
        self._stopped: set[str] = set()

    def run(self) -> None:
        """Raises EndlessLoop."""
        state, decisions = self.start, [self.decision]
        seen = {_state_digest(state): 0}
        while True:
            self.rounds += 1
            proposed = self._propose(decisions, state)
            self._find_conflicts(proposed)
            if self.rounds == 1 and self.conflicts:
                return  # planning starts again without these fields
            count, before = len(self.effects), state
            state, is_edited = self._plan_needed(proposed, state)
            if len(self.effects) == count and not is_edited:
                return
            is_first_touch = self._note_touch()
            if self._is_too_long(state, state != before, count, seen):
                return
            if state is None or before is None or not (state != before or is_edited or is_first_touch):
                return
            decisions = self._decide_again(before, state)

    def _note_touch(self) -> bool:
        """Whether the subject's time of the last change moves for the first time.

        A comment that the event does not show changes nothing else that is known.
        """
        if self._is_touched or not any(map(_touches_subject, self.effects)):
            return False
        self._is_touched = True
        return True

    def ordered(self) -> tuple[Effect, ...]:
        """The effects, without notifications that went out before."""
        return order_notifications(self.effects, self.wanted, self.start, self.decision.facts.event.payload)

    def _propose(self, decisions: list[Decision], state: Snapshot | None) -> tuple[ProposedEffect, ...]:
        """What the decisions ask for, but for left out rules and what people changed otherwise."""
        requests = requested_actions(decisions, self.modes, self._stopped, is_first=self.rounds == 1)
        proposals = propose_effects(requests, self.target, state, self._secrets)
        self._stopped |= stopping_rules(decisions)
        self._secrets = proposals.secrets
        if self.rounds == 1:
            self.notes = proposals.notes
        kept = [proposed for proposed in proposals.effects if proposed.effect.rule not in self.left_out]
        for proposed in kept:
            if proposed.effect.declaration.memory != "none":
                for rule, _ in (proposed.origin, *proposed.others):
                    self.wanted.setdefault(rule, []).append(proposed.effect)
        allowed, notes = drop_overridden(kept, state, self.overrides)
        self.notes = tuple(dict.fromkeys((*self.notes, *notes)))
        return allowed

    def _find_conflicts(self, proposed: Iterable[ProposedEffect]) -> None:
        # What was sent once is not asked for again with other words, so it contradicts nothing either.
        asked = [one.effect for one in proposed if one.origin not in self._origins or not one.effect.emission]
        found = find_contradictions(asked) if self.rounds == 1 else find_contradictions(asked, self.effects)
        self.conflicts += [conflict for conflict in found if conflict.field not in self.blocked]

    def _plan_needed(
        self, proposals: Iterable[ProposedEffect], state: Snapshot | None
    ) -> tuple[Snapshot | None, bool]:
        """Plan what the state lacks; the state after, and whether an earlier comment got other words."""
        is_edited = False
        for proposed in proposals:
            effect = drop_blocked(proposed.effect, self.blocked)
            if effect is None or self._is_planned_already(proposed, effect):
                continue
            needed = ACTIONS[effect.action].reduce(effect, state)
            if not effect.emission:
                self._credit(effect)
            if needed is None:
                continue
            place = self._place_of(needed)
            if place is None:
                self.effects.append(needed._replace(round=self.rounds))
            else:
                is_edited = self._merge(place, needed) or is_edited
            if state is not None and not effect.emission:
                state = ACTIONS[effect.action].predict(needed, state)
        return state, is_edited

    def _is_planned_already(self, proposed: ProposedEffect, effect: Effect) -> bool:
        """Of an emission, or a mask (whose offsets hold for the first text only): each is planned once per place."""
        if not effect.emission and effect.action != "mask":
            return False
        if proposed.origin in self._origins:
            return True
        self._origins.update((proposed.origin, *proposed.others))
        return False

    def _place_of(self, effect: Effect) -> int | None:
        """The place of an effect in the plan that is this one already."""
        for place, known in enumerate(self.effects):
            if known.action != effect.action:
                continue
            if effect.action in ("comment", "create_issue"):
                if known.key == effect.key:
                    return place
            elif effect.emission and known.arguments == effect.arguments:
                return place
        return None

    def _merge(self, place: int, effect: Effect) -> bool:
        """Plan an effect that is in the plan already; whether it is a comment that gets other words."""
        known = self.effects[place]
        if known.action == "comment" and known.arguments != effect.arguments:
            self.effects[place] = known._replace(arguments=effect.arguments)
            return True
        if known.rule != effect.rule:
            self.effects[place] = _also_of(known, effect.rule)
        return False

    def _credit(self, effect: Effect) -> None:
        """Name the rule at the effects that already do something of what it asks for."""
        asked = set(map(_hashable, effect.claims()))
        for place, known in enumerate(self.effects):
            if known.rule != effect.rule and asked.intersection(map(_hashable, known.claims())):
                self.effects[place] = _also_of(known, effect.rule)

    def _is_too_long(
        self, state: Snapshot | None, is_changed: bool, count: int, seen: dict[str, int]
    ) -> bool:
        """Whether planning ends here, with a conflict that says so. `count`: the effects before this round.

        Raises EndlessLoop when a state comes again, or an effect's field after too many rounds.
        """
        state_digest = _state_digest(state)
        if is_changed and state_digest in seen:
            # What was there before the state that comes again has no part in it.
            raise EndlessLoop(self._loop(count, seen[state_digest]))
        if self.rounds > MAX_ROUNDS:
            if self._repeats(count):
                raise EndlessLoop(self._loop(count, 0))
            rules = tuple(dict.fromkeys(effect.rule for effect in self.effects[-2:]))
            message = (
                f"Planning ended after {MAX_ROUNDS} rounds; "
                "what follows from the last one comes with the next event."
            )
            self.conflicts.append(Conflict(ROUNDS, self.target, rules, message))
            return True
        seen[state_digest] = len(self.effects)
        return False

    def _decide_again(self, before: Snapshot, state: Snapshot) -> list[Decision]:
        """The same event on the predicted state, and the events that the last round's effects would cause."""
        program, facts = self.decision.program, self.decision.facts
        changed = changed_parts(self.start or before, state)
        event = with_snapshot(facts.event, state)
        if self._is_touched:
            event = touch_subject(event, self.start or before, state, facts.now)
        decisions = [evaluate(program, facts_after(program, facts, event, changed))]
        for derived in derived_events(event, before, state):
            if program.route(derived.name, derived.action).policies:
                decisions.append(evaluate(program, facts_after(program, facts, derived, changed)))
        number = self.rounds + 1
        self.later += [DecidedRound(number, decision, changed) for decision in decisions]
        return decisions

    def _repeats(self, count: int) -> bool:
        """Whether an effect of the last round speaks for a field for which its rule spoke before."""
        before = {(effect.rule, name) for effect in self.effects[:count] for name, _ in effect.claims()}
        last = self.effects[count:] or self.effects[-1:]
        return any((effect.rule, name) in before for effect in last for name, _ in effect.claims())

    def _loop(self, count: int, first: int) -> list[Effect]:
        """The effects that go round, of those from `first` on: those that speak for one field and want it to be
        different things; else those of the last round."""
        wanted: dict[str, list[tuple[str, Effect]]] = {}
        for effect in self.effects[first:]:
            for name, value in effect.claims():
                wanted.setdefault(name, []).append((repr(value), effect))
        last = self.effects[count:] or self.effects[-1:]
        for effect in last:
            for name, _ in effect.claims():
                asked = wanted.get(name, [])
                if len({value for value, _ in asked}) > 1:
                    order = {known.rule: place for place, known in reversed([*enumerate(self.effects)])}
                    rivals = {rival.rule: rival for _, rival in asked}.values()
                    return sorted(rivals, key=lambda rival: order[rival.rule])
        return list({effect.rule: effect for effect in last}.values())


def _touches_subject(effect: Effect) -> bool:
    """Whether GitHub moves the subject's `updated_at`: all changes of it, but not those of a board's fields."""
    return not effect.emission and effect.declaration.changes != {"fields"}


def _also_of(effect: Effect, rule: str) -> Effect:
    return effect if rule in effect.also else effect._replace(also=(*effect.also, rule))


def _state_digest(state: Snapshot | None) -> str:
    if state is None:
        return ""
    labels, people = sorted(map(str.casefold, state.labels)), sorted(map(str.casefold, state.assignees))
    rest = [state.title, state.body, state.state, state.milestone, dict(state.fields), state.comments]
    return digest([labels, people, rest])


def _hashable(claim: Claim) -> tuple[str, str]:
    return claim[0], repr(claim[1])


def _describe_step(effect: Effect) -> str:
    names = effect.texts("labels") or effect.texts("users") or [str(effect.arguments.get("label") or "")]
    return f"{effect.action} {', '.join(names)}".strip()
