"""`rulewright model bench`: measure the speed of local models on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rulewright.cli.options import format_option
from rulewright.cli.output import print_note
from rulewright.cli.progress import track
from rulewright.cli.report_writer import ReportWriter
from rulewright.models.local.benchmark import benchmark_model as measure
from rulewright.models.local.llama_settings import read_llama_settings
from rulewright.policy.config_reader import read_config
from rulewright.policy.diagnostics import UsageError
from rulewright.report.reporter import LineReport
from rulewright.report.terminal import format_bytes, printable
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.models.local.messages import LlamaSettings
    from rulewright.report.reporter import Reporter

ROWS = {
    "cold_prefix": "cold: no cached prefix",
    "saved_prefix": "prefix loaded from disk",
    "warm_prefix": "warm: prefix in memory",
    "second_question": "second question, same report",
}


@click.command()
@click.argument("model", metavar="[CONFIG]", required=False)
@click.option(
    "--repeat", type=click.IntRange(1, 100), default=3, show_default=True, help="Number of measurements."
)
@format_option()
def bench(model: str | None, repeat: int, reporter: Reporter) -> int:
    """Measure the speed of a local model on this machine.

    CONFIG is a model configuration (YAML), a pulled model, or a local provider of rulewright.yaml; default: all local
    providers of rulewright.yaml. Measured are the load time, with the share of the file that was in memory already;
    tokens per second of prompts and answers; and the classification of a report with 12 labels: with an empty cache,
    with the rules cached, and with a second question. Medians are shown; --format json has all samples, one line per
    model.
    """
    with ReportWriter(reporter) as writer:
        for settings in track(list(chosen(model)), "models"):
            print_note(f"measuring {settings.name} …")
            measured = measure(settings, repeat)
            writer.write(LineReport(measured, as_text(measured)))
    return exit_codes.DONE


def chosen(model: str | None) -> Iterator[LlamaSettings]:
    """The models that the arguments name, else all local models. Raises UsageError if there is none."""
    local = {name: one for name, one in (read_config().providers or {}).items() if one.get("kind") == "local"}
    if model is None:
        if not local:
            raise UsageError(
                "rulewright.yaml has no local provider", hint="pass a model configuration or a pulled model"
            )
        yield from map(read_llama_settings, local.values())
    else:
        yield read_llama_settings(local.get(model, {"model": model}))


def as_text(found: dict[str, Any]) -> str:
    model = found["model"]
    cores = f"{model['threads']} of {found['cpus']} cores"
    lines = [
        f"{model['name']}  {format_bytes(model['bytes'])}, {cores}, context {model['context']}, {found['library']}"
    ]
    for one in found["load"]:
        share = one["file_cached"]
        told = "unknown share" if share is None else f"{share:.0%}"
        lines.append(row("load", time(one["seconds"]), f"{told} of the file in memory before"))
    if found.get("embed"):
        for name, one in found["embed"].items():
            lines.append(row(f"embed {name}", time(one["median"]), f"{one['tokens']} tokens"))
    else:
        for name, told in (("prefill", "prompt tokens"), ("decode", "generated tokens")):
            one = found[name]
            lines.append(row(name, f"{one['tokens_per_second']:.0f} tokens/s", f"{one['tokens']} {told}"))
        lines.append(f"  classify a report with {found['classify']['labels']} labels")
        for name, told in ROWS.items():
            one = found["classify"][name]
            lines.append(row(f"  {told}", time(one["median"]), f"{one['tokens']} tokens evaluated"))
    if found["peak_memory"] is not None:
        lines.append(row("peak memory", format_bytes(found["peak_memory"]), "of the model process"))
    return "".join(f"{printable(line)}\n" for line in lines)


def row(name: str, value: str, more: str) -> str:
    return f"  {name:<30} {value:>16}  {more}"


def time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"
