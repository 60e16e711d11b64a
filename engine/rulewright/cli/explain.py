"""`rulewright explain`: why a rule matched or not, and what would turn it."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

import rulewright
from rulewright.cli.options import chosen_format, format_option, given_facts, moment, policy_paths
from rulewright.cli.output import Output, append_summary
from rulewright.cli.pipeline import later_rounds, load
from rulewright.events.reader import read_event_file, read_event_stream
from rulewright.events.recognise import recognise
from rulewright.events.snapshot import subject
from rulewright.policy.diagnostics import UsageError
from rulewright.report.terminal import Paint, colourful, width

if TYPE_CHECKING:
    from rulewright.evaluate.explain import Explanation
    from rulewright.events.model import Event
    from rulewright.program.program import CompiledPolicy, Program


@click.command()
@click.argument("rule", metavar="RULE")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--event", "event_file", metavar="FILE|-", help="The event's JSON.")
@click.option("--policy", metavar="NAME", help="The policy, where several have a rule of that name.")
@click.option(
    "--event-name", "name", metavar="NAME", help="Which event it is, where its shape does not tell."
)
@click.option("--now", metavar="ISO", help="The moment to decide at, such as 2026-01-05T09:00:00Z.")
@click.option("--given", metavar="FILE", help="Facts by name (JSON or YAML), instead of gathering them.")
@format_option()
@click.option("--output", metavar="FILE", help="Write the report here instead of to stdout.")
@click.option("--no-cache", is_flag=True, help="Compile the policies anew.")
def explain(
    rule: str,
    paths: tuple[str, ...],
    event_file: str | None,
    policy: str | None,
    name: str | None,
    now: str | None,
    given: str | None,
    form: str | None,
    output: str | None,
    no_cache: bool,
) -> int:
    """Say why RULE matched or not, and what would turn it.

    RULE is the id of a skip, rule, objective or transition, or POLICY/ID. PATH as for `evaluate`.
    """
    shape, moment_, facts_given = chosen_format(form), moment(now), given_facts(given)
    if not paths and os.path.exists(rule):
        raise UsageError(
            f"{rule} is a path, and no rule is named", hint="the rule comes first: explain RULE PATH"
        )
    file = event_file or own_event()
    program = load(policy_paths(paths), fresh=no_cache)
    found = matching(program, rule, policy)
    document = read_event_stream(sys.stdin.buffer) if file == "-" else read_event_file(file)
    event = recognise(document, name=name, environ=os.environ, path=file)
    facts = rulewright.gather(program, event, now=moment_, given=facts_given)
    decision = rulewright.evaluate(program, facts)
    owner, entry = subscribed(program, found, event)
    explanation = rulewright.explain(decision, owner.name, entry)
    if explanation.status != "matched":
        from rulewright.planning.planner import plan

        later = later_rounds(plan(decision)).get(f"{owner.name}/{entry}", ())
        explanation = replace(explanation, later_rounds=later)
    with Output(output) as out:
        colour = output is None and colourful(sys.stdout)
        out.write(written(explanation, described(event), shape, colour))
    return 0


def own_event() -> str:
    """The event of the workflow that this runs in. Raises UsageError elsewhere."""
    path = os.environ.get("GITHUB_EVENT_PATH") if os.environ.get("GITHUB_ACTIONS") == "true" else None
    if path is None:
        raise UsageError(
            "no event: name one with --event", hint="--event FILE, or --event - for standard input"
        )
    return path


def matching(program: Program, rule: str, policy: str | None) -> list[tuple[CompiledPolicy, str]]:
    """The policies that have an entry of that id (`rule`, or `policy/rule`). Raises UsageError for none."""
    owner, slash, rest = rule.partition("/")
    if slash and policy is None and any(one.name == owner for one in program.policies):
        policy, rule = owner, rest
    named = [one for one in program.policies if policy is None or one.name == policy]
    if not named:
        raise UsageError(
            f"there is no policy {policy!r}", hint=mean(policy or "", [p.name for p in program.policies])
        )
    found = [(one, rule) for one in named if any(entry.id == rule for entry in one.entries)]
    if not found:
        ids = [entry.id for one in named for entry in one.entries]
        where = f" in {policy}" if policy else ""
        raise UsageError(f"there is no rule {rule!r}{where}", hint=mean(rule, ids))
    return found


def mean(text: str, names: list[str]) -> str:
    """The nearest name as a question, else some of those that there are."""
    from difflib import get_close_matches

    near = get_close_matches(text, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    more = ", …" if len(names) > 8 else ""
    return f"there are: {', '.join(names[:8])}{more}" if names else "these policies have none"


def subscribed(
    program: Program, found: list[tuple[CompiledPolicy, str]], event: Event
) -> tuple[CompiledPolicy, str]:
    """The one of these whose policy subscribes to the event. Raises UsageError when none or several do."""
    spoken = f"{event.name}.{event.action}" if event.action else event.name
    # Not by the words of `on:` alone: a `workflow_dispatch` is what `manual` means.
    deciding = {policy.name for policy in program.route(event.name, event.action).policies}
    open_ = [one for one in found if one[0].name in deciding]
    if not open_:
        policy = found[0][0]
        raise UsageError(
            f"policy {policy.name} does not subscribe to {spoken}: it decides nothing about this event",
            hint=f"its `on:` has {', '.join(policy.on) or 'nothing'}",
        )
    if len(open_) > 1:
        names = ", ".join(f"{policy.name}/{rule}" for policy, rule in open_)
        raise UsageError(f"several policies have a rule {open_[0][1]!r}", hint=f"say which: {names}")
    return open_[0]


def described(event: Event) -> str:
    about = subject(event)
    spoken = f"{event.name}.{event.action}" if event.action else event.name
    return f"{spoken} on {about.target}" if about is not None else spoken


def written(explanation: Explanation, event: str, form: str, colour: bool) -> str:
    """The report in the format asked for; for `github` the job summary is appended too."""
    from rulewright.report import explanation as report

    if form == "json":
        from rulewright.report.document import json_text

        return json_text(report.explanation_document(explanation))
    if form == "markdown":
        return report.explanation_markdown(explanation, event)
    if form == "github":
        from rulewright.report.github import annotation_lines

        append_summary(report.explanation_markdown(explanation, event))
        return annotation_lines(report.explanation_annotations(explanation, event))
    return report.explanation_text(explanation, event, columns=width(), paint=Paint(colour))
