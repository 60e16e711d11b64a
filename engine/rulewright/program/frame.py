"""The facts of one event while it is evaluated: a dict that computes what is asked for once, and keeps it.

String keys are roots of paths: the payload's keys, `SUBJECT`, `NOW`, `AGE` and the named facts (`fact_key`). Integer
keys are the program's interned paths: `frame[7]` is the value of path 7, computed at its first use and shared by all
rules; `frame[~7]` is the same value without case. Payload keys that begin with `$` are left out, so that no payload
can pose as a fact.

A value is `None` where the path is absent or null, and `ERROR` where a function failed (`frame.errors` says why).
What is not gathered, or could not be had, is unknown, also inside of expressions: an expression that reads such a
fact has no value (`frame.waiting` holds its number), whatever it would make of null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast, final

from rulewright.program.truth import ERROR, ErrorType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FrameKey = int | str | tuple[str, str]
"""An interned path, a root of paths, or what a kind of policy keeps for one event."""
SUBJECT: Final = "$subject"
NOW: Final = "$now"
AGE: Final = "$age"
_FACT: Final = "$let:"
_GATHERED: Final = "$got:"
SUBJECT_KEYS: Final = ("issue", "pull_request", "discussion")


def fact_key(name: str, digest: str) -> str:
    """The frame key of a named fact; facts that mean the same have the same digest."""
    return f"{_FACT}{name}#{digest}"


def gathered_key(key: str) -> str:
    """The frame key of what was gathered for the named fact with this key."""
    return _GATHERED + key.removeprefix(_FACT)


def is_fact_key(key: str) -> bool:
    """Whether a frame key is that of a named fact."""
    return key.startswith(_FACT)


def is_gathered_key(key: str) -> bool:
    """Whether a frame key is that of what was gathered for a named fact."""
    return key.startswith(_GATHERED)


def gate_key(policy: str) -> str:
    """The frame key of the judgements of a gate's objectives, which are made together."""
    return f"$objective:{policy}"


def objective_key(policy: str, objective: str) -> str:
    """The frame key of an objective's sample."""
    return f"{gate_key(policy)}/{objective}"


@final
class Missing:
    """The type of `MISSING`: a path that leads nowhere, or to null."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()


class Frame(dict[FrameKey, Any]):
    """Payload, named facts and computed paths of one event. Made by `Route.frame`, never changed from outside.

    Values are whatever JSON an event holds, so that readers look at their class before they compare them.
    """

    __slots__ = ("errors", "fact_closures", "getters", "touched", "waiting")

    def __init__(
        self,
        payload: Mapping[str, object],
        now: str,
        getters: Sequence[Callable[[Frame], object]],
        fact_closures: Mapping[str, Callable[[Frame], object]],
    ) -> None:
        super().__init__(cast("Mapping[FrameKey, object]", payload))
        if "$" in "".join(payload):
            for key in payload:
                if key[:1] == "$":
                    del self[key]
        self.getters = getters
        self.fact_closures = fact_closures
        self.errors: dict[FrameKey, str] | None = None
        self.waiting: set[int] | None = None
        self.touched = False  # whether a fact that is not there was read, since this was last reset
        # None where there is none, so that no path to it has to fail first.
        self[SUBJECT] = None
        for key in SUBJECT_KEYS:
            if payload.get(key).__class__ is dict:
                self[SUBJECT] = payload[key]
                break
        self[NOW] = now

    def __missing__(self, key: FrameKey) -> Any:
        value: object
        if isinstance(key, int):
            try:
                value = self.getters[key](self) if key >= 0 else fold(self[~key])
            except _failures() as failure:
                # A function of what is missing is not known, as any other condition on it.
                value = None if getattr(failure, "of_null", False) else self.fail(key, failure)
        else:
            compute = self.fact_closures.get(key) if isinstance(key, str) else None
            if compute is None:
                raise KeyError(key)
            before, self.touched = self.touched, False
            value = compute(self)
            if value is None and self.touched:
                return None  # not kept, so that every reader learns that it is not there
            self.touched = before
        self[key] = value
        return value

    def watched(self, key: int, getter: Callable[[Frame], object]) -> object:
        """The value of an expression over named facts; None when it read one that is not there."""
        before, self.touched = self.touched, False
        try:
            value = getter(self)
        except _failures():
            if not self.touched:
                raise
        if self.touched:
            self.waiting = {*(self.waiting or ()), key}
            value = None
        self.touched = before
        return value

    def fail(self, key: FrameKey, failure: Exception) -> ErrorType:
        """Note why a computation failed and return `ERROR`."""
        if self.errors is None:
            self.errors = {}
        self.errors[key] = str(failure)
        return ERROR


def fold(value: Any) -> Any:
    """Text without case, other values as they are; lists element by element."""
    if value.__class__ is str:
        return value.casefold()
    if value.__class__ is list:
        return [item.casefold() if item.__class__ is str else item for item in value]
    return value


class FactFailure(Exception):
    """A named fact that could not be computed; conditions on it are errors."""


def _failures() -> tuple[type[Exception], ...]:
    # Called only when something was raised: an `except` expression is evaluated late.
    from rulewright.program.expression import ExpressionFailure

    return (ExpressionFailure, FactFailure, RecursionError)
