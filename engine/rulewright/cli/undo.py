"""`rulewright undo`: revert the effects that a journal records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rulewright.cli.apply import report_outcomes, report_paused, track_plans
from rulewright.cli.connection import github_options
from rulewright.cli.journal import open_journals
from rulewright.cli.options import IssueNumber, format_option, output_option
from rulewright.cli.output import print_error, print_note
from rulewright.planning.plan_json import plan_json
from rulewright.policy.canonical import canonical_json
from rulewright.policy.config_reader import read_config
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.whole_file import write_whole
from rulewright.run.apply_plans import PlanOutcome, apply_plans, check_targets, named_repositories
from rulewright.run.journal import records_of
from rulewright.run.record_selection import RecordFilter, select_records
from rulewright.run.state.opening import contents_of, open_store
from rulewright.run.undo import undo_by_subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.cli.connection import GitHubOptions
    from rulewright.policy.config import State
    from rulewright.report.reporter import Reporter
    from rulewright.run.connection import Connection
    from rulewright.run.state.store import Store


@click.command()
@click.argument("places", nargs=-1, metavar="[JOURNAL]...")
@github_options
@click.option("--plan", "plan_hash", metavar="HASH", help="Only effects of the plan with this hash (prefix).")
@click.option(
    "--subject", "number", type=IssueNumber(), metavar="N", help="Only effects on this issue or pull request."
)
@click.option("--rule", metavar="NAME", help="Only effects of this rule: `policy/rule` or the rule.")
@click.option("--everything", is_flag=True, help="All effects of the journal.")
@click.option("--apply", "asked", is_flag=True, help="Apply the plan; default: show it.")
@click.option(
    "--plan-out", metavar="FILE", help="Write the plans to this file, as canonical JSON, one per line."
)
@click.option("--journal", metavar="FILE", help="Write the journal of this run to this file.")
@output_option
@format_option()
def undo(
    places: tuple[str, ...],
    github: GitHubOptions,
    plan_hash: str | None,
    number: int | None,
    rule: str | None,
    everything: bool,
    asked: bool,
    plan_out: str | None,
    journal: str | None,
    output: str | None,
    reporter: Reporter,
) -> int:
    """Revert the effects recorded in a journal, the last first, where the state is unchanged since.

    JOURNAL is a journal's file or a state folder; default: the journal of rulewright.yaml. Effects that cannot be
    reverted (comments, masks, messages) are listed. The next run applies them again while the rules match: change or
    disable the rule first.
    """
    if plan_hash is None and number is None and rule is None and not everything:
        raise UsageError("no effects selected", hint="use --plan, --subject, --rule or --everything")
    stores = open_journals(places, github)
    chosen = select_records(contents_of(stores), RecordFilter("effect", number, rule, plan_hash))
    plans = undo_by_subject(records_of(chosen))
    if plan_out is not None:
        write_whole(plan_out, b"".join(canonical_json(plan_json(plan)) + b"\n" for plan in plans))
    if not asked:
        return report_outcomes(
            [PlanOutcome(plan) for plan in plans], reporter, output, "use --apply to revert"
        )
    config = read_config()
    if config.execution.paused:
        return report_paused(plans, reporter, output)
    connection = github.connect(identity=config.identity, suggested=named_repositories(plans))
    check_targets(plans, connection.repository)
    store = _store_of_run(places, stores, config.state, journal, connection)
    outcomes = apply_plans(plans, connection, store, config, print_error, track_plans)
    return report_outcomes(outcomes, reporter, output)


def _store_of_run(
    places: Sequence[str],
    stores: Sequence[Store],
    state: State,
    journal: str | None,
    connection: Connection,
) -> Store:
    """The store for the records of this run: the file of `journal`, else the only undone journal, else `state:`."""
    if journal is None and not any(state):
        # The undo is recorded in the journal whose effects it reverts.
        journal = places[0] if len(places) == 1 else None
        if journal is None:
            print_note("no journal is written; use --journal to write one")
    return stores[0] if journal is not None and journal in places else open_store(state, journal, connection)
