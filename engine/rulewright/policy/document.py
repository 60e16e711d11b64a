"""YAML and JSON documents as plain data, with the place of every key and value.

`read_documents` never raises for what a file holds: it gives documents, or diagnostics, or both (a document
with a duplicate key is still a document, so that its other errors are found in the same run).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING

from rulewright.policy.diagnostics import Diagnostic, Span, has_errors, ordered
from rulewright.policy.document_reader.builder import SHIFT
from rulewright.policy.document_reader.encoding import CONTROL, decode
from rulewright.policy.document_reader.json_parser import read_json
from rulewright.policy.document_reader.source_text import MAX_FINDINGS, Findings, Source
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from rulewright.policy.diagnostics import Severity
    from rulewright.policy.document_reader.builder import BuiltDocument, Places
    from rulewright.policy.json_types import Json, JsonObject

Path = tuple[str | int, ...]
"""Where a value stands in a document: `("rules", 0, "when")`."""

_LENGTH = (1 << SHIFT) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One document of a file.

    `data` is plain: dict with text keys, list, str, int, float, bool, None. Parts that YAML aliases name are
    the same object in several places: never change it. `index` counts the documents of the file from 0, empty
    ones left out. `sha256` is over the document's own text, comments included, as 64 hexadecimal digits.
    """

    data: Json
    file: str
    index: int
    sha256: str
    source: Source = field(repr=False)
    tree: Places = field(repr=False)

    def span(self, path: Path, *, key: bool = False) -> Span:
        """The place of the value at `path`, or with `key` that of its key.

        What does not exist takes the place of its nearest ancestor that does; an empty value that of its key.
        """
        node, own_key = self.tree, None
        for part in path:
            if isinstance(node, int):
                break
            children = node[1]
            if isinstance(children, dict):
                found = children.get(part) if isinstance(part, str) else None
                if found is None:
                    break
                own_key, node = found
            elif isinstance(part, int) and not isinstance(part, bool) and 0 <= part < len(children):
                own_key, node = None, children[part]
            else:
                break
        place = node if isinstance(node, int) else node[0]
        if own_key is not None and (key or not place & _LENGTH):
            place = own_key
        start = place >> SHIFT
        return self.source.span(start, start + (place & _LENGTH))

    @property
    def mapping(self) -> JsonObject:
        """The data of a document that is a mapping; an empty mapping for any other."""
        return as_object(self.data) or {}

    def source_line(self, number: int) -> str:
        """Line `number` of the file, from 1, without its line break; empty when there is none."""
        return self.source.line(number)

    def diagnostic(
        self,
        code: str,
        message: str,
        path: Path = (),
        *,
        key: bool = False,
        hint: str | None = None,
        severity: Severity = "error",
    ) -> Diagnostic:
        """A finding at `path`, with its source line."""
        span = self.span(path, key=key)
        return Diagnostic(code, message, span, severity, hint, self.source.line(span.line))


def read_documents(
    file: str, data: bytes, *, any_yaml: bool = False
) -> tuple[tuple[Document, ...], tuple[Diagnostic, ...]]:
    """The documents of one file, and what is wrong with it, sorted by place.

    `file` is the name for messages; a name that ends with `.json` is read as JSON, all else as YAML 1.2.
    `any_yaml`: tags, merge keys and keys that are not text are read as well; our own formats have none of them.
    Bounds: 5 MB, 64 levels, 1,000 documents, 100,000 values by aliases. Never raises for what `data` holds.
    """
    text = decode(file, data)
    if isinstance(text, Diagnostic):
        return (), (text,)
    findings = Findings(Source.of(file, text))
    text = _without_controls(findings, text)
    source = findings.source if text == findings.source.text else Source.of(file, text)
    findings.source = source
    built = _read(findings, any_yaml=any_yaml)
    if not built and not findings.diagnostics:
        findings.add("RW128", "the file contains no document", 0, 0, None, "info")
    documents = tuple(
        Document(
            item.data,
            file,
            index,
            sha256(text[item.start : item.end].encode("utf-8", "surrogatepass")).hexdigest(),
            source,
            item.tree,
        )
        for index, item in enumerate(built)
    )
    return documents, ordered(findings.diagnostics)


def _read(findings: Findings, *, any_yaml: bool) -> list[BuiltDocument]:
    from rulewright.policy.document_reader.yaml_parser import read_yaml

    source = findings.source
    if source.file.endswith(".json"):
        return read_json(findings)
    trial = Findings(source)
    built = read_yaml(trial, any_yaml=any_yaml)
    if has_errors(trial.diagnostics) and source.text.lstrip()[:1] in ("{", "["):
        as_json = Findings(source)
        read = read_json(as_json)
        if read and not as_json.diagnostics:
            return read
    findings.diagnostics.extend(trial.diagnostics)
    return built


def _without_controls(findings: Findings, text: str) -> str:
    """Reports control characters and puts U+FFFD in their place, so that the rest is still checked."""
    if CONTROL.search(text) is None:
        return text
    for found in islice(CONTROL.finditer(text), MAX_FINDINGS):
        findings.add(
            "RW105",
            f"the control character U+{ord(found.group()):04X} is not allowed in a text file",
            found.start(),
            found.end(),
            "remove it, or write it in double quotes as \\x and two digits",
        )
    return CONTROL.sub("\ufffd", text)
