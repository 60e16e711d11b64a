"""A decision as a case of its policy's test file: written, and judged by the runner before anybody keeps it.

The expectation is what the runner sees: the policy alone, enforced, with the facts that the case gives.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.detection.masking import mask_text
from rulewright.events.line_ends import with_unix_lines
from rulewright.planning.replan import decide_and_plan
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.diagnostics import RulewrightError, UsageError, has_errors
from rulewright.policy.document import read_documents
from rulewright.policy.fact_sources import FACT_DECLARATIONS
from rulewright.policy.kinds import KINDS
from rulewright.testing.case_text import append_case, case_ids, new_test_file
from rulewright.testing.event import EventError, build_event, find_fixtures
from rulewright.testing.loader import Library, read_test_text
from rulewright.testing.model import Case
from rulewright.testing.patch import PatchError
from rulewright.testing.patch_difference import patch_between
from rulewright.testing.prepare import prepare
from rulewright.testing.runner import run_case

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from rulewright.actions.plan import Effect, Plan
    from rulewright.evaluate.decision import Decision, PolicyDecision
    from rulewright.events.model import Event, Facts
    from rulewright.policy.document import Document
    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.program.program import Program
    from rulewright.testing.model import CaseResult, PreparedCase

_NO_WORD: Final = re.compile(r"[^a-z0-9]+")
_DERIVED: Final = frozenset({"marker", "sha256", "findings", "masked", "remove", "preconditions"})
"""Arguments of effects that follow from the others, or change with every word of a text."""
_TEXTS: Final = ("body", "text", "message")
_LONGEST: Final = 80
"""Characters of an effect's text that a case pins."""
_MOST_RULES: Final = 12
"""Rules that a case expects where nobody chose some."""


class EventOrigin(NamedTuple):
    """Where an event comes from, as it came: a file that a case can name, or nothing but the payload."""

    event: Event
    path: Path | None = None


class WrittenCase(NamedTuple):
    """A case and the test file with it. `text` is the whole file; nothing has been written to disk.

    `policy`: as the test file names it. `is_new`: there was no such file. `is_masked`: texts of the case are masked.
    `result`: what the runner says of the case: it passes.
    """

    file: Path
    policy: str
    case: JsonObject
    text: str
    is_new: bool
    is_masked: bool
    result: CaseResult


def case_file_beside(policy_file: str | Path) -> Path:
    """The test file beside a policy: `intake.test.yaml` of `intake.yaml`."""
    path = Path(policy_file)
    return path.with_name(f"{path.stem}.test.yaml")


def write_case(
    origin: EventOrigin,
    decision: Decision,
    policy: str,
    *,
    rules: Iterable[str] = (),
    given: Container[str] = (),
    case_id: str | None = None,
    file: Path | None = None,
) -> WrittenCase:
    """The decision about `decision.facts.event`, which may be an edit of `origin.event`, as a case for one of its
    policies.

    `rules`: entries whose status the case expects; where there are none, those that did more than not match. `given`:
    the facts that somebody gave; they are written whatever their source. `file`: the test file; where None, that beside
    the policy. It is read, and not written.

    Secrets and personal data in what would be written are masked. Raises UsageError where the policy decides otherwise
    without them or in the case than in `decision`, where the policy or the test file does not load, and for an unknown
    policy or rule.
    """
    part = next((part for part in decision.policies if part.name == policy), None)
    if part is None:
        raise UsageError(f"policy {policy} does not decide about this event")
    chosen = _chosen_entries(part, tuple(rules))
    draft = _Draft(part, file or case_file_beside(part.policy.file))
    body: JsonObject = {
        "id": draft.free_id(case_id or _case_id(decision, chosen)),
        "event": draft.event_spec(origin, decision.facts.event),
        "now": decision.facts.now,
    }
    facts = _written_facts(part, decision.facts, given)
    if facts:
        body["given"] = facts
    masked = _mask(body)
    ready = draft.prepare(masked)
    _, again, plan, *_ = decide_and_plan(draft.program, ready.facts)
    _check_statuses(part, again.policy(policy), chosen, is_masked=masked != body)
    case: JsonObject = {**masked, "expect": _expectation(ready, again, plan, policy, chosen)}
    return draft.judge_case(case, is_masked=masked != body)


def _chosen_entries(part: PolicyDecision, rules: tuple[str, ...]) -> tuple[str, ...]:
    known = {entry.id: entry.role for entry in part.policy.entries}
    for rule in rules:
        if rule not in known:
            raise UsageError(f"policy {part.name} has no rule {rule!r}")
    if rules:
        return rules
    results = part.rules if KINDS[part.kind].blocks_on_unknown else part.notable
    noteworthy = [result.id for result in results if result.status != "skipped"]
    skips = [result.id for result in part.skips if result.status != "not_matched"]
    plain = sorted(known, key=lambda entry: known[entry] == "skip")
    return tuple(([*skips, *noteworthy] or plain[:1])[:_MOST_RULES])


