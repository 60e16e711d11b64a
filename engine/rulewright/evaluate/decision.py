"""What an evaluation decided, rule by rule. Rules that the index pruned cost nothing until someone lists them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RuleResult", "Status"]

Status = Literal["matched", "not_matched", "undetermined", "error", "skipped", "stopped"]


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How one skip, rule, objective or transition came out.

    `reason` says why it is undetermined, in error, skipped (by which skip) or stopped (by which rule).
    `detail` is what the kind adds (an objective's verdict, observed value, limit).
    """

    id: str
    status: Status
    reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
