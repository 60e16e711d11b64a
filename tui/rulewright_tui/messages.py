"""What workers tell the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from rulewright_tui.lines.compare import Comparison
    from rulewright_tui.session.decider import Request
    from rulewright_tui.session.library import Policies
    from rulewright_tui.session.outcome import Outcome
    from rulewright_tui.session.work import Work, WorkReport


class Decided(Message):
    """A draft was decided."""

    def __init__(self, request: Request, outcome: Outcome) -> None:
        super().__init__()
        self.request, self.outcome = request, outcome


class Loaded(Message):
    """The policies were loaded again."""

    def __init__(self, policies: Policies) -> None:
        super().__init__()
        self.policies = policies


class Compared(Message):
    """A comparison has begun."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison


class Worked(Message):
    """Long work went on, or ended."""

    def __init__(self, work: Work, report: WorkReport) -> None:
        super().__init__()
        self.work, self.report = work, report