def _case_id(decision: Decision, chosen: tuple[str, ...]) -> str:
    event = decision.facts.event
    return _NO_WORD.sub("-", f"{event.name}-{event.action or ''}-{chosen[0]}".casefold()).strip("-")


def _written_facts(part: PolicyDecision, facts: Facts, given: Container[str]) -> JsonObject:
    """The facts that the runner would not gather: what was given, and what came from elsewhere than the event."""
    out: JsonObject = {}
    for name, fact in part.policy.facts.items():
        for ending, step in fact.gathered_steps:
            key = name + ending
            if key not in facts.values or name in out:
                continue
            declaration = FACT_DECLARATIONS.get(step.source)
            if key in given or declaration is None or not declaration.from_event:
                out[name] = facts.values[key]
    for entry in part.policy.entries:
        if entry.role == "objective" and entry.id in facts.values and entry.id in given:
            out[entry.id] = facts.values[entry.id]
    return out


def _mask(value: JsonObject) -> JsonObject:
    return {name: item if name == "id" else _mask_value(item) for name, item in value.items()}


def _mask_value(value: Json) -> Json:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {name: _mask_value(item) for name, item in value.items()}
    return [_mask_value(item) for item in value] if isinstance(value, list | tuple) else value


def _check_statuses(
    before: PolicyDecision, after: PolicyDecision, chosen: tuple[str, ...], *, is_masked: bool
) -> None:
    """Raises UsageError where the case says something else of a rule than the decision does."""
    old, new = _statuses(before), _statuses(after)
    differing = [rule for rule in chosen if old[rule] != new[rule]]
    if not differing:
        return
    rule = differing[0]
    said = f"`{rule}` is {_words(new[rule])} there, not {_words(old[rule])}"
    if is_masked:
        raise UsageError(
            f"the event holds secrets or personal data that a case must not repeat, and without them {said}",
            hint="edit the event so that it has an invented text in their place",
        )
    raise UsageError(
        f"the case would not repeat the decision: {said}", hint="give the facts that it depends on"
    )


def _words(status: str) -> str:
    return status.replace("_", " ")


def _statuses(part: PolicyDecision) -> Mapping[str, str]:
    skips = {entry.id: "skipped" for entry in part.policy.entries if entry.role == "skip"}
    return {**skips, **{result.id: result.status for result in (*part.skips, *part.rules)}}


def _expectation(
    ready: PreparedCase, decision: Decision, plan: Plan, policy: str, chosen: tuple[str, ...]
) -> JsonObject:
    part = decision.policy(policy)
    is_alone = len(decision.policies) == 1
    statuses = _statuses(part)
    several = len(ready.program.policies) > 1
    out: JsonObject = {}
    if is_alone and KINDS[part.kind].blocks_on_unknown:
        out["verdict"] = part.verdict
    out["rules"] = {f"{policy}/{rule}" if several else rule: statuses[rule] for rule in chosen}
    if is_alone and part.skipped_by is not None and part.skips[-1].status == "matched":
        out["skip"] = part.skipped_by.id
    out["effects"] = [_effect(effect) for effect in plan.effects]
    if plan.conflicts:
        out["conflicts"] = [conflict.field for conflict in plan.conflicts]
    return out


def _effect(effect: Effect) -> Json:
    """An effect as a case expects it: by its arguments, of long texts the first line."""
    arguments: JsonObject = {}
    for name, value in effect.arguments.items():
        if name in _DERIVED or value is None:
            continue
        if name in _TEXTS and isinstance(value, str):
            line = _first_line(value, str(effect.arguments.get("marker") or ""))
            if line:
                arguments["text" if effect.action == "comment" else name] = line
        elif _mask_value(value) == value:
            arguments[name] = value
    if not arguments:
        return effect.action
    short = ACTION_DECLARATIONS[effect.action].short_form
    if [*arguments] == [short] and not isinstance(arguments[str(short)], dict):
        return {effect.action: arguments[str(short)]}
    return {effect.action: arguments}


def _first_line(text: str, marker: str) -> str:
    """The first line that says something, up to what a mask would hide."""
    lines = (
        mask_text(line.strip()).partition("[masked]")[0] for line in text.replace(marker, "").splitlines()
    )
    first = next((line.strip() for line in lines if line.strip()), "")
    return first if len(first) <= _LONGEST else first[:_LONGEST].rpartition(" ")[0] or first[:_LONGEST]


