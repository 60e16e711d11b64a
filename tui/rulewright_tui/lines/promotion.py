"""A transition of a promotion: the stages with what runs where, and each requirement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.policy.quantity import format_duration, format_moment, parse_moment, parse_quantity
from rulewright_tui.lines.model import bar
from rulewright_tui.lines.row import Role, Row, Span, text_row, wrap_words
from rulewright_tui.masking import one_line, policy_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.evaluate.explain import Explained, Explanation
    from rulewright_tui.glyphs import Glyphs
    from rulewright_tui.session.outcome import RuleRef
    from rulewright_tui.session.state import State

ORIGIN, TARGET = "promotion.from", "promotion.to"
IDENTITY: Final = (ORIGIN, TARGET, "promotion.artifact.")
"""What a request has to be for, before its requirements count."""
DAY: Final = 86_400
DAYS_SHOWN: Final = 9
WEEKDAYS: Final = ("th", "fr", "sa", "su", "mo", "tu", "we")
"""From the first day of Unix time on."""
GROUP: Final = re.compile(r"^(?:all|any|none) of these: ")
EVIDENCE: Final = re.compile(r"^(?P<type>gate|test|check) (?P<name>\S+) with ")
WINDOW: Final = re.compile(r"between (\S+) and (\S+)")
FREEZE: Final = "no freeze of "


class Request(NamedTuple):
    """What is asked for, as the event says it, and when it is decided."""

    body: Mapping[str, Any]
    now: float

    def text(self, key: str) -> str:
        return str(self.body.get(key) or "")


def promotion_rows(
    state: State, rule: RuleRef, explanation: Explanation, glyphs: Glyphs, width: int
) -> Iterator[Row]:
    """The stages of the policy, then the requirements of the transition one by one."""
    assert state.outcome is not None
    body = state.outcome.draft.event.payload.get("promotion")
    request = Request(body if isinstance(body, dict) else {}, parse_moment(state.outcome.draft.now) or 0.0)
    yield from _stage_rows(state, rule, request, glyphs, width)
    nodes = [node for node in explanation.tree.children if not _is_freeze(node)]
    identity = [node for node in nodes if node.expression.startswith(IDENTITY)]
    kept = [node for node in identity if node.verdict == "true"]
    if kept and len(kept) == len(identity):
        artifact = request.body.get("artifact")
        version = artifact.get("version") if isinstance(artifact, dict) else ""
        text = f"{request.text('from')} to {request.text('to')}, artifact {version}"
        yield Row((Span(f"{glyphs.matched} ", "success"), Span(one_line(text, 100))),
                  key=("place", explanation.file, explanation.line))  # fmt: skip
        nodes = [node for node in nodes if node not in identity]
    for node in nodes:
        yield from _requirement_rows(node, explanation.file, request, glyphs, width)
    yield from _freeze_rows(
        [node for node in explanation.tree.children if _is_freeze(node)],
        explanation.file, request, glyphs, width,
    )  # fmt: skip


def _is_freeze(node: Explained) -> bool:
    return requirement_title(node).startswith(FREEZE)


def requirement_title(node: Explained) -> str:
    """`gate assistant-slo with PASS or WARN, not older than 24h`."""
    if node.children:
        return GROUP.sub("", node.expected or node.expression)
    path, colon, _ = node.expression.rpartition(": ")
    if colon and node.verdict == "true" and path.startswith(IDENTITY):
        return f"{path} {node.actual}"
    return f"{path} {node.expected}" if colon else node.expression


# Stages


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


def _stage_rows(state: State, rule: RuleRef, request: Request, glyphs: Glyphs, width: int) -> Iterator[Row]:
    """`dev ──✓── staging ● 1.4.0 ──✗── production`; one row for each transition where that is too long."""
    assert state.outcome is not None
    results = {}
    if state.outcome.decision is not None:
        results = {found.id: found.status for found in state.outcome.decision.policy(rule.policy).rules}
    artifact = request.body.get("artifact")
    version = str(artifact.get("version") or "") if isinstance(artifact, dict) else ""
    steps, spans, rows = _steps(state, rule), [], []  # type: ignore[var-annotated]
    last = ""
    for ident, origin, target in steps:
        if origin and origin != last:
            if spans:
                rows.append(spans)
            spans = _stage(origin, request.text("from"), version, glyphs)
        spans += [*_step(ident, origin, target, results, request, glyphs)]
        spans += _stage(target, request.text("from"), version, glyphs)
        last = target
    rows.append(spans)
    if any(sum(len(span.text) for span in row) > width for row in rows):
        rows = [
            [
                *_stage(origin, request.text("from"), version, glyphs),
                *_step(ident, origin, target, results, request, glyphs),
                *_stage(target, "", version, glyphs),
            ]
            for ident, origin, target in steps
        ]
    yield from (Row(tuple(row)) for row in rows if row)


def _step(
    ident: str, origin: str, target: str, results: Mapping[str, str], request: Request, glyphs: Glyphs
) -> tuple[Span, Span, Span]:
    """`──✓──` for a transition."""
    status = results.get(ident, "")
    asked = request.text("from") == origin and request.text("to") == target
    sign, role = {
        "matched": (glyphs.matched, "success"),
        "undetermined": (glyphs.unknown, "warning"),
        "error": (glyphs.error, "error"),
    }.get(status, (glyphs.failed, "error") if asked else (glyphs.not_matched, "muted"))
    line = glyphs.rule * 2
    return Span(f" {line}", "muted"), Span(sign, role), Span(f"{line} ", "muted")  # type: ignore[arg-type]


def _stage(name: str, standing: str, version: str, glyphs: Glyphs) -> list[Span]:
    here = bool(name) and name == standing
    spans = [Span(policy_line(name, 30), "strong" if here else "")]
    if here:
        spans.append(Span(f" {glyphs.point} {one_line(version, 30)}".rstrip(), "accent"))
    return spans


# Requirements


def _requirement_rows(
    node: Explained, file: str, request: Request, glyphs: Glyphs, width: int
) -> Iterator[Row]:
    title = requirement_title(node)
    sign, role = _verdict_sign(node.verdict, glyphs)
    place = ("place", file, node.line)
    for number, line in enumerate(wrap_words(policy_line(title), max(width - 8, 20))):
        start = Span(f"{sign} ", role) if not number else Span("  ")
        yield Row((start, Span(line)), (Span(f":{node.line}", "muted"),) if not number else (), key=place)
    evidence = EVIDENCE.match(title)
    if evidence is not None:
        said = describe_evidence(request, evidence["type"], evidence["name"])
    elif title.startswith(("a signature of", "an attestation")):
        said = describe_evidence(request, "signature" if "signature" in title else "attestation")
    elif "soak" in title:
        yield from _soak_rows(request, title, glyphs)
        return
    elif "approval" in title:
        said = describe_approvals(request, node)
    elif node.verdict == "true" or node.children:
        said = ""
    else:
        actual = "missing" if node.actual is None else node.actual
        said = node.message or f"is {actual}"
    shown = "muted" if node.verdict == "true" else "warning"
    for line in wrap_words(policy_line(said), max(width - 4, 20)) if said else ():
        yield text_row(f"    {line}", shown, key=place)  # type: ignore[arg-type]


def _verdict_sign(verdict: str, glyphs: Glyphs) -> tuple[str, Role]:
    return {
        "true": (glyphs.matched, "success"), "false": (glyphs.failed, "error"), "error": (glyphs.error, "error"),
    }.get(verdict, (glyphs.unknown, "warning"))  # type: ignore[return-value]  # fmt: skip


def describe_evidence(request: Request, kind: str, name: str = "") -> str:
    """What the event has of a kind of evidence: `PASS, 3h ago`, and whether it is for the artifact."""
    artifact = request.body.get("artifact")
    digest = artifact.get("digest") if isinstance(artifact, dict) else None
    found = request.body.get("evidence")
    texts = []
    for record in found if isinstance(found, list) else ():
        if (
            not isinstance(record, dict)
            or record.get("type") != kind
            or (name and record.get("name") != name)
        ):
            continue
        text = str(record.get("verdict") or "without a verdict")
        moment = parse_moment(str(record.get("at") or ""))
        if moment is not None:
            age = request.now - moment
            text += f", {format_duration(age)} ago" if age >= 0 else ", later than now"
        if not name and record.get("identity"):
            text += f", by {record['identity']}"
        if record.get("subject") != digest:
            text += ", for another artifact"
        texts.append(one_line(text, 200))
    return "; ".join(texts) or f"the request has no {kind} {name}".rstrip()


def describe_approvals(request: Request, node: Explained) -> str:
    """Who approved, and whose approval counts."""
    found = request.body.get("approvals")
    logins = [
        str(item.get("login") or "") for item in found or () if isinstance(item, dict)
    ] if isinstance(found, list) else []  # fmt: skip
    if not logins:
        return node.message or "nobody approved"
    counting = str(node.actual or "").casefold()
    texts = [
        login if f'"{login.casefold()}"' in counting else f"{login} (does not count)" for login in logins
    ]
    return one_line(f"approved by {', '.join(texts)}", 300)


# Clocks


def _soak_rows(request: Request, title: str, glyphs: Glyphs) -> Iterator[Row]:
    """How long the artifact has been in the environment, of the time that is asked for, as the event says it."""
    seconds, wanted = soak_seconds(request), _wanted_seconds(title)
    if seconds is None:
        yield text_row("    the request has no soak time", "warning")
        return
    if not wanted:
        yield text_row(f"    {format_duration(seconds)} done", "muted")
        return
    done = seconds >= wanted
    end = "" if done else f" until {short_day(request.now + wanted - seconds)}"
    yield Row(
        (
            Span(f"    {format_duration(seconds)} done ", "muted" if done else "warning"),
            *bar(seconds / wanted, 12, glyphs),
            Span(f" {min(seconds / wanted, 1):.0%}{end}", "muted"),
        )
    )


def soak_seconds(request: Request) -> float | None:
    """The verified stay: `seconds`, else the time since `verified_since`."""
    soak = request.body.get("soak")
    if not isinstance(soak, dict):
        return None
    seconds, since = soak.get("seconds"), parse_moment(str(soak.get("verified_since") or ""))
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < 1e12:
        return int(seconds)
    return None if since is None or since > request.now else int(request.now - since)


def _wanted_seconds(title: str) -> float:
    for word in title.replace(",", " ").split():
        found = parse_quantity(word)
        if found is not None and found.dimension == "duration":
            return float(found.value)
    return 0.0


def _freeze_rows(
    nodes: list[Explained], file: str, request: Request, glyphs: Glyphs, width: int
) -> Iterator[Row]:
    """The freeze calendar: the days around now, those of a window in brackets, and the next window."""
    windows = []
    for node in nodes:
        found = next((WINDOW.search(leaf.expected) for leaf in node.children), None)
        ends = [parse_moment(text) for text in found.groups()] if found else []
        if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
            windows.append((ends[0], ends[1], node))
    if not windows:
        return
    windows.sort(key=lambda window: window[0])
    now = request.now
    current = next((window for window in windows if window[0] <= now <= window[1]), None)
    coming = next((window for window in windows if window[0] > now), None)
    _, end, node = current or coming or windows[-1]
    sign, role = _verdict_sign("true" if current is None else "false", glyphs)
    text = "no freeze" if current is None else f"freeze until {short_day(end)}"
    days = freeze_days(now, [(first, last) for first, last, _ in windows])
    following = f"  next: {short_day(coming[0])}" if coming else "  none planned" if current is None else ""
    place = ("place", file, node.line)
    if len(text) + len(days) + len(following) + 10 <= width:
        yield Row((Span(f"{sign} ", role), Span(text), Span(f"  {days}{following}", "muted")),
                  (Span(f":{node.line}", "muted"),), key=place)  # fmt: skip
    else:
        yield Row(
            (Span(f"{sign} ", role), Span(text), Span(following, "muted")),
            (Span(f":{node.line}", "muted"),),
            key=place,
        )
        yield text_row(f"    {days}", "muted", key=place)
    if current is not None:
        for line in wrap_words(
            policy_line(requirement_title(node).partition(" (")[2].rstrip(")")), max(width - 4, 20)
        ):
            yield text_row(f"    {line}", "warning", key=place)


def freeze_days(now: float, windows: list[tuple[float, float]]) -> str:
    """`mo tu we th fr[sa su]mo tu`: nine days from today on, days with a freeze in brackets."""
    first = int(now // DAY) * DAY
    text, inside = "", False
    for number in range(DAYS_SHOWN):
        start = first + number * DAY
        frozen = any(begin < start + DAY and end >= start for begin, end in windows)
        gap = (
            ""
            if not number and not frozen
            else "["
            if frozen and not inside
            else "]"
            if inside and not frozen
            else " "
        )
        text += gap + WEEKDAYS[int(start // DAY) % 7]
        inside = frozen
    return text + ("]" if inside else "")


def short_day(moment: float) -> str:
    """`2026-01-06 15:40Z`."""
    text = format_moment(moment)
    return f"{text[:10]} {text[11:16]}Z"
