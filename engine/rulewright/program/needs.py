"""Which gathered facts an entry depends on: through its condition, and through the arguments of its actions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rulewright.program.computed_facts import external_parts, let_paths
from rulewright.program.matchers.table import missing_truth
from rulewright.program.nodes import ConstantNode, GroupNode, MatchNode, path_nodes, paths_read
from rulewright.program.template import paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from rulewright.program.nodes import Node
    from rulewright.program.program import CompiledPolicy, Entry
    from rulewright.program.route import Route

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def entry_needs(route: Route) -> dict[int, tuple[frozenset[str], frozenset[str]]]:
    """Entry number → (names that its condition needs, names that its actions need)."""
    needs = {}
    for number, entry in enumerate(route.entries):
        policy = route.policies[route.owners[number]]
        keys = {spec["key"]: name for name, spec in policy.lets.items()}
        condition = _external(_condition_names(route, entry, keys), policy.lets, route, keys)
        words = {word for use in entry.then for word in _action_names(use, entry.id, policy.templates)}
        actions = _external(words & set(policy.lets), policy.lets, route, keys)
        if entry.role == "objective" and entry.extra.get("source") is not None:
            condition |= {entry.id}
        if condition or actions:
            needs[number] = (condition, actions)
    return needs


def used_lets(policy: CompiledPolicy, asts: Sequence[Any]) -> frozenset[str]:
    """The named facts that a policy's entries read, themselves or through other facts."""
    keys = {spec["key"]: name for name, spec in policy.lets.items()}
    pending = [
        keys[root]
        for entry in policy.entries
        for path in paths_read(entry.when)
        for root in _roots(asts[path])
        if root in keys
    ]
    words = (
        word for e in policy.entries for u in e.then for word in _action_names(u, e.id, policy.templates)
    )
    pending += [word for word in words if word in policy.lets]
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            roots = (root for path in let_paths(policy.lets[name]) for root in _roots(asts[path]))
            pending += [keys[root] for root in roots if root in keys]
    return frozenset(seen)


def presence_needs(route: Route) -> dict[int, dict[int, frozenset[str]]]:
    """Entry number → path → the names behind it, for paths of which the entry asks whether there is a value.

    What is not gathered yet is neither there nor missing, so such a leaf is not decided before it is.
    """
    needs: dict[int, dict[int, frozenset[str]]] = {}
    for number, entry in enumerate(route.entries):
        policy = route.policies[route.owners[number]]
        keys = {spec["key"]: name for name, spec in policy.lets.items()}
        for leaf in path_nodes(entry.when) if keys else ():
            if not isinstance(leaf, MatchNode) or missing_truth(leaf) is None:
                continue
            names = {keys[root] for root in _roots(route.program.paths[leaf.path]) if root in keys}
            behind = _external(names, policy.lets, route, keys)
            if behind:
                needs.setdefault(number, {})[leaf.path] = behind
    return needs


def unknown_at(node: Node, waiting: AbstractSet[int]) -> Node:
    """The condition with what it says of these paths' presence left unknown."""
    if isinstance(node, GroupNode):
        return node._replace(children=tuple(unknown_at(child, waiting) for child in node.children))
    if isinstance(node, MatchNode) and node.path in waiting and missing_truth(node) is not None:
        return ConstantNode(None, "not gathered yet", node.position)
    return node


def _external(
    names: set[str], lets: Mapping[str, Any], route: Route, keys: Mapping[str, str]
) -> frozenset[str]:
    """Of these facts and those they are computed from, the ones that must be gathered."""
    seen: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name in seen or name not in lets:
            continue
        seen.add(name)
        for path in let_paths(lets[name]):
            pending.extend(keys[root] for root in _roots(route.program.paths[path]) if root in keys)
    return frozenset(name + ending for name in seen for ending, _ in external_parts(lets[name]))


def _condition_names(route: Route, entry: Entry, keys: Mapping[str, str]) -> set[str]:
    return {
        keys[root]
        for path in paths_read(entry.when)
        for root in _roots(route.program.paths[path])
        if root in keys
    }


def _roots(ast: Any) -> Iterator[str]:
    """Every field name in an expression: a superset of its roots, which is all that is needed here."""
    if isinstance(ast, dict):
        if ast.get("type") == "field":
            yield ast["value"]
        for value in ast.values():
            yield from _roots(value)
    elif isinstance(ast, list):
        for value in ast:
            yield from _roots(value)


def _action_names(use: Mapping[str, Any], rule: str, templates: Mapping[str, str]) -> Iterator[str]:
    """The names that an action reads: in `{{ }}` of its texts and templates, under `fact:`, or bare (`mask: pii`)."""
    arguments = use["arguments"]
    if use["action"] == "comment" and arguments is None:  # the template of the rule's own name
        arguments = rule
    for text in _texts(arguments, templates):
        yield text
        for path, _ in paths(text):
            yield from IDENTIFIER.findall(path)


def _texts(value: Any, templates: Mapping[str, str]) -> Iterator[str]:
    """All texts in the arguments, and the texts of the templates that they name."""
    if isinstance(value, str):
        yield value
        if value in templates:
            yield templates[value]
    elif isinstance(value, dict):
        if isinstance(value.get("fact"), str):
            yield from IDENTIFIER.findall(value["fact"])
        for item in value.values():
            yield from _texts(item, templates)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item, templates)
