"""`rulewright gate`: judge what was measured by SLO gates."""

from __future__ import annotations

import os
from time import time
from typing import TYPE_CHECKING, Any, ClassVar

import click

import rulewright
from rulewright.cli import options
from rulewright.cli.connection import github_options
from rulewright.cli.lazy_group import load_command
from rulewright.cli.output import print_load_warnings
from rulewright.cli.path_completion import PathText, complete_names
from rulewright.cli.report_writer import write_report
from rulewright.facts.measure.record_files import Records, read_records
from rulewright.facts.measure.sample_source import MeasuringContext
from rulewright.gates.base_policy import compare_with_base, describe_ignored, find_ignored_waivers, load_base
from rulewright.gates.gate_run import judge_gates, measure_gates, needs_baselines, select_gates
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.quantity import format_moment
from rulewright.policy.whole_file import write_whole
from rulewright.report.gates import GatesReport
from rulewright.run.exit_codes import combine
from rulewright.run.inputs import evaluation_moment, policy_paths
from rulewright.run.measurement_servers import build_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem

    from rulewright.cli.connection import GitHubOptions
    from rulewright.report.reporter import Reporter


class GateCommand(click.Command):
    """`rulewright gate`, which judges, and its subcommands, which are imported when they are called."""

    lazy_commands: ClassVar[Mapping[str, tuple[str, str]]] = {
        "explain": ("rulewright.cli.gate_evidence:explain", "Show why objectives have their verdicts."),
        "replay": ("rulewright.cli.gate_evidence:replay", "Judge again from evidence, offline."),
        "power": (
            "rulewright.cli.gate_power:power",
            "Show what a gate can detect, and how many runs it takes.",
        ),
    }

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the subcommand that the first word names, else that of judging."""
        if args and args[0] in self.lazy_commands:
            is_completion = bool(extra.get("resilient_parsing"))
            command = load_command(self.lazy_commands[args[0]][0], is_completion=is_completion)
            return command.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in self.lazy_commands.items()])


class PolicyOrSubcommand(PathText):
    """The path of a policy; in the first place, shells complete the names of subcommands as well."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        names = {} if ctx.params.get("paths") else GateCommand.lazy_commands
        found = complete_names({name: short for name, (_, short) in names.items()}, incomplete)
        return [*found, *super().shell_complete(ctx, param, incomplete)]


@click.command(cls=GateCommand)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=PolicyOrSubcommand())
@click.option("--gate", "names", multiple=True, metavar="NAME", help="Judge only this gate. Can be repeated.")
@click.option(
    "--from",
    "place",
    metavar="DIR|FILE",
    help="The folder that paths are relative to, and that holds measurement records; or a file of records.",
)
@click.option(
    "--baseline", metavar="FILE", help="Compare with this file, instead of the baselines of the policies."
)
@click.option("--merge-base", default="", metavar="SHA", help="The commit that `from: merge_base` means.")
@click.option(
    "--base", metavar="REV", help="Report objectives that this revision has, and that are gone or looser."
)
@click.option(
    "--sha", default="", metavar="SHA", help="The commit that is judged; measurements of others do not count."
)
@click.option("--evidence", metavar="OUT.json", help="Write everything that decided to this file.")
@github_options
@options.format_option("junit")
@options.output_option
@click.option("--all", "show_all", is_flag=True, help="List every objective, not the first 30.")
@click.option(
    "--now", metavar="ISO", help="The time of the judgement, such as 2026-01-05T09:00:00Z; default: now."
)
def gate(
    paths: tuple[str, ...],
    names: tuple[str, ...],
    place: str | None,
    baseline: str | None,
    merge_base: str,
    base: str | None,
    sha: str,
    evidence: str | None,
    reporter: Reporter,
    output: str | None,
    show_all: bool,
    now: str | None,
    github: GitHubOptions,
) -> int:
    """Judge measurements by SLO gates.

    PATH is a policy file or a folder of policies; default: the policies that rulewright.yaml names, else rules/. The
    exit code is 0 if all gates promote, 1 for FAIL, 3 for NO_DATA and INCONCLUSIVE, 4 for ERROR. No process is started.
    """
    moment = evaluation_moment(now) or format_moment(int(time()))
    places = policy_paths(paths)
    program = rulewright.load(*places)
    print_load_warnings(program)
    gates = select_gates(program, names)
    if place is not None and not os.path.exists(place):
        raise SourceError(f"there is no file or folder {place}", hint="give what `rulewright measure` wrote")
    records = Records() if place is None else read_records(place)
    folder = place if place is not None and os.path.isdir(place) else os.getcwd()
    query = build_query(program.config.source_hosts, folder, moment)
    context = MeasuringContext(folder, moment, sha, records.records, records.problem, baseline or "", query)
    samples = measure_gates(gates, context)
    if needs_baselines(gates):
        from rulewright.gates.attached_baselines import attach_baselines
        from rulewright.run.state.baselines import open_baselines

        store = open_baselines(program.config.state, github.connect)
        samples = attach_baselines(gates, samples, store, merge_base)
    before = None if base is None else load_base(places, base)
    ignored = find_ignored_waivers(gates, before, os.environ)
    run = judge_gates(program, gates, samples, moment, sha, ignored)
    digest = ""
    if evidence is not None or reporter.for_programs:
        from rulewright.gates.evidence import build_evidence, evidence_bytes, evidence_hash

        document = build_evidence(gates, samples, run)
        digest = evidence_hash(document)
        if evidence is not None:
            write_whole(evidence, evidence_bytes(document))
    notes = describe_ignored(ignored) if before is None else compare_with_base(gates, before)
    words = {"--from": place, "--baseline": baseline, "--merge-base": merge_base, "--sha": sha}
    rerun = [word for name, value in words.items() if value for word in (name, value)]
    report = GatesReport(run, digest, notes, show_all=show_all, rerun=rerun)
    write_report(report, reporter, output)
    return combine(run.exit_codes)
