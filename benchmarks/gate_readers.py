"""How long the readers of measurements take beside the parsers below them: `json.loads` and `csv.reader`.

Both get the same bytes; the reader also decodes them, checks every value and gives the sample.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator
from io import StringIO

from measure import Row, in_turns

from rulewright.measurements.reader import Selection
from rulewright.measurements.readers.table import READERS

JSON_LIMIT = 1.5
CSV_LIMIT = 3.0
ROWS = 50_000


def make_files() -> dict[str, tuple[str, bytes, Selection]]:
    """Name → kind, file, what is selected: `ROWS` values each, in shapes that tools write."""
    draw = random.Random(7)
    values = [draw.lognormvariate(-2, 0.5) for _ in range(ROWS)]
    stats = {"rounds": ROWS, "iterations": 1, "data": values}
    benchmark = {"name": "test_chat", "fullname": "tests/test_chat.py::test_chat", "stats": stats}
    document = {"datetime": "2026-01-05T09:00:00+00:00", "version": "5.3.1", "benchmarks": [benchmark]}
    cases = [
        {"id": f"case-{place}", "url": "http://localhost/chat", "ms": value, "ok": True, "tags": ["a", "b"]}
        for place, value in enumerate(values)
    ]
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    table = "id,path,latency,status\n" + "".join(
        f"{place},/chat,{value!r},200\n" for place, value in enumerate(values)
    )
    quoted = "id,path,latency,note\n" + "".join(
        f'{place},/chat,{value!r},"answered, at once"\n' for place, value in enumerate(values)
    )
    return {
        "pytest-benchmark, raw values": (
            "pytest-benchmark",
            json.dumps(document).encode(),
            Selection("test_chat", "p95"),
        ),
        "JSON, objects": ("json", json.dumps({"results": cases}).encode(), Selection("results[].ms", "p95")),
        "JSON, objects, indented": (
            "json",
            json.dumps({"results": cases}, indent=2).encode(),
            Selection("results[].ms", "p95"),
        ),
        "JSON Lines": ("jsonl", lines.encode(), Selection("ms", "p95")),
        "CSV": ("csv", table.encode(), Selection("latency", "p95")),
        "CSV with quotes": ("csv", quoted.encode(), Selection("latency", "p95")),
    }


def parse_plainly(kind: str, data: bytes) -> Callable[[], object]:
    """What the standard library alone does with the file."""
    text = data.decode()
    if kind == "csv":
        return lambda: list(csv.reader(StringIO(text, newline="")))
    if kind == "jsonl":
        return lambda: [json.loads(line) for line in text.splitlines()]
    return lambda: json.loads(text)


def rows() -> Iterator[Row]:
    """The ratios, each of one run."""
    for name, (kind, data, selection) in make_files().items():

        def read(kind: str = kind, data: bytes = data, selection: Selection = selection) -> object:
            return READERS[kind](data, selection)

        seconds = in_turns({"reader": read, "parser": parse_plainly(kind, data)}, turns=7, warm=1)
        asked = CSV_LIMIT if kind == "csv" else JSON_LIMIT
        parser = "csv.reader" if kind == "csv" else "json.loads"
        yield Row(f"reading {name} beside {parser}", seconds["reader"] / seconds["parser"], "×", asked)


if __name__ == "__main__":
    for row in rows():
        print(row.line())
