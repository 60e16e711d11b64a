"""A Program: compiled policies over shared paths, and the routes that events take through them.

The compiled form is JSON (see `compile/cache.py`), so that a warm run reads it without YAML, schemas or
JMESPath. Nodes and closures are built from it for the entries of an event's route only.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from rulewright.policy.config import Config
from rulewright.program.computed_facts import build_facts
from rulewright.program.path_evaluator import PathEvaluator
from rulewright.program.route import Route

if TYPE_CHECKING:
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.named_facts import Need


class Program:
    """Compiled policies and the paths that they share. Immutable; closures and routes are made when first used.

    `paths`: interned expressions. `config`: the repository's rulewright.yaml. `diagnostics`: warnings of
    the load. `sha256` names the whole program.
    """

    def __init__(
        self,
        policies: tuple[CompiledPolicy, ...],
        paths: tuple[Ast, ...],
        *,
        sha256: str = "",
        config: Config | None = None,
        diagnostics: tuple[Diagnostic, ...] = (),
        evaluator: PathEvaluator | None = None,
    ) -> None:
        self.policies = policies
        self.sha256 = sha256
        self.config = Config() if config is None else config
        self.diagnostics = diagnostics
        self.evaluator = PathEvaluator(paths) if evaluator is None else evaluator
        self._fact_closures = build_facts(policies)
        self._routes: dict[tuple[str, str | None], Route] = {}
        self._shared: dict[tuple[int, ...], Route] = {}

    @property
    def paths(self) -> tuple[Ast, ...]:
        """The interned expressions, by number."""
        return self.evaluator.paths

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """A request for everything that may have to be gathered for any policy."""
        return tuple(need for policy in self.policies for need in policy.needs())

    def policy(self, name: str) -> CompiledPolicy:
        """The policy of that name; KeyError when there is none."""
        for policy in self.policies:
            if policy.name == name:
                return policy
        raise KeyError(name)

    def with_policies(self, policies: tuple[CompiledPolicy, ...], config: Config | None = None) -> Program:
        """The same program with other policies, and another configuration where one is given, over the same paths."""
        return Program(
            policies,
            self.paths,
            sha256=self.sha256,
            config=self.config if config is None else config,
            diagnostics=self.diagnostics,
            evaluator=self.evaluator,
        )

    def route(self, event: str, action: str | None) -> Route:
        """The policies that subscribe to an event, with their closures and index; made once."""
        key = (event, action)
        route = self._routes.get(key)
        if route is None:
            wanted = {event, f"{event}.{action}"}
            if event == "workflow_dispatch":  # what a person starts by hand
                wanted.add("manual")
            chosen = tuple(n for n, policy in enumerate(self.policies) if not wanted.isdisjoint(policy.on))
            route = self._shared.get(chosen)
            if route is None:
                policies = tuple(self.policies[n] for n in chosen)
                route = self._shared[chosen] = Route(policies, self.evaluator, self._fact_closures)
            self._routes[key] = route
        return route
