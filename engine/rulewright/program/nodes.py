"""Nodes: the compiled form of conditions, and how the cache stores them.

| class | condition |
|---|---|
| `GroupNode` | `all`, `any` or `none` of other conditions |
| `MatchNode` | a matcher on the value of a path |
| `ExpressionNode` | a JMESPath expression that gives true or false |
| `ConstantNode` | one truth, whatever the event |
| `KindNode` | what one kind of policy adds: the objective of a gate, the approvals of a promotion |

`path` is the number of an interned path of the program (`paths.py`), `position` the place in the policy's file.
In the cache a node is a JSON array: its operator, then its fields.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rulewright.policy.lazy import lazily
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rulewright.policy.json_types import Json
    from rulewright.policy.model import Operator
    from rulewright.program.frame import Frame
    from rulewright.program.truth import Truth


class Position(NamedTuple):
    """Line and column in the policy's file, from 1."""

    line: int
    column: int

    @classmethod
    def from_json(cls, data: Json) -> Position:
        """Raises TypeError or ValueError for data of another shape, as every `from_json` of this module."""
        if not isinstance(data, list):
            raise TypeError("a position is of another shape")
        return cls._make(data)


def as_lists(value: Any) -> Json:
    """A field as the cache holds it: tuples, and those within them, as arrays."""
    return [*map(as_lists, value)] if isinstance(value, tuple) else value


NOWHERE: Final = Position(0, 0)
"""The position of a node that no author wrote."""


class GroupNode(NamedTuple):
    """`all`, `any` or `none` of its children. `text` names a group that a kind of policy made."""

    operator: Operator
    children: tuple[Node, ...]
    position: Position
    text: str = ""

    def to_json(self) -> list[Json]:
        return [self.operator, [child.to_json() for child in self.children], [*self.position], self.text]

    @classmethod
    def from_json(cls, operator: Operator, children: Json, position: Json, text: Json) -> GroupNode:
        if not isinstance(children, list) or not isinstance(text, str):
            raise TypeError("a group of conditions is of another shape")
        return cls(operator, tuple(map(node_from_json, children)), Position.from_json(position), text)


class MatchNode(NamedTuple):
    """A matcher on the value of a path.

    `operand` is a literal, or `{"fact": PATH}` with the path's number in `fact_path`. `folded`: compare without case;
    `compares_moments`: compare points in time. `written` is the operand as the author wrote it, where that differs
    (`2d` for seconds). `on_missing` is the truth for a value that is absent.
    """

    path: int
    path_text: str
    matcher: str
    operand: Json
    position: Position
    fact_path: int | None = None
    folded: bool = False
    compares_moments: bool = False
    written: str | None = None
    on_missing: bool | None = None

    @property
    def fact_name(self) -> str:
        """The path of `{fact: PATH}`."""
        assert isinstance(self.operand, dict)
        return str(self.operand["fact"])

    @property
    def shown_operand(self) -> Json:
        """The operand as the author wrote it."""
        return self.operand if self.written is None else self.written

    @property
    def test(self) -> tuple[Json, ...]:
        """All that decides its truth: nodes with equal tests have the same truth for every event."""
        operand = None if self.fact_path is not None else self.operand
        flags = (self.fact_path, self.folded, self.compares_moments, self.on_missing)
        return (self.path, self.matcher, operand, *flags)

    def to_json(self) -> list[Json]:
        return ["match", *self[:4], [*self.position], *self[5:]]

    @classmethod
    def from_json(
        cls, path: Json, text: Json, matcher: Json, operand: Json, position: Json, *flags: Json
    ) -> MatchNode:
        if not isinstance(path, int) or not isinstance(text, str) or not isinstance(matcher, str):
            raise TypeError("a match is of another shape")
        return cls._make((path, text, matcher, operand, Position.from_json(position), *flags))


class ExpressionNode(NamedTuple):
    """A JMESPath expression that gives true or false."""

    text: str
    path: int
    position: Position

    def to_json(self) -> list[Json]:
        return ["expression", self.text, self.path, [*self.position]]

    @classmethod
    def from_json(cls, text: Json, path: Json, position: Json) -> ExpressionNode:
        if not isinstance(text, str) or not isinstance(path, int):
            raise TypeError("an expression is of another shape")
        return cls(text, path, Position.from_json(position))


