"""What is known of the paths that conditions read: the JSON types of their values, and which share a value."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rulewright.policy.canonical import canonical_json
from rulewright.policy.event_catalog import PathInfo, describe_path
from rulewright.program.expression import parse_expression, root_paths
from rulewright.program.nodes import MatchNode, path_nodes
from rulewright.program.paths import field_chain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.policy.model import Policy
    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.program import Program

_PLAIN: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\])*")


@lru_cache(maxsize=4096)
def split_path(text: str) -> tuple[str, ...] | None:
    """The segments of a dotted path or of a projection of one; None for any other expression."""
    roots = root_paths(parse_expression(text)) if _PLAIN.fullmatch(text) else None
    return tuple(roots[-1]) if roots else None


def collect_types(policies: Sequence[Policy], program: Program) -> dict[int, frozenset[str]]:
    """Interned path → the JSON types that its value may have, in any of the policies that use it.

    Paths that are not plain are left out: their values may be anything.
    """
    types: dict[int, frozenset[str]] = {}
    untyped: set[int] = set()
    for policy, compiled in zip(policies, program.policies, strict=True):
        read = {
            (node.path, node.path_text if isinstance(node, MatchNode) else "")
            for entry in compiled.entries
            for node in path_nodes(entry.when)
        }
        for number, text in read:
            segments = split_path(text)
            info = describe_path(segments, policy.on, policy.let) if segments is not None else None
            if not isinstance(info, PathInfo) or not info.types:
                untyped.add(number)
            else:
                types[number] = types.get(number, frozenset()) | info.types
    return {number: known for number, known in types.items() if number not in untyped}


def find_aliases(paths: Sequence[Ast]) -> dict[int, int]:
    """Paths below `issue` → the same below the subject: an event with an issue has it as its subject."""
    numbers = {canonical_json(ast): number for number, ast in enumerate(paths)}
    aliases = {
        number: numbers.get(canonical_json(_move_below_subject(ast)))
        for number, ast in enumerate(paths)
        if _first_name(ast) == "issue"
    }
    return {number: alias for number, alias in aliases.items() if alias is not None}


def _first_name(ast: Ast) -> str | None:
    """The first name of a dotted path or of a projection of one; None for any other expression."""
    while ast["type"] in ("subexpression", "projection", "flatten") and ast["children"]:
        first, *rest = ast["children"]
        if ast["type"] == "projection" and not _is_plain(rest[0]):
            return None
        if ast["type"] == "subexpression" and not all(map(_is_plain, rest)):
            return None
        ast = first
    return ast["value"] if ast["type"] == "field" else None


def _is_plain(ast: Ast) -> bool:
    return ast["type"] == "identity" or field_chain(ast) is not None


def _move_below_subject(ast: Ast) -> Ast:
    if ast["type"] == "field":
        return {**ast, "value": "$subject"}
    first, *rest = ast["children"]
    return {**ast, "children": [_move_below_subject(first), *rest]}
