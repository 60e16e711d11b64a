"""Builds plain data and, beside it, a compact tree of places.

A place is one integer: start index << 23 | length (a file has less than 2²³ characters). A tree node is such
an integer for a scalar, `(place, [node, …])` for a sequence, `(place, {key: (place of the key, node)})` for a
mapping. Aliases share data and tree with their anchor; how far they would expand is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.policy.canonical import canonical_json
from rulewright.policy.diagnostics import shorten

if TYPE_CHECKING:
    from typing import TypeAlias

    from rulewright.policy.document_reader.source_text import Findings
    from rulewright.policy.json_types import Json

    Places: TypeAlias = "int | tuple[int, list[Places]] | tuple[int, dict[str, tuple[int, Places]]]"
    """The place of a value, and of everything in it."""

MAX_DEPTH: Final = 64
MAX_EXPANDED: Final = 100_000
MAX_VALUES: Final = 500_000
MAX_KEY: Final = 1_000
"""Characters of a key that is a list or a mapping, written as JSON: each level inside a key doubles the quotes."""
SHIFT: Final = 23

_EXPECT_KEY: Final = object()
_IN_SEQUENCE: Final = object()
_DROP: Final = object()


class BuiltDocument(NamedTuple):
    """One document: plain data, its places, and the slice of the text that it takes."""

    data: Json
    tree: Places
    start: int
    end: int


class AbandonError(Exception):
    """This document goes beyond a bound. `index` is where."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class TooManyError(AbandonError):
    """Nothing more of this file is read."""


class _OpenCollection:
    """One open collection: `data` and `children` are two mappings or two lists, told apart by `key`."""

    __slots__ = (
        "anchor",
        "before",
        "children",
        "data",
        "end",
        "height",
        "key",
        "key_place",
        "merges",
        "start",
    )

    def __init__(
        self, data: Any, children: Any, key: object, start: int, anchor: str | None, before: int
    ) -> None:
        self.data = data
        self.children = children
        self.key = key
        self.key_place = 0
        self.start = start
        self.end = start
        self.anchor = anchor
        self.before = before
        self.height = 0
        self.merges = False


