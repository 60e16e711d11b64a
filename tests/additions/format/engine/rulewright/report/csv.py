"""The rules of a decision as comma-separated values, for spreadsheets: policy, rule, status."""

from __future__ import annotations

import csv
import io

from rulewright.report.reporter import Page, Rendered, Report, Reporter
from rulewright.report.subject import SubjectReport


class CsvReporter(Reporter):
    """For spreadsheets: the rules of `rulewright evaluate`."""

    for_programs = True

    def render(self, report: Report, page: Page) -> Rendered:
        assert isinstance(report, SubjectReport)
        view = report.view(show_all=True, whole_gates=True)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("policy", "rule", "status"))
        writer.writerows(
            (policy.name, rule.id, rule.status) for policy in view.policies for rule in policy.rules
        )
        return Rendered(out.getvalue())
