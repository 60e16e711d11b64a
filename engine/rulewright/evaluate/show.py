"""Values as explanations show them: masked, on one line, cut at 80 characters."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.truth import ERROR

if TYPE_CHECKING:
    from rulewright.compile.frame import Frame
    from rulewright.compile.program import Node

__all__ = ["LIMIT", "expected_text", "mask", "show"]

LIMIT: Final = 80

_SECRETS: Final = (
    re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*", re.DOTALL),
    re.compile(
        r"\b(?:gh[pousr]_|github_pat_|sk-|xox[abprs]-|AKIA|ASIA|AIza|glpat-|npm_|pypi-)[A-Za-z0-9_\-]{6,}"
    ),
    re.compile(r"(?i)\b(?:api[_-]?key|secret|passw(?:or)?d|token|bearer)\b\s*[:=]?\s*\S+"),
    re.compile(r"\b[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}\b"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*"),
    re.compile(r"\b\d{3}-\d{2}-\d{4}\b"),
    re.compile(r"(?<!\w)\+?\d(?:[ ().-]?\d){8,18}(?!\w)"),
)
"""What is masked before a value is shown: coarse on purpose, since a trace may be read by anyone."""


def mask(text: str) -> str:
    """Replace what looks like personal data or a secret by `***`."""
    for pattern in _SECRETS:
        text = pattern.sub("***", text)
    return text


def show(value: Any) -> str:
    """One line of JSON, masked, at most 80 characters, without control characters."""
    if value is ERROR:
        return "(failed)"
    # A long text is cut before it is masked, with room for what masking takes away.
    if isinstance(value, str):
        value = mask(value[: 4 * LIMIT])
    elif isinstance(value, list | dict):
        value = mask(json.dumps(value, ensure_ascii=False, default=str)[: 4 * LIMIT])
        return _cut(value)
    return _cut(json.dumps(value, ensure_ascii=False, default=str))


def _cut(text: str) -> str:
    text = "".join(c if c.isprintable() else "�" for c in text)
    return text if len(text) <= LIMIT else text[: LIMIT - 1] + "…"


def expected_text(node: Node, frame: Frame) -> str:
    """What a leaf wants, in words: `equal to "open"`, `one of […]`, `older than 14d`."""
    if node["op"] == "expression":
        return "true"
    name, want = node["m"], node["v"]
    if "w" in node:
        other = frame[node["w"]]
        shown = f"{want['fact']} ({'missing' if other is None else show(other)})"
    elif "unit" in node:
        shown = str(node["unit"])
    else:
        shown = json.dumps(want, ensure_ascii=False, default=str)
    if name in ("exists", "missing"):
        return "a value" if (name == "exists") is want else "no value"
    text = f"{WORDS[name]} {shown}"
    if node.get("ci") and name not in ("length",):
        text += ", case ignored"
    return text if len(text) <= 2 * LIMIT else text[: 2 * LIMIT - 1] + "…"


WORDS: Final = {
    "eq": "equal to",
    "ne": "other than",
    "in": "one of",
    "not_in": "none of",
    "gt": "more than",
    "gte": "at least",
    "lt": "less than",
    "lte": "at most",
    "between": "between",
    "contains": "containing",
    "contains_any": "containing any of",
    "contains_all": "containing all of",
    "contains_none": "containing none of",
    "starts_with": "starting with",
    "ends_with": "ending with",
    "glob": "like",
    "regex": "matching",
    "length": "of length",
    "older_than": "older than",
    "newer_than": "newer than",
}
