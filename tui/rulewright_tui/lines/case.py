"""A test case before it is written: what it says, where it goes, and whether it passes."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from rulewright_tui.lines.row import Row, Span, text_row
from rulewright_tui.masking import policy_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.testing.case_writer import WrittenCase
    from rulewright_tui.glyphs import Glyphs


def case_rows(written: WrittenCase, before: str, glyphs: Glyphs) -> Iterator[Row]:
    """The lines that are added to the test file, and the result of the runner."""
    where = "new file" if written.is_new else "appended; all else in the file stays as it is"
    yield Row((Span(f"{written.file}", "accent"), Span(f"  {where}", "muted")))
    yield text_row("")
    lines = unified_diff(policy_lines(before), policy_lines(written.text), lineterm="", n=0)
    for number, line in enumerate(lines):
        if number >= 2 and line[:1] in "+-":
            yield text_row(line[1:], "success" if line[:1] == "+" else "error")
    yield text_row("")
    yield text_row(f"{glyphs.matched} passes on the policy as it is", "success")
    if written.is_masked:
        yield text_row(
            f"{glyphs.error} secrets and personal data of the event are masked in the case", "warning"
        )
