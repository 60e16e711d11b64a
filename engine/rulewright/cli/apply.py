"""`rulewright apply`: carry out plans that were made and reviewed before."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from rulewright.cli.connection import connect, github_options
from rulewright.cli.options import chosen_format, format_option
from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from rulewright.actions.plan import Plan

__all__ = ["apply", "read_plans"]


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="PLAN...")
@github_options
@click.option("--expect-hash", "expected", metavar="HASH", help="The hash of the plan that was reviewed.")
@click.option("--journal", metavar="FILE", help="Keep the journal in this file, whatever `state:` says.")
@click.option("--output", metavar="FILE", help="Write the report here instead of to stdout.")
@format_option()
def apply(
    files: tuple[str, ...],
    repo: str | None,
    token_env: str | None,
    api_url: str | None,
    expected: str | None,
    journal: str | None,
    output: str | None,
    form: str | None,
) -> int:
    """Carry out plans, each effect only where its preconditions still hold.

    PLAN is what --plan-out wrote; "-" is standard input. A plan whose hash does not name its content was changed after
    it was made, and is refused, as is one with another hash than --expect-hash. Never apply a plan that an untrusted
    run made: plan again with `run --expect-hash`.
    """
    from rulewright.cli.carry import carried_out, told, told_paused
    from rulewright.cli.execution import open_store, paused
    from rulewright.policy.config import read_config

    plans = [plan for file in files for plan in read_plans(file)]
    if expected is not None:
        wrong = [plan.hash for plan in plans if plan.hash != expected]
        if wrong:
            raise UsageError(
                f"the plan is {wrong[0][:12]}, not the expected {expected[:12]}; nothing is applied",
                hint="apply the plan that was reviewed, or review this one",
            )
    config = read_config().data
    if paused(config):
        return told_paused(plans, chosen_format(form), output)
    connection = connect(repo, token_env, api_url, identity=config.get("identity"))
    for plan in plans:
        for effect in (*plan.effects, *plan.held_back):
            named = effect.target.partition("#")[0].partition("@")[0]
            if named.casefold() != connection.repository.casefold():
                raise UsageError(f"the plan is for {named}, and the run for {connection.repository}")
    store = open_store(config, journal, connection)
    return told(carried_out(plans, connection, store, config), chosen_format(form), output)


def read_plans(file: str) -> list[Plan]:
    """The plans of a file: one, or one per line. Raises UsageError for what is none, SourceError."""
    from rulewright.actions.plan_json import read_plan

    try:
        if file == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(file, "rb") as stream:
                data = stream.read()
    except OSError as error:
        raise SourceError(f"cannot read {file}: {error.strerror or error}") from error
    text = data.decode("utf-8", "surrogatepass")
    try:
        documents = [json.loads(text)]
    except ValueError:
        try:
            documents = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise UsageError(
                f"{file} is no plan: it is not JSON", hint="a plan is what --plan-out wrote"
            ) from None
    if not documents:
        raise UsageError(f"{file} holds no plan", hint="a plan is what --plan-out wrote")
    try:
        return [read_plan(document) for document in documents]
    except UsageError as error:
        raise UsageError(f"{file}: {error.message}", hint=error.hint) from None
