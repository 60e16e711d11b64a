"""The effects that the matched rules of one planning round ask for, in order, masks first."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rulewright.actions.context import ActionContext
from rulewright.actions.mask import join_masks, secrets_of
from rulewright.actions.names import declared_labels, drop_undeclared
from rulewright.actions.outgoing import outgoing_filter
from rulewright.actions.plan import Note
from rulewright.actions.table import ACTIONS
from rulewright.actions.template import Undetermined
from rulewright.actions.trust import holds_marked_text, is_trusted
from rulewright.evaluate.evaluator import evaluate
from rulewright.events.snapshot import subject, with_snapshot
from rulewright.planning.secret_hiding import hide_in_title, hide_secrets
from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.frame import MISSING
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from rulewright.actions.plan import Effect
    from rulewright.evaluate.decision import Decision, PolicyDecision
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json
    from rulewright.program.compiled_policy import Entry
    from rulewright.program.program import Program

Origin = tuple[str, int]
"""`policy/rule`, and the position under its `then:`."""


class RequestedAction(NamedTuple):
    """One action of one matched rule, as written."""

    decision: Decision
    policy: PolicyDecision
    entry: Entry
    position: int

    @property
    def rule(self) -> str:
        return f"{self.policy.name}/{self.entry.id}"

    @property
    def name(self) -> str:
        return self.entry.actions[self.position].name

    @property
    def arguments(self) -> Json:
        return self.entry.actions[self.position].arguments

    @property
    def origin(self) -> Origin:
        """Where it is written; an emission is planned once for it, whatever the later rounds make of its text."""
        return self.rule, self.position


class ProposedEffect(NamedTuple):
    """What a requested action asks for, with its values; `others` asked for the same, and are served by it."""

    effect: Effect
    origin: Origin
    others: tuple[Origin, ...] = ()


class Proposals(NamedTuple):
    """All of a round; `notes` say which requests cannot be met; `secrets` is what masks hide, longest first."""

    effects: tuple[ProposedEffect, ...]
    notes: tuple[Note, ...]
    secrets: tuple[str, ...]


def stopping_rules(decisions: Iterable[Decision]) -> set[str]:
    """The rules with `stop: true` that matched, as `policy/rule`."""
    return {
        f"{policy.name}/{entry.id}"
        for decision in decisions
        if not decision.quiet
        for policy in decision.policies
        for entry in policy.matched
        if entry.stop
    }


def requested_actions(
    decisions: Iterable[Decision],
    modes: Container[str],
    stopped: Container[str] = (),
    *,
    is_first: bool = True,
) -> list[RequestedAction]:
    """Every action of every matched rule of policies in these modes, each once; masks before all others.

    `stopped`: the rules with `stop: true` that matched in earlier rounds. One of them holds on until it is known not
    to match any more: what a mask leaves is not known to be clean, so nothing below `pii-found` runs on it. `is_first`:
    whether it is the first round, in which alone policies with `evaluate: once` take part.
    """
    found: dict[Origin, RequestedAction] = {}
    for decision in decisions:
        if decision.quiet:
            continue
        for policy in decision.policies:
            is_past = not is_first and policy.policy.is_decided_once
            if policy.mode not in modes or is_past:
                continue
            for entry in _reached(policy, stopped):
                for position in range(len(entry.actions)):
                    request = RequestedAction(decision, policy, entry, position)
                    found.setdefault(request.origin, request)
    return sorted(found.values(), key=lambda request: request.name != "mask")


def _reached(policy: PolicyDecision, stopped: Container[str]) -> Iterable[Entry]:
    """The matched rules above the first stop of an earlier round that is not decided now."""
    for result in policy.notable if stopped else ():
        if result.status in ("undetermined", "error") and f"{policy.name}/{result.id}" in stopped:
            entries = policy.policy.entries
            end = next(place for place, entry in enumerate(entries) if entry.id == result.id)
            above = {entry.id for entry in entries[:end]}
            return [entry for entry in policy.matched if entry.id in above]
    return policy.matched


def propose_effects(
    requests: Iterable[RequestedAction],
    target: str,
    snapshot: Snapshot | None,
    secrets: tuple[str, ...] = (),
) -> Proposals:
    """What the requests ask for in this state; masks come first among them.

    What a mask of this round (or, as `secrets`, of an earlier one) hides is hidden from every text after it:
    values come from the state that the mask leaves, so that a fact made of the text does not bring back what the text
    no longer holds.
    """
    round_: _Round | None = None
    for request in requests:
        if round_ is None:
            round_ = _Round(request.decision.program, target, snapshot, secrets)
        if request.name == "mask":
            round_.add_mask(request)
        else:
            round_.add(request)
    if round_ is None:
        return Proposals((), (), secrets)
    return Proposals(tuple(round_.effects), tuple(round_.notes), round_.secrets)


class _Round:
    """The proposals of a round as far as they are made."""

    def __init__(
        self, program: Program, target: str, snapshot: Snapshot | None, secrets: tuple[str, ...]
    ) -> None:
        self.effects: list[ProposedEffect] = []
        self.notes: list[Note] = []
        self.secrets = secrets
        self._target = target
        self._snapshot = snapshot
        self._masked = snapshot
        """The state that the masks leave."""
        self._outgoing = outgoing_filter(program)
        self._labels = declared_labels(program.config)
        self._redecided: dict[int, Decision] = {}

    def add_mask(self, request: RequestedAction) -> None:
        """Offsets hold for the text as it is: what several masks find is hidden at once, or not at all."""
        made = self._resolve(request, request.decision, self._snapshot)
        if not made:
            return
        if self.effects:
            (first,) = self.effects
            others = (*first.others, request.origin)
            self.effects = [ProposedEffect(join_masks(first.effect, made[0]), first.origin, others)]
        else:
            self.effects = [ProposedEffect(made[0], request.origin)]
        if self._snapshot is not None:
            mask = self.effects[0].effect
            found = {*self.secrets, *secrets_of(mask, self._snapshot)}
            self.secrets = tuple(sorted(found, key=lambda secret: (-len(secret), secret)))
            self._masked = ACTIONS["mask"].predict(mask, self._snapshot)

    def add(self, request: RequestedAction) -> None:
        source = self._decision_after_masks(request.decision)
        made = self._resolve(request, source, hide_in_title(self._masked, self.secrets))
        if self._labels is not None:
            made, unknown = drop_undeclared(made, self._labels)
            for name in unknown:
                self._note(request, f"the label file has no label `{name[:60]}`")
        self.effects += [ProposedEffect(effect, request.origin) for effect in made]

    def _resolve(
        self, request: RequestedAction, source: Decision, snapshot: Snapshot | None
    ) -> tuple[Effect, ...]:
        """The effects of a request, with values out of `source`; none, and a note, where a value is missing."""
        action = ACTIONS[request.name]
        try:
            if self._snapshot is None and not action.emission:
                raise Undetermined("the event has no subject that could be changed")
            return action.propose(request.arguments, self._context(request, source, snapshot))
        except Undetermined as problem:
            self._note(request, problem.reason)
            return ()

    def _note(self, request: RequestedAction, reason: str) -> None:
        self.notes.append(Note(request.rule, request.name, reason))

    def _decision_after_masks(self, decision: Decision) -> Decision:
        """The decision over the event as the masks leave it, with what was gathered before; for values only."""
        if self._masked is None or self._masked == self._snapshot:
            return decision
        if id(decision) not in self._redecided:
            facts = decision.facts
            event = with_snapshot(facts.event, self._masked)
            self._redecided[id(decision)] = evaluate(decision.program, facts._replace(event=event))
        return self._redecided[id(decision)]

    def _context(
        self, request: RequestedAction, source: Decision, snapshot: Snapshot | None
    ) -> ActionContext:
        policy, secrets = request.policy.policy, self.secrets
        about = subject(request.decision.facts.event)
        value = _values(source, request.policy.name)
        return ActionContext(
            target=self._target,
            snapshot=snapshot,
            rule=request.rule,
            value=(lambda path: hide_secrets(value(path), secrets)) if secrets else value,
            templates=policy.templates,
            channels=request.decision.program.config.channels,
            trusted=lambda path: is_trusted(policy, path),
            marked=lambda path: holds_marked_text(policy, path),
            kind=about.kind if about is not None else "",
            outgoing=self._outgoing,
        )


def _values(decision: Decision, policy: str) -> Callable[[str], Json]:
    """Paths as the policy's conditions see them; a path that fails counts as missing."""
    from rulewright.program.expression import ExpressionError, ExpressionFailure

    def value(path: str) -> Json:
        try:
            found = decision.value(policy, path)
        except (ExpressionError, ExpressionFailure):
            return None
        return None if found is MISSING or found is ERROR else cast("Json", found)

    return value
