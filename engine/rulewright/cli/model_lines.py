"""Issues out of a file of JSON lines, for learning and for labelling."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

from rulewright.cli.output import complain
from rulewright.cli.stream import numbered
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.files import open_input

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.models.classifier.labelled_issue import LabelledIssue

LONGEST_LINE: Final = 16 << 20


class ExampleLines:
    """`bad` counts the lines that are no issue, each told when it is met. `field`: where the label stands, or None."""

    def __init__(self, path: str, field: str | None = None) -> None:
        self.name = "standard input" if path == "-" else path
        self.field = field
        self.bad = 0
        self.stream = sys.stdin.buffer if path == "-" else open_input(path)

    def __enter__(self) -> ExampleLines:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def examples(self) -> Iterator[LabelledIssue]:
        from rulewright.models.classifier.labelled_issue import read_labelled_issue

        for number, line in numbered(self.stream, self.name):
            try:
                if len(line) > LONGEST_LINE:
                    raise SourceError(f"the line is longer than {LONGEST_LINE >> 20} MiB")
                try:
                    data = json.loads(line)
                except (ValueError, RecursionError):
                    raise SourceError("the line is not JSON") from None
                yield read_labelled_issue(data, self.field)
            except SourceError as error:
                self.bad += 1
                complain(f"error: {self.name}:{number}: {error.message}", hint=error.hint)
