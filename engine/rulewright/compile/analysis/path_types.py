"""What the events' schema says of the values of paths."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rulewright.program.nodes import MatchNode, path_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.policy.model import Policy
    from rulewright.program.program import Program

_PLAIN: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\])*")


@lru_cache(maxsize=4096)
def segments_of(text: str) -> tuple[str, ...] | None:
    """The segments of a dotted path or of a projection of one; None for any other expression."""
    if not _PLAIN.fullmatch(text):
        return None
    from rulewright.program.expression import parse, root_paths

    found = root_paths(parse(text))
    return tuple(found[-1]) if found else None


def kinds_of(policies: Sequence[Policy], program: Program) -> dict[int, frozenset[str]]:
    """Interned path → the JSON types that its value may have, in any of the policies that use it.

    Paths that are not plain are left out: their values may be anything.
    """
    from rulewright.policy.event_catalog import PathInfo, describe

    out: dict[int, frozenset[str]] = {}
    anything: set[int] = set()
    for policy, compiled in zip(policies, program.policies, strict=True):
        seen: set[tuple[int, str]] = set()
        for entry in compiled.entries:
            for node in path_nodes(entry.when):
                key = (node.path, node.path_text if isinstance(node, MatchNode) else "")
                if key in seen:
                    continue
                seen.add(key)
                segments = segments_of(key[1])
                info = describe(segments, policy.on, policy.let) if segments is not None else None
                if not isinstance(info, PathInfo) or not info.types:
                    anything.add(key[0])
                else:
                    out[key[0]] = out.get(key[0], frozenset()) | info.types
    return {number: types for number, types in out.items() if number not in anything}
