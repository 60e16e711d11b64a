"""Decision → Plan. Pure: no input or output, no clock, no randomness.

Rounds go on until nothing new follows:

    wishes of the matched rules ─▶ less what people did ─▶ contradictions blocked ─▶ what the state lacks
          ▲                                                                                    │
          └── the same event on the state they leave, and the events the effects would cause ◀─┘

A contradiction between rules of one round, or of two rounds that come to rest, blocks its field: planning
starts again without it, and it is reported. Rounds that never come to rest are a loop: its rules are left out, named as
a conflict, and planning starts again without them.

Policies in `mode: observe` take no part. What they would do is planned a second time, as if all policies were
enforced, and reported as `Plan.observed`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.actions.plan import Conflict, Effect, Note, Plan
from rulewright.actions.table import ACTIONS
from rulewright.events.content_hash import event_sha256
from rulewright.events.snapshot import snapshot, subject, with_snapshot
from rulewright.planning.budget import hold_back
from rulewright.planning.cascade import changed_parts, derived_events, facts_after, touched
from rulewright.planning.conflicts import claims, contradictions, unblocked
from rulewright.planning.deleted_comments import event_at, people_deleted
from rulewright.planning.notifications import order_notifications
from rulewright.planning.overrides import Held, held, unheld
from rulewright.planning.plan_json import plan_hash, predicted_json
from rulewright.planning.proposals import Wish, asks, stops, wishes
from rulewright.policy.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.evaluate.decision import Decision
    from rulewright.events.history import Change
    from rulewright.events.model import Facts
    from rulewright.events.snapshot import Snapshot

MAX_ROUNDS: Final = 8
ROUNDS: Final = "rounds"
"""The field of the conflict that says that planning took too many."""
ENFORCED: Final = frozenset({"enforce"})
PLANNED: Final = ENFORCED | {"observe"}


class _Loop(Exception):
    """Rules whose effects call each other forth without end: `effects` are those that go round."""

    def __init__(self, effects: Iterable[Effect]) -> None:
        super().__init__("loop")
        self.effects = tuple(effects)
        self.rules = tuple(dict.fromkeys(effect.rule for effect in self.effects))

    def conflict(self, target: str) -> Conflict:
        """The loop as a conflict over the first field that goes round."""
        field = next((name for effect in self.effects for name, _ in claims(effect)), "loop")
        who = " and ".join(f"`{rule}`" for rule in self.rules)
        steps = " → ".join(_step(effect) for effect in self.effects)
        verb, what = ("call", "each other") if len(self.rules) > 1 else ("calls", "itself")
        left = "both are" if len(self.rules) == 2 else "all are" if len(self.rules) > 2 else "it is"
        message = f"{who} {verb} {what} forth without end ({steps}); {left} left out."
        return Conflict(
            field, self.effects[0].target if self.effects else target, self.rules, message, is_loop=True
        )


class Drawn(NamedTuple):
    """A plan, and what its later rounds were decided on: the facts, and the parts of the subject that differ from
    what stands on GitHub."""

    plan: Plan
    later: tuple[tuple[Facts, frozenset[str]], ...] = ()


def plan(decision: Decision, *, allowance: int | None = None) -> Plan:
    """What apply will do for a decision.

    `allowance` is what is left of the run's budget, where many events share it.
    """
    return draw(decision, allowance=allowance).plan


def draw(decision: Decision, *, allowance: int | None = None) -> Drawn:
    """`plan`, with what it was made from."""
    event = decision.facts.event
    about = subject(event)
    target = about.target if about is not None else ""
    policies = {policy.name: policy.policy.sha256 for policy in decision.policies}
    event_hash = event_sha256(event)
    state = snapshot(event)
    if decision.quiet:
        hashed = plan_hash((), policies, event_hash)
        return Drawn(Plan((), hashed, (), predicted_json(state), policies, event_hash))
    holds = held(decision)._replace(deleted=_deleted_comments(decision, target))
    search, conflicts = _search(decision, target, state, holds, ENFORCED)
    effects, held_back = hold_back(search.ordered(), decision.program.config, allowance)
    preview = _preview(decision, target, state, holds, search)
    made = Plan(
        effects=effects,
        hash=plan_hash(effects, policies, event_hash),
        conflicts=conflicts,
        predicted=predicted_json(_after(state, effects)),
        policies=policies,
        event_sha256=event_hash,
        rounds=search.rounds,
        held_back=held_back,
        notes=(*search.notes, *preview.notes),
        observed=preview.effects,
        models=_models(decision),
    )
    return Drawn(made, (*search.later, *preview.later))


def _search(
    decision: Decision, target: str, state: Snapshot | None, holds: Held, modes: frozenset[str]
) -> tuple[_Search, tuple[Conflict, ...]]:
    """The search that comes to rest without contradictions, and the contradictions that it leaves out."""
    conflicts: dict[str, Conflict] = {}
    loops: list[Conflict] = []
    while True:
        left_out = frozenset(rule for loop in loops for rule in loop.rules)
        search = _Search(decision, target, state, frozenset(conflicts), holds, modes, left_out)
        try:
            search.run()
        except _Loop as loop:
            loops.append(loop.conflict(target))
            continue
        new = [one for one in search.conflicts if one.field not in conflicts and one.field != ROUNDS]
        if not new:
            long = [one for one in search.conflicts if one.field == ROUNDS]
            return search, (*conflicts.values(), *loops, *long)
        conflicts.update((conflict.field, conflict) for conflict in new)


def _deleted_comments(decision: Decision, target: str) -> dict[str, Change]:
    """Marker of a comment that a person deleted → the deletion: what the rules asked for at that moment."""
    facts = decision.facts
    found: dict[str, Change] = {}
    deletions = people_deleted(facts.event.payload)
    if not deletions:
        return found
    from rulewright.evaluate.evaluator import evaluate

    for deletion in deletions:
        event = event_at(facts.event, deletion)
        past = evaluate(decision.program, facts._replace(event=event, now=deletion.at))
        state = snapshot(event)
        search = _Search(past, target, state, frozenset(), held(past), PLANNED)
        with suppress(_Loop):  # then the rounds before it tell
            search.run()
        for effects in search.wanted.values():
            for effect in effects:
                if effect.action == "comment":
                    found.setdefault(effect.text("marker"), deletion)
    return found


class _Preview(NamedTuple):
    """What would be done more if the policies in `mode: observe` were enforced, and why something would not."""

    effects: tuple[Effect, ...] = ()
    notes: tuple[Note, ...] = ()
    later: tuple[tuple[Facts, frozenset[str]], ...] = ()


def _preview(
    decision: Decision, target: str, state: Snapshot | None, holds: Held, enforced: _Search
) -> _Preview:
    """Plan as if all policies were enforced, and keep what the plan of the enforced ones has not."""
    if not any(policy.mode == "observe" for policy in decision.policies):
        return _Preview()
    search, conflicts = _search(decision, target, state, holds, PLANNED)
    told = [Note(one.rules[0], "observe", one.message) for one in conflicts]
    known = {(effect.action, repr(effect.arguments)) for effect in enforced.effects}
    effects = tuple(one for one in search.ordered() if (one.action, repr(one.arguments)) not in known)
    notes = tuple(note for note in (*search.notes, *told) if note not in enforced.notes)
    return _Preview(effects, notes, tuple(search.later))


def _models(decision: Decision) -> Mapping[str, Any]:
    """What models were asked; nothing is imported where nobody was."""
    if not decision.facts.provenance and not decision.facts.absent:
        return {}
    from rulewright.evaluate.inferred import inferred

    return inferred(decision)


@dataclass(slots=True)
class _Search:
    """One search for the fixed point, with the blocked fields left out. `run` fills its other members."""

    decision: Decision
    target: str
    start: Snapshot | None
    blocked: frozenset[str]
    holds: Held
    modes: frozenset[str]
    """Of the policies whose rules are carried out."""
    left_out: frozenset[str] = frozenset()
    """Rules of loops."""
    effects: list[Effect] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    notes: tuple[Note, ...] = ()
    rounds: int = 0
    secrets: tuple[str, ...] = ()
    later: list[tuple[Facts, frozenset[str]]] = field(default_factory=list)
    wanted: dict[str, list[Effect]] = field(default_factory=dict)
    """Rule → what it wants of the actions by which its notifications are remembered, needed or not."""
    _origins: set[tuple[str, int]] = field(default_factory=set)
    _touched: bool = False
    _stopped: set[str] = field(default_factory=set)

    def run(self) -> None:
        state, decisions = self.start, [self.decision]
        seen = {_mark(state): 0}
        while True:
            self.rounds += 1
            asked_for = asks(decisions, self.modes, self._stopped, is_first=self.rounds == 1)
            found = wishes(asked_for, self.target, state, self.secrets)
            self._stopped |= stops(decisions)
            self.secrets = found.secrets
            if self.rounds == 1:
                self.notes = found.notes
            for wish in found.wishes:
                if wish.effect.declaration.memory != "none" and wish.effect.rule not in self.left_out:
                    for rule, _ in (wish.origin, *wish.others):
                        self.wanted.setdefault(rule, []).append(wish.effect)
            kept = [wish for wish in found.wishes if wish.effect.rule not in self.left_out]
            wanted, notes = unheld(kept, state, self.holds)
            self.notes = tuple(dict.fromkeys((*self.notes, *notes)))
            # What was sent once is not asked for again with other words, so it contradicts nothing either.
            asked = [
                wish.effect for wish in wanted if wish.origin not in self._origins or not wish.effect.emission
            ]
            against = contradictions(asked) if self.rounds == 1 else contradictions(asked, self.effects)
            self.conflicts += [conflict for conflict in against if conflict.field not in self.blocked]
            if self.rounds == 1 and self.conflicts:
                return  # planning starts again without these fields
            count, before = len(self.effects), state
            state, edited = self._take(wanted, state)
            if len(self.effects) == count and not edited:
                return
            changed = state != before
            # A comment that the event does not show changes nothing that is known but the time of the last change.
            first = not self._touched and any(map(_touches, self.effects))
            self._touched = self._touched or first
            mark = _mark(state)
            if changed and mark in seen:
                # What was there before the state that comes again has no part in it.
                raise _Loop(self._loop(count, seen[mark]))
            if self.rounds > MAX_ROUNDS:
                if self._repeats(count):
                    raise _Loop(self._loop(count, 0))
                self.conflicts.append(self._too_long())
                return
            seen[mark] = len(self.effects)
            if state is None or before is None or not (changed or edited or first):
                return
            decisions = self._evaluate(before, state)

    def ordered(self) -> tuple[Effect, ...]:
        """The effects, without notifications that went out before."""
        return order_notifications(self.effects, self.wanted, self.start, self.decision.facts.event.payload)

    def _take(self, wanted: Iterable[Wish], state: Snapshot | None) -> tuple[Snapshot | None, bool]:
        """Add what the state lacks; the state after, and whether an earlier comment got other words."""
        edited = False
        for wish in wanted:
            left = unblocked(wish.effect, self.blocked)
            if left is None:
                continue
            action = ACTIONS[left.action]
            # An emission, and a mask (whose offsets hold for the first text only), is planned once per place.
            if action.emission or left.action == "mask":
                if wish.origin in self._origins:
                    continue
                self._origins.update((wish.origin, *wish.others))
            needed = action.reduce(left, state)
            if not action.emission:
                self._credit(left)
            if needed is None:
                continue
            place = self._same(needed)
            if place is not None:
                known = self.effects[place]
                if known.action == "comment" and known.arguments != needed.arguments:
                    self.effects[place] = known._replace(arguments=needed.arguments)
                    edited = True
                elif known.rule != needed.rule:
                    self.effects[place] = _also(known, needed.rule)
                if known.action != "comment" or state is None:
                    continue
            else:
                self.effects.append(needed._replace(round=self.rounds))
            if state is not None and not action.emission:
                state = action.predict(needed, state)
        return state, edited

    def _same(self, effect: Effect) -> int | None:
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

    def _credit(self, effect: Effect) -> None:
        """Name the rule at the effects that already do something of what it wants."""
        asked = set(map(_hashable, claims(effect)))
        for place, known in enumerate(self.effects):
            if known.rule != effect.rule and asked.intersection(map(_hashable, claims(known))):
                self.effects[place] = _also(known, effect.rule)

    def _evaluate(self, before: Snapshot, state: Snapshot) -> list[Decision]:
        """The same event on the predicted state, and the events that the last round's effects would cause."""
        from rulewright.evaluate.evaluator import evaluate

        program, facts = self.decision.program, self.decision.facts
        voided = changed_parts(self.start or before, state)
        again = with_snapshot(facts.event, state)
        if self._touched:
            again = touched(again, self.start or before, state, facts.now)
        out = [evaluate(program, facts_after(program, facts, again, voided))]
        for event in derived_events(again, before, state):
            if program.route(event.name, event.action).policies:
                out.append(evaluate(program, facts_after(program, facts, event, voided)))
        self.later += [(one.facts, voided) for one in out]
        return out

    def _repeats(self, count: int) -> bool:
        """Whether an effect of the last round speaks for a field for which its rule spoke before."""
        before = {(effect.rule, name) for effect in self.effects[:count] for name, _ in claims(effect)}
        last = self.effects[count:] or self.effects[-1:]
        return any((effect.rule, name) in before for effect in last for name, _ in claims(effect))

    def _too_long(self) -> Conflict:
        rules = tuple(dict.fromkeys(effect.rule for effect in self.effects[-2:]))
        message = f"Planning ended after {MAX_ROUNDS} rounds; what follows from the last one comes with the next event."
        return Conflict(ROUNDS, self.target, rules, message)

    def _loop(self, count: int, first: int) -> list[Effect]:
        """The effects that go round, of those from `first` on: those that speak for one field and want it to be
        different things; else those of the last round."""
        wanted: dict[str, list[tuple[str, Effect]]] = {}
        for effect in self.effects[first:]:
            for name, value in claims(effect):
                wanted.setdefault(name, []).append((repr(value), effect))
        last = self.effects[count:] or self.effects[-1:]
        for effect in last:
            for name, _ in claims(effect):
                asked = wanted.get(name, [])
                if len({value for value, _ in asked}) > 1:
                    order = {one.rule: place for place, one in reversed([*enumerate(self.effects)])}
                    found = {one.rule: one for _, one in asked}.values()
                    return sorted(found, key=lambda one: order[one.rule])
        return list({one.rule: one for one in last}.values())


def _after(state: Snapshot | None, effects: Iterable[Effect]) -> Snapshot | None:
    for effect in effects:
        if state is not None:
            state = ACTIONS[effect.action].predict(effect, state)
    return state


def _touches(effect: Effect) -> bool:
    """Whether GitHub moves the subject's `updated_at`: all changes of it, but not those of a board's fields."""
    return not effect.emission and effect.declaration.changes != {"fields"}


def _also(effect: Effect, rule: str) -> Effect:
    return effect if rule in effect.also else effect._replace(also=(*effect.also, rule))


def _mark(state: Snapshot | None) -> str:
    if state is None:
        return ""
    labels, people = sorted(map(str.casefold, state.labels)), sorted(map(str.casefold, state.assignees))
    rest = [state.title, state.body, state.state, state.milestone, dict(state.fields), state.comments]
    return digest([labels, people, rest])


def _hashable(claim: tuple[str, Any]) -> tuple[str, str]:
    return claim[0], repr(claim[1])


def _step(effect: Effect) -> str:
    named: Mapping[str, Any] = effect.arguments
    shown = named.get("labels") or named.get("users") or named.get("label") or ""
    text = ", ".join(shown) if isinstance(shown, list) else str(shown)
    return f"{effect.action} {text}".strip()
