"""The wishes of one round: what the matched rules of enforced policies ask for, in order, masks first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rulewright.actions.context import ActionContext
from rulewright.actions.mask import join_masks, secrets_of
from rulewright.actions.names import declared_labels, drop_undeclared
from rulewright.actions.outgoing import PLAIN, outgoing_of
from rulewright.actions.plan import Note
from rulewright.actions.table import ACTIONS
from rulewright.actions.template import Undetermined
from rulewright.actions.trust import holds_marked_text, is_trusted
from rulewright.events.snapshot import subject, with_snapshot
from rulewright.program.frame import MISSING
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from rulewright.actions.outgoing import Outgoing
    from rulewright.actions.plan import Effect
    from rulewright.evaluate.decision import Decision, PolicyDecision
    from rulewright.events.snapshot import Snapshot
    from rulewright.program.program import Entry


class Ask(NamedTuple):
    """One action of one matched rule, as written."""

    decision: Decision
    policy: PolicyDecision
    entry: Entry
    place: int

    @property
    def rule(self) -> str:
        return f"{self.policy.name}/{self.entry.id}"

    @property
    def name(self) -> str:
        return str(self.entry.then[self.place]["action"])

    @property
    def arguments(self) -> Any:
        return self.entry.then[self.place].get("arguments")

    @property
    def origin(self) -> tuple[str, int]:
        """Where it stands; an emission is planned once for it, whatever the later rounds make of its text."""
        return self.rule, self.place


class Wish(NamedTuple):
    """What an Ask wants, resolved; `others` wanted the same, and are served by it."""

    effect: Effect
    origin: tuple[str, int]
    others: tuple[tuple[str, int], ...] = ()


class Wishes(NamedTuple):
    """All of a round; `notes` say which asks cannot be met; `secrets` is what masks hide, longest first."""

    wishes: tuple[Wish, ...]
    notes: tuple[Note, ...]
    secrets: tuple[str, ...]


def stops(decisions: Iterable[Decision]) -> set[str]:
    """The rules with `stop: true` that matched, as `policy/rule`."""
    return {
        f"{policy.name}/{entry.id}"
        for decision in decisions
        if not decision.quiet
        for policy in decision.policies
        for entry in policy.matched
        if entry.stop
    }


def asks(
    decisions: Iterable[Decision],
    modes: Container[str],
    stopped: Container[str] = (),
    *,
    is_first: bool = True,
) -> list[Ask]:
    """Every action of every matched rule of policies in these modes, each once; masks before all others.

    `stopped`: the stops that matched in earlier rounds. One of them holds on until it is known not to match any
    more: what a mask leaves is not known to be clean, so nothing below `pii-found` runs on it. `is_first`: whether it
    is the first round, in which alone policies with `evaluate: once` are asked.
    """
    found: dict[tuple[str, int], Ask] = {}
    for decision in decisions:
        if decision.quiet:
            continue
        for policy in decision.policies:
            if policy.mode not in modes:
                continue
            if not is_first and policy.policy.extra.get("evaluate") == "once":
                continue
            for entry in _reached(policy, stopped):
                for index in range(len(entry.then)):
                    ask = Ask(decision, policy, entry, index)
                    found.setdefault(ask.origin, ask)
    return sorted(found.values(), key=lambda ask: ask.name != "mask")


def _reached(policy: PolicyDecision, stopped: Container[str]) -> Iterable[Entry]:
    """The matched rules above the first stop of an earlier round that is not decided now."""
    for result in policy.notable if stopped else ():
        if result.status in ("undetermined", "error") and f"{policy.name}/{result.id}" in stopped:
            entries = policy.policy.entries
            end = next(place for place, entry in enumerate(entries) if entry.id == result.id)
            above = {entry.id for entry in entries[:end]}
            return [entry for entry in policy.matched if entry.id in above]
    return policy.matched


def wishes(
    asked: Iterable[Ask],
    target: str,
    snapshot: Snapshot | None,
    secrets: tuple[str, ...] = (),
) -> Wishes:
    """What the asks want in this state.

    What a mask of this round (or, as `secrets`, of an earlier one) hides is hidden from every text after it:
    values come from the state that the mask leaves, so that a fact
    made of the text does not bring back what the text no longer holds.
    """
    out: list[Wish] = []
    notes: list[Note] = []
    shown = snapshot
    again: dict[int, Decision] = {}
    every = list(asked)
    program = every[0].decision.program if every else None
    outgoing = outgoing_of(program) if program is not None else PLAIN
    names = declared_labels(program.config) if program is not None else None
    masks = [ask for ask in every if ask.name == "mask"]
    for ask in (*masks, *(ask for ask in every if ask.name != "mask")):
        action = ACTIONS[ask.name]
        # A mask reads the text as it is; its offsets would not fit any other.
        if ask.name == "mask":
            context = _context(ask, ask.decision, target, snapshot, secrets, outgoing)
        else:
            source = _again(ask.decision, snapshot, shown, again)
            context = _context(ask, source, target, _hidden(shown, secrets), secrets, outgoing)
        try:
            if snapshot is None and not action.emission:
                raise Undetermined("the event has no subject that could be changed")
            made = action.propose(ask.arguments, context)
        except Undetermined as lack:
            notes.append(Note(ask.rule, ask.name, lack.reason))
            continue
        if names is not None:
            made, unknown = drop_undeclared(made, names)
            notes += [
                Note(ask.rule, ask.name, f"the label file has no label `{name[:60]}`") for name in unknown
            ]
        if ask.name == "mask" and out and made:
            # Offsets hold for the text as it is: what several masks find is hidden at once, or not at all.
            (first,) = out
            out = [Wish(join_masks(first.effect, made[0]), first.origin, (*first.others, ask.origin))]
        else:
            out += [Wish(effect, ask.origin) for effect in made]
        if ask.name == "mask" and snapshot is not None and out:
            found = secrets_of(out[0].effect, snapshot)
            secrets = tuple(sorted({*secrets, *found}, key=lambda secret: (-len(secret), secret)))
            shown = action.predict(out[0].effect, snapshot)
    return Wishes(tuple(out), tuple(notes), secrets)


def _again(
    decision: Decision, before: Snapshot | None, shown: Snapshot | None, known: dict[int, Decision]
) -> Decision:
    """The decision over the event as the masks leave it, with what was gathered before; for values only."""
    if shown is None or shown == before:
        return decision
    if id(decision) not in known:
        from rulewright.evaluate.evaluator import evaluate

        facts = decision.facts
        known[id(decision)] = evaluate(
            decision.program, facts._replace(event=with_snapshot(facts.event, shown))
        )
    return known[id(decision)]


def _hidden(snapshot: Snapshot | None, secrets: tuple[str, ...]) -> Snapshot | None:
    if snapshot is None or snapshot.title is None or not secrets:
        return snapshot
    return snapshot._replace(title=_hide(snapshot.title, secrets))


def _context(
    ask: Ask,
    source: Decision,
    target: str,
    snapshot: Snapshot | None,
    secrets: tuple[str, ...],
    outgoing: Outgoing,
) -> ActionContext:
    policy, program = ask.policy.policy, ask.decision.program
    value = _values(source, ask.policy.name)
    about = subject(ask.decision.facts.event)
    if secrets:
        value = _hiding(value, secrets)
    return ActionContext(
        target=target,
        snapshot=snapshot,
        rule=ask.rule,
        value=value,
        templates=policy.templates,
        channels=program.config.get("channels"),
        trusted=lambda path: is_trusted(policy, path),
        marked=lambda path: holds_marked_text(policy, path),
        kind=about.kind if about is not None else "",
        outgoing=outgoing,
    )


def _values(decision: Decision, policy: str) -> Callable[[str], Any]:
    """Paths as the policy's conditions see them; a path that fails counts as missing."""
    from rulewright.program.expression import ExpressionError, ExpressionFailure

    def value(path: str) -> Any:
        try:
            found = decision.value(policy, path)
        except (ExpressionError, ExpressionFailure):
            return None
        return None if found is MISSING or found is ERROR else found

    return value


def _hiding(value: Callable[[str], Any], secrets: tuple[str, ...]) -> Callable[[str], Any]:
    def hidden(path: str) -> Any:
        return _hide(value(path), secrets)

    return hidden


def _hide(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "[masked]")
        return value if value.isascii() else _hide_look_alikes(value, secrets)
    if isinstance(value, list):
        return [_hide(item, secrets) for item in value]
    if isinstance(value, dict):
        return {key: _hide(item, secrets) for key, item in value.items()}
    return value


def _hide_look_alikes(value: str, secrets: tuple[str, ...]) -> str:
    """`_hide` for a secret that is spelled with characters that nobody sees, or that look like others."""
    from rulewright.detection.page import Page

    for secret in secrets:
        page, needle = Page(value), Page(secret).data
        at = page.data.rfind(needle) if needle else -1
        while at >= 0:
            value = f"{value[: page.at(at)]}[masked]{value[page.at(at + len(needle) - 1) + 1 :]}"
            at = page.data.rfind(needle, 0, at)
    return value
