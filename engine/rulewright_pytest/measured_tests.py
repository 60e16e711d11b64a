"""The plugin of the process that runs tests: repeats those that measure, and adds what they measured to their reports.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from _pytest.runner import runtestprotocol

from rulewright_pytest.measured_series import fail_series, read_benchmark, read_recorder
from rulewright_pytest.recorder import RECORDER

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from rulewright_pytest.measured_series import MeasuredTest

MEASUREMENT: Final = "slo_measurement"
"""The attribute of a report that holds a MeasuredTest."""
WORKER_OUTPUT: Final = "rulewright_held_tests"
"""The key under which a worker of xdist hands over the tests that it holds back."""

_RUN: Final = "rulewright_run"
"""The parameter that repeats a test: the number of its run."""
_START: Final = pytest.StashKey[float]()
_FAILED: Final = pytest.StashKey[bool]()


class HeldTest(NamedTuple):
    """A test that passed, and whose reports wait for the verdicts of its `objectives`."""

    nodeid: str
    location: tuple[str, int | None, str]
    objectives: tuple[str, ...]
    reports: list[pytest.TestReport]


class MeasuredTests:
    """Hooks of the process that runs tests.

    `runs`: how often a test that measures is run; `fixtures`: a test with one of these measures; `holds`: whether tests
    with the marker wait for their verdicts; `held`: those that do.
    """

    def __init__(self, runs: int, fixtures: frozenset[str], holds: bool) -> None:
        self.runs = runs
        self.fixtures = fixtures
        self.holds = holds
        self.held: list[HeldTest] = []

    @pytest.hookimpl(trylast=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Repeat a test that measures: its last parameter is the number of the run."""
        if self.runs == 1 or self.fixtures.isdisjoint(metafunc.fixturenames):
            return
        metafunc.fixturenames.append(_RUN)
        numbers = range(1, self.runs + 1)
        metafunc.parametrize(_RUN, numbers, ids=[f"run{number}" for number in numbers])

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Order tests by run: a run goes once through all tests that measure."""
        items.sort(key=lambda item: _find_run(item) or 1)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run a test with the marker, and hold its reports back if it passes: in its last run, if it is repeated."""
        objectives = tuple(str(name) for mark in item.iter_markers("slo") for name in mark.args)
        if not self.holds or not objectives or _find_run(item) not in (None, self.runs):
            return None
        test = HeldTest(item.nodeid, item.location, objectives, [])
        test.reports.extend(runtestprotocol(item, log=False, nextitem=nextitem))
        if all(report.passed for report in test.reports):
            self.held.append(test)
        else:
            log_test(item.config, test)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add what the test measured to the report of its last phase."""
        report = yield
        if call.when == "setup":
            item.stash[_START] = call.start
            item.stash[_FAILED] = False
        is_skipped = call.excinfo is not None and call.excinfo.errisinstance(pytest.skip.Exception)
        if report.failed or (call.excinfo is not None and not is_skipped):
            item.stash[_FAILED] = True
        if call.when == "teardown":
            measurement = _collect_measurement(item)
            if measurement["series"]:
                setattr(report, MEASUREMENT, measurement)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand the tests that are held back to the process that judges, where that is another one."""
        output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[WORKER_OUTPUT] = [_pack(session.config, test) for test in self.held]


def unpack_held_tests(config: pytest.Config, output: Mapping[str, Any]) -> list[HeldTest]:
    """The tests that a worker of xdist held back."""
    restore = config.hook.pytest_report_from_serializable
    return [
        HeldTest(
            nodeid,
            tuple(location),
            tuple(objectives),
            [restore(config=config, data=data) for data in reports],
        )
        for nodeid, location, objectives, reports in output.get(WORKER_OUTPUT, ())
    ]


def log_test(config: pytest.Config, test: HeldTest) -> None:
    """Tell every plugin of a test that was run."""
    hook = config.hook
    hook.pytest_runtest_logstart(nodeid=test.nodeid, location=test.location)
    for report in test.reports:
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=test.nodeid, location=test.location)


def _pack(config: pytest.Config, test: HeldTest) -> list[object]:
    """The test as plain data."""
    dump = config.hook.pytest_report_to_serializable
    reports = [dump(config=config, report=report) for report in test.reports]
    return [test.nodeid, list(test.location), list(test.objectives), reports]


def _collect_measurement(item: pytest.Item) -> MeasuredTest:
    """What a test measured that is being torn down. A second attempt at the same test begins anew."""
    failed = item.stash.get(_FAILED, False)
    arguments = getattr(item, "funcargs", None) or {}
    series = read_benchmark(arguments.get("benchmark"), failed)
    if RECORDER in item.stash:
        series += read_recorder(item.stash[RECORDER])
        del item.stash[RECORDER]
    if failed:
        series = [fail_series(one) for one in series]
    return {"run": _find_run(item) or 1, "start": item.stash.get(_START, 0.0), "series": series}


def _find_run(item: pytest.Item) -> int | None:
    """The number of the run of a test that is repeated."""
    call = getattr(item, "callspec", None)
    number: int | None = None if call is None else call.params.get(_RUN)
    return number
