"""YAML text to documents, over the event interface of ruamel.yaml's parsers: libyaml's, or its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml import events as kinds
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from rulewright.policy.diagnostics import shorten
from rulewright.policy.document_reader.builder import (
    SHIFT,
    AbandonError,
    BuiltDocument,
    DocumentBuilder,
    TooManyError,
)
from rulewright.policy.document_reader.scalars import find_trap, resolve_scalar
from rulewright.policy.document_reader.source_text import Findings
from rulewright.policy.document_reader.syntax_errors import explain_syntax_error
from rulewright.policy.document_reader.tags import HARMLESS_TAGS, short_tag, tagged_value

try:
    from _ruamel_yaml import CParser
except ImportError:  # no wheel of libyaml for this platform
    CParser = None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rulewright.policy.document_reader.scalars import Scalar

MAX_DOCUMENTS: Final = 1_000
_MAX_RESTARTS: Final = 20
"""After an error reading goes on at the next `---`; so often at most, since each time copies the rest."""

_LONGEST_PURE: Final = 200_000
"""Characters of a text that the parser in Python reads: two to three seconds."""
_COLON_IN_ANCHOR: Final = re.compile(r"(?:^|[\s\[{,])[&*][^\s,\[\]{}:]+:[^\s,\[\]{}]")
"""An anchor's name may hold a colon; libyaml ends it there."""
_SEPARATOR: Final = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_NO_SPACE: Final = re.compile(r"[\w.-]+:[^\s/]\S*")
_ESCAPED: Final = re.compile(r"\\u[dD][89a-fA-F]|\\U0000[dD][89a-fA-F]")
_LENGTH: Final = (1 << SHIFT) - 1
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def c_events(text: str) -> Iterator[Any]:
    """Events of libyaml. Raises ruamel's YAMLError for bad syntax."""
    parser = CParser(text.encode("utf-8", "surrogatepass"))
    while parser.check_event():
        yield parser.get_event()


def pure_events(text: str) -> Iterator[Any]:
    """The same events from the parser in Python, about eight times slower. Raises YAMLError, whatever it trips on:
    it asserts what a text need not hold, such as that a version is 1.1 or 1.2."""
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except (AssertionError, ArithmeticError, AttributeError, LookupError, TypeError) as error:
        raise YAMLError(str(error)) from error


def read_yaml(
    findings: Findings, events: Callable[[str], Iterator[Any]] | None = None, *, any_yaml: bool = False
) -> list[BuiltDocument]:
    """The documents of `findings.source` that could be read; what is wrong goes to `findings`.

    A document with a syntax error, or beyond a bound, is left out; reading goes on at the next `---`.
    `any_yaml`: what no policy may use is read as well: tags, merge keys, and keys that are not text.
    """
    text = findings.source.text
    produce = events or (pure_events if CParser is None else c_events)
    if events is None and produce is c_events and len(text) <= _LONGEST_PURE:
        # libyaml reads YAML 1.1: where it gives up, the slower parser may know better.
        for parser in (pure_events,) if _COLON_IN_ANCHOR.search(text) else (c_events, pure_events):
            trial = Findings(findings.source)
            try:
                built = _read_documents(trial, parser, any_yaml=any_yaml, whole=True)
            except _SyntaxError:
                continue
            findings.diagnostics.extend(trial.diagnostics)
            return built
    return _read_documents(findings, produce, any_yaml=any_yaml)


class _SyntaxError(Exception):
    """A parser gives up."""


