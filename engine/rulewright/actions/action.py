"""What an action is: a wish read off its arguments, reduced to what the state lacks, predicted, undone.

    wish(arguments, context)     what the rule wants, whatever the state: one Effect, or several
    needed(effect, snapshot)     the part of it that the state does not hold yet, None when it holds all
    guard(effect, snapshot)      the preconditions under which that part is written
    predict(effect, snapshot)    the state after it
    inverse(effect)              the effects that undo it, none where it cannot be undone
    claims(effect)               the fields it speaks for, and what it wants them to be

All are pure. An emission changes no state: `guard` asks nothing of it, and it has a key by which receivers drop
repetitions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.actions.escape import clean
from rulewright.actions.outgoing import PLAIN, Outgoing
from rulewright.actions.plan import Effect, Precondition
from rulewright.actions.template import Undetermined, render
from rulewright.policy.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.actions.template import Form
    from rulewright.events.snapshot import Snapshot

__all__ = [
    "BODY_LIMIT",
    "TITLE_LIMIT",
    "Action",
    "Context",
    "Undetermined",
    "effect_key",
    "narrowed",
    "sha",
    "undoing",
]

TITLE_LIMIT: Final = 256
BODY_LIMIT: Final = 65_536
"""Characters that GitHub takes for a title, and for the text of an issue or a comment."""
NO_TEMPLATES: Final[Mapping[str, str]] = {}
Guard = tuple[Precondition, ...]
Claims = tuple[tuple[str, Any], ...]


def _untrusted(_: str) -> bool:
    return False


class Context(NamedTuple):
    """What a wish may look at. `value(path)` is None where the path is missing; `rule` is `policy/rule`."""

    target: str
    snapshot: Snapshot | None
    rule: str
    value: Callable[[str], Any]
    now: str = ""
    templates: Mapping[str, str] = NO_TEMPLATES
    channels: Mapping[str, Any] | None = None
    trusted: Callable[[str], bool] = _untrusted
    marked: Callable[[str], bool] = _untrusted
    """Whether anyone, or a model, may have written the text that a path leads to."""
    kind: str = "issue"
    """What the subject is: `issue`, `pull_request`, `discussion`, or another thing."""
    outgoing: Outgoing = PLAIN

    def render(self, text: str, form: Form = "markdown") -> str:
        """Raises Undetermined when a value is missing."""
        return render(text, self.value, form=form, trusted=self.trusted, outgoing=self.outgoing)

    def template(self, name: str, form: Form = "markdown") -> str:
        """The template of that name, rendered."""
        if name not in self.templates:
            raise Undetermined(f"there is no template `{name}`")
        return self.render(self.templates[name], form)

    def body(self, arguments: Mapping[str, Any], form: Form = "markdown") -> str:
        """The text of `{template}` or of `{text}` / `{body}`."""
        if "template" in arguments:
            return self.template(arguments["template"], form)
        return self.render(arguments["text"] if "text" in arguments else arguments["body"], form)

    def read(self, value: Any) -> Any:
        """A value as written: `{fact: path}` or text with `{{ path }}` becomes what it stands for."""
        if isinstance(value, dict) and set(value) == {"fact"}:
            found = self.value(value["fact"])
            if found is None:
                raise Undetermined(f"`{value['fact']}` is missing", value["fact"])
            return found if self.trusted(value["fact"]) else self._cleaned(found)
        return self.render(value, "raw") if isinstance(value, str) else value

    def _cleaned(self, found: Any) -> Any:
        if isinstance(found, str):
            return self.outgoing.value(clean(found))
        return [self._cleaned(one) for one in found] if isinstance(found, list) else found

    def word(self, value: Any) -> str:
        """One line of text out of a value as written."""
        return _line(self.read(value), value)

    def words(self, value: Any) -> tuple[str, ...]:
        """One or many texts, each once (case aside), in the order written; a fact may bring a list."""
        out: dict[str, str] = {}
        for item in value if isinstance(value, list | tuple) else (value,):
            found = self.read(item)
            for one in found if isinstance(found, list | tuple) else (found,):
                text = _line(one, item)
                out.setdefault(text.casefold(), text)
        return tuple(out.values())

    def effect(self, action: str, arguments: Mapping[str, Any], *, emission: bool = False) -> Effect:
        """An effect of this rule on this target, with its key."""
        key = effect_key(action, self.target, self.rule, arguments)
        return Effect(action, self.target, arguments, self.rule, emission=emission, key=key)


_BREAKS: Final = re.compile(r"[^\S ]+")
"""Blanks other than the plain one, such as line breaks."""


def _line(found: Any, written: Any) -> str:
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise Undetermined(f"{_place(written)} is not text", _path(written))
    # Names are kept as they are, double blanks too: GitHub has labels with them.
    line = _BREAKS.sub(" ", clean(str(found))).strip()
    if not line:
        raise Undetermined(f"{_place(written)} is empty", _path(written))
    return line


def _path(value: Any) -> str:
    return value["fact"] if isinstance(value, dict) and isinstance(value.get("fact"), str) else ""


def _place(value: Any) -> str:
    return f"`{_path(value)}`" if _path(value) else "the value"


def sha(text: str | None) -> str:
    """The SHA-256 of a text, of the empty one for None; surrogates are hashed as they are."""
    return digest(text or "")


def effect_key(action: str, target: str, rule: str, content: Any) -> str:
    """The same for the same effect in every run, whatever the order of keys: 16 hexadecimal digits."""
    return digest([action, target, rule, content])[:16]


def _final(effect: Effect) -> tuple[Effect, ...]:
    return ()


def narrowed(effect: Effect, arguments: Mapping[str, Any]) -> Effect:
    """The same effect with fewer arguments, and the key that goes with them."""
    key = effect_key(effect.action, effect.target, effect.rule, arguments)
    return effect._replace(arguments=arguments, key=key)


def undoing(effect: Effect, action: str, arguments: Mapping[str, Any], *guard: Precondition) -> Effect:
    """An effect that takes `effect` back."""
    key = effect_key(action, effect.target, effect.rule, arguments)
    return Effect(action, effect.target, arguments, effect.rule, preconditions=guard, key=key)


def _no_guard(effect: Effect, snapshot: Snapshot) -> Guard:
    return ()


def _no_claims(effect: Effect) -> Claims:
    return ()


def _keep(effect: Effect, snapshot: Snapshot) -> Effect | None:
    return effect


def _same(effect: Effect, snapshot: Snapshot) -> Snapshot:
    return snapshot


class Action(NamedTuple):
    """One action. `touches` names parts of a snapshot that may change, or `output`, `channel`, `verdict`."""

    name: str
    touches: frozenset[str]
    wish: Callable[[Any, Context], tuple[Effect, ...]]
    needed: Callable[[Effect, Snapshot], Effect | None] = _keep
    guard: Callable[[Effect, Snapshot], Guard] = _no_guard
    predict: Callable[[Effect, Snapshot], Snapshot] = _same
    inverse: Callable[[Effect], tuple[Effect, ...]] = _final
    claims: Callable[[Effect], Claims] = _no_claims
    emission: bool = False

    def plan(self, arguments: Any, context: Context) -> tuple[Effect, ...]:
        """The effects that the state lacks, with their preconditions. Raises Undetermined."""
        out = []
        for wished in self.wish(arguments, context):
            effect = self.reduce(wished, context.snapshot)
            if effect is not None:
                out.append(effect)
        return tuple(out)

    def reduce(self, effect: Effect, snapshot: Snapshot | None) -> Effect | None:
        """What is needed of `effect` in this state, guarded; emissions are always needed."""
        if self.emission:
            return effect
        if snapshot is None:
            return None
        left = self.needed(effect, snapshot)
        return None if left is None else left._replace(preconditions=self.guard(left, snapshot))
