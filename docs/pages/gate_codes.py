"""docs/gate-codes/: one page per verdict code of gates, and an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.measurements.codes import PROMOTES, VERDICT_CODES, WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.measurements.codes import VerdictCode

__all__ = ["markdown"]

_EXIT_CODES: Final = {"FAIL": 1, "NO_DATA": 3, "INCONCLUSIVE": 3, "ERROR": 4}


def markdown() -> dict[str, str]:
    """Name of the file → its text."""
    pages = {f"{code}.md": "\n".join(_page(entry)) + "\n" for code, entry in VERDICT_CODES.items()}
    return {"index.md": "\n".join(_index()) + "\n", **pages}


def _index() -> Iterator[str]:
    yield "# Codes of gate verdicts"
    yield ""
    yield "An objective that does not simply pass has a code: `code` in JSON and in evidence, `code` of"
    yield "`rulewright gate explain`. The list is closed. [Gates](../gates.md) describes the rules."
    for verdict in WORST_FIRST:
        entries = [entry for entry in VERDICT_CODES.values() if entry.verdict == verdict]
        if not entries:
            continue
        yield from ("", f"## {verdict}", "", "| code | meaning |", "|---|---|")
        for entry in entries:
            yield f"| [{entry.code}]({entry.code}.md) | {entry.meaning} |"


def _page(entry: VerdictCode) -> Iterator[str]:
    yield f"# {entry.code}"
    yield ""
    yield entry.meaning
    yield ""
    if entry.verdict in PROMOTES:
        yield f"The verdict is {entry.verdict}, which promotes."
    else:
        yield f"The verdict is {entry.verdict}, which does not promote; the exit code is {_EXIT_CODES[entry.verdict]}."
    yield from ("", "## Fix", "", entry.remedy, "", "[All codes](index.md)")
