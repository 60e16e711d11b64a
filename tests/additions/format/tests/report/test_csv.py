"""`--format csv` writes one line for each rule."""

from __future__ import annotations

from rulewright.report.reporter import reporter_named


def test_the_format_is_for_programs() -> None:
    assert reporter_named("csv").for_programs
