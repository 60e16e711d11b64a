"""`rulewright model evaluate`: measure a model with suites, and write the measurements for gates."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from rulewright.cli.options import format_option
from rulewright.cli.output import Output, print_error
from rulewright.cli.progress import track
from rulewright.cli.report_writer import write_report
from rulewright.evaluation.measured_model import MeasuredModel
from rulewright.evaluation.metric import build_measurement
from rulewright.evaluation.run import run_suite
from rulewright.evaluation.suite import read_suites
from rulewright.models.local.local_provider import LocalProvider
from rulewright.models.models_config import read_models_config
from rulewright.models.providers import build_provider
from rulewright.planning.replan import decide_and_plan
from rulewright.policy.canonical import digest
from rulewright.policy.config_reader import read_config
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.json_types import as_array
from rulewright.report.suites import SuitesReport
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from rulewright.actions.plan import Effect
    from rulewright.evaluation.suite import ModelSuite
    from rulewright.policy.json_types import Json
    from rulewright.report.reporter import Reporter


@click.command()
@click.argument("suites", nargs=-1, required=True, metavar="SUITE...")
@click.option(
    "--model",
    "named",
    metavar="CONFIG",
    help="A model configuration, a pulled model, or a provider of rulewright.yaml. Default: its first provider.",
)
@click.option(
    "--output",
    metavar="FILE",
    help="Write the measurements to this file, as JSON; `-` writes only them, to stdout.",
)
@format_option()
def evaluate(suites: tuple[str, ...], named: str | None, output: str | None, reporter: Reporter) -> int:
    """Measure a model with suites, for gates.

    SUITE is a file of kind ModelSuite, or a folder of them. The measurements are an event that rulewright evaluate
    checks with a policy of kind SLOGate. A suite whose model or library is missing is skipped, and the exit code is 3;
    if its model failed, it is 4.
    """
    found = read_suites(suites)
    subject = subject_of(named, suites[0])
    results = []
    try:
        for suite in track(found, "suites"):
            result = run_suite(suite, subject)
            if result.status != "measured":
                print_error(f"{result.status}: {suite.name}: {result.reason}", hint=result.hint or None)
            results.append(result)
        report = SuitesReport(
            build_measurement(results, describe_run(found, subject), describe_model(subject))
        )
    finally:
        subject.close()
    if output is not None:
        with Output(output) as file:
            file.write(report.json())
    if output != "-":
        write_report(report, reporter)
    codes = {"skipped": exit_codes.UNDETERMINED, "failed": exit_codes.FAILED}
    return exit_codes.combine(codes[result.status] for result in results if result.status in codes)


def subject_of(named: str | None, place: str) -> MeasuredModel:
    """The model to measure. Raises UsageError, PolicyError or SourceError for an invalid configuration."""
    settings = read_models_config(read_config(place))
    if named is None:
        if not settings.chain:
            return MeasuredModel(None, "", settings, effects_beyond)
        named = settings.chain[0]
    config = settings.providers.get(named) or {"kind": "local", "model": named}
    return MeasuredModel(build_provider(config), named, settings, effects_beyond)


def describe_model(subject: MeasuredModel) -> dict[str, Json]:
    """The measured model: its name, and the settings that affect its answers."""
    if subject.provider is None:
        return {}
    out: dict[str, Json] = {"provider": subject.name, "tier": subject.provider.tier}
    if isinstance(subject.provider, LocalProvider):
        settings = subject.provider.settings
        out |= {"name": settings.name, "threads": settings.threads, **settings.identity()}
    return out


def describe_run(suites: Iterable[ModelSuite], subject: MeasuredModel) -> dict[str, Json]:
    """Metadata of the run. `id` is the same for the same suites and model. `at` is the current time."""
    hashes = [[suite.name, suite.sha256] for suite in suites]
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"id": digest([hashes, describe_model(subject)])[:16], "at": at}


NOW: Final = "2026-01-05T09:00:00Z"
REPOSITORY: Final = "octo-org/demo"
NUMBER: Final = 7


def effects_beyond(
    suite: str, written: Mapping[str, str], labels: Collection[str]
) -> Callable[[str, str, str], bool]:
    """(title, body, label) → whether the policy's plan has an effect beyond what is declared.

    `written`: `file`, relative to the suite's folder, and `fact`, which gets the label. An effect is declared if its
    rule has the action, its target is the report, and its labels are in the policy or in the closed list.
    Raises UsageError for a policy without that fact, PolicyError and SourceError for one that does not load.
    """
    import rulewright

    path, fact = os.path.join(os.path.dirname(suite), written["file"]), written["fact"]
    program = rulewright.load(path)
    if not any(fact in policy.facts for policy in program.policies):
        raise UsageError(f"{path} has no fact `{fact}`", hint="use a name of its `let:`")
    actions = {
        f"{policy.name}/{entry.id}": {use.name: use.arguments for use in entry.actions}
        for policy in program.policies
        for entry in policy.entries
    }
    known = {*labels, *(text for own in actions.values() for text in _texts(list(own.values())))}

    def wrong(effect: Effect) -> bool:
        given: Mapping[str, object] = effect.arguments
        named = {*(as_array(given.get("labels")) or ()), *([given["label"]] if "label" in given else ())}
        return (
            effect.target != f"{REPOSITORY}#{NUMBER}"
            or effect.action not in actions.get(effect.rule, {})
            or not named <= known
        )

    def beyond(title: str, body: str, label: str) -> bool:
        event = payload(title, body)
        facts = rulewright.gather(program, event, now=NOW, given={fact: label})
        return any(map(wrong, decide_and_plan(program, facts).plan.effects))

    return beyond


def payload(title: str, body: str) -> dict[str, object]:
    """A minimal payload of an issue that was just opened."""
    issue = {
        "number": NUMBER,
        "state": "open",
        "title": title,
        "body": body,
        "labels": [],
        "assignees": [],
        "user": {"login": "hubot", "type": "User"},
        "created_at": NOW,
        "updated_at": NOW,
    }
    return {"action": "opened", "issue": issue, "repository": {"full_name": REPOSITORY}}


def _texts(value: object) -> Iterator[str]:
    """All texts in the arguments of a policy's actions."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)