class DocumentBuilder:
    """One document. Call `open_*`, `scalar`, `alias`, `close` in order; then read `data` and `tree`.

    `any_yaml`: a key may be anything. What is no text stands as it is written, a list or a mapping as JSON.
    """

    __slots__ = ("anchors", "any_yaml", "data", "expanded", "findings", "frame", "nodes", "stack", "tree")

    def __init__(self, findings: Findings, *, any_yaml: bool = False) -> None:
        self.findings = findings
        self.any_yaml = any_yaml
        self.data: Json = None
        self.tree: Places = 0
        self.frame: _OpenCollection | None = None
        self.stack: list[_OpenCollection] = []
        self.anchors: dict[str, tuple[Json, Places, int, int] | None] = {}
        self.nodes = 0
        self.expanded = 0

    @property
    def wants_key(self) -> bool:
        return self.frame is not None and self.frame.key is _EXPECT_KEY

    @property
    def pending_key(self) -> str | None:
        """The key whose value comes next."""
        key = None if self.frame is None else self.frame.key
        return key if isinstance(key, str) else None

    @property
    def pending_place(self) -> int:
        """Where that key begins."""
        return 0 if self.frame is None else self.frame.key_place >> SHIFT

    def open_mapping(self, start: int, anchor: str | None = None) -> None:
        self._open({}, {}, _EXPECT_KEY, start, anchor)

    def open_sequence(self, start: int, anchor: str | None = None) -> None:
        self._open([], [], _IN_SEQUENCE, start, anchor)

    def _open(self, data: Any, children: Any, key: object, start: int, anchor: str | None) -> None:
        if len(self.stack) + (self.frame is not None) >= MAX_DEPTH:
            self._too_deep(start)
        if self.frame is not None:
            self.stack.append(self.frame)
        if anchor is not None:
            self.anchors[anchor] = None
        self.frame = _OpenCollection(data, children, key, start, anchor, self.nodes)
        self.nodes += 1
        if self.nodes > MAX_VALUES:
            self._too_many(start)

    def close(self, end: int, *, flow: bool) -> None:
        """`end` counts for flow collections; a block collection ends with its last child."""
        frame = self.frame
        assert frame is not None
        if frame.merges:
            self._merge(frame)
        place = frame.start << SHIFT | ((end if flow else frame.end) - frame.start)
        node: Places = (place, frame.children)
        self.frame = self.stack.pop() if self.stack else None
        height = frame.height + 1
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (frame.data, node, self.nodes - frame.before, height)
        self._put(frame.data, node, place, height)

    def merge_next(self) -> None:
        """The value that comes next is a mapping, or a list of them, whose keys the open mapping takes over."""
        assert self.frame is not None
        self.frame.merges = True

    def _merge(self, frame: _OpenCollection) -> None:
        value = frame.data.get("<<")
        parts = value if isinstance(value, list) else [value]
        place, node = frame.children.get("<<", (0, 0))
        if not parts or not all(isinstance(part, dict) for part in parts):
            start = place >> SHIFT
            message = "the value of a merge key (`<<`) must be a mapping or a list of mappings"
            self.findings.add(
                "RW113", message, start, start + 2, "use the anchor of a mapping, as in `<<: *name`"
            )
            return
        nodes = node[1] if isinstance(value, list) else [node]
        del frame.data["<<"], frame.children["<<"]
        for part, (_, children) in zip(parts, nodes, strict=True):
            for key, item in part.items():
                if key not in frame.data:
                    frame.data[key] = item
                    frame.children[key] = children[key]

    def scalar(self, value: Json, start: int, end: int, anchor: str | None = None) -> None:
        """A value (when `wants_key` is false)."""
        place = start << SHIFT | (end - start)
        self.nodes += 1
        if self.nodes > MAX_VALUES:
            self._too_many(start)
        if anchor is not None:
            self.anchors[anchor] = (value, place, 1, 0)
        self._put(value, place, place, 0)

    def key(self, text: str, start: int, end: int, anchor: str | None = None) -> None:
        """A key (when `wants_key` is true)."""
        frame = self.frame
        assert frame is not None
        place = start << SHIFT | (end - start)
        self.nodes += 1
        frame.end = end
        if anchor is not None:
            self.anchors[anchor] = (text, place, 1, 0)
        if text in frame.data:
            first, _ = self.findings.source.position(frame.children[text][0] >> SHIFT)
            self.findings.add(
                "RW111",
                f"the key `{shorten(text, 60)}` appears twice in one mapping; first on line {first}",
                start,
                end,
                "rename or remove one of them",
            )
            frame.key = _DROP
        else:
            frame.key = text
            frame.key_place = place

    def alias(self, name: str, start: int, end: int) -> None:
        if name not in self.anchors and not name.replace("-", "").isidentifier():
            self.findings.add(
                "RW124",
                "a value cannot begin with `*`, which begins an alias in YAML",
                start,
                end,
                "quote the value",
            )
            self._put_alias(None, start, end, 0)
            return
        if name not in self.anchors:
            self.findings.add(
                "RW115",
                f"the alias `*{shorten(name, 60)}` has no anchor before it",
                start,
                end,
                f"define it with `&{shorten(name, 60)}`, or quote the value if it is text such as a glob",
            )
            self._put_alias(None, start, end, 0)
            return
        known = self.anchors[name]
        if known is None:
            self.findings.add(
                "RW116",
                f"the alias `*{shorten(name, 60)}` is used inside its own anchor",
                start,
                end,
                "write out the value",
            )
            raise AbandonError(start)
        value, node, count, height = known
        self.nodes += count
        self.expanded += count
        if self.expanded > MAX_EXPANDED:
            self.findings.add(
                "RW108",
                f"the aliases of this document expand to more than {MAX_EXPANDED:,} values",
                start,
                end,
                "use fewer aliases inside anchors",
            )
            raise AbandonError(start)
        if len(self.stack) + 1 + height > MAX_DEPTH:
            self._too_deep(start)
        if self.wants_key and (
            isinstance(value, str) or (self.any_yaml and not isinstance(value, dict | list))
        ):
            self.key(value if isinstance(value, str) else _key_text(value), start, end)
            return
        self._put_alias(value, start, end, height, node)

    def _put_alias(self, value: Json, start: int, end: int, height: int, node: Places = 0) -> None:
        place = start << SHIFT | (end - start)
        # Data and places of the anchor, at the alias's own place.
        places: Any = (place, node[1]) if isinstance(node, tuple) else place
        self._put(value, places, place, height)

    def _put(self, value: Json, node: Places, place: int, height: int) -> None:
        frame = self.frame
        if frame is None:
            self.data, self.tree = value, node
            return
        frame.end = (place >> SHIFT) + (place & (1 << SHIFT) - 1)
        if height > frame.height:
            frame.height = height
        key = frame.key
        if key is _IN_SEQUENCE:
            frame.data.append(value)
            frame.children.append(node)
            return
        if key is _EXPECT_KEY:  # a mapping or sequence as a key
            start, text = place >> SHIFT, _key_text(value) if self.any_yaml else ""
            self._complex_key(place)
            if not self.any_yaml:
                frame.key = _DROP
            elif len(text) > MAX_KEY:
                message = f"the key has more than {MAX_KEY:,} characters when written as JSON"
                self.findings.add("RW112", message, start, start + 1, "use a list of pairs instead")
                frame.key = _DROP
            else:
                self.key(text, start, frame.end)
            return
        frame.key = _EXPECT_KEY
        if key is not _DROP:
            frame.data[key] = value
            frame.children[key] = (frame.key_place, node)

    def _complex_key(self, place: int) -> None:
        start = place >> SHIFT
        end = start + (place & (1 << SHIFT) - 1)
        if self.findings.source.text[start - 1 : start + 1] == "{{":
            self.findings.add(
                "RW125",
                "unquoted `{{` begins a YAML mapping, not a template",
                start - 1,
                end + 1,
                "quote the whole value: '{{ … }}'",
                "warning" if self.any_yaml else "error",
            )
        elif not self.any_yaml:
            self.findings.add(
                "RW112", "a key must be text", start, end, "write the key as a plain or quoted string"
            )

    def _too_many(self, start: int) -> None:
        message = f"the document has more than {MAX_VALUES:,} values and keys"
        self.findings.add("RW106", message, start, start + 1, "split the file")
        raise AbandonError(start)

    def _too_deep(self, start: int) -> None:
        self.findings.add(
            "RW107",
            f"nested deeper than {MAX_DEPTH} levels",
            start,
            start + 1,
            "flatten the value",
        )
        raise AbandonError(start)


def _key_text(value: Json) -> str:
    """A key that is no text, as JSON."""
    try:
        return canonical_json(value).decode("utf-8", "surrogatepass")
    except ValueError:  # NaN and the infinities
        return str(value)
