"""Wrong documents, each with everything that is said about it: code, place, message.

`<kinds>` in an expected message stands for the names of all kinds of policy.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rulewright.policy.case_checks import check_cases
from rulewright.policy.codes import load_codes
from rulewright.policy.diagnostics import ordered
from rulewright.policy.document import read_documents
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.kinds import KIND_NAMES
from rulewright.policy.measurement_checks import check_measurement
from rulewright.policy.policy_parser import parse_policy
from rulewright.policy.policy_reader import schema_name

KINDS = ", ".join(f"`{name}`" for name in KIND_NAMES)
TABLES = sorted((Path(__file__).parent / "shapes").glob("*.yaml"))


def rows():
    for table in TABLES:
        (document,), _ = read_documents(str(table), table.read_bytes())
        for row in document.data:
            expected = [line.replace("<kinds>", KINDS) for line in row["expect"]]
            yield pytest.param(row["text"], expected, id=f"{table.stem}: {row['name']}")


def findings_of(text: str):
    documents, findings = read_documents("policy.yaml", text.encode())
    found = list(findings)
    for document in documents:
        name = schema_name(document)
        found += check_document(document, name)
        if name == "measurement":
            found += check_measurement(document)
        if name == "test":
            # the policy file that a test names is not there
            found += [finding for finding in check_cases(document) if finding.code != "RW224"]
        if name == "policy":
            found += parse_policy(document)[1]
    return ordered(found)


@pytest.mark.parametrize(("text", "expected"), list(rows()))
def test_wrong_document(text, expected):
    found = findings_of(text)
    assert [f"{f.code} {f.span.line}:{f.span.column} {f.message}" for f in found] == expected
    assert expected, "a wrong document must be told what is wrong with it"
    lines = text.split("\n")
    for finding in found:
        assert finding.code in load_codes()
        assert finding.source == lines[finding.span.line - 1]


def test_there_are_enough_wrong_documents():
    assert len(list(rows())) >= 60
