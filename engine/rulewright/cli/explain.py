"""`rulewright explain`: explain the result of a rule, and the smallest change that changes it."""

from __future__ import annotations

import os
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

import rulewright
from rulewright.cli import options
from rulewright.cli.connection import github_options
from rulewright.cli.output import print_facts, print_load_warnings
from rulewright.cli.report_writer import write_report
from rulewright.events.reader import read_event
from rulewright.events.recognise import recognise
from rulewright.events.snapshot import subject
from rulewright.planning.planner import trace_plan
from rulewright.planning.rounds import decision_about
from rulewright.policy.diagnostics import UsageError
from rulewright.report.evaluation import later_rounds
from rulewright.report.explanation import ExplanationReport
from rulewright.run.execution import workflow_event_path
from rulewright.run.inputs import evaluation_moment, given_facts, policy_paths
from rulewright.run.pipeline import Inputs, plan_subject

if TYPE_CHECKING:
    from rulewright.cli.connection import GitHubOptions
    from rulewright.evaluate.decision import Decision
    from rulewright.evaluate.explain import Explanation
    from rulewright.events.model import Event
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.program import Program
    from rulewright.report.inactivity import InactivityReport
    from rulewright.report.reporter import Reporter
    from rulewright.run.pipeline import SubjectPlan


@click.command()
@click.argument("rule", required=False, metavar="[RULE]")
@options.policies_argument
@click.option("--event", "event_file", metavar="FILE|-", help=options.EVENT_HELP)
@github_options
@click.option(
    "--issue",
    "number",
    type=options.IssueNumber(),
    metavar="N",
    help="An issue or pull request on GitHub. Without RULE: why nothing happened to it.",
)
@click.option("--policy", metavar="NAME", help="The policy, if several have a rule with that name.")
@options.event_name_option
@click.option(
    "--round",
    "round_number",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Explain the decision of this round of planning; default: 1, the event as it came.",
)
@click.option("--now", metavar="ISO", help="The evaluation time, such as 2026-01-05T09:00:00Z; default: now.")
@options.given_option
@options.format_option()
@options.output_option
@click.option("--no-cache", is_flag=True, help="Do not use the cache of compiled policies.")
def explain(
    rule: str | None,
    paths: tuple[str, ...],
    event_file: str | None,
    github: GitHubOptions,
    number: int | None,
    policy: str | None,
    event_name: str | None,
    round_number: int,
    now: str | None,
    given: str | None,
    reporter: Reporter,
    output: str | None,
    no_cache: bool,
) -> int:
    """Explain why RULE matched or did not match, and the smallest change that changes the result.

    RULE is the id of a skip, rule, objective or transition, or POLICY/ID. PATH as for `evaluate`. With --repo and
    --issue, what the rules need is read from GitHub; without RULE, the report lists everything that keeps policies,
    rules and effects from changing the issue or pull request. Nothing is changed.
    """
    inputs = Inputs(evaluation_moment(now), given_facts(given), event_name)
    if github.repo is not None and number is None:
        raise UsageError("--repo needs the issue or pull request", hint="use --issue N")
    if rule is not None and os.path.exists(rule):
        if number is None:
            raise UsageError(f"{rule} is a path, not a rule", hint="pass the rule first: explain RULE PATH")
        paths, rule = (rule, *paths), None
    if rule is None and number is None:
        raise UsageError("no rule given", hint="use explain RULE, or --repo owner/name --issue N")
    if number is not None and event_file is not None:
        raise UsageError("--issue and --event cannot be used together", hint="use one of them")
    file = "" if number is not None else event_file or _workflow_event()
    program = rulewright.load(*policy_paths(paths), cache=not no_cache)
    print_load_warnings(program)
    if number is not None:
        planned = _plan_on_github(program, github, number, inputs)
        if rule is None:
            write_report(_report_inactivity(program, planned), reporter, output)
            return 0
        candidates = find_entries(program, rule, policy)
        decision = planned.decision
    else:
        candidates = find_entries(program, str(rule), policy)
        event = recognise(read_event(file), name=event_name, environ=os.environ, path=file)
        facts = rulewright.gather(program, event, now=inputs.now, given=inputs.given)
        decision = rulewright.evaluate(program, facts)
    print_facts(decision.facts)
    if round_number > 1:
        explanation, event_text = _explain_round(decision, candidates, round_number)
        write_report(ExplanationReport(explanation, event_text), reporter, output)
        return 0
    event = decision.facts.event
    owner, entry = choose_subscribed(program, candidates, event)
    explanation = rulewright.explain(decision, owner.name, entry)
    if explanation.status != "matched":
        later = later_rounds(rulewright.plan(decision)).get(f"{owner.name}/{entry}", ())
        explanation = replace(explanation, later_rounds=later)
    write_report(ExplanationReport(explanation, describe_event(event)), reporter, output)
    return 0


