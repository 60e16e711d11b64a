"""Named facts (`let:`) in compiled form, and the requests for those that must be gathered.

A fact is a chain of steps: its source, then the source of its `otherwise:`, then that of the next one. Two policies
that write the same fact share its frame key, so that it is computed once per event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.frame import gathered_key
from rulewright.program.nodes import Node, Position, node_from_json, paths_read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.json_types import Json

PURE_SOURCES: Final = frozenset({"value", "jmespath", "label_group", "choose"})
"""Sources that are computed; all others are gathered."""
OTHERWISE: Final = ".otherwise"
"""The ending of the name of a gathered fact that is the `otherwise:` of another gathered one."""


class ChoiceCase(NamedTuple):
    """One case of `choose`: its value, where the condition holds. A case without a condition always holds."""

    when: Node | None
    value: Json

    def to_json(self) -> list[Json]:
        return [None if self.when is None else self.when.to_json(), self.value]

    @classmethod
    def from_json(cls, when: Json, value: Json) -> ChoiceCase:
        return cls(None if when is None else node_from_json(when), value)


class FactStep(NamedTuple):
    """One source of a named fact. `arguments` are as written, of the shape that the source's schema allows; `path` is
    the interned path of `jmespath`."""

    source: str
    arguments: Mapping[str, Any]
    path: int | None = None
    cases: tuple[ChoiceCase, ...] = ()

    @property
    def is_gathered(self) -> bool:
        return self.source not in PURE_SOURCES

    def to_json(self) -> list[Json]:
        return [self.source, {**self.arguments}, self.path, [case.to_json() for case in self.cases]]

    @classmethod
    def from_json(cls, source: Json, arguments: Json, path: Json, cases: Json) -> FactStep:
        if not isinstance(source, str) or not isinstance(arguments, dict) or not isinstance(cases, list):
            raise TypeError("a step of a named fact is of another shape")
        number = path if isinstance(path, int) else None
        return cls(source, arguments, number, tuple(ChoiceCase.from_json(*_fields(case)) for case in cases))


class CompiledFact(NamedTuple):
    """A named fact. `key` is its frame key; `file` where it stands, if not in the policy's own file."""

    key: str
    position: Position
    steps: tuple[FactStep, ...]
    file: str = ""

    @property
    def source(self) -> str:
        """The name of the first source."""
        return self.steps[0].source

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The whole entry of `let:` as written."""
        return self.steps[0].arguments

    @property
    def gathered_key(self) -> str:
        """The frame key of what its first gathered step gave; `OTHERWISE` is appended for each further one."""
        return gathered_key(self.key)

    @property
    def gathered_steps(self) -> tuple[tuple[str, FactStep], ...]:
        """The steps that must be gathered, each with the ending of its name: nothing for the first, then
        `.otherwise`, `.otherwise.otherwise`."""
        steps = [step for step in self.steps if step.is_gathered]
        return tuple((OTHERWISE * number, step) for number, step in enumerate(steps))

    @property
    def is_computed(self) -> bool:
        """Whether no step must be gathered."""
        return not any(step.is_gathered for step in self.steps)

    @property
    def cases(self) -> tuple[ChoiceCase, ...]:
        """The cases of every `choose` in it."""
        return tuple(case for step in self.steps for case in step.cases)

    def paths_read(self) -> Iterator[int]:
        """The interned paths that it is computed from."""
        for step in self.steps:
            if step.path is not None:
                yield step.path
        for case in self.cases:
            if case.when is not None:
                yield from paths_read(case.when)

    def to_json(self) -> list[Json]:
        return [self.key, [*self.position], [step.to_json() for step in self.steps], self.file]

    @classmethod
    def from_json(cls, data: Json) -> CompiledFact:
        """The fact that `to_json` wrote. Raises TypeError or ValueError for data of another shape."""
        key, position, steps, file = _fields(data)
        if not isinstance(key, str) or not isinstance(steps, list) or not isinstance(file, str) or not steps:
            raise TypeError("a named fact is of another shape")
        return cls(
            key,
            Position.from_json(position),
            tuple(FactStep.from_json(*_fields(step)) for step in steps),
            file,
        )


def _fields(data: Json) -> list[Json]:
    if not isinstance(data, list):
        raise TypeError("a list of fields is expected")
    return data


class Need(NamedTuple):
    """A request to gather a named fact, or the sample of an objective.

    `after` names the fact whose `otherwise:` it is: it is asked for once that one is absent. `key` identifies what a
    whole fact means, wherever it is written; it is empty for an `otherwise:` and for an objective.
    """

    policy: str
    name: str
    source: str
    arguments: Mapping[str, Any]
    after: str = ""
    key: str = ""

    def means_the_same(self, other: Need) -> bool:
        """Whether two policies ask for the same under one name."""
        if self.key or other.key:
            return self.key == other.key
        return (self.source, self.arguments) == (other.source, other.arguments)
