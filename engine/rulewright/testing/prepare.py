"""A case against its program: what it names must exist, and its event must reach what it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.events.model import Absent, Event, Facts
from rulewright.facts.gather import normalize_moment
from rulewright.facts.sources import GatheringContext, built_in_source
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import UsageError, ordered
from rulewright.policy.fact_sources import FACT_DECLARATIONS
from rulewright.policy.json_types import as_array, as_object, as_text, as_texts
from rulewright.policy.suggestions import nearest
from rulewright.program.frame import AGE, NOW
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import KindNode, MatchNode, leaf_nodes, paths_read
from rulewright.program.template import paths
from rulewright.testing.event import EventError, build_event
from rulewright.testing.model import Expectation, PreparedCase, WantedEffect, WantedRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.nodes import LeafNode
    from rulewright.program.program import Program
    from rulewright.testing.model import Case


DEFAULT_NOW: Final = "2026-01-05T09:00:00Z"
"""The moment of a case that names none, of a policy that does not look at it."""

_TIME_ROOTS: Final = frozenset({NOW, AGE})


def prepare(case: Case, program: Program) -> tuple[PreparedCase | None, tuple[Diagnostic, ...]]:
    """The case, ready to be judged, or None with everything that is wrong with it."""
    preparation = _Preparation(case, program)
    try:
        event = build_event(case)
    except EventError as error:
        return None, (error.diagnostic,)
    reached = program.route(event.name, event.action).policies
    if not reached:
        preparation.unreached(event, program.policies)
    expected = preparation.expectation(event, reached)
    now = preparation.now(reached)
    given = preparation.given(program.policies)
    if preparation.findings:
        return None, ordered(preparation.findings)
    facts = _facts(program, event, now, given)
    if program.config.providers:
        from rulewright.testing.replay import replay_models

        facts, missing = replay_models(case, program, facts)
        if missing:
            return None, ordered(missing)
    return PreparedCase(case, program, facts, expected), ()


def _facts(program: Program, event: Event, now: str, given: Mapping[str, Json]) -> Facts:
    """What was given, what the event itself measures and what stands in it; all else is absent. Asks nobody.

    What models said on another day is added where there are cassettes (`replay.py`).
    """
    route = program.route(event.name, event.action)
    asked = tuple(need for need in route.externals if need.name not in given)
    values: dict[str, object] = dict(given)
    for name, declaration in FACT_DECLARATIONS.items():
        mine = tuple(need for need in asked if need.source == name)
        source = (
            built_in_source(name, GatheringContext(Config())) if mine and declaration.from_event else None
        )
        found = {} if source is None else source.gather(mine, event, now)
        values.update((key, value) for key, value in found.items() if not isinstance(value, Absent))
    absent = {need.name: Absent("not given") for need in asked if need.name not in values}
    return Facts(event, now, values, absent)


class _Preparation:
    """One case; `findings` collects."""

    def __init__(self, case: Case, program: Program) -> None:
        self.case = case
        self.program = program
        self.findings: list[Diagnostic] = []

    def report(
        self, code: str, message: str, *path: str | int, key: bool = False, hint: str | None = None
    ) -> None:
        at = ("cases", self.case.number, *path)
        self.findings.append(self.case.document.diagnostic(code, message, at, key=key, hint=hint))

    def unreached(self, event: Event, policies: Iterable[CompiledPolicy]) -> None:
        name = f"{event.name}.{event.action}" if event.action else event.name
        for policy in policies:
            text = f"the policy `{policy.name}` is not evaluated for `{name}`, so the case tests nothing"
            self.report("RW602", text, "event", hint=f"use an event of `on: [{', '.join(policy.on)}]`")

    def expectation(self, event: Event, reached: tuple[CompiledPolicy, ...]) -> Expectation:
        """What the case expects of the policies that its event reaches; names that are none are reported."""
        expect = as_object(self.case.body["expect"]) or {}
        rules = (
            self.wanted_rule(key, str(status), event, reached)
            for key, status in (as_object(expect.get("rules")) or {}).items()
        )
        skip, effects = as_text(expect.get("skip")), as_array(expect.get("effects"))
        conflicts = as_array(expect.get("conflicts"))
        self.check_verdict_and_skip(expect, skip, reached)
        return Expectation(
            reached[0].name if reached else "",
            tuple(rule for rule in rules if rule is not None),
            None if effects is None else tuple(map(_parse_effect, effects)),
            as_text(expect.get("verdict")),
            skip,
            None if conflicts is None else tuple(as_texts(conflicts)),
        )

    def check_verdict_and_skip(
        self, expect: Mapping[str, Json], skip: str | None, reached: tuple[CompiledPolicy, ...]
    ) -> None:
        """Report a verdict of which policy is not said, and a skip that none of the policies has."""
        if len(reached) > 1 and expect.keys() & {"verdict", "skip"}:
            names = ", ".join(policy.name for policy in reached)
            hint = "add `policy: file.yaml#name`"
            self.report("RW608", f"ambiguous verdict: the event reaches {names}", "expect", hint=hint)
        known = [entry.id for policy in reached for entry in policy.entries if entry.role == "skip"]
        if skip is not None and reached and skip not in known:
            self.unknown("skip", skip, known, "expect", "skip")

    def wanted_rule(
        self, key: str, status: str, event: Event, reached: tuple[CompiledPolicy, ...]
    ) -> WantedRule | None:
        """The rule that `key` (`id` or `policy/id`) names; None after reporting why it names none."""
        owner, slash, name = key.rpartition("/")
        having = [
            policy
            for policy in self.program.policies
            if (not slash or policy.name == owner) and any(entry.id == name for entry in policy.entries)
        ]
        here = [policy for policy in having if policy in reached]
        path = ("expect", "rules", key)
        if not having:
            known = [entry.id for policy in self.program.policies for entry in policy.entries]
            self.unknown("rule", key, known, *path, key=True)
        elif len(here) > 1:
            names = " or ".join(f"`{policy.name}/{name}`" for policy in here)
            self.report(
                "RW601", f"several policies have a rule `{name}`", *path, key=True, hint=f"write {names}"
            )
        elif not here and reached:  # else it was said of the event already
            self.report("RW602", f"the event does not reach `{key}`", *path, key=True)
        return WantedRule(here[0].name, name, status, key) if len(here) == 1 else None

    def unknown(self, what: str, name: str, known: list[str], *path: str, key: bool = False) -> None:
        near = nearest(name, known)
        hint = f"did you mean `{near}`?" if near else f"known: {', '.join(known[:20])}"
        self.report("RW601", f"the policy has no {what} `{name}`", *path, key=key, hint=hint)

    def now(self, reached: tuple[CompiledPolicy, ...]) -> str:
        written: Any = self.case.body.get("now") or self.case.document.mapping.get("now")
        if written is None:
            timed = [policy.name for policy in reached if _reads_time(self.program, policy)]
            if timed:
                text = f"`{timed[0]}` depends on the time, but the case has no `now`"
                self.report("RW607", text, hint=f"add `now: {DEFAULT_NOW}` to the case or to the file")
            return DEFAULT_NOW
        try:
            return normalize_moment(written)
        except UsageError as error:
            path = ("now",) if "now" in self.case.body else ()
            self.report("RW607", error.message, *path, hint=error.hint)
            return DEFAULT_NOW

    def given(self, policies: tuple[CompiledPolicy, ...]) -> JsonObject:
        given = as_object(self.case.body.get("given")) or {}
        known = {name for policy in policies for name in policy.facts}
        known |= {e.id for policy in policies for e in policy.entries if e.role == "objective"}
        for name in given:
            if name not in known:
                near = nearest(name, known)
                hint = f"did you mean `{near}`?" if near else "use the names of facts under `let:`"
                self.report("RW606", f"no policy has a fact `{name}`", "given", name, key=True, hint=hint)
        return given


def _parse_effect(item: Json) -> WantedEffect:
    if isinstance(item, str):
        return WantedEffect(item)
    ((action, arguments),) = (as_object(item) or {}).items()
    return WantedEffect(action, arguments)


def _reads_time(program: Program, policy: CompiledPolicy) -> bool:
    """Whether a condition, a named fact or a template of the policy depends on the moment."""
    timed = {number for number, ast in enumerate(program.paths) if _names_time(ast)}
    facts = policy.facts.values()
    conditions = [entry.when for entry in policy.entries]
    conditions += [case.when for fact in facts for case in fact.cases if case.when is not None]
    return (
        any(_leaf_reads_time(leaf, timed) for when in conditions for leaf in leaf_nodes(when))
        or any(path in timed for fact in facts for path in fact.paths_read())
        or any(path in ("now", "age") for text in policy.templates.values() for path, _ in paths(text))
    )


def _leaf_reads_time(node: LeafNode, timed: set[int]) -> bool:
    if isinstance(node, MatchNode) and MATCHERS[node.matcher].reads_clock:
        return True
    if isinstance(node, KindNode) and node.reads_clock:
        return True
    return not timed.isdisjoint(paths_read(node))


def _names_time(ast: object) -> bool:
    """Whether an expression reads `now` or an age."""
    if isinstance(ast, dict):
        is_time = ast.get("type") == "field" and ast.get("value") in _TIME_ROOTS
        return is_time or any(map(_names_time, ast.values()))
    return isinstance(ast, list | tuple) and any(map(_names_time, ast))
