"""Hostile reports: texts of authors who want another label, by instructions, imitated marks and disguises.

The templates (`hostile.json`) hold `$body`, `$goal` (the wanted label), `$order` (an instruction that names it) and
disguised forms of both. Whoever reads such a report must treat it as data.
"""

from __future__ import annotations

from base64 import b64encode
from string import Template
from typing import TYPE_CHECKING, Final

from rulewright.evaluation.data.draw import read_data

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATA: Final = read_data("hostile.json")
ORDER: Final[str] = _DATA["order"]
VARIANTS: Final[Mapping[str, str]] = _DATA["variants"]
"""Name of a variant → its template."""


def generate_hostile_variants(body: str, goal: str) -> dict[str, str]:
    """Variant → the report with body `body` in that variant, whose author wants the label `goal`."""
    order = Template(ORDER).substitute(goal=goal)
    values = {
        "body": body,
        "goal": goal,
        "order": order,
        "wide_order": _widen(order),
        "spaced_order": "\u200b".join(order),
        "reversed_order": order[::-1],
        "base64_order": b64encode(order.encode()).decode(),
        "repeated_goal": f"{goal} " * 60,
    }
    return {name: Template(template).substitute(values) for name, template in VARIANTS.items()}


def _widen(text: str) -> str:
    """Full-width letters, which some normalisations turn into plain ones."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
