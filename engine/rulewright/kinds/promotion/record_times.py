"""When records of a request are dated: nothing counts that is dated later than now, or before `max_age`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from rulewright.policy.quantity import CLOCK_SKEW, format_duration, parse_moment
from rulewright.program.frame import NOW
from rulewright.program.nodes import KindNode, Position
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.json_types import Json
    from rulewright.program.frame import Frame
    from rulewright.program.truth import Truth


@dataclass(frozen=True, slots=True)
class RecordTimesNode(KindNode):
    """Times that are not in the future and, with `max_age` in seconds, not older than that.

    `path` is the interned path of a list of times, or of one. A time that is missing is no time in the future; with
    `max_age` at least one is needed.
    """

    operator: ClassVar[str] = "record_times"
    text: str
    position: Position = field(repr=False)
    path: int
    max_age: float | None

    @property
    def expected(self) -> str:  # type: ignore[override]
        return "not in the future" if self.max_age is None else f"newer than {format_duration(self.max_age)}"

    @property
    def reads_clock(self) -> bool:
        return self.max_age is not None

    def decide(self, frame: Frame) -> Truth:
        return _judge_times(self, frame)[0]

    def detail(self, frame: Frame) -> Mapping[str, Json]:
        """`{"observed": the times, "reason": what is wrong with one}`."""
        verdict, reason = _judge_times(self, frame)
        return {"observed": frame[self.path], "reason": "" if verdict else reason}


def record_times_from_json(text: str, position: Json, path: int, max_age: float | None) -> RecordTimesNode:
    """The node that `to_json` wrote."""
    return RecordTimesNode(text, Position.from_json(position), path, max_age)


def _judge_times(node: RecordTimesNode, frame: Frame) -> tuple[Truth, str]:
    value = frame[node.path]
    if value is ERROR:
        return ERROR, ""
    times = value if isinstance(value, list) else [] if value is None else [value]
    verdict: Truth = None if node.max_age is not None and not times else True
    unknown = "no time is given"
    for time in times:
        held, reason = judge_time(time, frame, node.max_age)
        if held is False:
            return False, reason
        if held is None:
            verdict, unknown = None, reason
    return verdict, unknown


def judge_time(time: Json, frame: Frame, max_age: float | None = None) -> tuple[Truth, str]:
    """Whether a record of that time counts, and why it does not; None for what is not a time."""
    then = parse_moment(time) if isinstance(time, str) else None
    now = parse_moment(frame[NOW])
    if then is None or now is None:
        return None, "a time is not a date"
    if now - then < -CLOCK_SKEW:
        return False, f"dated {time}, which is after {frame[NOW]}"
    if max_age is not None and now - then >= max_age:
        return False, f"dated {time}, {format_duration(now - then)} ago"
    return True, ""
