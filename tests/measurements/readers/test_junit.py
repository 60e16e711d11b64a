"""JUnit XML: the cases count, and the attributes of suites do not."""

from __future__ import annotations

import pytest

from measurements.reading import RECORDED, choose, read_values, refuse
from rulewright.measurements.readers.junit import read_junit
from rulewright.measurements.sample import Count

RECORDED_FILE = (RECORDED / "junit-pytest.xml").read_bytes()
FAILURES = choose("failures", "rate")


def suite(*cases: str, attributes: str = "") -> bytes:
    """A report of one suite."""
    return f'<?xml version="1.0"?>\n<testsuite name="s" {attributes}>\n{chr(10).join(cases)}\n</testsuite>\n'.encode()


PASSED = '<testcase classname="c" name="a" time="0.5"/>'
FAILED = '<testcase classname="c" name="b" time="1.5"><failure/></testcase>'
ERRORED = '<testcase classname="c" name="e" time="2"><error/></testcase>'
SKIPPED = '<testcase classname="c" name="s" time="0"><skipped/></testcase>'


def test_a_recorded_report() -> None:
    reading = read_junit(RECORDED_FILE, FAILURES)
    assert reading.runs[0].events == Count(3, 5)
    assert reading.time == reading.runs[0].time == "2026-11-29T20:47:11Z"
    assert (reading.unit, reading.warnings) == ("", ())
    assert read_junit(RECORDED_FILE, choose("skipped", "rate")).runs[0].events == Count(2, 7)
    assert read_values(read_junit, RECORDED_FILE, choose("tests")) == [7]
    (run,) = read_junit(RECORDED_FILE, choose("time", "p95")).runs
    assert (list(run.values), run.failed) == ([0.021, 0.001], 3)
    assert read_junit(RECORDED_FILE, choose("time")).unit == "s"
    for select in ("test_answer", "test_chat.TestChat.test_answer"):
        assert read_values(read_junit, RECORDED_FILE, choose(select)) == [0.021]


def test_failures_are_the_default() -> None:
    assert read_junit(RECORDED_FILE, choose(aggregate="rate")).runs[0].events == Count(3, 5)


@pytest.mark.parametrize(
    ("cases", "bad", "ran", "skipped"),
    [
        ((PASSED,), 0, 1, 0),
        ((PASSED, FAILED, ERRORED, SKIPPED), 2, 3, 1),
        (('<testcase name="a"><skipped/><failure/><error/></testcase>',), 1, 1, 0),
        (('<testcase name="a"><failure/></testcase>', '<testcase name="a"/>', PASSED), 1, 2, 0),
        (('<testcase name="a"/>', '<testcase name="a"><error/></testcase>', PASSED), 1, 2, 0),
        ((PASSED, '<testcase name="d" status="disabled"/>'), 0, 1, 1),
        ((PASSED, '<testcase name="d" status="notrun" result="suppressed"/>'), 0, 1, 1),
        ((PASSED, '<testcase name="d" status="run" result="completed"/>'), 0, 2, 0),
        ((PASSED, '<testcase name="f"><flakyFailure/></testcase>'), 1, 2, 0),
        ((PASSED, "<testsuite name='n'><testsuite name='m'>" + FAILED + "</testsuite></testsuite>"), 1, 2, 0),
        ((PASSED, '<error message="no import"/>'), 1, 2, 0),
        ((PASSED, "<properties><property name='failure' value='1'/></properties><system-out>x</system-out>"), 0, 1, 0),
    ],
)  # fmt: skip
def test_the_worst_of_a_case_counts(cases: tuple[str, ...], bad: int, ran: int, skipped: int) -> None:
    assert read_junit(suite(*cases), FAILURES).runs[0].events == Count(bad, ran)
    assert read_junit(suite(*cases), choose("skipped", "rate")).runs[0].events == Count(
        skipped, ran + skipped
    )


def test_attributes_are_not_believed() -> None:
    reading = read_junit(suite(PASSED, FAILED, attributes='tests="9" failures="0" errors="0"'), FAILURES)
    assert reading.runs[0].events == Count(1, 2)
    assert reading.warnings == ("the suite `s` claims 9 tests, and has 2",)
    fewer = read_junit(suite(PASSED, FAILED, attributes='tests="1" failures="x" errors="-1"'), FAILURES)
    assert (fewer.runs[0].events, fewer.warnings) == (Count(1, 2), ())


