"""The public test suite of YAML: what `validate --schema` reads, and what its parsers do not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from external_data import yaml_files
from rulewright.policy.document import read_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

PARSER: Final = {
    # a colon on the line after its key, between brackets
    *("4MUZ-1", "4MUZ-2", "5MUD-0", "9SA2-0", "K3WX-0", "NJ66-0", "UT92-0", "VJP3-1"),
    # tabs behind `-`, or on lines that are otherwise empty
    *("6BCT-0", "A2M4-0", "DK95-0", "DK95-3", "DK95-4", "R4YG-0", "Y79Y-10"),
    # `...` with nothing before it, and keys of which there is only a tag or a colon
    *("HWV9-0", "M7A3-0", "QT73-0", "CFD4-0", "WZ62-0"),
    "BEC7-0",  # a version of YAML that does not exist yet
}
"""Valid cases that neither parser of ruamel.yaml reads; they are told as errors."""
NO_JSON: Final = {"2JQS-0", "X38W-0"}
"""One key twice, once keys are text."""
OTHERWISE: Final = {"652Z-0", "HM87-1", "L24T-1"}
"""Read in another way than the suite has it: `?` at the start of a key between brackets, and a last line of blanks."""
ACCEPTED: Final = {
    *(
        "9C9N-0",
        "9HCY-0",
        "9JBA-0",
        "CVW2-0",
        "DK95-1",
        "EB22-0",
        "G5U8-0",
        "MUS6-0",
        "MUS6-1",
        "QB6E-0",
        "RHX7-0",
    ),
    *("S98Z-0", "SU5Z-0", "U99R-0", "X4QW-0", "Y79Y-3", "YJV2-0"),
}
"""Invalid cases that libyaml reads: indentation and comments that the specification forbids."""


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in yaml_files():
        for number, case in enumerate(json.loads(path.read_bytes()).get("cases", ())):
            yield f"{path.stem}-{number}", case


def values(text: str) -> list[Any]:
    """The JSON values that follow one another in a text."""
    decoder, found = json.JSONDecoder(), []
    while text := text.strip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


CASES: Final = dict(cases())


@pytest.mark.parametrize("name", CASES)
def test_a_case(name: str) -> None:
    case = CASES[name]
    documents, findings = read_documents("case.yaml", case["yaml"].encode(), any_yaml=True)
    refused = any(found.severity == "error" for found in findings)
    if case.get("fail"):
        assert refused == (name not in ACCEPTED)
        return
    assert refused == (name in PARSER | NO_JSON)
    if case.get("json") is None or refused:
        return
    read = [document.data for document in documents]
    expected = [value for value in values(case["json"]) if value is not None]  # empty documents are left out
    assert (read == expected) == (name not in OTHERWISE)


def test_most_cases_are_read() -> None:
    valid = [name for name, case in CASES.items() if not case.get("fail")]
    assert (len(CASES), len(valid)) == (402, 308)
    assert CASES.keys() >= PARSER | NO_JSON | OTHERWISE | ACCEPTED