def _report_inactivity(program: Program, planned: SubjectPlan) -> InactivityReport:
    # Only this needs the code that reads workflows.
    from pathlib import Path

    from rulewright.cli.validate import undelivered_events
    from rulewright.report.inactivity import InactivityReport

    undelivered = undelivered_events([Path(policy.file) for policy in program.policies])
    return InactivityReport(planned, undelivered)


def _plan_on_github(program: Program, github: GitHubOptions, number: int, inputs: Inputs) -> SubjectPlan:
    """The plan for an issue or pull request as it is on GitHub now. Raises UsageError, SourceError."""
    from rulewright.policy.quantity import format_moment
    from rulewright.run.subject_event import name_event

    connection = github.connect(identity=program.config.identity)
    found = connection.reader.event(connection.repository, number)
    if found is None:
        raise UsageError(f"{connection.repository} has no issue or pull request {number}")
    event, _ = name_event(found, program, inputs.event_name)
    moment = inputs.now or format_moment(connection.clock.now())
    return plan_subject(program, event, inputs._replace(now=moment), reader=connection.reader)


def _explain_round(
    decision: Decision, candidates: list[tuple[CompiledPolicy, str]], number: int
) -> tuple[Explanation, str]:
    """The explanation of the decision of a later round, and its event. Raises UsageError if planning ends before that
    round, or no candidate is evaluated in it."""
    later = trace_plan(decision).later
    for policy, entry in candidates:
        decided = decision_about(later, number, policy.name, entry)
        if decided is not None:
            explanation = rulewright.explain(decided, policy.name, entry)
            return explanation, f"{describe_event(decided.facts.event)}, planning round {number}"
    last = max((decided.number for decided in later), default=1)
    if number > last:
        raise UsageError(f"planning has no round {number}", hint=f"its last round is {last}")
    raise UsageError(f"policy {candidates[0][0].name} takes no part in planning round {number}")


def _workflow_event() -> str:
    """The event of the current workflow. Raises UsageError outside of Actions."""
    path = workflow_event_path(os.environ)
    if path is None:
        raise UsageError("no event given", hint=options.NO_EVENT_HINT)
    return path


def find_entries(program: Program, rule: str, policy: str | None) -> list[tuple[CompiledPolicy, str]]:
    """The policies that have an entry with that id (`rule`, or `policy/rule`). Raises UsageError if there is none."""
    owner, slash, rest = rule.partition("/")
    names = [candidate.name for candidate in program.policies]
    if slash and policy is None and owner in names:
        policy, rule = owner, rest
    if policy is not None and policy not in names:
        raise UsageError(f"no policy named {policy!r}", hint=_suggest(policy, names))
    entries = [
        (candidate, entry.id)
        for candidate in program.policies
        if policy in (None, candidate.name)
        for entry in candidate.entries
    ]
    found = [pair for pair in entries if pair[1] == rule]
    if not found:
        where = f" in {policy}" if policy else ""
        raise UsageError(f"no rule named {rule!r}{where}", hint=_suggest(rule, [name for _, name in entries]))
    return found


def _suggest(text: str, names: list[str]) -> str:
    """A hint with the nearest name, or else some of the existing names."""
    near = get_close_matches(text, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    more = ", …" if len(names) > 8 else ""
    return f"known: {', '.join(names[:8])}{more}" if names else "the policies have no rules"


def choose_subscribed(
    program: Program, found: list[tuple[CompiledPolicy, str]], event: Event
) -> tuple[CompiledPolicy, str]:
    """The one candidate whose policy subscribes to the event. Raises UsageError for none or several."""
    spoken = f"{event.name}.{event.action}" if event.action else event.name
    # Comparing the names under `on:` is not enough: `manual` includes `workflow_dispatch`.
    deciding = {policy.name for policy in program.route(event.name, event.action).policies}
    open_ = [one for one in found if one[0].name in deciding]
    if not open_:
        policy = found[0][0]
        raise UsageError(
            f"policy {policy.name} does not subscribe to {spoken}, and is not evaluated for this event",
            hint=f"it subscribes to: {', '.join(policy.on) or 'nothing'}; use --event-name to name another event",
        )
    if len(open_) > 1:
        names = ", ".join(f"{policy.name}/{rule}" for policy, rule in open_)
        raise UsageError(f"rule {open_[0][1]!r} exists in several policies", hint=f"use one of: {names}")
    return open_[0]


def describe_event(event: Event) -> str:
    about = subject(event)
    spoken = f"{event.name}.{event.action}" if event.action else event.name
    return f"{spoken} on {about.target}" if about is not None else spoken
