"""Values for templates and arguments: a path over the facts of one policy."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rulewright.program.frame import MISSING, FactFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rulewright.evaluate.decision import Decision


def path_value(decision: Decision, policy: str, path: str) -> Any:
    """The value of `path` as the policy's conditions see it; `MISSING` when absent, null or not computable."""
    compiled = decision.program.policy(policy)
    lists = compiled.lists
    if path.startswith("lists.") and path[6:] in lists:
        return list(lists[path[6:]])
    lets = tuple(sorted((name, fact.key) for name, fact in compiled.facts.items()))
    # Lists are constants in the expression, so what reads them is built for this policy alone.
    getter = _build(path, dict(lets), lists) if "lists" in path else _getter(path, lets)
    try:
        value = getter(decision.frame)
    except FactFailure:
        return MISSING
    return MISSING if value is None else value


@lru_cache(maxsize=4096)
def _getter(path: str, lets: tuple[tuple[str, str], ...]) -> Callable[[Any], Any]:
    return _build(path, dict(lets), {})


def _build(path: str, lets: dict[str, str], lists: Mapping[str, Sequence[Any]]) -> Callable[[Any], Any]:
    from rulewright.program.expression import parse
    from rulewright.program.paths import build_getter, rewrite

    return build_getter(rewrite(parse(path), lets, lists))
