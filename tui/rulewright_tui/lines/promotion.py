"""A transition of a promotion: the stages with what stands where, and each requirement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.policy.quantity import format_duration
from rulewright_tui.lines.model import bar
from rulewright_tui.lines.row import Row, Span, text_row, wrap_words
from rulewright_tui.masking import one_line, policy_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.evaluate.explain import Explained, Explanation
    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.outcome import RuleRef
    from rulewright_tui.session.state import State

ORIGIN, TARGET = "promotion.from", "promotion.to"


def promotion_rows(
    state: State, rule: RuleRef, explanation: Explanation, glyphs: Glyphs, width: int
) -> Iterator[Row]:
    """The stages of the policy, then the requirements of the transition one by one."""
    promotion = _promotion(state)
    yield _stage_row(state, rule, promotion, glyphs)
    for node in explanation.tree.children:
        yield from _requirement_rows(node, explanation.file, promotion, glyphs, width)


def _promotion(state: State) -> Mapping[str, Any]:
    assert state.outcome is not None
    found = state.outcome.draft.event.payload.get("promotion")
    return found if isinstance(found, dict) else {}


def _steps(state: State, rule: RuleRef) -> list[tuple[str, str, str]]:
    """(transition, from, to) of the policy, in its order."""
    policy = state.program.policy(rule.policy)
    steps = []
    for entry in policy.entries:
        if entry.role == "transition":
            ends = {ORIGIN: "", TARGET: ""}
            for node in getattr(entry.when, "children", ()):
                path = getattr(node, "path_text", "")
                if path in ends and not ends[path] and isinstance(getattr(node, "operand", None), str):
                    ends[path] = node.operand
            steps.append((entry.id, ends[ORIGIN], ends[TARGET]))
    return steps


def _stage_row(state: State, rule: RuleRef, promotion: Mapping[str, Any], glyphs: Glyphs) -> Row:
    """`dev ──✓── staging ● v1.4.0 ──✗── production`."""
    assert state.outcome is not None
    results = {}
    if state.outcome.decision is not None:
        results = {found.id: found.status for found in state.outcome.decision.policy(rule.policy).rules}
    artifact = promotion.get("artifact")
    version = str(artifact.get("version") or "") if isinstance(artifact, dict) else ""
    spans: list[Span] = []
    standing = str(promotion.get("from") or "")
    for number, (ident, origin, target) in enumerate(_steps(state, rule)):
        if not number and origin:
            spans += _stage(origin, standing, version, glyphs)
        asked = promotion.get("from") == (origin or None) and promotion.get("to") == target
        sign = {"matched": glyphs.matched, "undetermined": glyphs.unknown, "error": glyphs.error}.get(
            results.get(ident, ""), glyphs.failed if asked else glyphs.not_matched
        )
        role = "success" if results.get(ident) == "matched" else "error" if asked else "muted"
        line = glyphs.rule * 2
        spans += [Span(f" {line}", "muted"), Span(sign, role), Span(f"{line} ", "muted")]  # type: ignore[arg-type]
        spans += _stage(target, standing, version, glyphs)
    return Row(tuple(spans))


def _stage(name: str, standing: str, version: str, glyphs: Glyphs) -> list[Span]:
    here = name == standing
    spans = [Span(policy_line(name, 30), "strong" if here else "")]
    if here:
        spans.append(Span(f" {glyphs.point} {one_line(version, 30)}".rstrip(), "accent"))
    return spans


def _requirement_rows(
    node: Explained, file: str, promotion: Mapping[str, Any], glyphs: Glyphs, width: int
) -> Iterator[Row]:
    sign, role = {
        "true": (glyphs.matched, "success"), "false": (glyphs.failed, "error"), "error": (glyphs.error, "error"),
    }.get(node.verdict, (glyphs.unknown, "warning"))  # fmt: skip
    title = node.expression.partition(": ")[0] if not node.children else node.expected or node.expression
    text = policy_line(node.expected if node.children else f"{title} {node.expected}".strip())
    yield Row(
        (Span(f"{sign} ", role), Span(text)),  # type: ignore[arg-type]
        (Span(f":{node.line}", "muted"),),
        key=("place", file, node.line),
    )
    if node.verdict != "true":
        actual = "missing" if node.actual is None else node.actual
        said = node.message or (f"is {actual}" if not node.children else "")
        for line in wrap_words(policy_line(said), max(width - 4, 20)) if said else ():
            yield text_row(f"    {line}", "muted")
    if "soak" in node.expression or "soak" in node.expected:
        yield from _soak_rows(promotion, node, glyphs)


def _soak_rows(promotion: Mapping[str, Any], node: Explained, glyphs: Glyphs) -> Iterator[Row]:
    """How long the version has stood, of the time that is asked for, as the event says it."""
    soak = promotion.get("soak")
    seconds = soak.get("seconds") if isinstance(soak, dict) else None
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < 1e12:
        yield text_row(f"    stood {format_duration(int(seconds))}", "muted")
        wanted = _wanted_seconds(node.expected)
        if wanted:
            yield Row(
                (
                    Span("    "),
                    *bar(seconds / wanted, 20, glyphs),
                    Span(f" {min(seconds / wanted, 1):.0%}", "muted"),
                )
            )


def _wanted_seconds(expected: str) -> float:
    from rulewright.policy.quantity import parse_quantity

    for word in expected.replace(",", " ").split():
        found = parse_quantity(word)
        if found is not None and found.dimension == "duration":
            return float(found.value)
    return 0.0
