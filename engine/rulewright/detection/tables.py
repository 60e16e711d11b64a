"""Word lists and numbers of detection, read from `tables.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

_TABLES: Final[dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))

IBAN_LENGTHS: Final[dict[str, int]] = {
    country: int(size) for size, countries in _TABLES["iban_lengths"].items() for country in countries.split()
}
"""Country → length of its account numbers, from the SWIFT registry."""
SCRIPT_WORDS: Final[dict[str, str]] = _TABLES["script_words"]
"""Words for a password in scripts whose letters would be lost → names of as many characters that stand for them."""


def read_table(name: str) -> tuple[str, ...]:
    """The entries of a table, in their order."""
    table = _TABLES[name]
    return tuple(" ".join(table.values() if isinstance(table, dict) else table).split())