def _read_documents(
    findings: Findings, produce: Callable[[str], Iterator[Any]], *, any_yaml: bool, whole: bool = False
) -> list[BuiltDocument]:
    """`whole`: raise _SyntaxError where the parser gives up."""
    text = findings.source.text
    out: list[BuiltDocument] = []
    base = 0
    for _ in range(_MAX_RESTARTS):
        reader = _Reader(findings, base, out, any_yaml=any_yaml)
        try:
            reader.read(produce(text[base:] if base else text))
            return out
        except TooManyError:
            return out
        except AbandonError as error:
            at = error.index
        except MarkedYAMLError as error:
            if whole and (any_yaml or "directive" not in str(error.context)):
                raise _SyntaxError from None
            at = _report(findings, error, base)
        except (YAMLError, ValueError) as error:
            # libyaml's reader, and the few conversions that the pure parser does before it checks.
            if whole:
                raise _SyntaxError from None
            at = base + int(getattr(error, "position", 0) or 0)
            findings.add("RW101", f"invalid YAML: {_first_line(error)}", at, at + 1)
        line = findings.source.position(at)[0]
        after = max(base + 1, reader.opened, findings.source.starts[line - 1])
        found = _SEPARATOR.search(text, after)
        if found is None:
            return out
        base = found.start()
    return out


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _report(findings: Findings, error: Any, base: int) -> int:
    """Records a parser's error; returns the index at which the parser failed."""
    text = findings.source.text
    mark = error.problem_mark or error.context_mark
    at = min(base + (mark.index if mark is not None else 0), len(text))
    opened = base + error.context_mark.index if error.context_mark is not None else None
    finding = explain_syntax_error(
        findings.source, str(error.problem or ""), str(error.context or ""), at, opened
    )
    findings.add(finding.code, finding.message, finding.start, finding.start + 1, finding.hint)
    return at


