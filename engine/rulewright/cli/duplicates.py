"""`rulewright duplicates`: an index of issues in a file, and the search for duplicates in it."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Final

import click

from rulewright.cli.json_lines import JsonLines
from rulewright.cli.model_fit import embedder_or_none
from rulewright.cli.options import format_option
from rulewright.cli.output import print_note
from rulewright.cli.progress import current_progress
from rulewright.cli.report_writer import ReportWriter, write_report
from rulewright.duplicates.database import open_index, translate_errors
from rulewright.duplicates.index import index_issues
from rulewright.duplicates.issue import read_issue
from rulewright.duplicates.preparation import usable_cores
from rulewright.duplicates.search import search_duplicates
from rulewright.duplicates.vector_search import has_vectors, index_with_vectors, read_vectors
from rulewright.evaluate.masking import mask
from rulewright.policy.characters import escape_commands
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.quantity import parse_quantity
from rulewright.report.reporter import LineReport
from rulewright.report.terminal import printable
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from rulewright.duplicates.candidates import VectorSearch
    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Issue
    from rulewright.duplicates.search import SearchResult
    from rulewright.models.embedding.embedder import Embedder
    from rulewright.report.reporter import Reporter

DECISIONS: Final = {"close": "a duplicate of", "advise": "possibly a duplicate of"}
MOST: Final = 100


embed_option = click.option(
    "--embed",
    "model",
    type=click.Choice(("minilm",)),
    help="Compare embeddings of this model as well as words.",
)


@click.group()
def duplicates() -> None:
    """Find the earlier issues that an issue duplicates."""


@duplicates.command()
@click.argument("file")
@click.option("--db", "path", metavar="FILE", required=True, help="The index; created if it does not exist.")
@embed_option
@format_option()
def index(file: str, path: str, model: str | None, reporter: Reporter) -> int:
    """Add issues to an index, or replace existing entries.

    FILE has one issue per line; "-" is standard input: {"id", "title", "body", "created_at"}, and optionally number,
    state, url, labels, duplicate_of, which are returned with candidates. Unchanged issues are not indexed again. An
    invalid line is reported with its number and skipped, and the exit code is 4.
    """
    with (
        JsonLines(file, read_issue, is_progress=model is None) as issues,
        closing(open_index(path, write=True)) as opened,
        ExitStack() as stack,
    ):
        embed = None if model is None else embedder_or_none(stack)
        if embed is None:
            done = index_issues(opened, issues, name=path, workers=usable_cores())
        else:
            progress = current_progress()
            progress.begin("issues")
            done = index_with_vectors(
                opened,
                issues,
                embed,
                name=path,
                watch=lambda count: progress.set(count, issues.estimate_total()),
            )
    counts = {**done._asdict(), "invalid": issues.bad}
    text = ", ".join(f"{count} {name}" for name, count in counts.items())
    write_report(LineReport(counts, f"{text}\n"), reporter)
    return exit_codes.FAILED if issues.bad else exit_codes.DONE


@duplicates.command()
@click.argument("file")
@click.option("--db", "path", metavar="FILE", required=True, help="The index to search.")
@click.option(
    "--limit",
    type=click.IntRange(1, MOST),
    default=10,
    show_default=True,
    help="The maximum number of candidates per issue.",
)
@click.option(
    "--within",
    metavar="DURATION",
    default="365d",
    show_default=True,
    help="Only issues created at most this long before; `all` for no limit.",
)
@embed_option
@format_option()
def query(file: str, path: str, limit: int, within: str, model: str | None, reporter: Reporter) -> int:
    """Find the possible duplicates of each issue.

    FILE has one issue per line, as for index; "-" is standard input. With --format json, one line is written per issue:
    {"id", "candidates": [{"id", "score", "why"}], "decision", "margin"}. Scores are between 0 and 1; the decision is
    close, advise or none. Only issues created before the created_at of the queried issue are candidates, and never the
    issue itself.
    """
    seconds = duration(within)
    with (
        JsonLines(file, read_issue) as issues,
        closing(open_index(path)) as opened,
        ExitStack() as stack,
        ReportWriter(reporter) as writer,
        translate_errors(path),
    ):
        embed = None if model is None else embedder_or_none(stack)
        vectors = None if embed is None else vectors_of(opened, path, embed)
        for issue in issues:
            answer = search_duplicates(opened, issue, limit=limit, within=seconds, vectors=vectors)
            writer.write(LineReport(answer_document(answer), answer_text(issue, answer)))
            if writer.closed:
                break
    return exit_codes.FAILED if issues.bad else exit_codes.DONE


def vectors_of(opened: Index, path: str, embed: Embedder) -> VectorSearch | None:
    """The vectors of the index; if it has none, this is reported on stderr."""
    if not has_vectors(opened, embed.name):
        print_note(
            f"the index {path} has no embeddings; using words only",
            hint=f"create them: rulewright duplicates index FILE --db {path} --embed minilm",
        )
        return None
    return read_vectors(opened, embed)


def answer_document(answer: SearchResult) -> dict[str, object]:
    found = [{"id": one.id, "score": one.score, "why": list(one.why)} for one in answer.candidates]
    return {"id": answer.id, "candidates": found, "decision": answer.decision, "margin": answer.margin}


def answer_text(issue: Issue, answer: SearchResult) -> str:
    lines = [f"{issue.id}  {issue.title}"]
    for one in answer.candidates:
        lines += [f"  {one.score:.2f}  {one.id}  {one.title}", f"        {'; '.join(one.why)}"]
    if not answer.candidates:
        lines.append("  no similar earlier issue")
    elif answer.decision != "none":
        lines.append(f"  {DECISIONS[answer.decision]} {answer.candidates[0].id}")
    return "\n".join(escape_commands(printable(mask(line))) for line in lines) + "\n"


def duration(text: str) -> float | None:
    """Seconds of `--within`; None for `all`. Raises UsageError."""
    if text == "all":
        return None
    read = parse_quantity(text)
    if read is None or read.dimension != "duration" or read.value <= 0:
        raise UsageError(
            f"--within is not a duration: {text!r}", hint="use a duration such as 365d or 12h, or all"
        )
    return read.value
