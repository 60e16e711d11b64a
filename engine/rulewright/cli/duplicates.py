"""`rulewright duplicates`: an index of issues in a file, and which earlier issue a new one repeats."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Final

import click

from rulewright.cli import exit as codes
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import Output, complain
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.files import open_input
from rulewright.report.terminal import printable, unspoken, unspoken_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from rulewright.duplicates.candidates import VectorSearch
    from rulewright.duplicates.database import Index
    from rulewright.duplicates.issue import Issue
    from rulewright.duplicates.search import SearchResult
    from rulewright.models.embedding.embedder import Embedder

SAID: Final = {"close": "a duplicate of", "advise": "perhaps a duplicate of"}
MOST: Final = 100
LONGEST_LINE: Final = 16 << 20
"""Bytes of a line; a longer one is told as bad."""


def embed_option() -> Callable[[Any], Any]:
    """`--embed`, of index and query."""
    return click.option(
        "--embed",
        "model",
        type=click.Choice(("minilm",)),
        default=None,
        help="Compare meanings as well as words, by this model.",
    )


@click.group()
def duplicates() -> None:
    """Find the earlier issues that a new one repeats."""


@duplicates.command()
@click.argument("file")
@click.option(
    "--db", "path", metavar="FILE", required=True, help="The index; it is made when it is not there."
)
@embed_option()
def index(file: str, path: str, model: str | None) -> int:
    """Put issues into an index, or replace those that are there.

    FILE holds one issue per line, "-" is standard input: {"id", "title", "body", "created_at"}, and if you like
    number, state, url, labels, duplicate_of, which candidates then carry. Indexing more later costs only what is
    new. A bad line is told with its number, the rest is done, and the exit code is 4.
    """
    from rulewright.duplicates.database import open_index
    from rulewright.duplicates.index import index_issues
    from rulewright.duplicates.preparation import usable_cores

    with Lines(file) as lines, closing(open_index(path, write=True)) as opened, ExitStack() as stack:
        embed = embedder_for(model, stack)
        if embed is None:
            done = index_issues(opened, lines.issues(), name=path, workers=usable_cores())
        else:
            from rulewright.duplicates.vector_search import index_with_vectors

            done = index_with_vectors(opened, lines.issues(), embed, name=path)
    complain(f"{done.new} new, {done.replaced} replaced, {done.unchanged} unchanged, {lines.bad} bad")
    return codes.FAILED if lines.bad else codes.DONE


@duplicates.command()
@click.argument("file")
@click.option("--db", "path", metavar="FILE", required=True, help="The index to search.")
@click.option(
    "--limit",
    type=click.IntRange(1, MOST),
    default=10,
    show_default=True,
    help="The most candidates per issue.",
)
@click.option(
    "--within",
    metavar="DURATION",
    default="365d",
    show_default=True,
    help="How long before the issue to search; `all` is no bound.",
)
@embed_option()
@format_option()
def query(file: str, path: str, limit: int, within: str, model: str | None, form: str | None) -> int:
    """Say for each issue which earlier ones it may repeat.

    FILE holds one issue per line, as for index; "-" is standard input. With --format json one line comes out per
    line: {"id", "candidates": [{"id", "score", "why"}], "decision", "margin"}. Scores lie between 0 and 1; the
    decision is close, advise or none. Only issues made before the query's own created_at are candidates, and never
    the issue itself.
    """
    from rulewright.duplicates.database import open_index, translate_errors
    from rulewright.duplicates.search import search_duplicates

    seconds = duration(within)
    shape = chosen_format(form)
    with (
        Lines(file) as lines,
        closing(open_index(path)) as opened,
        ExitStack() as stack,
        Output() as out,
        translate_errors(path),
    ):
        vectors = vectors_of(opened, path, embedder_for(model, stack))
        for issue in lines.issues():
            answer = search_duplicates(opened, issue, limit=limit, within=seconds, vectors=vectors)
            out.write(
                f"{unspoken_json(json.dumps(as_json(answer)))}\n"
                if shape == "json"
                else as_text(issue, answer)
            )
            out.flush()
            if out.closed:
                break
    return codes.FAILED if lines.bad else codes.DONE


def embedder_for(model: str | None, stack: ExitStack) -> Embedder | None:
    """The embedder that `--embed` asks for; without it, a line on stderr says what is done instead."""
    if model is None:
        return None
    from rulewright.cli.model_fit import embedder_or_none

    return embedder_or_none(stack)


def vectors_of(opened: Index, path: str, embed: Embedder | None) -> VectorSearch | None:
    """The index's vectors; where it has none, stderr says so."""
    if embed is None:
        return None
    from rulewright.duplicates.vector_search import has_vectors, read_vectors

    if not has_vectors(opened, embed.name):
        complain(
            f"the index {path} has no vectors; going on with words alone",
            hint=f"make them: rulewright duplicates index FILE --db {path} --embed minilm",
        )
        return None
    return read_vectors(opened, embed)


def as_json(answer: SearchResult) -> dict[str, Any]:
    found = [{"id": one.id, "score": one.score, "why": list(one.why)} for one in answer.candidates]
    return {"id": answer.id, "candidates": found, "decision": answer.decision, "margin": answer.margin}


def as_text(issue: Issue, answer: SearchResult) -> str:
    lines = [f"{issue.id}  {issue.title}"]
    for one in answer.candidates:
        lines += [f"  {one.score:.2f}  {one.id}  {one.title}", f"        {'; '.join(one.why)}"]
    if not answer.candidates:
        lines.append("  no earlier issue is like it")
    elif answer.decision != "none":
        lines.append(f"  {SAID[answer.decision]} {answer.candidates[0].id}")
    return "\n".join(unspoken(printable(line)) for line in lines) + "\n"


def duration(text: str) -> float | None:
    """Seconds of `--within`; None for `all`. Raises UsageError."""
    from rulewright.policy.quantity import parse_quantity

    if text == "all":
        return None
    read = parse_quantity(text)
    if read is None or read.dimension != "duration" or read.value <= 0:
        raise UsageError(f"--within is no duration: {text!r}", hint="write it as 365d, 12h, or all")
    return read.value


class Lines:
    """Issues out of a file of JSON lines. `bad` counts the lines that are none, each told when it is met."""

    def __init__(self, path: str) -> None:
        self.name = "standard input" if path == "-" else path
        self.bad = 0
        self.stream = sys.stdin.buffer if path == "-" else open_input(path)

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def issues(self) -> Iterator[Issue]:
        from rulewright.duplicates.issue import read_issue

        for number, line in numbered(self.stream, self.name):
            try:
                if len(line) > LONGEST_LINE:
                    raise SourceError(f"the line is longer than {LONGEST_LINE >> 20} MiB")
                try:
                    data = json.loads(line)
                except (ValueError, RecursionError):
                    raise SourceError("the line is not JSON") from None
                yield read_issue(data)
            except SourceError as error:
                self.bad += 1
                complain(f"error: {self.name}:{number}: {error.message}", hint=error.hint)


def numbered(stream: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers from 1, blank ones left out. A line over the bound is cut just over it."""
    number = 0
    try:
        while line := stream.readline(LONGEST_LINE + 2):
            number += 1
            if len(line) > LONGEST_LINE + 1:
                while (more := stream.readline(1 << 20)) and not more.endswith(b"\n"):
                    pass
            if not line.isspace():
                yield number, line.rstrip(b"\r\n")
    except OSError as error:
        raise SourceError(f"cannot read {name}: {error.strerror or error}") from error
