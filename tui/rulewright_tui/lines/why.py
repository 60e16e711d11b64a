"""Pane 3: why the selected rule came out as it did, and what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from rulewright.program.lazy_payload import PARTS, absent_part, named_parts
from rulewright.report.evaluation import format_count
from rulewright.report.explanation import describe_reason
from rulewright_tui.lines.gate import objective_rows
from rulewright_tui.lines.model import model_rows
from rulewright_tui.lines.pane_text import PaneText
from rulewright_tui.lines.promotion import promotion_rows
from rulewright_tui.lines.row import Role, Row, Span, text_row, wrap_words
from rulewright_tui.lines.rules import VERDICT_ROLES, rule_states
from rulewright_tui.masking import policy_line
from rulewright_tui.session.outcome import explain_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.evaluate.explain import Explained, Explanation
    from rulewright.kinds.slo_gate.terms import ObjectiveNode
    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.outcome import RuleRef
    from rulewright_tui.session.state import State

SIGNS: Final[dict[str, tuple[str, Role]]] = {
    "true": ("matched", "success"),
    "false": ("failed", "error"),
    "unknown": ("unknown", "warning"),
    "error": ("error", "error"),
}


def why_text(state: State, glyphs: Glyphs, width: int) -> PaneText:
    """The pane for the selected rule, `width` columns wide."""
    rule = state.rule
    if rule is None or state.outcome is None:
        return PaneText(Row((Span("3 Why  ", "strong"), Span("no rule selected", "muted"))), ())
    now, before = rule_states(state.outcome), rule_states(state.original)
    word = now[rule].word if rule in now else "not decided"
    was = before[rule].word if state.is_changed and rule in before else word
    explanation = explain_rule(state.outcome, rule, state.round)
    title = [Span("3 Why  ", "strong"), Span(f"{rule.id} {glyphs.separator} ")]
    if was != word:
        title.append(Span(f"{was} {glyphs.arrow} ", "muted"))
    title.append(Span(word, VERDICT_ROLES.get(word, "")))
    if state.round > 1:
        title.append(Span(f" {glyphs.separator} round {state.round} of {state.outcome.rounds}", "accent"))
    if explanation is None:
        text = (
            "The policy does not decide about this event."
            if rule not in now
            else "No decision in this round."
        )
        return PaneText(Row(tuple(title)), (text_row(text, "warning"),))
    rows = list(_rows(state, rule, explanation, word, was, glyphs, width))
    return PaneText(Row(tuple(title)), rows)


def _rows(
    state: State, rule: RuleRef, explanation: Explanation, word: str, was: str, glyphs: Glyphs, width: int
) -> Iterator[Row]:
    place = ("place", explanation.file, explanation.line)
    status = explanation.status.replace("_", " ") if state.round > 1 else word
    head = [Span(f"{rule.policy}/{rule.id}  ", "strong"), Span(status, VERDICT_ROLES.get(status, ""))]
    if was != word and state.round == 1:
        head.append(Span(f"  was {was}", "changed"))
    yield Row(tuple(head), key=place)
    if explanation.description:
        for line in wrap_words(policy_line(explanation.description), width):
            yield text_row(line, "muted")
    if explanation.reason and not _repeats(explanation):
        for line in wrap_words(policy_line(explanation.reason), width, "  "):
            yield text_row(line, "warning")
    yield from _unread_rows(state, explanation, glyphs, width)
    yield from _round_rows(state, rule, glyphs)
    yield text_row("")
    if explanation.role == "objective" and explanation.detail:
        facts = state.outcome.facts if state.outcome is not None else None
        sample = facts.values.get(rule.id) if facts is not None else None
        yield from objective_rows(_objective(state, rule), explanation.detail, sample, width, glyphs)
    elif explanation.role == "transition":
        yield from promotion_rows(state, rule, explanation, glyphs, width)
    else:
        yield from _node_rows(explanation.tree, explanation.file, "", "", glyphs, width)
    if explanation.models:
        yield text_row("")
        yield from model_rows(explanation.models, glyphs, width)
    yield text_row("")
    yield from _flip_rows(explanation, glyphs, width)


def _unread_rows(state: State, explanation: Explanation, glyphs: Glyphs, width: int) -> Iterator[Row]:
    """Why what the rule reads around the subject could not be read."""
    absent = (
        state.outcome.facts.absent if state.outcome is not None and state.outcome.facts is not None else {}
    )
    for part in PARTS:
        reason = absent.get(absent_part(part))
        if reason is not None and _reads_part(explanation.tree, part):
            for line in wrap_words(policy_line(f"{glyphs.error} {reason.reason}"), width, "  "):
                yield text_row(line, "error")


def _reads_part(node: Explained, part: str) -> bool:
    return part in named_parts(node.expression) or any(_reads_part(child, part) for child in node.children)


def _repeats(explanation: Explanation) -> bool:
    """Whether the rows of the objective or of the requirements say what the reason says."""
    if explanation.role == "objective":
        return bool(explanation.detail)
    return explanation.role == "transition" and (explanation.reason or "").startswith("not met: ")


def _objective(state: State, rule: RuleRef) -> ObjectiveNode | None:
    """The compiled objective of a gate."""
    for entry in state.program.policy(rule.policy).entries:
        if entry.id == rule.id and entry.role == "objective":
            return cast("ObjectiveNode", entry.when)
    return None


def _round_rows(state: State, rule: RuleRef, glyphs: Glyphs) -> Iterator[Row]:
    now = rule_states(state.outcome)
    if state.round == 1 and rule in now and now[rule].later:
        rounds = ", ".join(map(str, now[rule].later))
        yield text_row(
            f"{glyphs.matched} matched in round {rounds}, after effects of other rules (r shows it)",
            "success",
        )


def _node_rows(
    node: Explained, file: str, first: str, rest: str, glyphs: Glyphs, width: int
) -> Iterator[Row]:
    """A condition and all below it; what did not decide is muted."""
    sign_name, role = SIGNS[node.verdict]
    sign = getattr(glyphs, sign_name)
    is_dim = not getattr(node, "decisive", True)
    title = policy_line(node.expected if node.children and node.expected else node_title(node), 400)
    yield Row(
        (
            Span(first, "muted"),
            Span(f"{sign} ", "muted" if is_dim else role),
            Span(title, "muted" if is_dim else ""),
        ),
        (Span(f":{node.line}", "muted"),),
        key=("place", file, node.line),
    )
    if not node.children:
        yield from _leaf_rows(node, f"{rest}  ", is_dim, glyphs, width)
    for number, child in enumerate(node.children, 1):
        last = number == len(node.children)
        branch, stem = (glyphs.last_branch, "   ") if last else (glyphs.branch, glyphs.stem)
        yield from _node_rows(child, file, f"{rest}{branch}", f"{rest}{stem}", glyphs, width)


def node_title(node: Explained) -> str:
    """`issue.title contains "crash"` in the words of the matcher."""
    path, colon, _ = node.expression.rpartition(": ")
    return f"{path} {node.expected}" if colon and node.expected and path != "jmespath" else node.expression


def _leaf_rows(node: Explained, indent: str, is_dim: bool, glyphs: Glyphs, width: int) -> Iterator[Row]:
    actual = "missing" if node.actual is None else node.actual
    why = "" if node.verdict == "true" else describe_reason(node)
    if node.message:
        why = f"{why}: {node.message}" if why else node.message
    if not node.expression.rpartition(": ")[1] and node.actual is None and not why:
        return
    text = policy_line(f"is {actual}" + (f"  {why}" if why else ""))
    for line in wrap_words(text, max(width - len(indent), 20), "  "):
        yield Row(
            (Span(indent, "muted"), Span(line, "muted" if is_dim or node.verdict == "true" else "warning"))
        )


def _flip_rows(explanation: Explanation, glyphs: Glyphs, width: int) -> Iterator[Row]:
    if not explanation.flips:
        yield text_row(f"{glyphs.flip} no change of the event changes the result", "muted")
        return
    count = format_count(len(explanation.flips), "change")
    yield Row(
        (Span(f"{glyphs.flip} {count} would turn it", "accent"),),
        (Span("f tries it", "muted"),),
        key=("flip",),
    )
    for flip in explanation.flips:
        lines = wrap_words(policy_line(f"{flip.path} {flip.change}"), max(width - 10, 20))
        for number, line in enumerate(lines):
            start = f"  {glyphs.arrow} " if not number else "    "
            right = (Span(f":{flip.line}", "muted"),) if not number else ()
            yield Row((Span(start, "accent"), Span(line)), right, key=("place", explanation.file, flip.line))
