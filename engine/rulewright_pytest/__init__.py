"""The pytest plugin: measures in tests, and judges the measurements at the end of the session.

PYTEST_DONT_REWRITE

This module is imported by every pytest session of an environment in which Rulewright is installed. It imports nothing
of the engine; `session.py` is imported when one of the options is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rulewright_pytest.recorder import Recorder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--slo`, `--slo-output` and `--slo-runs`."""
    group = parser.getgroup("rulewright", "service-level objectives")
    group.addoption(
        "--slo",
        action="append",
        default=[],
        metavar="POLICY",
        help="Judge the measurements of the session by the SLO gates in this file or folder; may be given repeatedly.",
    )
    group.addoption(
        "--slo-output",
        metavar="FILE",
        help="Write the measurements as JSON Lines, one record for each metric and run.",
    )
    group.addoption(
        "--slo-runs",
        type=int,
        default=1,
        metavar="N",
        help="Run the tests that measure N times; each time is a run of its own.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and, when an option asks for it, the plugins of the session."""
    line = "slo(objective, ...): the test carries the verdicts of these objectives of the gates in --slo."
    config.addinivalue_line("markers", line)
    options = config.option
    if options.slo or options.slo_output or options.slo_runs != 1:
        from rulewright_pytest.session import register_plugins

        register_plugins(config)


@pytest.fixture
def slo(request: pytest.FixtureRequest) -> Recorder:
    """Measures: `with slo.measure("chat_response"): …` and `slo.record("recall_at_5", 0.93, unit="ratio")`."""
    from rulewright_pytest.recorder import RECORDER, Recorder

    recorder = Recorder()
    request.node.stash[RECORDER] = recorder
    return recorder
