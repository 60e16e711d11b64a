"""The quick `NamedTuple` makes what that of `typing` makes."""

from __future__ import annotations

import pickle
import typing

from rulewright.policy.named_tuple import NamedTuple


class Quick(NamedTuple):
    """A place."""

    name: str
    line: int = 1
    tags: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        return f"{self.name}:{self.line}"

    @classmethod
    def parse(cls, text: str) -> Quick:
        name, _, line = text.partition(":")
        return cls(name, int(line))


class Usual(typing.NamedTuple):
    """A place."""

    name: str
    line: int = 1
    tags: tuple[str, ...] = ()


def test_fields_defaults_and_texts_are_those_of_typing() -> None:
    assert Quick._fields == Usual._fields
    assert Quick._field_defaults == Usual._field_defaults
    assert Quick.__doc__ == Usual.__doc__
    assert (Quick.__module__, Quick.__qualname__, Quick.__bases__) == (__name__, "Quick", (tuple,))
    assert Quick.__match_args__ == Usual.__match_args__
    assert Quick.__annotations__.keys() == Usual.__annotations__.keys()


def test_instances_are_tuples_with_methods() -> None:
    place = Quick.parse("a:3")
    assert place == ("a", 3, ())
    assert place.shown == "a:3"
    assert place._replace(line=4) == Quick("a", 4)
    assert repr(place) == "Quick(name='a', line=3, tags=())"
    assert pickle.loads(pickle.dumps(place)) == place
