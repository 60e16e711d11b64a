"""Code that is imported when it is first used, so that a run loads only what its policies need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

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
