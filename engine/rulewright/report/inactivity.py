"""Why nothing happened to an issue or pull request: every reason, by kind, and what was gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.words import format_value
from rulewright.evaluate.masking import mask, mask_line
from rulewright.program.lazy_payload import PARTS
from rulewright.report.document import json_text
from rulewright.report.evaluation import format_count
from rulewright.report.markdown_text import code, prose
from rulewright.report.reporter import Page, Report
from rulewright.report.terminal import beside, wrap_lines
from rulewright.run.inactivity import Cause, find_causes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.json_types import JsonObject
    from rulewright.run.pipeline import SubjectPlan

TITLES: Final = {
    "planned": "Planned now",
    "paused": "Runs",
    "closed": "Runs",
    "before_created_after": "Runs",
    "undelivered": "Events that no workflow delivers",
    "not_subscribed": "Policies that subscribe to other events",
    "skipped": "Policies that a skip ends",
    "observed": "Policies in observe mode",
    "held": "Effects that are held back",
    "conflict": "Conflicts",
    "over_budget": "Effects over the budget",
    "undetermined": "Rules that cannot be decided",
    "settled": "Rules that match and have nothing left to do",
    "stopped": "Rules that are not evaluated",
    "not_matched": "Rules that do not match",
}
"""Kind of a cause → its heading, in the order of the report."""
LONGEST: Final = 400


class InactivityReport(Report):
    """The reasons of one subject. `undelivered`: events of its policies that no workflow of the checkout delivers."""

    def __init__(self, planned: SubjectPlan, undelivered: Sequence[Diagnostic] = ()) -> None:
        self._planned = planned
        found = [
            Cause("undelivered", "", one.message, str(one.span.file), one.span.line) for one in undelivered
        ]
        order = list(TITLES)
        self._causes = sorted((*find_causes(planned), *found), key=lambda cause: order.index(cause.kind))

    @property
    def _headline(self) -> str:
        plan, observed = self._planned.plan, len(self._planned.plan.observed)
        if plan.effects:
            return f"A run that applies its plan has {format_count(len(plan.effects), 'effect')} now."
        if observed:
            return f"Nothing to do: {format_count(observed, 'effect')} of policies in observe mode."
        return "Nothing to do."

    @property
    def _spoken(self) -> str:
        event = self._planned.event
        return f"{event.name}.{event.action}" if event.action else event.name

    def text(self, page: Page) -> str:
        paint, columns = page.paint, page.columns
        lines = [f"{paint(self._planned.target, 'bold')}  evaluated as {self._spoken}", "", self._headline]
        for title, causes in self._groups():
            lines += ["", paint(title, "bold")]
            for cause in causes:
                lines += _cause_lines(cause, page)
        lines += ["", paint("Gathered", "bold")]
        lines += [f"  {wrap_lines(line, columns - 2, '    ')}" for line in self._gathered_lines()]
        return "".join(f"{line}\n" for line in lines)

    def json(self) -> str:
        facts = self._planned.decision.facts
        gathered: JsonObject = {
            "facts": {name: _value(value) for name, value in facts.values.items()},
            "absent": {name: mask(absent.text) for name, absent in facts.absent.items()},
            "parts": dict(self._parts()),
        }
        causes = [{**cause.as_json(), "text": mask(cause.text)} for cause in self._causes]
        document = {
            "subject": self._planned.target,
            "event": self._spoken,
            "effects": len(self._planned.plan.effects),
            "causes": causes,
            "gathered": gathered,
        }
        return json_text(document)

    def markdown(self) -> str:
        lines = [f"### {prose(self._planned.target)}: why nothing happened", ""]
        lines += [f"Evaluated as {code(self._spoken)}. {self._headline}", ""]
        for title, causes in self._groups():
            lines += [f"**{title}**", ""]
            for cause in causes:
                about = f"{code(cause.about)} " if cause.about else ""
                place = f" ({code(_place(cause))})" if cause.file else ""
                lines.append(f"- {about}{prose(mask_line(cause.text, LONGEST))}{place}")
            lines.append("")
        lines += ["**Gathered**", ""]
        lines += [f"- {prose(line)}" for line in self._gathered_lines()]
        return "".join(f"{line}\n" for line in lines)

    def _groups(self) -> Iterator[tuple[str, list[Cause]]]:
        for title in dict.fromkeys(TITLES.values()):
            causes = [cause for cause in self._causes if TITLES[cause.kind] == title]
            if causes:
                yield title, causes

    def _gathered_lines(self) -> Iterator[str]:
        facts = self._planned.decision.facts
        for name, count in self._parts():
            yield f"{name}: {count}"
        for name, value in facts.values.items():
            yield f"{name}: {_value(value)}"
        for name, absent in facts.absent.items():
            yield f"{name}: missing, {mask_line(absent.text, LONGEST)}"
        if not facts.values and not facts.absent and not list(self._parts()):
            yield "nothing beyond the issue or pull request itself"

    def _parts(self) -> Iterator[tuple[str, int]]:
        """The parts of the payload that were read, with the number of entries."""
        payload = self._planned.decision.facts.event.payload
        for name in PARTS:
            value = payload.get(name)
            if isinstance(value, list | dict):
                yield name, len(value)


def _value(value: object) -> str:
    return mask_line(format_value(value), 120)


def _place(cause: Cause) -> str:
    return f"{cause.file}:{cause.line}" if cause.line else cause.file


def _cause_lines(cause: Cause, page: Page) -> Iterator[str]:
    text = mask_line(cause.text, LONGEST)
    if cause.about:
        place = _place(cause)
        if not place:
            yield f"  {cause.about}: {wrap_lines(text, page.columns - len(cause.about) - 4, '    ')}"
            return
        yield from beside(f"  {cause.about}", len(cause.about) + 2, place, page.columns, page.paint)
        yield f"    {wrap_lines(text, page.columns - 4, '    ')}"
    else:
        place = f" ({_place(cause)})" if cause.file else ""
        yield f"  {wrap_lines(text + place, page.columns - 2, '    ')}"
