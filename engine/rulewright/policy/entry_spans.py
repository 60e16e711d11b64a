"""The lines that each entry of a policy takes in its file: from its first key to the end of its last value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright.policy.document import read_documents
from rulewright.policy.json_types import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.document import Document


class EntrySpan(NamedTuple):
    """One entry. `line` and `column`, from 1, are those of its id, as in `Entry.position`. Comments and empty lines
    behind `last_line` belong to no entry."""

    id: str
    line: int
    column: int
    first_line: int
    last_line: int


def read_entry_spans(text: str, file: str = "policy.yaml") -> tuple[EntrySpan, ...]:
    """The skips, rules, objectives, transitions and test cases of a file, in its order.

    A document that cannot be read is left out; a name that ends with `.json` is read as JSON. An entry that is an alias
    counts where its anchor is.
    """
    documents, _ = read_documents(file, text.encode("utf-8", "surrogatepass"))
    found: dict[tuple[int, int], EntrySpan] = {}
    for document in documents:
        for span in _spans(document):
            found.setdefault((span.line, span.column), span)
    return tuple(found.values())


def entry_span(text: str, line: int, column: int | None = None, file: str = "policy.yaml") -> tuple[int, int]:
    """The first and last line of the entry whose id is on `line`; the line alone where there is none. `column` tells
    entries on one line apart."""
    for span in read_entry_spans(text, file):
        if span.line == line and column in (None, span.column):
            return span.first_line, span.last_line
    return line, line


def _spans(document: Document) -> Iterator[EntrySpan]:
    for section, entries in document.mapping.items():
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and (ident := as_text(entry.get("id"))) is not None:
                place = document.span((section, number, "id"))
                whole = document.span((section, number))
                yield EntrySpan(ident, place.line, place.column, whole.line, whole.end_line)
