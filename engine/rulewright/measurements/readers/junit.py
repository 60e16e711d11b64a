"""JUnit XML, which test runners write (pytest, Maven, Gradle, Jest, GoogleTest).

`select` is one of

| select | gives |
|---|---|
| `failures` (the default) | cases that failed or errored, among those that ran |
| `skipped` | skipped or disabled cases, among all |
| `tests` | the number of cases |
| `time` | the seconds of each case that passed |
| a case, `CLASSNAME.NAME` or its name | the seconds of that case |

Cases are counted, and the worst that is said of a case counts: one that failed and then passed has failed. The counts
in the attributes of suites are not believed; they only tell that cases are missing. A suite of no cases is empty.
"""

from __future__ import annotations

from rulewright.measurements.reader import Reading, Selection, UnusableSource
from rulewright.measurements.readers.junit_report import FAILED, PASSED, SKIPPED, Case, parse_report
from rulewright.measurements.readers.moments import read_time
from rulewright.measurements.readers.numbers import read_values
from rulewright.measurements.readers.series import (
    choose_name,
    refuse_expressions,
)
from rulewright.measurements.readers.text import decode_text
from rulewright.measurements.sample import Count, Run


def read_junit(data: bytes, selection: Selection) -> Reading:
    """The outcomes, or the times, of the cases. Raises UnusableSource."""
    refuse_expressions(selection, "a test runner")
    report = parse_report(decode_text(data))
    cases = _merge(report.cases)
    if not cases:
        claims = [f"; {claim}" for claim in (*report.missing_failures, *report.missing_cases)]
        raise UnusableSource("empty", "it has no test case" + "".join(claims[:1]))
    if report.missing_failures:
        raise UnusableSource("not_finite", f"cases are missing: {report.missing_failures[0]}")
    run, unit = _measure(cases, selection.select or "failures")
    times = [read_time(text) for text in report.timestamps]
    time = min((known for known, _ in times), default="")
    warnings = tuple(dict.fromkeys(text for _, texts in times for text in texts))
    return Reading(
        runs=(run._replace(time=time),),
        unit=unit,
        time=time,
        warnings=(*warnings[:1], *report.missing_cases[:1]),
    )


def _measure(cases: list[Case], select: str) -> tuple[Run, str]:
    """What is selected, and its unit."""
    failed = sum(case.outcome == FAILED for case in cases)
    skipped = sum(case.outcome == SKIPPED for case in cases)
    if select == "tests":
        return Run(values=[float(len(cases))]), ""
    if select == "skipped":
        return Run(events=Count(skipped, len(cases))), ""
    if select == "failures":
        if skipped == len(cases):
            raise UnusableSource("empty", f"all {skipped} cases were skipped")
        return Run(events=Count(failed, len(cases) - skipped)), ""
    chosen = cases if select == "time" else [_choose_case(cases, select)]
    passed = [case for case in chosen if case.outcome == PASSED]
    failures = sum(case.outcome == FAILED for case in chosen)
    if not passed:
        code = "all_failed" if failures else "empty"
        raise UnusableSource(code, f"{failures} of the {len(chosen)} cases selected failed, and none passed")
    seconds = [_read_seconds(case) for case in passed]
    values = read_values(seconds, lambda place: f"`time` of the case `{passed[place].name}`")
    if min(values) < 0:
        raise UnusableSource("unreadable", "the `time` of a case is negative")
    return Run(values=values, failed=failures), "s"


def _choose_case(cases: list[Case], select: str) -> Case:
    by_short = [case for case in cases if case.short == select]
    names = [case.name for case in cases]
    if select not in names and len(by_short) == 1:
        return by_short[0]
    if select not in names and by_short:
        names = [case.name for case in by_short]
        raise UnusableSource("ambiguous", f"{len(names)} cases are named `{select}`: {', '.join(names[:24])}")
    return cases[names.index(choose_name(select, names, "case"))]


def _read_seconds(case: Case) -> object:
    """The time of a case as a number, or the text where it is none. Some runners group thousands by commas."""
    text = case.seconds
    if text is None or "_" in text:
        return text
    try:
        return float(text.replace(",", "") if "." in text else text)
    except ValueError:
        return text


def _merge(cases: list[Case]) -> list[Case]:
    """The cases by name, in the order of the file; the worst outcome of a case counts, with its time."""
    merged: dict[str, Case] = {}
    for case in cases:
        before = merged.get(case.name)
        if before is None or case.outcome > before.outcome:
            merged[case.name] = case
    return [*merged.values()]
