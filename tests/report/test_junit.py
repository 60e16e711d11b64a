"""JUnit: well-formed whatever a case holds, and with the structure that readers of it know."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.policy.diagnostics import Diagnostic, Span
from rulewright.policy.document import read_documents
from rulewright.report.junit import junit
from rulewright.testing.model import Case, CaseResult, CaseRun, FileResult, Problem

SPAN = Span("a.test.yaml", 3, 5)
(DOCUMENT,), _ = read_documents("a.test.yaml", b"cases:\n  - id: one\n")

# What readers of JUnit ask for: element → (attributes it must have, children it may have).
SHAPE = {
    "testsuites": ({"name", "tests", "failures", "errors", "skipped"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped"}, {"testcase"}),
    "testcase": ({"classname", "name"}, {"failure", "error"}),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
}


def judged(status, *problems):
    return CaseResult(Case("one", 0, {}, DOCUMENT), status, problems)


def check(text):
    root = ElementTree.fromstring(text.encode("utf-8"))
    for element in root.iter():
        attributes, children = SHAPE[element.tag]
        assert attributes <= set(element.attrib)
        assert {child.tag for child in element} <= children
    assert root.tag == "testsuites"
    for suite in root:
        assert int(suite.get("tests")) == len(suite)
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors")) == len(suite.findall("testcase/error"))
    for name in ("tests", "failures", "errors"):
        assert int(root.get(name)) == sum(int(suite.get(name)) for suite in root)
    return root


def test_structure():
    failed = judged("failed", Problem("a & b", SPAN, ("− x", "+ <y>")), Problem("second", SPAN, hint="do z"))
    wrong = judged("error", Problem("no such rule", SPAN, code="RW601"))
    broken = FileResult("b.test.yaml", "b.yaml", (), (Diagnostic("RW203", "unknown key", SPAN),))
    files = (FileResult("a.test.yaml", "a.yaml", (judged("passed"), failed, wrong)), broken)
    root = check(junit(CaseRun(files, ())))
    assert [suite.get("name") for suite in root] == ["a.test.yaml", "b.test.yaml"]
    passed, failure, error = root[0]
    assert len(passed) == 0
    assert passed.get("line") == "2"
    assert failure[0].get("message") == "a & b"
    assert "− x" in failure[0].text
    assert "+ <y>" in failure[0].text
    assert "hint: do z" in failure[0].text
    assert error[0].get("type") == "RW601"
    assert root[1][0][0].get("type") == "RW203"


@settings(max_examples=150)
@given(st.text(st.characters(codec=None), max_size=30), st.text(st.characters(codec=None), max_size=30))
def test_any_text_is_well_formed(message, detail):
    root = check(
        junit(CaseRun((FileResult("a", "b", (judged("failed", Problem(message, SPAN, (detail,))),)),), ()))
    )
    assert root[0][0][0].tag == "failure"


@pytest.mark.parametrize("control", ["\x00", "\x08", "\x0b", "\x1b", "\x7f", "\ud800", "\ufffe"])
def test_controls_are_replaced(control):
    run = CaseRun((FileResult("a", "b", (judged("failed", Problem(f"x{control}y", SPAN)),)),), ())
    assert control not in junit(run)
    assert check(junit(run))[0][0][0].get("message") == "x\ufffdy"
