from __future__ import annotations

import re

import pytest

from rulewright.policy.codes import CODES
from rulewright.policy.codes.code import Code, table


def test_codes_are_in_order_and_named_once() -> None:
    assert all(re.fullmatch(r"RW[1-8][0-9]{2}", code) for code in CODES)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.name) for entry in CODES.values())
    assert len({entry.name for entry in CODES.values()}) == len(CODES)


def test_every_page_has_its_parts() -> None:
    for entry in CODES.values():
        assert entry.summary.endswith("."), entry.code
        assert entry.fix, entry.code


def test_a_code_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="RW101"):
        table(Code("RW101", "a", "A."), Code("RW101", "b", "B."))


def test_reading_examples_give_their_code() -> None:
    from rulewright.policy.codes.reading import READING
    from rulewright.policy.document import read_documents

    shown = 0
    for entry in READING:
        if not entry.example or entry.code >= "RW140" or "…" in entry.example or "and so on" in entry.example:
            continue
        file = "f.json" if entry.code == "RW127" else "f.yaml"
        found = {one.code for one in read_documents(file, entry.example.encode())[1]}
        assert entry.code in found, entry
        shown += 1
    assert shown >= 20
