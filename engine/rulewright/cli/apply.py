"""`rulewright apply`: carry out plans that were made and reviewed before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from rulewright.cli.connection import connect, github_options
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import complain
from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.actions.plan import Plan

WRITTEN: Final = "a plan is what --plan-out wrote"


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

    PLAN is what --plan-out wrote; "-" is standard input. A plan whose hashes do not name its content was changed after
    it was made, and is refused, as is one with another hash than --expect-hash, and one with an effect that no action
    plans. Never apply a plan that an untrusted run made: plan again with `run --expect-hash`.
    """
    from rulewright.cli.apply_plans import carried_out, check_targets, told, told_paused
    from rulewright.cli.execution import describe_kept_tip, open_store, paused
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
        check_targets(plan, connection.repository)
    store = open_store(config, journal, connection)
    code = told(carried_out(plans, connection, store, config), chosen_format(form), output)
    tip = describe_kept_tip(store, journal)
    if tip is not None:
        complain(tip)
    return code


def read_plans(file: str) -> list[Plan]:
    """The plans of a file: one, or one per line. Raises UsageError for what is none, SourceError."""
    from rulewright.planning.plan_json import read_plan
    from rulewright.policy.strict_json import decode_utf8

    try:
        text = decode_utf8(_read_bytes(file))
    except ValueError as error:
        raise UsageError(f"{file} is no plan: {error}", hint=WRITTEN) from None
    plans = []
    for where, document in _documents(file, text):
        try:
            plans.append(read_plan(document))
        except UsageError as error:
            raise UsageError(f"{where}: {error.message}", hint=error.hint) from None
    if not plans:
        raise UsageError(f"{file} holds no plan", hint=WRITTEN)
    return plans


def _read_bytes(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read()
        with open(file, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise SourceError(f"cannot read {file}: {error.strerror or error}") from error


def _documents(file: str, text: str) -> Iterator[tuple[str, Any]]:
    """Each JSON document with its place: the whole text, or one per line. Raises UsageError for what is not JSON."""
    lines = [
        (f"{file}, line {number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    ]
    if len(lines) == 1 or (
        lines and not _is_json(lines[0][1])
    ):  # one document, be it laid out over many lines
        lines = [(file, text)]
    from rulewright.policy.strict_json import parse_strictly

    for where, line in lines:
        try:
            yield where, parse_strictly(line)
        except ValueError as error:
            raise UsageError(f"{where} is no plan: {error}", hint=WRITTEN) from None


def _is_json(text: str) -> bool:
    from rulewright.policy.strict_json import parse_strictly

    try:
        parse_strictly(text)
    except ValueError:
        return False
    return True
