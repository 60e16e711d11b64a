"""The report of `rulewright doctor`: required permissions, their reasons, and whether the token has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.github.preflight import ChannelFinding, job_permissions
from rulewright.policy.characters import clip_text
from rulewright.report.annotation import Annotation
from rulewright.report.document import json_text
from rulewright.report.evaluation import format_count
from rulewright.report.markdown_text import prose
from rulewright.report.reporter import Page, Report
from rulewright.report.run import unnamed_account
from rulewright.report.terminal import Paint, wrap_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rulewright.github.preflight import Preflight, TokenFinding

SIGNS: Final = {"allowed": ("✓", "green"), "missing": ("✗", "red"), "unknown": ("?", "yellow")}
SHOWN: Final = 3
"""Maximum number of reasons in a line of text; JSON has all of them."""

UNKNOWN: Final = "Unknown permissions are known after the first write. Nothing was written."


def verdict(found: Preflight) -> str:
    """`missing` if any permission is missing, else `unknown` if any is unknown, else `allowed`."""
    verdicts = {finding.verdict for finding in every(found)}
    return next((name for name in ("missing", "unknown") if name in verdicts), "allowed")


def every(found: Preflight) -> tuple[TokenFinding | ChannelFinding, ...]:
    """All permissions, then all channels."""
    return (*found.findings, *found.channels)


def unsure(found: Preflight) -> bool:
    return any(finding.verdict == "unknown" for finding in found.findings)


def format_wanted(finding: TokenFinding | ChannelFinding) -> str:
    """`issues: write`, with the board if there is one; `channel: oncall (webhook)`."""
    if isinstance(finding, ChannelFinding):
        return f"channel: {finding.name} ({finding.kind})"
    demand = finding.demand
    if demand.permission == "agents":
        return "assign a coding agent"
    board = f" (board {demand.project})" if demand.project is not None else ""
    return f"{demand.permission.replace('_', ' ')}: {demand.access}{board}"


def place(found: Preflight, finding: TokenFinding | ChannelFinding) -> str:
    """The repository, if it is not the one of the command."""
    if isinstance(finding, ChannelFinding):
        return ""
    other = finding.demand.repository
    return f" on {other}" if other.casefold() != found.repository.casefold() else ""


def reasons(finding: TokenFinding | ChannelFinding) -> str:
    why = finding.why if isinstance(finding, ChannelFinding) else finding.demand.why
    more = f" and {len(why) - SHOWN} more" if len(why) > SHOWN else ""
    return ", ".join(why[:SHOWN]) + more


def whose(found: Preflight) -> str:
    token = found.token
    kind = "of unknown kind" if token.kind == "unknown" else f"({token.kind})"
    scopes = f", scopes {', '.join(token.scopes) or 'none'}" if token.scopes is not None else ""
    return f"a token {kind} of {token.login or 'an unknown account'}{scopes}"


class PreflightReport(Report):
    """The permissions of a token. `variable` is the environment variable that contains it; the token is not stored."""

    def __init__(self, preflight: Preflight, variable: str) -> None:
        self._preflight, self._variable = preflight, variable

    def text(self, page: Page) -> str:
        return "".join(f"{line}\n" for line in _text(self._preflight, page.columns, page.paint))

    def json(self) -> str:
        return json_text(preflight_document(self._preflight, self._variable))

    def markdown(self) -> str:
        lines = [
            f"## Token permissions on {prose(self._preflight.repository)}",
            "",
            f"{prose(whose(self._preflight))}.",
            "",
            "| | permission | for | why |",
            "|---|---|---|---|",
        ]
        for finding in every(self._preflight):
            cells = (
                format_wanted(finding) + place(self._preflight, finding),
                reasons(finding),
                finding.reason,
            )
            lines.append(
                f"| {SIGNS[finding.verdict][0]} {finding.verdict} | {' | '.join(prose(cell) for cell in cells)} |"
            )
        lines += ["", f"{summary(self._preflight)}."]
        if self._preflight.unnamed is not None:
            lines += ["", f"{prose(unnamed_account(self._preflight.unnamed))}."]
        if self._preflight.unneeded:
            lines += ["", f"Unneeded scopes: {prose(', '.join(self._preflight.unneeded))}."]
        if unsure(self._preflight):
            lines += ["", UNKNOWN]
        lines += ["", "Minimal permissions of a job in Actions:", "", "```yaml", "permissions:"]
        lines += [f"  {name}: {access}" for name, access in needed_by_job(self._preflight).items()]
        return "\n".join([*lines, "```"]) + "\n"

    def annotations(self) -> tuple[Annotation, ...]:
        return preflight_annotations(self._preflight)


def _text(found: Preflight, columns: int, paint: Paint) -> Iterator[str]:
    yield paint(clip_text(f"{found.repository} by {found.api_url}", columns), "bold")
    yield wrap_lines(clip_text(whose(found), 400), columns, "  ")
    yield ""
    for finding in every(found):
        sign, colour = SIGNS[finding.verdict]
        what = clip_text(format_wanted(finding) + place(found, finding), columns)
        yield f"{paint(sign, colour)} {finding.verdict:8} {what}"
        yield paint(f"    for  {wrap_lines(clip_text(reasons(finding), 400), columns - 9, ' ' * 9)}", "dim")
        yield f"    why  {wrap_lines(clip_text(finding.reason, 400), columns - 9, ' ' * 9)}"
    yield ""
    if found.unnamed is not None:
        yield wrap_lines(clip_text(unnamed_account(found.unnamed), 400), columns, "") + "."
    if found.unneeded:
        yield f"Unneeded scopes: {clip_text(', '.join(found.unneeded), 400)}"
    yield "Minimal permissions of a job in Actions:"
    yield "  permissions:"
    for name, access in needed_by_job(found).items():
        yield f"    {name}: {access}"
    yield ""
    yield summary(found)
    if unsure(found):
        yield UNKNOWN


def needed_by_job(found: Preflight) -> dict[str, str]:
    """The `permissions:` of a job in Actions: name → access."""
    return job_permissions([finding.demand for finding in found.findings], found.repository)


def summary(found: Preflight) -> str:
    text = f"{format_count(len(found.findings), 'permission')}: {_counts(found.findings)}"
    if found.channels:
        text += f"; {format_count(len(found.channels), 'channel')}: {_counts(found.channels)}"
    return text


def _counts(findings: Sequence[TokenFinding | ChannelFinding]) -> str:
    return ", ".join(
        f"{number} {name}"
        for name in SIGNS
        if (number := sum(finding.verdict == name for finding in findings))
    )


def preflight_document(found: Preflight, variable: str) -> dict[str, object]:
    token = found.token
    return {
        "repository": found.repository,
        "api_url": found.api_url,
        "token": {
            "variable": variable,
            "kind": token.kind,
            "login": token.login,
            "named": found.unnamed is None,
            "scopes": None if token.scopes is None else list(token.scopes),
            "unneeded_scopes": list(found.unneeded),
        },
        "verdict": verdict(found),
        "needs": [
            {
                "permission": finding.demand.permission,
                "access": finding.demand.access,
                "repository": finding.demand.repository,
                "project": finding.demand.project,
                "role": finding.demand.role,
                "for": list(finding.demand.why),
                "verdict": finding.verdict,
                "reason": finding.reason,
            }
            for finding in found.findings
        ],
        "channels": [
            {
                "channel": finding.name,
                "kind": finding.kind,
                "for": list(finding.why),
                "verdict": finding.verdict,
                "reason": finding.reason,
            }
            for finding in found.channels
        ],
        "job_permissions": needed_by_job(found),
    }


def preflight_annotations(found: Preflight) -> tuple[Annotation, ...]:
    """An error per missing permission, a notice per unknown one."""
    remarks = [
        Annotation(
            "error" if finding.verdict == "missing" else "notice",
            f"{format_wanted(finding)}{place(found, finding)}: {finding.reason} (for {reasons(finding)})",
            f"{'channel' if isinstance(finding, ChannelFinding) else 'permission'} {finding.verdict}",
        )
        for finding in every(found)
        if finding.verdict != "allowed"
    ]
    if found.unnamed is not None:
        remarks.append(Annotation("notice", unnamed_account(found.unnamed), "account not named"))
    return tuple(remarks)
