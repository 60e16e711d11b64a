"""The report of `rulewright labels`: labels to create or update on GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.report.document import json_text
from rulewright.report.markdown_text import code, prose
from rulewright.report.reporter import Page, Report
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.github.labels import LabelChange
    from rulewright.policy.config import Label


class LabelsReport(Report):
    """The changes of the labels of a repository.

    `others`: labels on GitHub that the label file does not list. `failed`: name → reason why it was not written.
    `dry`: reason why nothing was written; None if it was.
    """

    def __init__(
        self,
        repository: str,
        changes: Sequence[LabelChange],
        others: Sequence[Label],
        failed: Mapping[str, str],
        dry: str | None,
    ) -> None:
        self._repository, self._changes, self._others = repository, changes, others
        self._failed, self._dry = failed, dry

    def text(self, page: Page) -> str:
        """A line for each changed label, and the counts."""
        longest = max((len(change.label.name) for change in self._changes), default=0)
        lines = []
        for change in self._changes:
            name = change.label.name
            sign, colour = ("+", "green") if change.kind == "create" else ("~", "yellow")
            what = f"{printable(name):<{longest}}  {printable('; '.join(_details(change)))}"
            missed = f"  (failed: {printable(self._failed[name])})" if name in self._failed else ""
            lines.append(f"{page.paint(sign, colour)} {change.kind:<6}  {what}".rstrip() + missed)
        return "\n".join([*lines, *([""] if lines else []), self._numbers()]) + "\n"

    def markdown(self) -> str:
        """A table."""
        rows = [
            f"| {change.kind} | {code(change.label.name)} | {prose('; '.join(_details(change)))} |"
            for change in self._changes
        ]
        table = ["| | label | |", "|---|---|---|", *rows, ""] if rows else []
        return "\n".join(["## rulewright labels", "", *table, prose(self._numbers()), ""])

    def json(self) -> str:
        """`changes` with `change`, `name`, `color`, `description`, `before`; `unlisted` labels are not changed."""
        document = {
            "repository": self._repository,
            "changes": [self._change_json(change) for change in self._changes],
            "unlisted": [label.name for label in self._others],
        }
        return json_text(document if self._dry is None else {**document, "dry_run": self._dry})

    def _change_json(self, change: LabelChange) -> dict[str, object]:
        name, before = change.label.name, change.before
        return {
            "change": change.kind,
            "name": name,
            "color": change.label.color,
            "description": change.label.description,
            "before": None
            if before is None
            else {"name": before.name, "color": before.color, "description": before.description},
            **({"failed": self._failed[name]} if name in self._failed else {}),
        }

    def _numbers(self) -> str:
        done = [change for change in self._changes if change.label.name not in self._failed]
        created = sum(change.kind == "create" for change in done)
        to = "to " if self._dry is not None else ""
        parts = [
            f"{created} {to}create{'' if to else 'd'}",
            f"{len(done) - created} {to}update{'' if to else 'd'}",
        ]
        if self._failed:
            parts.append(f"{len(self._failed)} failed")
        if self._others:
            parts.append(f"{len(self._others)} on GitHub only, unchanged")
        text = ", ".join(parts)
        return f"Dry run, {self._dry}: {text}." if self._dry is not None else f"{text[0].upper()}{text[1:]}."


def _details(one: LabelChange) -> Iterator[str]:
    before = one.before
    if before is None:
        yield from (text for text in (one.label.color, one.label.description) if text)
        return
    if one.label.color and one.label.color.lower() != before.color.lower():
        yield f"color {before.color} → {one.label.color.lower()}"
    if one.label.description and one.label.description != before.description:
        yield f"description “{before.description}” → “{one.label.description}”"
