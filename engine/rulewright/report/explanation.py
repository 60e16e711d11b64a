"""The explanation of a rule's result, as text, JSON, Markdown and annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.evaluate.masking import mask, mask_line
from rulewright.evaluate.model_results import format_model_result
from rulewright.policy.characters import clip_text
from rulewright.report.annotation import Annotation
from rulewright.report.document import json_text
from rulewright.report.evaluation import format_count
from rulewright.report.markdown_text import code, prose
from rulewright.report.reporter import Page, Report
from rulewright.report.terminal import Paint, beside, wrap_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.evaluate.explain import Explained, Explanation

MARKS: Final = {
    "true": ("✓", "green"),
    "false": ("✗", "red"),
    "unknown": ("?", "yellow"),
    "error": ("!", "red"),
}
GROUPS: Final = ("all", "any", "none")


class ExplanationReport(Report):
    """An explanation, and a description of its event."""

    def __init__(self, explanation: Explanation, event: str) -> None:
        self._explanation, self._event = explanation, event

    def text(self, page: Page) -> str:
        return explanation_text(self._explanation, self._event, columns=page.columns, paint=page.paint)

    def json(self) -> str:
        """The tree: each node has `expression`, `verdict`, `expected`, `actual`, `reason`, `line`, `column`."""
        return json_text(self._explanation.as_json())

    def markdown(self) -> str:
        return explanation_markdown(self._explanation, self._event)

    def annotations(self) -> tuple[Annotation, ...]:
        return explanation_annotations(self._explanation, self._event)


def explanation_text(
    explanation: Explanation, event: str, *, columns: int = 100, paint: Paint | None = None
) -> str:
    """The text report, with a newline at its end. `event`: a description of the event."""
    colour = paint or Paint()
    place = f"{explanation.file}:{explanation.line}"
    name = f"{explanation.policy}/{explanation.id}"
    status = explanation.status.replace("_", " ")
    head = f"{colour(name, 'bold')}  {status}"
    lines = beside(head, len(name) + len(status) + 2, place, columns, colour)
    if explanation.description:
        lines.append(wrap_lines(clip_text(explanation.description, 400), columns, ""))
    lines.append(colour(mask_line(f"for {event}", columns), "dim"))
    if explanation.reason:
        lines.append(wrap_lines(f"reason: {mask_line(explanation.reason, 300)}", columns, "  "))
    if explanation.later_rounds:
        rounds = ", ".join(map(str, explanation.later_rounds))
        lines.append(f"matched in planning round {rounds}, after effects of other rules")
    if explanation.role == "objective" and explanation.detail:
        lines += _objective_lines(explanation, columns)
    elif explanation.detail:
        told = (
            f"{key.replace('_', ' ')}: {format_detail(given)}"
            for key, given in explanation.detail.items()
            if given is not None and not (key == "reason" and given == explanation.reason)
        )
        lines += [wrap_lines(one, columns, "  ") for one in told]
    lines += ["", *node_lines(explanation.tree, "", "", columns, colour), ""]
    if explanation.models:
        lines += [colour("Model results:", "bold"), *model_lines(explanation, columns), ""]
    lines += flip_lines(explanation, columns, colour)
    return "\n".join(lines) + "\n"


def _objective_lines(explanation: Explanation, columns: int) -> list[str]:
    """What the objective was judged by, as `rulewright gate explain` says it, without the distribution."""
    from rulewright.report.gate_explanation import format_fact, list_facts  # statistics

    left_out = {"distribution", *(["why"] if explanation.reason else [])}
    facts = (("verdict", str(explanation.detail.get("verdict"))), *list_facts(explanation.detail))
    return [format_fact(name, text, columns) for name, text in facts if name not in left_out]


def format_detail(given: object) -> str:
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, float):
        return f"{given:.6g}"
    if isinstance(given, dict):
        return ", ".join(f"{str(key).replace('_', ' ')} {format_detail(item)}" for key, item in given.items())
    if isinstance(given, list):
        return ", ".join(map(format_detail, given[:20]))
    return mask_line(str(given), 200)


def node_lines(node: Explained, first: str, rest: str, columns: int, paint: Paint) -> Iterator[str]:
    """The lines of a node and its children. `first` is the prefix of its own line, `rest` of the following lines."""
    mark, style = MARKS[node.verdict]
    title = clip_text(
        node.expected if node.children and node.expected else node.expression, columns - len(first) - 12
    )
    place = f":{node.line}"
    gap = " " * max(2, columns - len(first) - len(title) - len(place) - 2)
    yield f"{first}{paint(mark, style)} {title}{gap}{paint(place, 'dim')}"
    if not node.children:
        yield from leaf_lines(node, f"{rest}    ", columns, paint)
    for number, child in enumerate(node.children, 1):
        last = number == len(node.children)
        branch, below = ("└─", "  ") if last else ("├─", "│ ")
        yield from node_lines(child, f"{rest}{branch} ", f"{rest}{below} ", columns, paint)


def leaf_lines(node: Explained, indent: str, columns: int, paint: Paint) -> Iterator[str]:
    """The expected and actual value of a leaf, its path, and the reason if it is not true."""
    rows = [
        ("expected", node.expected),
        ("actual", "missing" if node.actual is None else node.actual),
    ]
    if node.place and node.place != node.expression.split(":")[0]:
        rows.append(("at", node.place))
    if node.verdict != "true":
        why = describe_reason(node)
        rows.append(("reason", f"{why}: {node.message}" if node.message else why))
    limit = columns - len(indent) - 10
    for label, text in rows:
        if text:
            styles = (MARKS[node.verdict][1],) if label == "reason" else ()
            yield f"{indent}{paint(f'{label:<8}', 'dim')}  {paint(clip_text(text, limit), *styles)}"


def describe_reason(node: Explained) -> str:
    """The reason of a node as text: `not a member`, but `does not contain` for matchers that search in a value."""
    if node.reason == "not_a_member" and node.expression.rpartition(": ")[2].startswith("contains"):
        return "does not contain"
    return node.reason.replace("_", " ")


def model_lines(explanation: Explanation, columns: int) -> Iterator[str]:
    """The provider of each model fact, its probability, and the other candidates."""
    for name, found in explanation.models.items():
        yield f"  ~ {wrap_lines(mask_line(format_model_result(name, found), 300), columns - 4, '    ')}"
        chances = sorted((found.get("probabilities") or {}).items(), key=lambda pair: (-pair[1], pair[0]))
        if chances:
            shares = ", ".join(f"{label} {chance:.2f}" for label, chance in chances)
            yield f"    {wrap_lines(shares, columns - 4, '    ')}"


def flip_lines(explanation: Explanation, columns: int, paint: Paint) -> Iterator[str]:
    """The smallest change that changes the result of the rule."""
    turned = "not match" if explanation.tree.verdict == "true" else "match"
    if not explanation.flips:
        yield "No change of the event changes the result."
        return
    changes = format_count(len(explanation.flips), "change")
    title = f"Smallest change that changes the result: with {changes} it would {turned}."
    yield paint(wrap_lines(title, columns, "  "), "bold")
    for flip in explanation.flips:
        place = f":{flip.line}"
        text = clip_text(f"{flip.path}: {flip.change}", columns - len(place) - 6)
        yield f"  → {text}{' ' * max(2, columns - len(text) - len(place) - 4)}{paint(place, 'dim')}"


def explanation_markdown(explanation: Explanation, event: str) -> str:
    """The report as Markdown, with a newline at its end."""
    lines = [
        f"### {code(f'{explanation.policy}/{explanation.id}')}: {explanation.status.replace('_', ' ')}",
        "",
        f"For {code(event)}; {code(f'{explanation.file}:{explanation.line}')}.",
        "",
    ]
    if explanation.description:
        lines += [prose(explanation.description), ""]
    if explanation.reason:
        lines += [f"Reason: {code(explanation.reason, 300)}", ""]
    lines += ["| condition | verdict | expected | actual | reason | line |", "|---|---|---|---|---|--:|"]
    lines += node_rows(explanation.tree, 0)
    lines.append("")
    if explanation.models:
        lines += [
            f"- model result: {code(format_model_result(*one), 300)}" for one in explanation.models.items()
        ]
        lines.append("")
    if explanation.flips:
        turned = "not match" if explanation.tree.verdict == "true" else "match"
        changes = format_count(len(explanation.flips), "change")
        lines += [f"Smallest change that changes the result, with {changes} it would {turned}:", ""]
        lines += [f"- {code(f'{flip.path}: {flip.change}')} (line {flip.line})" for flip in explanation.flips]
    return "\n".join(lines).rstrip("\n") + "\n"


def node_rows(node: Explained, depth: int) -> Iterator[str]:
    indent = "&emsp;" * depth
    actual = "" if node.actual is None else code(node.actual, 100)
    yield (
        f"| {indent}{code(node.expression, 100)} | {node.verdict} | {code(node.expected, 100)} | {actual} "
        f"| {describe_reason(node)} | {node.line} |"
    )
    for child in node.children:
        yield from node_rows(child, depth + 1)


def explanation_annotations(explanation: Explanation, event: str) -> tuple[Annotation, ...]:
    """One notice at the rule, with the leaves of the smallest change."""
    status = explanation.status.replace("_", " ")
    flips = "".join(f"\n{flip.path}: {flip.change} (line {flip.line})" for flip in explanation.flips)
    told = f"{status} for {mask(event)}" + (
        f"; smallest change that changes the result:{flips}" if flips else ""
    )
    title = f"{explanation.policy}/{explanation.id}"
    return (Annotation("notice", told, title, explanation.file, explanation.line),)