class _Draft:
    """A case in the making, for one test file."""

    def __init__(self, part: PolicyDecision, file: Path) -> None:
        self.file = file
        self.library = Library()
        try:
            self.before = file.read_bytes().decode("utf-8") if file.exists() else None
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} cannot be read: {error}") from None
        self.policy, self.program = self._find_program(part)

    def _find_program(self, part: PolicyDecision) -> tuple[str, Program]:
        """The policy as the test file names it, and its program as the runner loads it."""
        source = Path(part.policy.file)
        whole = self.library.program(source)
        if whole is None:
            raise UsageError(f"policy {source} does not load")
        plain = os.path.relpath(source, self.file.parent).replace(os.sep, "/")
        exact = f"{plain}#{part.name}"
        known = [str(document.mapping.get("policy")) for document in self._documents()]
        if exact in known or (len(whole.policies) > 1 and plain not in known):
            alone = tuple(policy for policy in whole.policies if policy.name == part.name)
            return exact, whole.with_policies(alone)
        return plain, whole

    def _documents(self) -> tuple[Document, ...]:
        if self.before is None:
            return ()
        documents, findings = read_documents(str(self.file), self.before.encode("utf-8"))
        if has_errors(findings):
            raise UsageError(f"the test file {self.file} is not valid")
        return documents

    def free_id(self, wanted: str) -> str:
        """The id, with a number where the file has it already."""
        taken = {name for document in self._documents() for name in case_ids(document)}
        plain = _NO_WORD.sub("-", wanted.casefold()).strip("-") or "case"
        candidates = [plain, *(f"{plain}-{number}" for number in range(2, len(taken) + 3))]
        return next(name for name in candidates if name not in taken)

    def event_spec(self, origin: EventOrigin, edited: Event) -> JsonObject:
        """The event as a fixture, a file or its payload, with the patch that makes the edited one of it."""
        whole: JsonObject = {"payload": dict(edited.payload)}
        for spec in (self._named_spec(origin, edited) or whole, whole):
            named: JsonObject = {**spec, "name": edited.name}
            if edited.action is not None:
                named["action"] = edited.action
            for candidate in (spec, named):
                if self._is_event(candidate, edited):
                    return candidate
        raise UsageError("the event cannot be written as the event of a case")

    def _named_spec(self, origin: EventOrigin, edited: Event) -> JsonObject | None:
        if origin.path is None:
            return None
        path = origin.path.resolve()
        fixtures = find_fixtures(self.file.parent)
        name = next((name for name, fixture in fixtures.items() if fixture.resolve() == path), None)
        relative = os.path.relpath(path, self.file.parent.resolve()).replace(os.sep, "/")
        spec: JsonObject = {"fixture": name} if name is not None else {"file": relative}
        original = origin.event._replace(payload=_with_unix_lines(origin.event.payload))
        try:
            patch = patch_between(original, edited._replace(payload=_with_unix_lines(edited.payload)))
        except PatchError:
            return None
        if patch.set:
            spec["patch"] = dict(patch.set)
        if patch.remove:
            spec["remove"] = list(patch.remove)
        return spec

    def _is_event(self, spec: JsonObject, event: Event) -> bool:
        """Whether the runner makes the event of it."""
        try:
            built = build_event(self._case({"id": "draft", "event": spec}))
        except (EventError, RulewrightError):
            return False
        wanted = event._replace(payload=_with_unix_lines(event.payload))
        return built._replace(payload=_with_unix_lines(built.payload)) == wanted

    def _case(self, body: JsonObject) -> Case:
        text = new_test_file(self.policy, {"id": str(body["id"])})
        documents, _ = read_documents(str(self.file), text.encode("utf-8"))
        return Case(str(body["id"]), 0, body, documents[0])

    def prepare(self, body: JsonObject) -> PreparedCase:
        """The case ready to be decided. Raises UsageError with what is wrong with it."""
        ready, findings = prepare(self._case({**body, "expect": {}}), self.program)
        if ready is None:
            raise UsageError(f"the case cannot be judged: {findings[0].message}", hint=findings[0].hint)
        return ready

    def judge_case(self, body: JsonObject, *, is_masked: bool) -> WrittenCase:
        """The file with the case, once the runner says that it passes there."""
        if self.before is None:
            text = new_test_file(self.policy, body)
        else:
            text = append_case(self.before, body, policy=self.policy)
        for test in read_test_text(self.file, text.encode("utf-8"), self.library):
            if has_errors(test.diagnostics):
                raise UsageError(f"the test file is not valid: {test.diagnostics[0].message}")
            case = next((case for case in test.cases if case.id == body["id"]), None)
            if case is None or test.program is None:
                continue
            result = run_case(case, test.program)
            if result.status != "passed":
                raise UsageError(f"the case does not pass: {result.problems[0].message}")
            return WrittenCase(self.file, self.policy, body, text, self.before is None, is_masked, result)
        raise UsageError("the test file does not have the case")


def _with_unix_lines(payload: Mapping[str, Json]) -> JsonObject:
    lines = with_unix_lines(payload)
    assert isinstance(lines, dict)
    return lines
