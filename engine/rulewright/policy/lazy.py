"""Code that is imported, and patterns that are compiled, when they are first used: a run loads only what its policies
need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, AnyStr, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def import_attribute(reference: str) -> Any:
    """What `module:attribute` names. Raises ImportError or AttributeError for what is not there."""
    module, _, attribute = reference.partition(":")
    return getattr(import_module(module), attribute)


def lazily(module: str, name: str) -> Callable[..., Any]:
    """The function `name` of `module`, imported at its first call."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return import_attribute(f"{module}:{name}")(*args, **kwargs)

    return call


def defer_pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A regular expression that is compiled when it is first used, for the modules that every run imports: most runs
    use few of their patterns, and to compile all takes a twentieth of a warm run."""
    return cast("re.Pattern[AnyStr]", _DeferredPattern(text, flags))


class _DeferredPattern:
    """Has the methods of the compiled pattern, each from its first use on."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__[name] = getattr(re.compile(self._text, self._flags), name)
        return found


class LazyTable(Mapping[str, T]):
    """A table with one module for each entry: `NAME` in the module `name` of `package`, imported at its first lookup.

    The order is that of `names`.
    """

    def __init__(self, package: str, names: tuple[str, ...]) -> None:
        self._package = package
        self._names = names
        self._entries: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        entry = self._entries.get(name)
        if entry is None:
            if name not in self._names:
                raise KeyError(name)
            entry = self._entries[name] = import_attribute(f"{self._package}.{name}:{name.upper()}")
        return entry

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
