"""A Program: compiled policies as plain data, and the routes that events take through them.

The compiled form is JSON (see `compile/cache.py`), so that a warm run reads it without YAML, schemas or
JMESPath. Nodes and closures are built from it for the entries of an event's route only.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from rulewright.program.computed_facts import build_let
from rulewright.program.nodes import StoredNode
from rulewright.program.paths import build_getter, field_chain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.model import Kind, Mode
    from rulewright.program.frame import Frame
    from rulewright.program.nodes import Node
    from rulewright.program.route import Need, Route

Role = Literal["skip", "rule", "objective", "transition"]
NOTHING: Final[Mapping[str, Any]] = {}


class Entry(NamedTuple):
    """One thing of a policy that is decided: a skip, a rule, an objective or a transition.

    `then` is a list of `{"action": name, "arguments": as written, "at": [line, column]}`;
    `extra` holds what the kind needs besides a condition (an objective's thresholds, a transition's stages).
    """

    id: str
    role: Role
    condition: Node | StoredNode
    at: tuple[int, int]
    description: str = ""
    then: tuple[dict[str, Any], ...] = ()
    stop: bool = False
    extra: Mapping[str, Any] = NOTHING

    @property
    def when(self) -> Node:
        """The condition. One that comes from the cache becomes a node at its first use."""
        return self.condition.node if isinstance(self.condition, StoredNode) else self.condition


class CompiledPolicy(NamedTuple):
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
    extra: Mapping[str, Any] = NOTHING


class Program:
    """Compiled policies and the paths that they share. Immutable; closures and routes are made when first used.

    `paths`: interned expressions, as (text, JMESPath tree) for explanations. `config`: the repository's
    rulewright.yaml as plain data. `diagnostics`: warnings of the load. `sha256` names the whole program.
    """

    def __init__(
        self,
        policies: tuple[CompiledPolicy, ...],
        paths: tuple[dict[str, Any], ...],
        *,
        sha256: str = "",
        config: Mapping[str, Any] | None = None,
        diagnostics: tuple[Diagnostic, ...] = (),
    ) -> None:
        self.policies = policies
        self.paths = paths
        self.sha256 = sha256
        self.config: Mapping[str, Any] = config or {}
        self.diagnostics = diagnostics
        self.getters: list[Callable[[Frame], Any]] = [self._first_getter(n) for n in range(len(paths))]
        self.let_closures: dict[str, Callable[[Frame], Any]] = {"$age": _age}
        for policy in policies:
            for spec in policy.lets.values():
                self.let_closures[spec["key"]] = build_let(spec, spec["gathered"])
        self._routes: dict[tuple[str, str | None], Route] = {}
        self._shared: dict[tuple[int, ...], Route] = {}

    def _first_getter(self, number: int) -> Callable[[Frame], Any]:
        def first(frame: Frame) -> Any:
            ast = self.paths[number]
            getter = build_getter(ast)
            if field_chain(ast) is None and _reads_facts(ast):
                read = getter

                def getter(frame: Frame) -> Any:
                    return frame.watched(number, read)

            self.getters[number] = getter
            return getter(frame)

        return first

    @cached_property
    def safe_paths(self) -> frozenset[int]:
        """Paths that call no function and read no computed fact, so that they are never an error."""
        return frozenset(number for number, ast in enumerate(self.paths) if _is_safe(ast))

    def policy(self, name: str) -> CompiledPolicy:
        """The policy of that name; KeyError when there is none."""
        for policy in self.policies:
            if policy.name == name:
                return policy
        raise KeyError(name)

    def replaced(
        self, policies: tuple[CompiledPolicy, ...], config: Mapping[str, Any] | None = None
    ) -> Program:
        """The same program with other policies, and another configuration where one is given, over the same paths
        and named facts."""
        other = Program(
            policies,
            self.paths,
            sha256=self.sha256,
            config=self.config if config is None else config,
            diagnostics=self.diagnostics,
        )
        other.getters = self.getters
        return other

    def route(self, event: str, action: str | None) -> Route:
        """The policies that subscribe to an event, with their closures and index; made once."""
        key = (event, action)
        route = self._routes.get(key)
        if route is None:
            from rulewright.program.route import Route

            wanted = {event, f"{event}.{action}"}
            if event == "workflow_dispatch":  # what a person starts by hand
                wanted.add("manual")
            chosen = tuple(n for n, policy in enumerate(self.policies) if not wanted.isdisjoint(policy.on))
            route = self._shared.get(chosen)
            if route is None:
                route = self._shared[chosen] = Route(self, tuple(self.policies[n] for n in chosen))
            self._routes[key] = route
        return route

    def externals(self, event: str, action: str | None) -> tuple[Need, ...]:
        """The named facts that policies of an event may ask for from outside."""
        return self.route(event, action).externals


def _reads_facts(ast: Any) -> bool:
    if not isinstance(ast, dict):
        return False
    named = ast["type"] == "field" and ast["value"].startswith("$let:")
    return named or any(_reads_facts(child) for child in ast["children"])


def _is_safe(ast: Any) -> bool:
    if isinstance(ast, dict):
        if ast["type"] == "function_expression" or (
            ast["type"] == "field" and ast["value"].startswith("$let:")
        ):
            return False
        return all(_is_safe(child) for child in ast["children"])
    return True


def _age(frame: Frame) -> float | None:
    """Seconds from the subject's `created_at` to now."""
    from rulewright.policy.quantity import parse_moment

    subject = frame.get("$subject")
    created = subject.get("created_at") if isinstance(subject, dict) else None
    then = parse_moment(created) if isinstance(created, str) else None
    now = parse_moment(frame["$now"])
    return None if then is None or now is None else now - then
