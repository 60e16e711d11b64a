"""`rulewright init`: policies, configuration, labels, schemas, issue forms and workflows for a repository."""

from __future__ import annotations

import datetime
import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rulewright.cli import exit as codes
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import append_summary
from rulewright.cli.starter import (
    PARTS,
    SECRETS,
    Setup,
    existing_config,
    left_out,
    mode_of,
    place,
    standing,
    starters,
    with_label_file,
)
from rulewright.policy.diagnostics import UsageError
from rulewright.report.document import json_text
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rulewright.cli.starter import Standing

MODES = {
    "observe": "only observe",
    "enforce": "are enforced",
    "mixed": "partly observe, and partly are enforced",
}
SHOWN_DIFF = 40
"""Lines of one file's difference that are shown."""


@click.command()
@click.argument("folder", default=".", metavar="[DIR]")
@click.option(
    "--write", is_flag=True, help="Write the files that are missing. Files that exist stay as they are."
)
@click.option(
    "--action",
    metavar="OWNER/REPO@REF",
    help="Rulewright's action, which the workflows use: its repository, and a tag or commit. Default: the repository "
    "that this package was installed from, where pip was given one.",
)
@click.option(
    "--enforce",
    is_flag=True,
    help="Write policies that are enforced from today on; default: they only observe.",
)
@click.option(
    "--owner",
    metavar="LOGIN",
    help="Who looks after issues; without it, the policies that assign somebody are left out.",
)
@click.option(
    "--project",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="The project board; without it, the policy that moves cards is left out.",
)
@click.option("--only", metavar="PART,...", help=f"Only these parts: {', '.join(PARTS)}.")
@click.option("--here", is_flag=True, help="Write into DIR although it is not the root of a repository.")
@format_option()
def init(
    folder: str,
    write: bool,
    action: str | None,
    enforce: bool,
    owner: str | None,
    project: int | None,
    only: str | None,
    here: bool,
    form: str | None,
) -> int:
    """Put policies, configuration, labels, schemas, issue forms and workflows into a repository.

    Without --write it only shows what it would write, and how existing files differ. It never overwrites a file; to a
    list of labels it adds those that the policies use. Policies are written in `mode: observe`: they decide and report,
    and change nothing. DIR is the repository's root; default: the current folder.
    """
    parts = chosen_parts(only)
    root = Path(folder)
    if os.path.lexists(root) and not root.is_dir():
        raise UsageError(f"{folder} is no folder", hint="name the root of a repository")
    if write and not here:
        check_root(root)
    setup = chosen_setup(action, enforce, owner, project, needs_action=write and "workflows" in parts)
    config = existing_config(root)
    found = [standing(root, starter) for starter in with_label_file(starters(parts, setup), config)]
    unguarded = enforce and "policies" in parts and not is_guarded(config, found)
    if write and unguarded:
        raise UsageError(
            "the policies would be enforced, and rulewright.yaml does not say since when: old issues could be closed",
            hint=f"add to it: {guard_of(setup)}",
        )
    if write:
        found = [written(root, one) for one in found]
    shape = chosen_format(form)
    last = list(
        closing(found, setup, write, unguarded=unguarded, elsewhere=not os.path.lexists(root / ".git"))
    )
    if shape == "json":
        click.echo(json_text(document(folder, found, setup, write)), nl=False)
    elif shape == "markdown":
        click.echo(markdown(found, last, write), nl=False)
    else:
        click.echo(text(folder, found, last, write), nl=False)
        if shape == "github":
            append_summary(markdown(found, last, write))
    return codes.DONE


def is_guarded(config: Mapping[str, Any], found: Iterable[Standing]) -> bool:
    """Whether rulewright.yaml says, or will say, since when policies are enforced."""
    execution = config.get("execution")
    if isinstance(execution, dict) and execution.get("enforce_since"):
        return True
    return any(one.starter.part == "config" and one.status == "new" for one in found)


def guard_of(setup: Setup) -> str:
    """The settings that keep old issues from being closed, and sweeps from looking at them."""
    date = setup.enforce_since
    return f"`execution: {{ enforce_since: {date} }}` and `issues: {{ created_after: {date} }}`"


def check_root(root: Path) -> None:
    """Raises UsageError for a folder that is not the root of a repository, naming the root where there is one."""
    if os.path.lexists(root / ".git"):
        return
    real = Path(os.path.realpath(root))
    above = next((folder for folder in real.parents if os.path.lexists(folder / ".git")), None)
    hint = (
        f"the root is {above}"
        if above is not None
        else "no folder above it is one either: `git init` makes one"
    )
    raise UsageError(
        f"{root} is not the root of a repository", hint=f"{hint}; --here writes into {root} all the same"
    )


