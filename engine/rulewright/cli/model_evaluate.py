"""`rulewright model evaluate`: suites over a model, and measurements that gates read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rulewright.cli import exit as codes
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import Output, append_summary, complain

if TYPE_CHECKING:
    from rulewright.evaluation.measured_model import MeasuredModel


@click.command()
@click.argument("suites", nargs=-1, required=True, metavar="SUITE...")
@click.option(
    "--model",
    "named",
    metavar="CONFIG",
    help="A model configuration, a model that was pulled, or a provider of rulewright.yaml. Default: its first.",
)
@click.option(
    "--output", metavar="FILE", help="Write the measurements here, as JSON; `-`: to stdout, and nothing else."
)
@format_option()
def evaluate(suites: tuple[str, ...], named: str | None, output: str | None, form: str | None) -> int:
    """Measure a model by suites, for gates.

    SUITE is a file of kind ModelSuite, or a folder of such. The measurements are an event: rulewright evaluate judges
    them by a policy of kind SLOGate. A suite whose model or library is not there is skipped, measures nothing, and
    ends the command with code 3; one whose model failed, with code 4.
    """
    from rulewright.evaluation.metric import build_measurement
    from rulewright.evaluation.run import run_suite
    from rulewright.evaluation.suite import read_suites
    from rulewright.report.suites import suites_json, suites_markdown, suites_text

    found = read_suites(suites)
    subject = subject_of(named, suites[0])
    results = []
    try:
        for suite in found:
            result = run_suite(suite, subject)
            if result.status != "measured":
                complain(f"{result.status}: {suite.name}: {result.reason}", hint=result.hint or None)
            results.append(result)
        written = build_measurement(results, run_of(found, subject), model_of(subject))
    finally:
        subject.close()
    if output is not None:
        with Output(output) as file:
            file.write(suites_json(written))
    if output != "-":
        if chosen_format(form) == "github":
            append_summary(suites_markdown(written))
        show = {"json": suites_json, "markdown": suites_markdown}.get(chosen_format(form), suites_text)
        with Output() as out:
            out.write(show(written))
    held = {"skipped": codes.UNDETERMINED, "failed": codes.FAILED}
    return codes.combine(held[one.status] for one in results if one.status in held)


def subject_of(named: str | None, place: str) -> MeasuredModel:
    """Who is measured. Raises UsageError, PolicyError, SourceError for a model that is not configured well."""
    from rulewright.cli.model_effects import effects_beyond
    from rulewright.evaluation.measured_model import MeasuredModel
    from rulewright.models.models_config import read_models_config
    from rulewright.models.providers import build_provider
    from rulewright.policy.config import read_config

    settings = read_models_config(read_config(place).data)
    if named is None:
        if not settings.chain:
            return MeasuredModel(None, "", settings, effects_beyond)
        named = settings.chain[0]
    config = settings.providers.get(named) or {"kind": "local", "model": named}
    return MeasuredModel(build_provider(config), named, settings, effects_beyond)


def model_of(subject: MeasuredModel) -> dict[str, Any]:
    """Which model it was: its name, and what alters its answers."""
    from rulewright.models.local.local_provider import LocalProvider

    if subject.provider is None:
        return {}
    out: dict[str, Any] = {"provider": subject.name, "tier": subject.provider.tier}
    if isinstance(subject.provider, LocalProvider):
        settings = subject.provider.settings
        out |= {"name": settings.name, "threads": settings.threads, **settings.identity()}
    return out


def run_of(suites: Any, subject: MeasuredModel) -> dict[str, Any]:
    """`id`: the same for the same suites and model. `at`: now."""
    from datetime import UTC, datetime

    from rulewright.policy.canonical import digest

    told = [[suite.name, suite.sha256] for suite in suites]
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"id": digest([told, model_of(subject)])[:16], "at": at}
