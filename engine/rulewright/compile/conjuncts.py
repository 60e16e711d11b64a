"""Rules without a witness, as a tree of conjuncts: what several of them require is evaluated once.

A branch is one conjunct with the rules that end there and the branches below it. A false conjunct ends all of
them; an unknown or failed one is carried down, since only a false one below can still outweigh it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.compile.closures import build
from rulewright.compile.truth import ERROR, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.compile.frame import Frame
    from rulewright.compile.program import Node

    Branch = Callable[[Frame, Truth, dict[int, Truth]], None]

__all__ = ["conjunct_tree", "conjuncts"]

Parts = dict[str, "Node"]


def conjuncts(node: Node) -> Parts:
    """The parts of a condition that must all hold, each under a key that equal conditions share."""
    if node["op"] == "all":
        return {key: part for child in node["of"] for key, part in conjuncts(child).items()}
    return {_key(node): node}


def _key(node: Node) -> str:
    if "of" in node:
        return f"{node['op']}({','.join(_key(child) for child in node['of'])})"
    return repr([(key, value) for key, value in sorted(node.items()) if key not in ("at", "path", "unit")])


def conjunct_tree(rules: Mapping[int, Node]) -> list[Branch]:
    """The branches that decide these rules: number → condition."""
    return _grow([(number, conjuncts(node)) for number, node in rules.items()])


def _grow(rules: list[tuple[int, Parts]]) -> list[Branch]:
    counts: dict[str, int] = {}
    for _, parts in rules:
        for key in parts:
            counts[key] = counts.get(key, 0) + 1
    groups: dict[str, list[tuple[int, Parts]]] = {}
    out: list[Branch] = []
    for number, parts in rules:
        key = max(parts, key=counts.__getitem__)
        if counts[key] > 1:
            groups.setdefault(key, []).append((number, parts))
        else:
            out.append(_alone(number, parts))
    for key, members in groups.items():
        guard = build(members[0][1][key])
        rest = [(number, {k: part for k, part in parts.items() if k != key}) for number, parts in members]
        ends = [number for number, parts in rest if not parts]
        out.append(_branch(guard, ends, _grow([rule for rule in rest if rule[1]])))
    return out


def _branch(guard: Callable[[Frame], Truth], ends: list[int], below: list[Branch]) -> Branch:
    def branch(frame: Frame, above: Truth, found: dict[int, Truth]) -> None:
        value = guard(frame)
        if value is False:
            return
        if value is True or above is ERROR:
            value = above
        for number in ends:
            found[number] = value
        for each in below:
            each(frame, value, found)

    return branch


def _alone(number: int, parts: Parts) -> Branch:
    nodes = list(parts.values())
    decide = build(nodes[0] if len(nodes) == 1 else {"op": "all", "of": nodes, "at": [0, 0]})

    def branch(frame: Frame, above: Truth, found: dict[int, Truth]) -> None:
        value = decide(frame)
        if value is not False:
            found[number] = above if value is True or above is ERROR else value

    return branch