class ConstantNode(NamedTuple):
    """One truth (unknown: None) for every event. `text` says what it stands for."""

    truth: bool | None
    text: str
    position: Position

    def to_json(self) -> list[Json]:
        return ["constant", self.truth, self.text, [*self.position]]

    @classmethod
    def from_json(cls, truth: Json, text: Json, position: Json) -> ConstantNode:
        if not (truth is None or isinstance(truth, bool)) or not isinstance(text, str):
            raise TypeError("a constant is of another shape")
        return cls(truth, text, Position.from_json(position))


class KindNode(ABC):
    """A condition that one kind of policy adds. Its class belongs to the kind (`_KIND_NODES`).

    `text` names it in explanations, `expected` says what it wants.
    """

    __slots__: tuple[str, ...] = ()

    operator: ClassVar[str]
    text: str
    expected: str
    position: Position

    @abstractmethod
    def decide(self, frame: Frame) -> Truth:
        """Its truth for one event."""

    @abstractmethod
    def detail(self, frame: Frame) -> Mapping[str, Json]:
        """What it adds to a rule's result: `observed`, `reason` and more."""

    @staticmethod
    def decide_together(nodes: Sequence[KindNode], frame: Frame) -> Mapping[str, Mapping[str, Json]]:
        """`text` → detail, for a kind whose nodes of one policy are not decided one by one."""
        return {node.text: node.detail(frame) for node in nodes}

    @property
    def measured(self) -> Mapping[str, Json] | None:
        """The arguments by which its value is gathered, under the id of its entry; None where nothing is."""
        return None

    @property
    def reads_clock(self) -> bool:
        """Whether a test of the policy has to say what time it is."""
        return False

    def to_json(self) -> list[Json]:
        """Its operator, then its fields in the order of the class."""
        return [self.operator, *(as_lists(getattr(self, name)) for name in self.__slots__)]


LeafNode = MatchNode | ExpressionNode | ConstantNode | KindNode
PathNode = MatchNode | ExpressionNode
"""The nodes that read a path."""
Node = GroupNode | LeafNode


def node_from_json(data: Json) -> Node:
    """The node that `to_json` wrote. Raises TypeError, ValueError or LookupError for data of another shape."""
    if not isinstance(data, list):
        raise TypeError("a condition is of another shape")
    operator, *fields = data
    if operator == "match":
        return MatchNode.from_json(*fields)
    if (group := _OPERATORS.get(operator)) is not None:
        return GroupNode.from_json(group, *fields)
    if operator == "expression":
        return ExpressionNode.from_json(*fields)
    if operator == "constant":
        return ConstantNode.from_json(*fields)
    return _KIND_NODES[str(operator)](*fields)


_OPERATORS: Final[Mapping[object, Operator]] = {"all": "all", "any": "any", "none": "none"}


_KIND_NODES: Final[Mapping[str, Callable[..., KindNode]]] = {
    "objective": lazily("rulewright.kinds.slo_gate.terms", "objective_from_json"),
    "approvals": lazily("rulewright.kinds.promotion.approvals", "approvals_from_json"),
    "record_times": lazily("rulewright.kinds.promotion.record_times", "record_times_from_json"),
}
"""Operator → the node out of its fields in the cache; a kind's code is imported at the first of its nodes."""


class StoredNode:
    """A node in the form of the cache, until it is first used: most entries of a large program never are."""

    __slots__ = ("_data", "_node")

    def __init__(self, data: list[Json]) -> None:
        self._data = data
        self._node: Node | None = None

    @property
    def node(self) -> Node:
        """The node. Raises as `node_from_json`."""
        if self._node is None:
            self._node = node_from_json(self._data)
        return self._node


def leaf_nodes(node: Node) -> Iterator[LeafNode]:
    """Every node without children, in order."""
    if isinstance(node, GroupNode):
        for child in node.children:
            yield from leaf_nodes(child)
    else:
        yield node


def path_nodes(node: Node) -> Iterator[PathNode]:
    """Every leaf that reads a path, in order."""
    return (leaf for leaf in leaf_nodes(node) if isinstance(leaf, PathNode))


def paths_read(node: Node) -> Iterator[int]:
    """The interned paths that a condition reads, those of its `{fact: …}` as well."""
    for leaf in path_nodes(node):
        yield leaf.path
        if isinstance(leaf, MatchNode) and leaf.fact_path is not None:
            yield leaf.fact_path