def chosen_setup(
    action: str | None, enforce: bool, owner: str | None, project: int | None, *, needs_action: bool
) -> Setup:
    """What the options say. Raises UsageError for an action or a login that is none, and where an action is needed and
    none is known."""
    from rulewright.actions.logins import is_login
    from rulewright.cli.origin import check_action, installed_action

    named = check_action(action) if action is not None else installed_action()
    if named is None and needs_action:
        raise UsageError(
            "the workflows need Rulewright's action, and nothing says where it is",
            hint="name it: --action OWNER/REPO@REF; or leave the workflows out with --only",
        )
    if owner is not None and (not is_login(owner) or owner.endswith("[bot]")):
        wrong = "is no account that issues can be assigned to" if is_login(owner) else "is no login"
        raise UsageError(f"{owner[:60]!r} {wrong}", hint="name a person's account on GitHub, without @")
    return Setup(named, today().isoformat() if enforce else None, owner, project)


def today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


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
    """The same after the file was written, when there was none, or labels were added. Raises SourceError."""
    if one.status not in ("new", "adds") or place(root, one):
        return one
    return one._replace(status="kept", why="it was changed meanwhile")


def document(folder: str, found: Sequence[Standing], setup: Setup, write: bool) -> dict[str, Any]:
    """The JSON form. `status` of a file is new, same, differs, adds (labels) or kept; with `written`, those that were
    new or to be added to are written by now. `mode` is that of the policies as they stand then: observe, enforce or
    mixed. `left_out`: option → policies that are not written without it."""
    return {
        "folder": folder,
        "written": write,
        "mode": mode_of(found),
        "action": setup.action,
        "left_out": {option: list(names) for option, names in left_out(setup).items()},
        "secrets": list(SECRETS),
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


def text(folder: str, found: Sequence[Standing], last: Sequence[str], write: bool) -> str:
    """A tree of the files, each with what happens to it, then the differences, then the last lines (see `closing`)."""
    marks = {
        "new": ("+", "written" if write else "new"),
        "same": ("=", "exists"),
        "differs": ("!", "differs, skipped"),
        "adds": ("+", "added" if write else "adds"),
        "kept": ("!", "skipped"),
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
    return "\n".join((*lines, "", *last)) + "\n"


def closing(
    found: Sequence[Standing], setup: Setup, write: bool, *, unguarded: bool, elsewhere: bool
) -> Iterator[str]:
    """What was or would be done, what is left out, and what to do next. `unguarded`: policies would be enforced without
    a date; `elsewhere`: the folder is not the root of a repository."""
    new = sum(one.status in ("new", "adds") for one in found)
    left = sum(one.status in ("differs", "kept") for one in found)
    yield f"{new} {'written' if write else 'to write'}, {len(found) - new - left} exist, {left} skipped."
    parts = {one.starter.part for one in found}
    if "policies" in parts:
        mode = MODES[mode_of(found)]
        yield f"The policies {mode}: docs/how-to/roll-out.md says what to read before you enforce them."
        if unguarded:
            yield f"rulewright.yaml does not say since when they are enforced. Add to it: {guard_of(setup)}."
        for option, names in left_out(setup).items():
            yield f"Left out without {option}: {', '.join(f'rules/{name}.yaml' for name in names)}."
    if "workflows" in parts and setup.action is None:
        yield "The workflows need --action OWNER/REPO@REF."
    if "workflows" in parts:
        secrets = "; ".join(f"{name} ({what})" for name, what in SECRETS.items())
        yield f"Secrets to set, for notifications: {secrets}."
    if elsewhere and parts & {"workflows", "forms"}:
        yield "This is not the root of a repository: GitHub does not find workflows and issue forms here."
    if write:
        yield "Next: rulewright validate && rulewright test, then read rulewright.yaml and commit."
    elif new:
        yield "Nothing was written. --write writes what is missing; nothing is ever overwritten."


def difference(one: Standing) -> Iterator[str]:
    """From what is there to what would be written, as a unified diff without line ends."""
    there, ours = (data.decode("utf-8", "replace").splitlines() for data in (one.there, one.starter.data))
    name = one.starter.path.as_posix()
    yield from difflib.unified_diff(there, ours, name, f"{name} (from init)", lineterm="")


def markdown(found: Sequence[Standing], last: Sequence[str], write: bool) -> str:
    """A table of the files, and the last lines (see `closing`)."""
    words = {
        "new": "written" if write else "new",
        "same": "exists",
        "differs": "differs, skipped",
        "adds": "labels added" if write else "adds labels",
    }
    rows = [
        f"| `{one.starter.path}` | {one.starter.part} | {words.get(one.status, 'skipped')} |" for one in found
    ]
    return "\n".join(
        (
            "## rulewright init",
            "",
            "| file | part | |",
            "|---|---|---|",
            *rows,
            "",
            *(f"- {line}" for line in last),
            "",
        )
    )
