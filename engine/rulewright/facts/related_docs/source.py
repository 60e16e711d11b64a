"""The source `related_docs`: documents of the checkout, ranked by BM25 over path, title, headings and text.

related: { related_docs: docs, in: [issue.title, issue.body], limit: 3 }
related: { related_docs: { paths: [docs, "README*"] } }
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rulewright.events.model import Absent
from rulewright.events.texts import read_texts
from rulewright.facts.related_docs.files import find_checkout, find_documents
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.fact_sources.subject import RELATED_DOCS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from rulewright.events.model import Event
    from rulewright.facts.related_docs.files import CheckoutDocument
    from rulewright.program.named_facts import Need

LIMIT: Final = 5
WHERE: Final = ("docs", "README*")
"""Where to look when an object names no paths."""
TERMS: Final = 24
"""Words of an issue that are searched for: those that the fewest documents have."""
SHARE: Final = 0.35
"""A document whose score is below this share of the best one's is not related, it only shares a word."""
_WORD: Final = re.compile(r"[^\W_]{2,40}")
_LONGEST: Final = 20_000
_STOP: Final = frozenset(Path(__file__).with_name("stop_words.txt").read_text("utf-8").split())
"""Words that say nothing of what an issue is about; those of issue forms among them."""


class RelatedDocs:
    """Searches the checkout that the process stands in; reads it once for as long as it stays the same."""

    def __init__(self, root: str | None = None) -> None:
        self.root = root

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, object]:
        """Fact → `{count, documents: [{path, title, score}]}`, best first. Paths and titles, never texts."""
        root = self.root or find_checkout()
        out: dict[str, object] = {}
        for request in requests:
            arguments = request.arguments
            where = arguments["related_docs"]
            paths = tuple(where["paths"]) if isinstance(where, dict) else (where,)
            try:
                known = tuple(find_documents(root, paths or WHERE))
            except SourceError as error:
                out[request.name] = Absent(error.message, failed=True)
                continue
            text = "\n".join(read_texts(event.payload, arguments.get("in") or RELATED_DOCS.default_paths))
            found = search_documents(known, text, arguments.get("limit", LIMIT))
            out[request.name] = {"count": len(found), "documents": found}
        return out


def search_documents(
    known: tuple[CheckoutDocument, ...], text: str, limit: int = LIMIT
) -> list[dict[str, object]]:
    """The documents that are about the text, best first by BM25: `{path, title, score}`.

    `score`: the share of what the text speaks of that the document speaks of too, its words weighed by how few
    documents have them (inverse document frequency), from 0 to 1. BM25 itself says which document fits best, but
    not whether any does: it grows with the number of words.
    """
    words = dict.fromkeys(word.lower() for word in _WORD.findall(text[:_LONGEST]))
    index = _index(known)
    holders = {word: _holders(index, word) for word in words if word not in _STOP and not word.isdigit()}
    # A word that most documents have tells none apart.
    rare = [word for word, rows in holders.items() if 0 < len(rows) <= max(1, len(known) // 2)]
    chosen = sorted(rare, key=lambda word: (len(holders[word]), word))[:TERMS]
    if not chosen:
        return []
    weights = {word: log((len(known) + 1) / (len(holders[word]) + 0.5)) for word in chosen}
    # What no document speaks of counts against all of them, each such word as much as a known one does.
    unknown = sum(not rows for rows in holders.values())
    whole = sum(weights.values()) * (1 + min(unknown, TERMS) / len(chosen))
    query = " OR ".join(f'"{word}"' for word in chosen)
    rows = index.execute(
        "SELECT rowid, -bm25(docs, 2.0, 5.0, 2.0, 1.0) AS score FROM docs WHERE docs MATCH ? "
        "ORDER BY score DESC, rowid LIMIT ?",
        (query, limit),
    ).fetchall()
    best = max((score for _, score in rows), default=0.0)
    return [
        {
            "path": known[row].path,
            "title": known[row].title,
            "score": round(_shared_weight(row, weights, holders) / whole, 4),
        }
        for row, score in rows
        if score > 0 and score >= SHARE * best
    ]


def _shared_weight(row: int, weights: Mapping[str, float], holders: Mapping[str, frozenset[int]]) -> float:
    """The sum of the weights of those words that a document has."""
    return sum(weight for word, weight in weights.items() if row in holders[word])


def _holders(index: sqlite3.Connection, word: str) -> frozenset[int]:
    """The documents that have the word."""
    rows = index.execute("SELECT rowid FROM docs WHERE docs MATCH ?", (f'"{word}"',))
    return frozenset(int(row) for (row,) in rows)


@lru_cache(maxsize=8)
def _index(known: tuple[CheckoutDocument, ...]) -> sqlite3.Connection:
    """An index in memory; one for each set of documents."""
    import sqlite3

    index = sqlite3.connect(":memory:", check_same_thread=False)
    index.execute(
        "CREATE VIRTUAL TABLE docs USING fts5(path, title, headings, text, content='', "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )
    index.executemany(
        "INSERT INTO docs(rowid, path, title, headings, text) VALUES (?, ?, ?, ?, ?)",
        ((row, re.sub(r"[/._-]", " ", one.path), *one[1:]) for row, one in enumerate(known)),
    )
    return index
