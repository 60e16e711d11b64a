"""Which named facts an entry depends on: through its condition, and through the arguments of its actions."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from rulewright.policy.lazy import defer_pattern
from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.matchers.table import missing_truth
from rulewright.program.nodes import ConstantNode, GroupNode, MatchNode, path_nodes, paths_read
from rulewright.program.template import paths as template_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from rulewright.policy.json_types import Json
    from rulewright.program.compiled_policy import CompiledAction, CompiledPolicy, Entry
    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.nodes import Node

_IDENTIFIER = defer_pattern(r"[A-Za-z_][A-Za-z0-9_]*")


class EntryNeeds(NamedTuple):
    """What must be gathered for an entry: names of facts, or parts of the payload."""

    condition: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()


class FactGraph:
    """The named facts of one policy, and which of them read which."""

    __slots__ = ("_names", "_paths", "policy")

    def __init__(self, policy: CompiledPolicy, paths: Sequence[Ast]) -> None:
        self.policy = policy
        self._paths = paths
        self._names = {fact.key: name for name, fact in policy.facts.items()}

    def read_by(self, paths: Iterable[int]) -> set[str]:
        """The facts that interned paths read, without those behind them."""
        return {
            self._names[root] for path in paths for root in _fields(self._paths[path]) if root in self._names
        }

    def behind(self, names: Iterable[str]) -> set[str]:
        """These facts and all that they are computed from."""
        seen: set[str] = set()
        pending = [name for name in names if name in self.policy.facts]
        while pending:
            name = pending.pop()
            if name not in seen:
                seen.add(name)
                pending += self.read_by(self.policy.facts[name].paths_read())
        return seen

    def gathered(self, names: Iterable[str]) -> frozenset[str]:
        """Of these facts and those behind them, what must be gathered."""
        facts = self.policy.facts
        return frozenset(name + end for name in self.behind(names) for end, _ in facts[name].gathered_steps)


def entry_needs(policies: Iterable[CompiledPolicy], paths: Sequence[Ast]) -> dict[int, EntryNeeds]:
    """Entry number → the gathered facts that it needs; entries that need none are left out."""
    needs: dict[int, EntryNeeds] = {}
    for number, entry, graph in _numbered(policies, paths):
        condition = graph.gathered(graph.read_by(paths_read(entry.when)))
        if entry.measured is not None:
            condition |= {entry.id}
        actions = graph.gathered(_action_names(entry, graph.policy.templates))
        if condition or actions:
            needs[number] = EntryNeeds(condition, actions)
    return needs


def _numbered(
    policies: Iterable[CompiledPolicy], paths: Sequence[Ast]
) -> Iterator[tuple[int, Entry, FactGraph]]:
    """(number in the route, entry, facts of its policy)."""
    numbers = count()
    for policy in policies:
        graph = FactGraph(policy, paths)
        yield from ((number, entry, graph) for entry, number in zip(policy.entries, numbers, strict=False))


def used_facts(policy: CompiledPolicy, paths: Sequence[Ast]) -> set[str]:
    """The named facts that a policy's entries read, themselves or through other facts."""
    graph = FactGraph(policy, paths)
    names: set[str] = set()
    for entry in policy.entries:
        names |= graph.read_by(paths_read(entry.when))
        names |= _action_names(entry, policy.templates)
    return graph.behind(names)


def presence_needs(
    policies: Iterable[CompiledPolicy], paths: Sequence[Ast]
) -> dict[int, dict[int, frozenset[str]]]:
    """Entry number → path → the names behind it, for paths of which the entry asks whether there is a value.

    What is not gathered yet is neither there nor missing, so such a leaf is not decided before it is.
    """
    needs: dict[int, dict[int, frozenset[str]]] = {}
    for number, entry, graph in _numbered(policies, paths):
        for leaf in path_nodes(entry.when) if graph.policy.facts else ():
            asks = isinstance(leaf, MatchNode) and missing_truth(leaf) is not None
            if asks and (names := graph.gathered(graph.read_by([leaf.path]))):
                needs.setdefault(number, {})[leaf.path] = names
    return needs


def without_presence(node: Node, waiting: AbstractSet[int]) -> Node:
    """The condition with what it says of these paths' presence left unknown."""
    if isinstance(node, GroupNode):
        return node._replace(children=tuple(without_presence(child, waiting) for child in node.children))
    if isinstance(node, MatchNode) and node.path in waiting and missing_truth(node) is not None:
        return ConstantNode(None, "not gathered yet", node.position)
    return node


class ActionTexts(NamedTuple):
    """The texts in an action's arguments and in the templates that they name, and the paths in those texts."""

    texts: tuple[str, ...]
    paths: tuple[str, ...]


def action_texts(action: CompiledAction, rule: str, templates: Mapping[str, str]) -> ActionTexts:
    """The texts of one action of a rule. A path stands in `{{ }}` or under `fact:`."""
    texts: list[str] = []
    paths: list[str] = []
    # A `comment` without arguments takes the template of the rule's own name.
    pending: list[Json] = [
        rule if action.name == "comment" and action.arguments is None else action.arguments
    ]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            texts.append(value)
            if value in templates:
                texts.append(templates[value])
        elif isinstance(value, dict):
            if isinstance(fact := value.get("fact"), str):
                paths.append(fact)
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    paths += [path for text in texts for path, _ in template_paths(text)]
    return ActionTexts(tuple(texts), tuple(paths))


def _action_names(entry: Entry, templates: Mapping[str, str]) -> set[str]:
    """The names that an entry's actions read: in paths, or bare (`mask: pii`)."""
    names: set[str] = set()
    for action in entry.actions:
        texts, paths = action_texts(action, entry.id, templates)
        names.update(texts)
        names.update(name for path in paths for name in _IDENTIFIER.findall(path))
    return names


def _fields(ast: Ast) -> Iterator[str]:
    """Every field name in an expression: a superset of its roots, which is all that is needed here."""
    if ast["type"] == "field":
        yield ast["value"]
    for child in ast["children"]:
        if isinstance(child, dict):
            yield from _fields(child)
