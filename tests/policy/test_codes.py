"""The texts of the diagnostic codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from rulewright.policy import codes
from rulewright.policy.codes import load_codes
from rulewright.policy.document import read_documents

if TYPE_CHECKING:
    from pathlib import Path


def test_codes_have_numbers_and_names_of_their_own() -> None:
    table = load_codes()
    assert all(re.fullmatch(r"RW[1-8][0-9]{2}", code) for code in table)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.name) for entry in table.values())
    assert len({entry.name for entry in table.values()}) == len(table)


def test_every_page_has_its_parts() -> None:
    for entry in load_codes().values():
        assert entry.summary.endswith("."), entry.code
        assert entry.fix, entry.code


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (
            ("RW101: { name: a, summary: A. }\n", "RW101: { name: b, summary: B. }\n"),
            "RW101 is defined twice",
        ),
        (("RW101: { name: a, summary: A. }\nRW101: { name: b, summary: B. }\n", "{}"), "line 2"),
    ],
)
def test_a_code_twice_is_refused(
    texts: tuple[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in zip(("first", "second"), texts, strict=True):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(codes, "_FILES", ("first", "second"))
    monkeypatch.setattr(codes, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(ValueError, match=message):
        load_codes.__wrapped__()


def test_reading_examples_give_their_code() -> None:
    checked = 0
    for entry in load_codes().values():
        if entry.code >= "RW140" or not entry.example or "…" in entry.example or "and so on" in entry.example:
            continue
        file = "f.json" if entry.code == "RW127" else "f.yaml"
        found = {finding.code for finding in read_documents(file, entry.example.encode())[1]}
        assert entry.code in found, entry
        checked += 1
    assert checked >= 20
