"""`rulewright scan`: personal data and secrets in texts and files. Says where, never what. Changes nothing."""

from __future__ import annotations

import json
import sys
from io import BufferedReader
from typing import TYPE_CHECKING, NamedTuple

import click

from rulewright.cli import exit as codes
from rulewright.cli.file_discovery import excluded, is_binary, opened_texts, scanned_files
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import Output, append_summary, complain
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.files import open_file, open_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from rulewright.detection import Finding
    from rulewright.report.scan import Scanned

PARDON = "rulewright:allow"
"""What a line of a file says so that nothing on it is reported. In JSONL it says nothing: such texts are others'."""


class Asked(NamedTuple):
    """What a run looks for, and how it reads its input (`auto`, `jsonl`, `text`)."""

    run: Callable[[str], tuple[Finding, ...]]
    least: float
    form: str
    reading: str


@click.command()
@click.argument("places", nargs=-1, metavar="[FILE|DIR|-]...")
@format_option()
@click.option("--types", metavar="LIST", help="Types or groups to look for, such as email,phone,secrets.")
@click.option("--allow", multiple=True, metavar="TEXT", help="A text, glob or domain that is no finding.")
@click.option("--allow-file", metavar="FILE", help="The same, one a line; `path: GLOB` leaves out files.")
@click.option(
    "--min-confidence",
    "least",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Leave out what is less sure.",
)
@click.option(
    "--input",
    "reading",
    type=click.Choice(("auto", "jsonl", "text")),
    default="auto",
    show_default=True,
    help="How to read files.",
)
@click.option("--fail-on-findings", "fail", is_flag=True, help="Exit with 1 when anything is found.")
@click.option("--output", metavar="FILE", help="Write the report here instead of to stdout.")
def scan(
    places: tuple[str, ...],
    form: str | None,
    types: str | None,
    allow: tuple[str, ...],
    allow_file: str | None,
    least: float,
    reading: str,
    fail: bool,
    output: str | None,
) -> int:
    """Find personal data and secrets in texts, files and folders.

    JSONL goes in as {"id", "text"} and comes out as {"id", "findings"}, offsets in code points. Other files are
    read as text; in a git checkout, ignored files are left out. A line that says `rulewright:allow` is passed
    over. The found text itself is never printed.
    """
    from rulewright.detection import detector
    from rulewright.report.scan import Report

    listed = allow_entries(allow_file)
    texts = [*allow, *(entry for entry in listed if not entry.startswith("path:"))]
    hidden = [entry.removeprefix("path:").strip() for entry in listed if entry.startswith("path:")]
    run = detector(types=None if types is None else split(types), allow=texts)
    shape = chosen_format(form)
    asked = Asked(run, least, shape, reading)
    held: set[int] = set()
    with Output(output) as out:
        report = Report(shape, out.write)
        for result in results(places or ("-",), asked, hidden, held):
            report.take(result)
            if out.closed:
                break
        report.end(append_summary)
    if fail and report.findings:
        held.add(codes.NEGATIVE)
    return codes.combine(held)


def split(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def allow_entries(path: str | None) -> list[str]:
    """The lines of an allow-file, without comments. Raises SourceError."""
    if path is None:
        return []
    try:
        with open(path, encoding="utf-8") as stream:
            lines = [line.strip() for line in stream]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SourceError(f"cannot read {path}: {reason}") from error
    return [line for line in lines if line and not line.startswith("#")]


def results(places: Sequence[str], asked: Asked, hidden: Sequence[str], held: set[int]) -> Iterator[Scanned]:
    """What was found, text by text. What cannot be read is told, the rest is done, and `held` gets code 4."""
    for place in places:
        try:
            for file in scanned_files(place):
                if not excluded(file, hidden):
                    yield from results_of(file, asked, held, named=file == place)
        except SourceError as error:
            complain(f"error: {error.message}", hint=error.hint)
            held.add(error.exit_code)


def results_of(file: str, asked: Asked, held: set[int], *, named: bool) -> Iterator[Scanned]:
    """The results of one file or of standard input."""
    try:
        with BufferedReader(sys.stdin.buffer if file == "-" else open_input(file, open_file)) as stream:  # type: ignore[type-var]
            first = stream.peek(1 << 13)[: 1 << 13]
            if named and is_jsonl(file, first, asked):
                yield from lines(stream, "standard input" if file == "-" else file, asked, held)
            elif not is_binary(first):
                yield from whole(stream, file, asked)
    except UsageError:
        raise
    except OSError as error:
        raise SourceError(f"cannot read {file}: {error.strerror or error}") from error


def is_jsonl(file: str, first: bytes, asked: Asked) -> bool:
    """Whether the input holds a text per line: by what was asked, its name, or how it begins."""
    if asked.reading != "auto":
        return asked.reading == "jsonl"
    if file.endswith((".jsonl", ".ndjson")) or (file == "-" and asked.form == "json"):
        return True
    line = first.lstrip().partition(b"\n")[0]
    return line.startswith(b"{") and b'"text"' in line


def lines(stream: BinaryIO, name: str, asked: Asked, held: set[int]) -> Iterator[Scanned]:
    """One result per line of JSONL, in order, in constant memory."""
    from rulewright.cli.stream import numbered
    from rulewright.report.scan import Scanned

    for number, line in numbered(stream, name):
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict) or not isinstance(document.get("text"), str):
            complain(f'error: {name}:{number}: the line is not {{"id": …, "text": "…"}}')
            held.add(codes.FAILED)
            continue
        found = [one for one in asked.run(document["text"]) if one.confidence >= asked.least]
        yield Scanned(document.get("id", number), tuple((one, None) for one in found), is_file=False)


def whole(stream: BinaryIO, file: str, asked: Asked) -> Iterator[Scanned]:
    """The findings of a file of text, with line and column, without those on pardoned lines."""
    from rulewright.report.scan import Scanned

    pairs: list[tuple[Finding, tuple[int, int] | None]] = []
    first_line = offset = 0
    for text in opened_texts(stream):
        line, begin = first_line, 0
        for found in asked.run(text):
            if found.confidence < asked.least:
                continue
            line += text.count("\n", begin, found.start)
            begin = found.start
            start = text.rfind("\n", 0, begin) + 1
            end = text.find("\n", begin)
            if PARDON not in text[start : end if end >= 0 else len(text)]:
                moved = found._replace(start=found.start + offset, end=found.end + offset)
                pairs.append((moved, (line + 1, begin - start + 1)))
        first_line += text.count("\n")
        offset += len(text)
    yield Scanned("standard input" if file == "-" else file, tuple(pairs), is_file=True)
