"""The measurements of model suites, as JSON for gates and as tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rulewright.report.markdown_text import prose
from rulewright.report.reporter import Page, Rendered, Report
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEAD = ("figure", "value", "95 % interval", "of")


class SuitesReport(Report):
    """The measurements of model suites (`evaluation.metric.document`). In GitHub Actions, stdout has the text, too."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def text(self, page: Page) -> str:
        """One block per suite: its values with bounds, or the reason why there are none."""
        out: list[str] = []
        for suite in self._document["suites"]:
            out.append(f"{suite['name']} ({suite['suite']}): {suite['status']}")
            if "reason" in suite:
                out.append(f"  {suite['reason']}")
            rows = [*_rows(suite)]
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            for row in rows:
                padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
                out.append(f"  {'  '.join(padded)}".rstrip())
            for name, reason in suite.get("not_measured", {}).items():
                out.append(f"  {name}: not measured, {reason}")
        return "".join(f"{printable(line)}\n" for line in out)

    def json(self) -> str:
        """One line per measurement, however many values it has."""
        rest = {key: value for key, value in self._document.items() if key != "measurements"}
        lines = ",\n".join(f"  {json.dumps(one, allow_nan=False)}" for one in self._document["measurements"])
        measurements = f"[\n{lines}\n ]" if lines else "[]"
        about = json.dumps(rest, indent=1, allow_nan=False)
        return f'{{\n "measurements": {measurements},{about[1:]}\n'

    def markdown(self) -> str:
        out = []
        for suite in self._document["suites"]:
            out.append(f"### {prose(suite['name'])}: {suite['status']}\n")
            if "reason" in suite:
                out.append(f"{prose(suite['reason'])}\n")
            rows = [*_rows(suite)]
            if rows:
                out.append(f"| {' | '.join(HEAD)} |")
                out.append("|---|---|---|---|")
                out += [f"| {' | '.join(map(prose, row))} |" for row in rows]
                out.append("")
            out += [
                f"{prose(name)}: not measured, {prose(why)}\n"
                for name, why in suite.get("not_measured", {}).items()
            ]
        return "\n".join(out) + "\n"

    def github(self, page: Page) -> Rendered:
        return Rendered(self.text(page), self.markdown())


def _rows(suite: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for one in suite["figures"]:
        unit = "" if one["unit"] == "ratio" else f" {one['unit']}"
        many = "" if one["n"] == 1 else "s"
        bounds = f"{one['lower']:.4g} to {one['upper']:.4g}{unit}"
        yield one["name"], f"{one['value']:.4g}{unit}", bounds, f"{one['n']} {one['per']}{many}"
