"""`rulewright undo`: take back what a journal says was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rulewright.cli.connection import connect, github_options
from rulewright.cli.journals import contents_of, journals
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import complain, write_whole
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.actions.plan import Plan
    from rulewright.run.journal import Record


@click.command()
@click.argument("places", nargs=-1, metavar="[JOURNAL]...")
@github_options
@click.option("--plan", "plan_hash", metavar="HASH", help="Only what the plan did whose hash begins so.")
@click.option("--subject", "number", type=int, metavar="N", help="Only what was done to this subject.")
@click.option("--rule", metavar="NAME", help="Only what this rule did: `policy/rule`, or the rule alone.")
@click.option("--everything", is_flag=True, help="All of the journal, where nothing above says what.")
@click.option("--apply", "asked", is_flag=True, help="Do it; else the plan is only shown.")
@click.option("--plan-out", metavar="FILE", help="Write the plans, as canonical JSON, one per line.")
@click.option("--journal", metavar="FILE", help="Keep the journal of this run in this file.")
@click.option("--output", metavar="FILE", help="Write the report here instead of to stdout.")
@format_option()
def undo(
    places: tuple[str, ...],
    repo: str | None,
    token_env: str | None,
    api_url: str | None,
    plan_hash: str | None,
    number: int | None,
    rule: str | None,
    everything: bool,
    asked: bool,
    plan_out: str | None,
    journal: str | None,
    output: str | None,
    form: str | None,
) -> int:
    """Take back what was done, the last first, where the state is still as it was left.

    JOURNAL is a journal's file or a folder of state; default: where rulewright.yaml keeps state. What cannot be taken
    back (comments, masks, messages) is named. The next run does it again as long as the rules match: change or
    switch off the rule first.
    """
    from rulewright.cli.apply_plans import Carried, carried_out, check_targets, told, told_paused
    from rulewright.cli.execution import open_store, paused
    from rulewright.cli.journal import selected
    from rulewright.planning.plan_json import plan_json
    from rulewright.policy.canonical import canonical_json
    from rulewright.policy.config import read_config
    from rulewright.run.journal import records_of

    if plan_hash is None and number is None and rule is None and not everything:
        raise UsageError(
            "what is to be taken back is not said", hint="--plan, --subject, --rule, or --everything"
        )
    stores = journals(places, repo, token_env, api_url)
    chosen = selected(contents_of(stores), "effect", number, rule, plan_hash)
    plans = plans_back(records_of(chosen))
    if plan_out is not None:
        write_whole(plan_out, b"".join(canonical_json(plan_json(plan)) + b"\n" for plan in plans))
    shape = chosen_format(form)
    if not asked:
        return told([Carried(plan) for plan in plans], shape, output, "--apply takes it back")
    config = read_config().data
    if paused(config):
        return told_paused(plans, shape, output)
    connection = connect(repo, token_env, api_url, identity=config.get("identity"))
    for plan in plans:
        check_targets(plan, connection.repository)
    if journal is None and places and not config.get("state"):
        # Taking back belongs into the journal of what it takes back.
        journal = places[0] if len(places) == 1 else None
    store = (
        stores[0] if journal is not None and journal in places else open_store(config, journal, connection)
    )
    if journal is None and not config.get("state"):
        complain("no journal is kept of this: name one with --journal")
    return told(carried_out(plans, connection, store, config), shape, output)


def plans_back(records: Iterable[Record]) -> list[Plan]:
    """One plan per subject, in the order in which the subjects were last changed, the last first."""
    from rulewright.run.undo import undo as taken_back

    of_subject: dict[str, list[Record]] = {}
    for record in records:
        found = of_subject.pop(record.effect.target, [])
        of_subject[record.effect.target] = [*found, record]
    plans = [taken_back(of_subject[target]) for target in reversed(of_subject)]
    return [plan for plan in plans if plan.effects or plan.notes]
