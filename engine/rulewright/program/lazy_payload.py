"""Parts of a subject that no webhook carries: they stand beside it in the payload once something asked for them.

A part that the payload lacks is *not gathered yet*: neither there nor missing, so a condition on it is unknown
whatever it asks. Only while somebody can gather it, though; else it is missing like every other absent path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.program.computed_facts import let_paths
from rulewright.program.nodes import ConstantNode, GroupNode, paths_read
from rulewright.program.template import paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from rulewright.program.nodes import Node
    from rulewright.program.route import Route

PARTS: Final = ("comments", "timeline", "fields", "reviews", "files")
"""Keys at the top of a payload: lists of GitHub's objects, and for `fields` a mapping `project/field` → value."""

_NAMED: Final = re.compile(rf"(?<![\w.])(?:{'|'.join(PARTS)})\b")


def named_parts(text: str) -> frozenset[str]:
    """The parts that a path as written begins with: `comments[].body`, but not `issue.comments`."""
    return frozenset(_NAMED.findall(text))


def condition_parts(route: Route) -> dict[int, dict[int, frozenset[str]]]:
    """Entry number → path → the parts that the path reads, itself or through facts that are computed."""
    behind = {spec["key"]: spec for policy in route.policies for spec in policy.lets.values()}
    known: dict[int, frozenset[str]] = {}

    def parts(path: int, above: tuple[int, ...] = ()) -> frozenset[str]:
        if path not in known and path not in above:
            found: set[str] = set()
            for root in _roots(route.program.paths[path]):
                if root in PARTS:
                    found.add(root)
                for inner in let_paths(behind.get(root)):
                    found |= parts(inner, (*above, path))
            known[path] = frozenset(found)
        return known.get(path, frozenset())

    out: dict[int, dict[int, frozenset[str]]] = {}
    for number, entry in enumerate(route.entries):
        for path in paths_read(entry.when):
            if read := parts(path):
                out.setdefault(number, {})[path] = read
    return out


def action_parts(route: Route) -> dict[int, frozenset[str]]:
    """Entry number → the parts that its actions must have seen, with those that their texts show."""
    out = {}
    for number, entry in enumerate(route.entries):
        templates = route.policies[route.owners[number]].templates
        read: frozenset[str] = frozenset()
        for use in entry.then:
            read |= ACTION_DECLARATIONS[use["action"]].reads
            arguments = use["arguments"]
            if isinstance(arguments, dict) and "comment" in arguments:
                read |= ACTION_DECLARATIONS["comment"].reads
            if use["action"] == "comment" and arguments is None:  # the template of the rule's own name
                arguments = entry.id
            for path in _paths(arguments, templates):
                read |= named_parts(path)
        if read:
            out[number] = read
    return out


def _paths(value: Any, templates: Mapping[str, str]) -> Iterator[str]:
    """The paths in the `{{ }}` of an action's texts and templates, and under `fact:`."""
    if isinstance(value, str):
        for text in (value, templates.get(value, "")):
            yield from (path for path, _ in paths(text))
    elif isinstance(value, dict):
        if isinstance(value.get("fact"), str):
            yield value["fact"]
        for item in value.values():
            yield from _paths(item, templates)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _paths(item, templates)


def unknown_paths(node: Node, paths: AbstractSet[int]) -> Node:
    """The condition with every leaf that reads one of these paths left unknown."""
    if isinstance(node, GroupNode):
        return node._replace(children=tuple(unknown_paths(child, paths) for child in node.children))
    if not paths.isdisjoint(paths_read(node)):
        return ConstantNode(None, "not gathered yet", node.position)
    return node


def _roots(ast: Any) -> frozenset[str]:
    from rulewright.program.expression.roots import root_names

    return root_names(ast)
