"""What the readers of tools share: names, and what a tool's file cannot give."""

from __future__ import annotations

from typing import Any

import pytest

from measurements.k6_shapes import encode, for_machines
from measurements.reading import RECORDED, choose, refuse
from rulewright.measurements.readers.table import READERS

FILES = {
    "pytest-benchmark": (RECORDED / "pytest-benchmark.json").read_bytes(),
    "locust": (RECORDED / "locust.json").read_bytes(),
    "autocannon": (RECORDED / "autocannon.json").read_bytes(),
    "junit": (RECORDED / "junit-pytest.xml").read_bytes(),
    "k6": encode(for_machines()),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"runs": "run"}, "is one run, so `runs` does not split it"),
        ({"select": {"bad": "a", "total": "b"}}, "use a name, and `aggregate: rate`"),
    ],
)
def test_what_only_json_and_tables_have(kind: str, arguments: Any, part: str) -> None:
    code, reason = refuse(READERS[kind], FILES[kind], choose(arguments=arguments))
    assert code == "unsuitable"
    assert part in reason


def test_every_kind_has_a_reader() -> None:
    assert list(READERS) == sorted(READERS)
    for kind, reader in READERS.items():
        if kind != "mlflow":
            assert refuse(reader, b"", choose("a"))[0] == "empty"
