"""Outputs of a run: no name and no value sets another output, or ends its own early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rulewright.github.port import write_output
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from pathlib import Path


def read_back(text: str) -> dict[str, str]:
    """What Actions makes of the file: `name<<end`, lines up to the end."""
    out, lines = {}, iter(text.split("\n"))
    for line in lines:
        if line:
            name, _, end = line.partition("<<")
            assert end
            value = []
            while (found := next(lines)) != end:
                value.append(found)
            out[name] = "\n".join(value)
    return out


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("one", "one"),
        ("a\nPATH=/evil", "a\nPATH=/evil"),
        ("a\nx<<EOF\nb\nEOF", "a\nx<<EOF\nb\nEOF"),
        ("a\r\nb\r", "a\r\nb\r"),
        ("\ud800", "\\ud800"),
        ("", ""),
        (True, "true"),
        (1.5, "1.5"),
        (["a", "b\nc"], '["a", "b\\nc"]'),
    ],
)
def test_a_value_comes_back_as_it_was(tmp_path: Path, value: Any, text: str) -> None:
    target = tmp_path / "out"
    write_output({"name": "first", "value": value}, {"GITHUB_OUTPUT": str(target)})
    write_output({"name": "second", "value": "x"}, {"GITHUB_OUTPUT": str(target)})
    assert read_back(target.read_bytes().decode()) == {"first": text, "second": "x"}


@pytest.mark.parametrize(
    "name", ["a\nPATH=/evil", "a\n", "a=b", "a<<b", "", "1a", "a b", "ä", "a\x00", None, 3]
)
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: Any) -> None:
    target = tmp_path / "out"
    with pytest.raises(SourceError, match="is not a valid output name") as caught:
        write_output({"name": name, "value": "x"}, {"GITHUB_OUTPUT": str(target)})
    assert "\n" not in caught.value.message
    assert not target.exists()
