"""A Program: compiled policies as plain data, and the routes that events take through them.

The compiled form is JSON (see `compile/cache.py`), so that a warm run reads it without YAML, schemas or
JMESPath. Closures are built from it for the candidates of an event only.

A condition in compiled form (`Node`) is a dict:

    {"op": "all"|"any"|"none", "of": [Node, …], "at": [line, column]}
    {"op": "match", "path": "issue.title", "get": AST, "m": matcher, "v": value, "at": [line, column], …}
    {"op": "expression", "text": "…", "get": AST, "at": [line, column]}
    {"op": "constant", "truth": true|false|null, "text": "…", "at": [line, column]}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.model import Kind, Mode

__all__ = ["CompiledPolicy", "Entry", "Node", "Role"]

Node = dict[str, Any]
Role = Literal["skip", "rule", "objective", "transition"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a policy that is decided: a skip, a rule, an objective or a transition.

    `then` is a list of `{"action": name, "arguments": as written, "at": [line, column]}`;
    `extra` holds what the kind needs besides a condition (an objective's thresholds, a transition's stages).
    """

    id: str
    role: Role
    when: Node
    at: tuple[int, int]
    description: str = ""
    then: tuple[dict[str, Any], ...] = ()
    stop: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """One policy, compiled. `lets` are the facts as written; `templates` name → text."""

    name: str
    kind: Kind
    mode: Mode
    file: str
    sha256: str
    on: tuple[str, ...]
    lets: Mapping[str, dict[str, Any]]
    templates: Mapping[str, str]
    entries: tuple[Entry, ...]
    owner: str = ""
    description: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
