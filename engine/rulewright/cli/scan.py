"""`rulewright scan`: find personal data and secrets in texts and files. Reports positions, never the text."""

from __future__ import annotations

import json
import sys
from io import BufferedReader
from typing import TYPE_CHECKING, NamedTuple

import click

from rulewright.cli.file_discovery import is_binary, is_excluded, opened_texts, scanned_files
from rulewright.cli.options import format_option, output_option
from rulewright.cli.output import print_error
from rulewright.cli.progress import track, track_file
from rulewright.cli.report_writer import ReportWriter
from rulewright.detection import make_detector
from rulewright.events.reader import MAX_BYTES
from rulewright.policy.diagnostics import SourceError, translate_os_errors
from rulewright.policy.file_bytes import open_file, open_input
from rulewright.report.scan import Scanned, ScanReport, ScanTotal
from rulewright.run import exit_codes
from rulewright.run.event_stream import numbered_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from rulewright.detection import Finding
    from rulewright.report.reporter import Reporter

PARDON = "rulewright:allow"
"""Marks a line of a file on which nothing is reported. It has no effect in JSONL, whose texts are from other people."""


class ScanSettings(NamedTuple):
    """The types that a scan finds, and how it reads its input (`auto`, `jsonl`, `text`).

    `json_stdin`: standard input is JSONL if `reading` is `auto`.
    """

    run: Callable[[str], tuple[Finding, ...]]
    least: float
    reading: str
    json_stdin: bool


@click.command()
@click.argument("places", nargs=-1, metavar="[FILE|DIR|-]...")
@format_option()
@click.option("--types", metavar="LIST", help="Types or groups to detect, such as email,phone,secrets.")
@click.option(
    "--allow", multiple=True, metavar="TEXT", help="A text, glob or domain to ignore. Can be repeated."
)
@click.option(
    "--allow-file", metavar="FILE", help="A file with one --allow entry per line; `path: GLOB` skips files."
)
@click.option(
    "--min-confidence",
    "least",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Ignore findings with lower confidence.",
)
@click.option(
    "--input",
    "reading",
    type=click.Choice(("auto", "jsonl", "text")),
    default="auto",
    show_default=True,
    help="Input format.",
)
@click.option("--fail-on-findings", "fail", is_flag=True, help="Exit with 1 if anything is found.")
@output_option
def scan(
    places: tuple[str, ...],
    reporter: Reporter,
    types: str | None,
    allow: tuple[str, ...],
    allow_file: str | None,
    least: float,
    reading: str,
    fail: bool,
    output: str | None,
) -> int:
    """Find personal data and secrets in texts, files and folders.

    JSON Lines input is {"id", "text"} per line, its output {"id", "findings"}, with offsets in code points. Other files
    are read as text; in a git checkout, ignored files are skipped. A line that contains `rulewright:allow` is skipped.
    The matched text is never printed.
    """
    listed = allow_entries(allow_file)
    texts = [*allow, *(entry for entry in listed if not entry.startswith("path:"))]
    hidden = [entry.removeprefix("path:").strip() for entry in listed if entry.startswith("path:")]
    run = make_detector(types=None if types is None else split(types), allow=texts)
    asked = ScanSettings(run, least, reading, reporter.for_programs)
    codes: set[int] = set()
    count = findings = 0
    with ReportWriter(reporter, output) as writer:
        for scanned in results(places or ("-",), asked, hidden, codes):
            count += 1
            writer.write(ScanReport(scanned, first=not findings))
            findings += len(scanned.findings)
            if writer.closed:
                break
        writer.write_annotations()
        writer.write(ScanTotal(findings, count))
    if fail and findings:
        codes.add(exit_codes.NEGATIVE)
    return exit_codes.combine(codes)


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
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise SourceError(f"cannot read {path}: {reason}") from error
    return [line for line in lines if line and not line.startswith("#")]


def results(
    places: Sequence[str], asked: ScanSettings, hidden: Sequence[str], codes: set[int]
) -> Iterator[Scanned]:
    """The findings of each text. Unreadable files are reported, the others are processed, and `codes` gets code 4."""
    for place in places:
        try:
            for file in track(scanned_files(place), "files"):
                if not is_excluded(file, hidden):
                    yield from results_of(file, asked, codes, named=file == place)
        except SourceError as error:
            print_error(f"error: {error.message}", hint=error.hint)
            codes.add(error.exit_code)


def results_of(file: str, asked: ScanSettings, codes: set[int], *, named: bool) -> Iterator[Scanned]:
    """The results of one file or of standard input."""
    with (
        translate_os_errors(f"cannot read {file}"),
        _peekable(sys.stdin.buffer if file == "-" else open_input(file, open_file)) as stream,
    ):
        first = stream.peek(1 << 13)[: 1 << 13]
        if named and is_jsonl(file, first, asked):
            yield from lines(stream, "standard input" if file == "-" else file, asked, codes)
        elif not is_binary(first):
            yield from whole(stream, file, asked)


def _peekable(stream: BinaryIO) -> BufferedReader:
    """A stream that can be looked into. A buffer over a buffer would wait for more of a pipe than a line."""
    return stream if isinstance(stream, BufferedReader) else BufferedReader(stream)  # type: ignore[arg-type]


def is_jsonl(file: str, first: bytes, asked: ScanSettings) -> bool:
    """Whether the input has one text per line: by the option, its name, or its beginning."""
    if asked.reading != "auto":
        return asked.reading == "jsonl"
    if file.endswith((".jsonl", ".ndjson")) or (file == "-" and asked.json_stdin):
        return True
    line = first.lstrip().partition(b"\n")[0]
    return line.startswith(b"{") and b'"text"' in line


def lines(stream: BinaryIO, name: str, asked: ScanSettings, codes: set[int]) -> Iterator[Scanned]:
    """One result per line of JSONL, in order, in constant memory."""
    for number, line in track_file(numbered_lines(stream, name, MAX_BYTES), stream, "texts"):
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict) or not isinstance(document.get("text"), str):
            print_error(f'error: {name}:{number}: expected {{"id": …, "text": "…"}}')
            codes.add(exit_codes.FAILED)
            continue
        found = [one for one in asked.run(document["text"]) if one.confidence >= asked.least]
        yield Scanned(document.get("id", number), tuple((one, None) for one in found), is_file=False)


def whole(stream: BinaryIO, file: str, asked: ScanSettings) -> Iterator[Scanned]:
    """The findings of a text file with line and column, without those on lines with an allow marker."""
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
