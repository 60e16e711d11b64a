"""What a policy is, as frozen data. Every part knows its place in the YAML file.

A condition is a small tree: `ConditionGroup` over `Match` (one matcher on one path) and `Expression` (the `jmespath:`
escape hatch).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.diagnostics import Span
    from rulewright.policy.document import Document
    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.policy.kinds import KindName

Mode = Literal["enforce", "observe"]
Operator = Literal["all", "any", "none"]


@dataclass(frozen=True, slots=True)
class Match:
    """One matcher on one path. `value` is the YAML value; `key_span` is the path's place, `span` the value's.

    A bare scalar is stored as matcher `eq`, a bare list as `in`, so `matcher` is always a name of the table.
    """

    path: str
    matcher: str
    value: Json
    span: Span
    key_span: Span
    on_missing: bool | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """`{jmespath: "…"}`: standard semantics inside, the result must be boolean, null is unknown."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """`all`, `any` or `none` of other conditions."""

    operator: Operator
    children: tuple[Condition, ...]
    span: Span


Condition = ConditionGroup | Match | Expression


@dataclass(frozen=True, slots=True)
class ActionUse:
    """One entry of `then:`. `comment` alone has `arguments` None; `mask: pii` has "pii"; else the mapping."""

    name: str
    arguments: Json
    span: Span


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    when: Condition
    then: tuple[ActionUse, ...]
    span: Span
    description: str = ""
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    id: str
    when: Condition
    span: Span
    description: str = ""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One entry of `let:`. `source` is a name of `FACT_DECLARATIONS`; `arguments` the whole mapping under the name.

    `chosen`: the conditions of each `choose` in it, from the outermost `otherwise:` inwards; None for a case without.
    """

    name: str
    source: str
    arguments: Mapping[str, Json]
    span: Span
    chosen: tuple[tuple[Condition | None, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """Text with `{{ path }}` over declared facts."""

    name: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Objective:
    """One row of an SLO gate. `body` is the mapping as written (source, unit, direction, aggregate, pass, …)."""

    id: str
    body: Mapping[str, Json]
    span: Span
    description: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step between two environments. `requires` as written: conditions, evidence, soak, approvals."""

    id: str
    origin: str
    target: str
    requires: tuple[JsonObject, ...]
    span: Span
    description: str = ""
    then: tuple[ActionUse, ...] = ()
    conditions: tuple[Condition | None, ...] = ()
    """One for each of `requires`: the condition, or None for evidence, soak and approvals."""
    spans: tuple[Span, ...] = ()
    """The places of `requires`."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy document. `sha256` is over the document's own text and everything that it includes."""

    kind: KindName
    name: str
    file: str
    span: Span
    sha256: str
    owner: str = ""
    description: str = ""
    mode: Mode = "enforce"
    is_decided_once: bool = False
    """Whether later rounds of planning ask its rules nothing (`evaluate: once`)."""
    on: tuple[str, ...] = ()
    on_spans: tuple[Span, ...] = ()
    let: Mapping[str, FactSpec] = field(default_factory=dict)
    lists: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)
    skip: tuple[Skip, ...] = ()
    rules: tuple[Rule, ...] = ()
    objectives: tuple[Objective, ...] = ()
    artifact: Mapping[str, Json] = field(default_factory=dict)
    environments: Mapping[str, Json] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()
    source: Document | None = None
    """The `Document` it was read from: spans of every key and value, for diagnostics."""
    complete: bool = True
    """False when a broken part was left out: what depends on the whole (unused, unreachable) cannot be told."""

    @property
    def steps(self) -> tuple[Rule | Transition, ...]:
        """What has actions: the rules, and the transitions of a promotion."""
        return (*self.rules, *self.transitions)
