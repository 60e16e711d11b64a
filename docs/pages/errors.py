"""docs/errors/: one page per diagnostic code, and an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.codes import load_codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.codes import DiagnosticCode

__all__ = ["markdown"]

_RANGES: Final = {
    "RW1": ("Reading", "Encoding, YAML and JSON syntax, includes."),
    "RW2": ("Schemas", "Keys, types and values of documents."),
    "RW3": ("References", "Names of things that do not exist."),
    "RW4": ("Conditions", "Quantities, patterns and matchers."),
    "RW5": ("Analysis", "Rules that cannot have the intended effect."),
    "RW6": ("Policy tests", "Test files and their cases."),
    "RW7": ("Inputs", "Events and facts."),
    "RW8": ("Configuration and run", "rulewright.yaml, caches, sources."),
}


def markdown() -> dict[str, str]:
    """Name of the file → its text."""
    pages = {f"{code}.md": "\n".join(_page(entry)) + "\n" for code, entry in load_codes().items()}
    return {"index.md": "\n".join(_index()) + "\n", **pages}


def _index() -> Iterator[str]:
    yield "# Diagnostic codes"
    yield ""
    yield "Every diagnostic has a stable code. `rulewright validate` shows the code with the position, the source line"
    yield "and a hint. It reports all diagnostics of a run, sorted by file and line."
    for start, (title, about) in _RANGES.items():
        entries = [entry for code, entry in load_codes().items() if code.startswith(start)]
        if not entries:
            continue
        yield ""
        yield f"## {title}"
        yield ""
        yield about
        yield ""
        yield "| code | name | meaning |"
        yield "|---|---|---|"
        for entry in entries:
            yield f"| [{entry.code}]({entry.code}.md) | {entry.name} | {_cell(entry.summary)} |"


def _page(entry: DiagnosticCode) -> Iterator[str]:
    yield f"# {entry.code}: {entry.name}"
    yield ""
    yield entry.summary
    if entry.why:
        yield from ("", "## Why", "", entry.why)
    if entry.example:
        yield from ("", "## Example", "", "<!-- not run: shows the mistake -->")
        fence = "```" if "```" not in entry.example else "````"
        language = "console" if entry.example.startswith(("$ ", "rulewright ")) else "yaml"
        yield from (f"{fence}{language}", entry.example.rstrip("\n"), fence)
    yield from ("", "## Fix", "", entry.fix, "", "[All codes](index.md)")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
