"""`rulewright init`: policies, configuration, labels, schemas, issue forms and workflows for a repository."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rulewright.cli import exit as codes
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import append_summary
from rulewright.cli.starter import PARTS, place, standing, starters
from rulewright.policy.diagnostics import UsageError
from rulewright.report.document import json_text
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rulewright.cli.starter import Standing

__all__ = ["init"]

SHOWN_DIFF = 40
"""Lines of one file's difference that are shown."""


@click.command()
@click.argument("folder", default=".", metavar="[DIR]")
@click.option(
    "--write", is_flag=True, help="Write the files that are missing. Files that are there stay as they are."
)
@click.option("--only", metavar="PART,...", help=f"Only these parts: {', '.join(PARTS)}.")
@format_option()
def init(folder: str, write: bool, only: str | None, form: str | None) -> int:
    """Put policies, configuration, labels, schemas, issue forms and workflows into a repository.

    Without --write it only shows what it would write, and how files that are there differ. It never overwrites a
    file. DIR is the repository's root; default: the current folder.
    """
    parts = chosen_parts(only)
    root = Path(folder)
    if os.path.lexists(root) and not root.is_dir():
        raise UsageError(f"{folder} is no folder", hint="name the root of a repository")
    found = [standing(root, starter) for starter in starters(parts)]
    if write:
        found = [written(root, one) for one in found]
    shape = chosen_format(form)
    if shape == "json":
        click.echo(json_text(document(folder, found, write)), nl=False)
    elif shape == "markdown":
        click.echo(markdown(folder, found, write), nl=False)
    else:
        click.echo(text(folder, found, write), nl=False)
        if shape == "github":
            append_summary(markdown(folder, found, write))
    return codes.DONE


def chosen_parts(only: str | None) -> Sequence[str]:
    """The parts that `--only` names, all without it. Raises UsageError for a name that is none."""
    if only is None:
        return tuple(PARTS)
    names = [name.strip() for name in only.split(",") if name.strip()]
    for name in names:
        if name not in PARTS:
            near = difflib.get_close_matches(name, PARTS, n=1)
            known = f"did you mean {near[0]}?" if near else f"known: {', '.join(PARTS)}"
            raise UsageError(f"--only knows no part {name!r}", hint=known)
    if not names:
        raise UsageError("--only names no part", hint=f"known: {', '.join(PARTS)}")
    return names


def written(root: Path, one: Standing) -> Standing:
    """The same after the file was written, when nothing stood there. Raises SourceError."""
    if one.status != "new" or place(root, one.starter):
        return one
    return one._replace(status="kept", why="it came there meanwhile")


def document(folder: str, found: Iterable[Standing], write: bool) -> dict[str, Any]:
    """The JSON form: `action` is create (with --write: created), same, or keep; `status` says what was there."""
    return {
        "folder": folder,
        "written": write,
        "files": [
            {
                "path": one.starter.path.as_posix(),
                "part": one.starter.part,
                "status": one.status,
                "bytes": len(one.starter.data),
                **({"reason": one.why} if one.why else {}),
                **({"diff": list(difference(one))} if one.status == "differs" else {}),
            }
            for one in found
        ],
    }


def text(folder: str, found: Sequence[Standing], write: bool) -> str:
    """A tree of the files, each with what happens to it, then the differences, then what to do next."""
    marks = {
        "new": ("+", "written" if write else "new"),
        "same": ("=", "there already"),
        "differs": ("!", "differs, left alone"),
        "kept": ("!", "left alone"),
    }
    lines = [printable(folder)]
    above: tuple[str, ...] = ()
    for one in found:
        *folders, name = one.starter.path.parts
        for depth, part in enumerate(folders):
            if above[: depth + 1] != tuple(folders[: depth + 1]):
                lines.append(f"  {'  ' * depth}{part}/")
        above = tuple(folders)
        mark, word = marks[one.status]
        note = f"{word}: {one.why}" if one.why else word
        lines.append(f"{mark} {'  ' * len(folders)}{name}{'' if note == 'new' else f'  ({note})'}")
    for one in found:
        if one.status == "differs":
            diff = [printable(line) for line in difference(one)]
            more = [f"… {len(diff) - SHOWN_DIFF} more lines"] if len(diff) > SHOWN_DIFF else []
            lines += ["", *diff[:SHOWN_DIFF], *more]
    return "\n".join((*lines, "", *closing(found, write))) + "\n"


def closing(found: Sequence[Standing], write: bool) -> Iterator[str]:
    """What was or would be done, and the next command."""
    new = sum(one.status == "new" for one in found)
    left = sum(one.status in ("differs", "kept") for one in found)
    yield f"{new} {'written' if write else 'to write'}, {len(found) - new - left} there already, {left} left alone."
    if write:
        yield "Next: rulewright validate && rulewright test, then read rulewright.yaml and commit."
    elif new:
        yield "Nothing was written. Write what is missing with --write; nothing is ever overwritten."


def difference(one: Standing) -> Iterator[str]:
    """From what is there to what would be written, as a unified diff without line ends."""
    there, ours = (data.decode("utf-8", "replace").splitlines() for data in (one.there, one.starter.data))
    name = one.starter.path.as_posix()
    yield from difflib.unified_diff(there, ours, f"{name} (there)", f"{name} (from init)", lineterm="")


def markdown(folder: str, found: Sequence[Standing], write: bool) -> str:
    """A table of the files."""
    words = {"new": "written" if write else "new", "same": "there already", "differs": "differs, left alone"}
    rows = [
        f"| `{one.starter.path}` | {one.starter.part} | {words.get(one.status, 'left alone')} |"
        for one in found
    ]
    return "\n".join(
        (
            "## rulewright init",
            "",
            "| file | part | |",
            "|---|---|---|",
            *rows,
            "",
            *closing(found, write),
            "",
        )
    )
