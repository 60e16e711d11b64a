"""What came of effects, as records: the contents of the journal's lines, before they take their place in it.

Each record has a `kind`:

    intent    what is about to be done for one subject: written first, so that a crash loses nothing
    effect    one effect and what came of it
    subject   one subject's audit entry (`run/audit.py`)
    run       the end of a run
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from rulewright.actions.table import ACTIONS
from rulewright.planning.plan_json import effect_json, read_effect
from rulewright.policy.diagnostics import UsageError
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.actions.plan import Effect, Plan

Status = Literal["applied", "recovered", "unchanged", "precondition_failed", "failed", "held_back"]
"""`recovered`: an interrupted run did it, and the journal had no record of that."""

_EFFECT: Final = (
    "action", "target", "arguments", "rule", "preconditions", "emission", "key", "round", "also",
)  # fmt: skip


class Halt(NamedTuple):
    """Why the rest of a plan, and of a run, was not tried. `failed`: nothing will change by waiting."""

    message: str
    failed: bool = False


class Record(NamedTuple):
    """What came of one effect. `at` is an ISO 8601 moment in UTC; `plan` is the plan's hash.

    `masked`: places of its JSON whose text was masked before it was written; it cannot be taken back then.
    """

    effect: Effect
    status: Status
    plan: str
    at: str
    reason: str | None = None
    masked: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether this run, or an interrupted one before it, wrote the effect."""
        return self.status in ("applied", "recovered")

    @property
    def noteworthy(self) -> bool:
        """Whether people want to read of it: whatever was not simply done, and was not there already."""
        return self.status not in ("applied", "unchanged")

    @property
    def inverse(self) -> tuple[Effect, ...]:
        """The effects that take it back; none where it was not done, or cannot be."""
        if not self.is_done or self.masked:
            return ()
        return ACTIONS[self.effect.action].inverse(self.effect)

    def content(self) -> dict[str, object]:
        """The record as JSON, with the effects that take it back as `undo`."""
        undo = [effect_json(one) for one in self.inverse]
        out = {"kind": "effect", "at": self.at, "plan": self.plan, "status": self.status}
        if self.reason is not None:
            out["reason"] = self.reason
        return {**out, **effect_json(self.effect), "undo": {"effects": undo} if undo else None}


class Journal(NamedTuple):
    """What came of a plan: a record for every effect of it, in order."""

    records: tuple[Record, ...] = ()
    halt: Halt | None = None

    @property
    def exit_code(self) -> int:
        """0; 1 after a `fail`, 4 after a failed write, 5 where something was refused or held back."""
        statuses = {record.status for record in self.records}
        if any(record.effect.action == "fail" for record in self.records if record.status != "held_back"):
            return exit_codes.NEGATIVE
        if "failed" in statuses or (self.halt is not None and self.halt.failed):
            return exit_codes.FAILED
        refused = statuses & {"precondition_failed", "held_back"}
        return exit_codes.PARTLY if self.halt is not None or refused else exit_codes.DONE


def intent(plan: Plan, at: str) -> dict[str, object]:
    """The content that says what is about to be done: all effects, those beyond the budget too."""
    effects = (*plan.effects, *plan.held_back)
    content: dict[str, object] = {
        "kind": "intent",
        "at": at,
        "plan": plan.hash,
        "target": effects[0].target if effects else "",
        "policies": dict(plan.policies),
        "effects": [effect_json(effect) for effect in effects],
    }
    if plan.models:
        content["models"] = {name: dict(found) for name, found in plan.models.items()}
    return content


def run_record(
    at: str, repository: str, *, dry_run: bool, halt: Halt | None, missed: int = 0, resume: int | None = None
) -> dict[str, object]:
    """The content that ends a run. `resume`: the number of the subject with which the next sweep begins."""
    return {
        "kind": "run",
        "at": at,
        "repository": repository,
        "dry_run": dry_run,
        "halt": halt.message if halt is not None else None,
        "missed": missed,
        "resume": resume,
    }


def record_of(content: Mapping[str, object]) -> Record:
    """An effect's record out of its content. Raises UsageError when it is none."""
    texts = [content.get(name) for name in ("plan", "at")]
    reason = content.get("reason")
    status: Status | None = next((one for one in get_args(Status) if one == content.get("status")), None)
    if (
        status is None
        or not all(isinstance(text, str) for text in texts)
        or not isinstance(reason, str | None)
    ):
        raise UsageError("A record of the journal has no `plan`, `at` or `status`.")
    masked = content.get("masked") or []
    if not isinstance(masked, list) or not all(isinstance(place, str) for place in masked):
        raise UsageError("A record of the journal has a wrong `masked`.")
    effect = read_effect({name: content[name] for name in _EFFECT if name in content}, masked=bool(masked))
    return Record(effect, status, str(content["plan"]), str(content["at"]), reason, tuple(masked))


def records_of(contents: Iterable[Mapping[str, object]]) -> tuple[Record, ...]:
    """The effects' records among all of a journal's contents."""
    return tuple(record_of(content) for content in contents if content.get("kind") == "effect")
