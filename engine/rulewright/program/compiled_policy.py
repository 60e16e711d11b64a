"""Compiled policies: what a program decides by, and what it does then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.named_facts import CompiledFact, Need
from rulewright.program.nodes import KindNode, Node, Position, StoredNode, as_lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.json_types import Json
    from rulewright.policy.kinds import KindName
    from rulewright.policy.model import Mode

Role = Literal["skip", "rule", "objective", "transition"]
_NO_LISTS: Final[Mapping[str, tuple[Json, ...]]] = {}


class CompiledAction(NamedTuple):
    """One entry of `then:`; `arguments` as written, None for an action without any."""

    name: str
    arguments: Json
    position: Position

    def to_json(self) -> list[Json]:
        return [self.name, self.arguments, [*self.position]]

    @classmethod
    def from_json(cls, data: Json) -> CompiledAction:
        """Raises TypeError or ValueError for data of another shape, as every `from_json` of this module."""
        if not isinstance(data, list):
            raise TypeError("the use of an action is of another shape")
        name, arguments, position = data
        if not isinstance(name, str):
            raise TypeError("the use of an action is of another shape")
        return cls(name, arguments, Position.from_json(position))


class Entry(NamedTuple):
    """One thing of a policy that is decided: a skip, a rule, an objective or a transition."""

    id: str
    role: Role
    condition: Node | StoredNode
    position: Position
    description: str = ""
    actions: tuple[CompiledAction, ...] = ()
    stop: bool = False

    @property
    def when(self) -> Node:
        """The condition. One that comes from the cache becomes a node at its first use."""
        return self.condition.node if isinstance(self.condition, StoredNode) else self.condition

    @property
    def measured(self) -> Mapping[str, Json] | None:
        """The arguments by which the sample of an objective is gathered; None where nothing is."""
        node = self.when if self.role == "objective" else None
        return node.measured if isinstance(node, KindNode) else None

    def to_json(self) -> list[Json]:
        actions: list[Json] = [action.to_json() for action in self.actions]
        place: list[Json] = [*self.position]
        return [self.id, self.role, self.when.to_json(), place, self.description, actions, self.stop]

    @classmethod
    def from_json(cls, data: Any) -> Entry:
        if not isinstance(data, list) or [type(field) for field in data] != _ENTRY_TYPES:
            raise TypeError("an entry of a policy is of another shape")
        ident, role, condition, position, description, actions, stop = data
        uses = tuple(map(CompiledAction.from_json, actions))
        place = Position.from_json(position)
        return cls._make((ident, role, StoredNode(condition), place, description, uses, stop))


_ENTRY_TYPES: Final = [str, str, list, list, str, list, bool]


class CompiledPolicy(NamedTuple):
    """One policy, compiled. `facts` are its named facts, `templates` and `lists` what stands under these names."""

    name: str
    kind: KindName
    mode: Mode
    file: str
    sha256: str
    on: tuple[str, ...]
    facts: Mapping[str, CompiledFact]
    templates: Mapping[str, str]
    entries: tuple[Entry, ...]
    owner: str = ""
    description: str = ""
    lists: Mapping[str, tuple[Json, ...]] = _NO_LISTS
    is_decided_once: bool = False
    """Whether later rounds of planning ask its rules nothing (`evaluate: once`)."""

    def needs(self) -> Iterator[Need]:
        """A request for everything that may have to be gathered for it."""
        for name, fact in self.facts.items():
            before = ""
            for ending, step in fact.gathered_steps:
                key = fact.key if step is fact.steps[0] else ""
                yield Need(self.name, name + ending, step.source, step.arguments, before, key)
                before = name + ending
        for entry in self.entries:
            if entry.measured is not None:
                yield Need(self.name, entry.id, "measure", entry.measured)

    def to_json(self) -> list[Json]:
        fields = self._asdict()
        fields["facts"] = {name: fact.to_json() for name, fact in self.facts.items()}
        fields["entries"] = [entry.to_json() for entry in self.entries]
        fields["lists"] = {name: [*values] for name, values in self.lists.items()}
        return [*map(as_lists, fields.values())]

    @classmethod
    def from_json(cls, data: Any) -> CompiledPolicy:
        if not isinstance(data, list) or [type(field) for field in data] != _POLICY_TYPES:
            raise TypeError("a policy is of another shape")
        fields: dict[str, Any] = dict(zip(cls._fields, data, strict=True))
        for text in (*fields["on"], *fields["templates"].values()):
            if not isinstance(text, str):
                raise TypeError("a policy is of another shape")
        fields["on"] = tuple(fields["on"])
        fields["facts"] = {name: CompiledFact.from_json(fact) for name, fact in fields["facts"].items()}
        fields["entries"] = tuple(map(Entry.from_json, fields["entries"]))
        fields["lists"] = {name: tuple(values) for name, values in fields["lists"].items()}
        return cls(**fields)


_POLICY_TYPES: Final = [str, str, str, str, str, list, dict, dict, list, str, str, dict, bool]