def test_a_failure_that_is_claimed_and_not_there() -> None:
    code, reason = refuse(read_junit, suite(PASSED, attributes='failures="1"'), FAILURES)
    assert code == "not_finite"
    assert reason == "cases are missing: the suite `s` claims 1 failures and errors, and its cases have 0"
    both = '<testcase name="b"><failure/><error/></testcase>'
    reading = read_junit(suite(both, attributes='failures="1" errors="1"'), FAILURES)
    assert reading.runs[0].events == Count(1, 1)


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (suite(), "it has no test case"),
        (suite(attributes='tests="6" failures="1"'), "it has no test case; the suite `s` claims 1 failures"),
        (suite(attributes='tests="6"'), "it has no test case; the suite `s` claims 6 tests, and has 0"),
        (b"<testsuites/>", "it has no test case"),
        (suite(SKIPPED), "all 1 cases were skipped"),
        (b"", "the file is empty"),
    ],
)
def test_no_case_is_no_data(data: bytes, part: str) -> None:
    code, reason = refuse(read_junit, data, FAILURES)
    assert code == "empty"
    assert part in reason


def test_times() -> None:
    (run,) = read_junit(suite(PASSED, FAILED, SKIPPED), choose("time", "p95")).runs
    assert (list(run.values), run.failed) == ([0.5], 1)
    grouped = '<testcase name="long" time="1,234.5"/>'
    assert read_values(read_junit, suite(grouped), choose("long")) == [1234.5]


@pytest.mark.parametrize(
    ("cases", "select", "code", "part"),
    [
        ((FAILED,), "b", "all_failed", "1 of the 1 cases selected failed"),
        ((SKIPPED,), "s", "empty", "none passed"),
        ((FAILED, SKIPPED), "time", "all_failed", "1 of the 2 cases selected failed, and none passed"),
        (('<testcase name="n"/>',), "n", "not_finite", "`time` of the case `n` is missing"),
        (('<testcase name="n" time="NaN"/>',), "n", "not_finite", "`time` of the case `n` is nan"),
        (('<testcase name="n" time="0,5"/>',), "n", "unreadable", "is a text (`0,5`)"),
        (('<testcase name="n" time="-1"/>',), "n", "unreadable", "negative"),
        ((PASSED, '<testcase classname="d" name="a"/>'), "a", "ambiguous", "2 cases are named `a`: c.a, d.a"),
        ((PASSED,), "c.b", "no_match", "no case is named `c.b`"),
        (('<testcase classname="c"/>',), "failures", "unreadable", "line 3: a test case has no name"),
    ],
)
def test_bad_cases(cases: tuple[str, ...], select: str, code: str, part: str) -> None:
    found, reason = refuse(read_junit, suite(*cases), choose(select))
    assert found == code
    assert part in reason


def test_the_oldest_time_counts() -> None:
    def dated(text: str) -> str:
        return f'<testsuite timestamp="{text}">{PASSED}</testsuite>'

    both = suite(dated("2026-01-05T08:00:00Z"), dated("2026-01-04T08:00:00+00:00"))
    assert read_junit(both, FAILURES).time == "2026-01-04T08:00:00Z"
    reading = read_junit(suite(dated("2026-01-05T08:00:00"), dated("2026-01-04T08:00:00Z")), FAILURES)
    assert reading.time == ""
    assert reading.warnings == (
        "the time `2026-01-05T08:00:00` has no zone, so the age of the measurement is unknown",
    )


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b'<?xml version="1.0"?>\n<!DOCTYPE s [<!ENTITY a "b">]>\n<testsuite/>', "line 2: a document type or an"),
        (b'<!DOCTYPE s SYSTEM "file:///etc/passwd"><testsuite/>', "line 1: a document type or an entity"),
        (suite("<testcase name='&unknown;'/>"), "line 3, column 1: undefined entity"),
        (suite(PASSED)[:-8], "the file seems to be cut off"),
        (suite(PASSED, "</testcase>"), "line 4, column 3: mismatched tag"),
        (b"<html><body/></html>", "line 1: <html> is no suite of JUnit XML"),
        (suite("<a>" * 200 + "</a>" * 200), "line 3: it is nested more than 100 levels deep"),
        (suite(PASSED).replace(b'"a"', b'"\xe9"'), "is not UTF-8"),
        (suite(PASSED).decode().encode("utf-16"), "it is UTF-16 or UTF-32"),
        (suite(PASSED) + b"\0", "is NUL"),
        (b"not xml", "line 1, column 1: syntax error"),
    ],
)  # fmt: skip
def test_bad_xml_is_told_with_its_place(data: bytes, part: str) -> None:
    code, reason = refuse(read_junit, data, FAILURES)
    assert code == "unreadable"
    assert part in reason


def test_the_encoding_is_that_of_the_bytes() -> None:
    declared = (
        '<?xml version="1.0" encoding="iso-8859-1"?><testsuite><testcase name="é" time="1"/></testsuite>'
    )
    assert read_values(read_junit, b"\xef\xbb\xbf" + declared.encode(), choose("é")) == [1]
