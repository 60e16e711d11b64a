"""A condition when some paths are known to be missing: what is left of it to evaluate.

Absent and null are the same, and what a leaf makes of them is fixed: unknown, or what `missing`, `exists` and
`on_missing:` say. So for one set of missing paths most conditions that read them are constants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from rulewright.program.program import Node
    from rulewright.program.truth import Truth

TRUE, FALSE, NOT_KNOWN, FAILED = 1, 2, 4, 8
ONLY: Final[dict[int, Truth]] = {TRUE: True, FALSE: False, NOT_KNOWN: None}


class Constant:
    """A condition that is decided: its truth (never an error)."""

    __slots__ = ("truth",)

    def __init__(self, truth: Truth) -> None:
        self.truth = truth


def specialise(node: Node, missing: AbstractSet[int], safe: AbstractSet[int]) -> Node | Constant:
    """The node with every leaf on a missing path put in as a constant, and the groups folded around them.

    `safe`: paths that cannot fail (they call no function), so that reading them is never an error.
    """
    op = node["op"]
    if op == "match":
        return _leaf(node, missing)
    if op == "expression":
        return Constant(None) if node["p"] in missing else node
    if op == "constant":
        return Constant(node["truth"])
    if op not in ("all", "any", "none"):
        return node
    parts = [specialise(child, missing, safe) for child in node["of"]]
    if parts == node["of"]:
        return node
    decides = op != "all"
    rest: list[Node] = []
    for part in parts:
        if not isinstance(part, Constant):
            rest.append(part)
        elif part.truth is decides:
            return Constant(decides if op != "none" else False)
        elif part.truth is None:
            rest.append({"op": "constant", "truth": None, "text": "missing", "at": node["at"]})
    left = {**node, "of": rest}
    outcomes = possible(left, safe)
    return Constant(ONLY[outcomes]) if outcomes in ONLY else left


def possible(node: Node, safe: AbstractSet[int]) -> int:
    """Which truths a condition can have, as a sum of TRUE, FALSE, NOT_KNOWN and FAILED."""
    op = node["op"]
    if op == "constant":
        return {True: TRUE, False: FALSE, None: NOT_KNOWN}[node["truth"]]
    if op == "match":
        fails = node["p"] not in safe or ("w" in node and node["w"] not in safe)
        return TRUE | FALSE | NOT_KNOWN | (FAILED if fails else 0)
    if op not in ("all", "any", "none"):
        return TRUE | FALSE | NOT_KNOWN | FAILED
    strong, weak = (FALSE, TRUE) if op == "all" else (TRUE, FALSE)
    outcomes = [possible(child, safe) for child in node["of"]]
    if strong in outcomes:
        result = strong
    else:
        result = strong | NOT_KNOWN | FAILED
        result &= sum({bit for bit in (strong, NOT_KNOWN, FAILED) for each in outcomes if each & bit})
        result |= weak if all(each & weak for each in outcomes) else 0
    if op != "none":
        return result
    return result & (NOT_KNOWN | FAILED) | (TRUE if result & FALSE else 0) | (FALSE if result & TRUE else 0)


def _leaf(node: Node, missing: AbstractSet[int]) -> Node | Constant:
    if node["p"] not in missing:
        return node
    if "on_missing" in node:
        return Constant(node["on_missing"])
    name, want = node["m"], node["v"]
    if name in ("exists", "missing"):
        return Constant(want is (name == "missing"))
    if "w" in node and node["w"] not in missing:
        return node  # the other side may fail, which is stronger than unknown
    return Constant(None)


def leaves(node: Node) -> list[dict[str, Any]]:
    """All leaves of a condition that read a path."""
    if "of" in node:
        return [leaf for child in node["of"] for leaf in leaves(child)]
    return [node] if "p" in node else []
