"""Pane 2: the rules of every policy that decides about the event, with what an edit changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements import codes
from rulewright.policy.kinds import KINDS
from rulewright.report.evaluation import later_rounds
from rulewright_tui.lines.events import NO_EVENT
from rulewright_tui.lines.gate import objective_summary, spark_line
from rulewright_tui.lines.pane_text import PaneText
from rulewright_tui.lines.row import Role, Row, Span, text_row
from rulewright_tui.masking import one_line, policy_line
from rulewright_tui.session.outcome import RuleRef
from rulewright_tui.session.query import matches_rule, parse_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.evaluate.decision import Decision, PolicyDecision, RuleResult
    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.outcome import Outcome
    from rulewright_tui.session.query import Query
    from rulewright_tui.session.state import State

WORST_FIRST: Final = (*codes.WORST_FIRST[:2], "DENIED", "UNDETERMINED", *codes.WORST_FIRST[2:], "ALLOWED")
"""The verdicts of gates as their reports order them, and those of promotions among them."""
VERDICT_ROLES: Final[Mapping[str, Role]] = {
    **dict.fromkeys(("PASS", "ALLOWED", "WAIVED", "matched"), "success"),
    **dict.fromkeys(("WARN", "NO_DATA", "INCONCLUSIVE", "UNDETERMINED", "undetermined"), "warning"),
    **dict.fromkeys(("FAIL", "DENIED", "ERROR", "error"), "error"),
}


PASSING: Final = ("PASS", "WARN", "WAIVED")
LONG_ID: Final = 20
"""A longer id moves the words after it to the right, in its own row alone."""


class RuleState(NamedTuple):
    """How one entry came out. `word`: its verdict, else its status; `later`: the later rounds in which it matched."""

    ref: RuleRef
    status: str
    word: str
    reason: str
    later: tuple[int, ...] = ()

    @property
    def said(self) -> str:
        """The word, and where it matched in a later round only, that."""
        return self.word


def rule_states(outcome: Outcome | None) -> dict[RuleRef, RuleState]:
    """Every entry of the policies that decide about the event, skips that ended a policy included."""
    if outcome is None or outcome.decision is None:
        return {}
    later = later_rounds(outcome.plan) if outcome.plan is not None else {}
    states: dict[RuleRef, RuleState] = {}
    for part in outcome.decision.policies:
        for result in listed_results(part):
            ref = RuleRef(part.name, result.id)
            rounds = later.get(f"{part.name}/{result.id}", ()) if result.status != "matched" else ()
            word = str(result.detail.get("verdict") or result.status.replace("_", " "))
            states[ref] = RuleState(ref, result.status, word, result.reason or "", rounds)
    return states


def listed_results(part: PolicyDecision) -> tuple[RuleResult, ...]:
    """The entries as the pane lists them: the skip that ended the policy, then rules; objectives worst first."""
    skips = tuple(skip for skip in part.skips if skip.status != "not_matched")
    rules = part.rules
    if KINDS[part.kind].blocks_on_unknown:
        order = {verdict: place for place, verdict in enumerate(WORST_FIRST)}
        rules = tuple(
            sorted(rules, key=lambda rule: order.get(str(rule.detail.get("verdict")), len(order)))
            if part.kind == "SLOGate"
            else rules
        )
    return (*skips, *rules)


def status_sign(status: str, word: str, glyphs: Glyphs) -> tuple[str, Role]:
    """The sign and the role of a status or verdict."""
    if word in VERDICT_ROLES and word != status:
        role = VERDICT_ROLES[word]
        sign = {"success": glyphs.matched, "error": glyphs.failed, "warning": glyphs.unknown}[role]
        return (glyphs.error if word == "WARN" else sign), role
    return {
        "matched": (glyphs.matched, "success"),
        "not_matched": (glyphs.not_matched, "muted"),
        "undetermined": (glyphs.unknown, "warning"),
        "error": (glyphs.error, "error"),
        "stopped": (glyphs.stopped, "muted"),
        "skipped": (glyphs.skipped, "muted"),
    }.get(status, (glyphs.not_matched, "muted"))  # type: ignore[return-value]


def rules_text(state: State, glyphs: Glyphs) -> PaneText:
    """The pane for one event."""
    now, before = rule_states(state.outcome), rule_states(state.original)
    changed = changed_rules(now, before) if state.is_changed else frozenset()
    rows = list(_rows(state, glyphs, now, before, changed))
    cursor = next(
        (number for number, row in enumerate(rows) if row.key == state.rule and row.key is not None), None
    )
    return PaneText(_title(state, glyphs, now, changed), rows, cursor)


def changed_rules(
    now: Mapping[RuleRef, RuleState], before: Mapping[RuleRef, RuleState]
) -> frozenset[RuleRef]:
    """The entries that came out otherwise than before: by word, or by the rounds in which they matched."""
    gone = {ref for ref in before if ref not in now}
    return (
        frozenset(
            ref
            for ref, found in now.items()
            if ref not in before or (found.word, found.later) != (before[ref].word, before[ref].later)
        )
        | gone
    )


def _verdict_word(part: PolicyDecision) -> str:
    """The verdict of a gate as it is written in policies (`NO_DATA`), else the status as text (`not matched`)."""
    return part.verdict if KINDS[part.kind].blocks_on_unknown else part.verdict.replace("_", " ")


def _title(
    state: State, glyphs: Glyphs, now: Mapping[RuleRef, RuleState], changed: frozenset[RuleRef]
) -> Row:
    spans = [Span("2 Rules  ", "strong")]
    if state.outcome is None or state.outcome.decision is None:
        spans.append(Span("no decision", "muted"))
        return Row(tuple(spans))
    matched = sum(found.status == "matched" or bool(found.later) for found in now.values())
    spans.append(Span(f"{matched} matched"))
    verdicts = [
        Span(f" {glyphs.separator} {part.name} {part.verdict}", VERDICT_ROLES.get(part.verdict, ""))
        for part in state.outcome.decision.policies
        if KINDS[part.kind].blocks_on_unknown
    ]
    spans += verdicts[:3]
    if state.is_changed:
        spans.append(
            Span(f" {glyphs.separator} {glyphs.changed} {len(changed)} changed {state.changed_by}", "changed")
        )
    if state.rule_filter:
        spans.append(Span(f" {glyphs.separator} filter {one_line(state.rule_filter, 40)}", "accent"))
    return Row(tuple(spans))


def _rows(
    state: State,
    glyphs: Glyphs,
    now: Mapping[RuleRef, RuleState],
    before: Mapping[RuleRef, RuleState],
    changed: frozenset[RuleRef],
) -> Iterator[Row]:
    yield from finding_rows(state, glyphs)
    outcome = state.outcome
    if outcome is None:
        if state.event_error:
            yield text_row(f"{glyphs.error} {one_line(state.event_error)}", "error")
        elif not len(state.archive):
            yield text_row(NO_EVENT, "muted")
            yield text_row("v shows the policies.", "muted")
        return
    if outcome.error is not None:
        yield text_row(f"{glyphs.error} {one_line(outcome.error.message)}", "error")
        if outcome.error.hint:
            yield text_row(f"  {one_line(outcome.error.hint)}", "muted")
    if outcome.decision is None:
        return
    if not outcome.decision.policies:
        yield from _no_policy(state)
    for part in outcome.decision.policies:
        yield from _policy_rows(state, part, glyphs, now, before, changed)


def finding_rows(state: State, glyphs: Glyphs) -> Iterator[Row]:
    """What is wrong with the policies, where they do not load."""
    for problem in state.policies.problems:
        yield text_row(f"{glyphs.error} {policy_line(problem)}", "error")
    for found in state.findings:
        if found.severity == "error":
            place = f"{found.span.file}:{found.span.line}"
            yield Row(
                (Span(f"{glyphs.error} {found.code} ", "error"), Span(one_line(found.message))),
                (Span(place, "muted"),),
                key=("place", found.span.file, found.span.line),
            )
            if found.hint:
                yield text_row(f"  {one_line(found.hint)}", "muted")


def _no_policy(state: State) -> Iterator[Row]:
    assert state.outcome is not None
    event = state.outcome.draft.event
    name = f"{event.name}.{event.action}" if event.action else event.name
    yield text_row(f"No policy decides about {name}.", "warning")
    for policy in state.program.policies:
        yield text_row(f"  {policy.name} decides on: {', '.join(policy.on) or 'nothing'}", "muted")


def _policy_rows(
    state: State,
    part: PolicyDecision,
    glyphs: Glyphs,
    now: Mapping[RuleRef, RuleState],
    before: Mapping[RuleRef, RuleState],
    changed: frozenset[RuleRef],
) -> Iterator[Row]:
    entries = {entry.id: entry for entry in part.policy.entries}
    query = parse_query(state.rule_filter)
    results = [
        result
        for result in listed_results(part)
        if _is_listed(state, part, result, now[RuleRef(part.name, result.id)], changed)
        and _is_found(query, now[RuleRef(part.name, result.id)], entries[result.id].description)
    ]
    if query.terms and not results:
        return
    hidden = len(listed_results(part)) - len(results)
    mode = f" {part.mode} mode" if part.mode != "enforce" else ""
    spans = (
        Span(part.name, "strong"),
        Span(f" {part.kind}{mode} ", "muted"),
        Span(_verdict_word(part), VERDICT_ROLES.get(part.verdict, "muted")),
        Span(
            f"  {hidden} not shown" if query.terms else f"  {hidden} not matched" if hidden else "", "muted"
        ),
    )
    yield Row(spans, heading=True)
    longest = max((len(result.id) for result in results if len(result.id) <= LONG_ID), default=0)
    samples = state.outcome.facts.values if state.outcome and state.outcome.facts else {}
    for result in results:
        ref = RuleRef(part.name, result.id)
        row = _rule_row(
            now[ref],
            before.get(ref),
            result,
            longest,
            glyphs,
            ref in changed,
            part.kind == "Promotion" and _start_word(part, result) == "failed",
        )
        spark = spark_line(samples.get(result.id), glyphs) if part.kind == "SLOGate" else ""
        yield row._replace(spans=(*row.spans, Span(f"  {spark}", "accent"))) if spark else row


def _is_found(query: Query, found: RuleState, description: str) -> bool:
    """Whether a filter shows an entry; a rule that matched in a later round counts as matched, too."""
    verdict = found.word if found.word in VERDICT_ROLES else None
    statuses = (found.status, "matched") if found.later else (found.status,)
    return any(matches_rule(query, *found.ref, description, status, verdict) for status in statuses)


def _is_listed(
    state: State, part: PolicyDecision, result: RuleResult, found: RuleState, changed: frozenset[RuleRef]
) -> bool:
    return (
        state.show_all
        or bool(state.rule_filter)
        or KINDS[part.kind].blocks_on_unknown
        or result.status != "not_matched"
        or bool(found.later)
        or found.ref in changed
    )


def _rule_row(
    found: RuleState,
    before: RuleState | None,
    result: RuleResult,
    longest: int,
    glyphs: Glyphs,
    is_changed: bool,
    is_failed: bool,
) -> Row:
    sign, role = status_sign(found.status, found.word, glyphs)
    if is_failed:
        sign, role = glyphs.failed, "error"
    if found.later and found.status != "matched":
        sign, role = glyphs.matched, "success"
    mark = glyphs.changed if is_changed else " "
    spans = [
        Span(f"{mark} ", "changed"),
        Span(f"{sign} ", role),
        Span(f"{found.ref.id:<{longest}}  "),
        Span(found.word, "muted" if found.later else role),
    ]
    if found.later:
        rounds = ", ".join(map(str, found.later))
        spans.append(Span(f"  {glyphs.matched} in round {rounds}", "success"))
    if is_changed and before is not None:
        was = (
            f"{glyphs.matched} in round {before.later[0]}"
            if before.later and before.status != "matched"
            else before.word
        )
        spans.append(Span(f"  was {was}", "changed"))
    summary = objective_summary(result)
    if summary:
        spans.append(Span(f"  {summary}", "muted"))
    elif found.reason and not found.later:
        # "stopped by secret-found" says "stopped" itself.
        reason = policy_line(found.reason, 200)
        rest = reason.removeprefix(f"{found.word} ")
        gap = " " if rest != reason and not is_changed else "  "
        spans.append(Span(f"{gap}{rest}", "muted"))
    return Row(tuple(spans), key=found.ref)


def first_matched(decision: Decision | None) -> RuleRef | None:
    """The rule under the cursor at the start: the first that matched, of a gate or promotion that does not pass what
    keeps it from that, else the first that is not `not_matched`, else the first."""
    refs: dict[str, RuleRef] = {}
    for part in decision.policies if decision is not None else ():
        for result in listed_results(part):
            refs.setdefault(_start_word(part, result), RuleRef(part.name, result.id))
            refs.setdefault("", RuleRef(part.name, result.id))
    wanted = ("matched", "failed", "error", "undetermined", "stopped", "skipped", "passed", "")
    return next((refs[word] for word in wanted if word in refs), None)


def _start_word(part: PolicyDecision, result: RuleResult) -> str:
    """The status; `failed` for what keeps a gate or promotion from passing, `passed` for what does not."""
    if part.kind == "SLOGate" and part.verdict not in PASSING:
        return {"matched": "passed", "not_matched": "failed"}.get(result.status, result.status)
    if part.kind == "Promotion" and (result.reason or "").startswith("not met"):
        return "failed"
    return result.status