class _Reader:
    """Walks events into builders. A restart never goes back to `opened`, the index behind the last `---`."""

    __slots__ = ("any_yaml", "base", "builder", "findings", "opened", "out", "seen", "start")

    def __init__(self, findings: Findings, base: int, out: list[BuiltDocument], *, any_yaml: bool) -> None:
        self.findings = findings
        self.any_yaml = any_yaml
        self.base = base
        self.out = out
        self.opened = base
        self.start = base
        self.seen = 0
        self.builder = DocumentBuilder(findings, any_yaml=any_yaml)

    def read(self, events: Iterator[Any]) -> None:
        scalar, alias = kinds.ScalarEvent, kinds.AliasEvent
        mapping, sequence = kinds.MappingStartEvent, kinds.SequenceStartEvent
        ends = (kinds.MappingEndEvent, kinds.SequenceEndEvent)
        base = self.base
        builder = self.builder
        for event in events:
            kind = type(event)
            if kind is scalar:
                self._scalar(event, event.start_mark.index + base, event.end_mark.index + base)
            elif kind is mapping or kind is sequence:
                start = event.start_mark.index + base
                if event.tag is not None and str(event.tag) not in HARMLESS_TAGS and not self.any_yaml:
                    self._refuse_tag(event, start, event.end_mark.index + base)
                if kind is mapping:
                    builder.open_mapping(start, event.anchor)
                else:
                    builder.open_sequence(start, event.anchor)
            elif kind in ends:
                end = event.end_mark.index
                builder.close(end + base, flow=end > event.start_mark.index)
            elif kind is alias:
                builder.alias(event.anchor, event.start_mark.index + base, event.end_mark.index + base)
            elif kind is kinds.DocumentStartEvent:
                self.opened = event.end_mark.index + base
                builder = self.builder = DocumentBuilder(self.findings, any_yaml=self.any_yaml)
            elif kind is kinds.DocumentEndEvent:
                self._finish(builder, event.end_mark.index + base)

    def _scalar(self, event: Any, start: int, end: int) -> None:
        if event.tag is not None and str(event.tag) not in HARMLESS_TAGS:
            if self.any_yaml and not self.builder.wants_key:
                self.builder.scalar(self._tagged(event, start, end), start, end, event.anchor)
                return
            if not self.any_yaml:
                self._refuse_tag(event, start, end)
        is_plain = event.implicit[0] and event.tag != "!"  # `! 12` is a text
        if not is_plain:
            self._quoted_scalar(event, start, end)
        elif self.builder.wants_key:
            self._plain_key(event, start, end)
        else:
            self._plain_scalar(event, start, end)

    def _plain_key(self, event: Any, start: int, end: int) -> None:
        text: str = event.value
        if resolve_scalar(text) is not text and not self.any_yaml:
            self._refuse_key(text, start, end)
        elif text == "<<" and not self.any_yaml:
            hint = "write out the keys, or share templates, lists and facts with `include:`"
            self.findings.add("RW113", "merge keys (`<<`) are not supported", start, end, hint)
        self.builder.key(text, start, end, event.anchor)
        if text == "<<" and self.any_yaml:
            self.builder.merge_next()

    def _plain_scalar(self, event: Any, start: int, end: int) -> None:
        text: str = event.value
        value = resolve_scalar(text)
        if not text:
            key = self.builder.pending_key
            if key is not None and _NO_SPACE.fullmatch(key):
                self._report_missing_space(self.builder.pending_place, self.builder.pending_place + len(key))
        # One test for the common case: text that is neither short nor begins like a number has no trap.
        if value is not text or len(text) <= 3 or text[0] in "-+.0123456789":
            trap = find_trap(text, value)
            if trap is not None:
                self.findings.add(trap.code, trap.message, start, end, trap.hint, trap.severity)
        self.builder.scalar(value, start, end, event.anchor)

    def _quoted_scalar(self, event: Any, start: int, end: int) -> None:
        text: str = event.value
        surrogate = _SURROGATE.search(text)
        if surrogate is not None:
            text = _SURROGATE.sub("\ufffd", text)
            escape = _ESCAPED.search(self.findings.source.text, start, end)
            self.findings.add(
                "RW120",
                f"\\u{ord(surrogate.group()):04x} is half of a surrogate pair, not a character",
                escape.start() if escape is not None else start,
                end,
                "write the character itself, or \\U with eight digits",
            )
        if self.builder.wants_key:
            self.builder.key(text, start, end, event.anchor)
        else:
            self.builder.scalar(text, start, end, event.anchor)

    def _report_missing_space(self, start: int, end: int) -> None:
        self.findings.add(
            "RW123",
            "missing space after `:`",
            start,
            end,
            "write `key: value`, with a space",
            "warning" if self.any_yaml else "error",
        )

    def _refuse_key(self, text: str, start: int, end: int) -> None:
        if text == "":
            self.findings.add("RW112", "the key is empty", start, end, "add a key, or remove the colon")
            return
        shown = shorten(text, 40)
        self.findings.add("RW112", f"the key `{shown}` is not text", start, end, f'quote it: "{shown}"')

    def _refuse_tag(self, event: Any, start: int, end: int) -> None:
        message = f"the tag `{short_tag(str(event.tag))}` is not allowed"
        self.findings.add("RW114", message, start, end, "remove it; quote the value if it is text")

    def _tagged(self, event: Any, start: int, end: int) -> Scalar:
        try:
            return tagged_value(str(event.tag), event.value)
        except ValueError as error:
            self.findings.add("RW114", str(error), start, end, "remove the tag, or correct the value")
            return str(event.value)

    def _finish(self, builder: DocumentBuilder, end: int) -> None:
        start, self.start = self.start, end
        self.seen += 1
        if self.seen > MAX_DOCUMENTS or len(self.out) >= MAX_DOCUMENTS:
            message = f"the file has more than {MAX_DOCUMENTS:,} documents"
            self.findings.add("RW109", message, start, start + 1, "split it into several files")
            raise TooManyError(start)
        tree = builder.tree
        if builder.data is None and isinstance(tree, int) and not tree & _LENGTH:
            return  # nothing between two separators
        self.out.append(BuiltDocument(builder.data, tree, start, end))
        if isinstance(builder.data, str) and isinstance(tree, int):
            start = tree >> SHIFT
            if _NO_SPACE.fullmatch(self.findings.source.text[start:].strip()):
                self._report_missing_space(start, end)
