"""`rulewright init`: policies, configuration, labels, schemas, issue forms and workflows for a repository."""

from __future__ import annotations

import datetime
import difflib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from rulewright.actions.logins import is_login
from rulewright.cli.init_report import InitReport, guard_settings
from rulewright.cli.options import format_option
from rulewright.cli.report_writer import write_report
from rulewright.cli.starter import (
    PARTS,
    Setup,
    existing_config,
    place,
    read_standing,
    starters,
    with_label_file,
)
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.files import repository_root
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rulewright.cli.starter import Standing
    from rulewright.report.reporter import Reporter


@click.command()
@click.argument("folder", default=".", metavar="[DIR]")
@click.option("--write", is_flag=True, help="Write missing files. Existing files are not changed.")
@click.option(
    "--action",
    metavar="OWNER/REPO@REF",
    help="Rulewright's action, which the workflows use: its repository, and a tag or commit. Default: the repository "
    "that this package was installed from, where pip was given one.",
)
@click.option(
    "--enforce",
    is_flag=True,
    help="Write policies that are enforced from today; default: observe mode.",
)
@click.option(
    "--owner",
    metavar="LOGIN",
    help="The assignee of issues; without it, policies that assign are left out.",
)
@click.option(
    "--project",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="The project board; without it, the policy that moves cards is left out.",
)
@click.option("--only", metavar="PART,...", help=f"Write only these parts: {', '.join(PARTS)}.")
@click.option("--here", is_flag=True, help="Allow a DIR that is not the root of a repository.")
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
    reporter: Reporter,
) -> int:
    """Add policies, configuration, labels, schemas, issue forms and workflows to a repository.

    Without --write, the files that would be written are listed, with the differences to existing files. Files are never
    overwritten; labels that the policies use are added to an existing label file. Policies are written with `mode:
    observe`: they are evaluated and reported, and change nothing. DIR is the root of the repository; default: the
    current folder.
    """
    parts = chosen_parts(only)
    root = checked_folder(folder, is_root=write and not here)
    setup = chosen_setup(action, enforce, owner, project, needs_action=write and "workflows" in parts)
    config = existing_config(root)
    found = [read_standing(root, starter) for starter in with_label_file(starters(parts, setup), config)]
    unguarded = enforce and "policies" in parts and not is_guarded(config, found)
    if write and unguarded:
        raise UsageError(
            "the policies would be enforced, but rulewright.yaml has no start date: old issues could be closed",
            hint=f"add {guard_settings(setup)}",
        )
    if write:
        found = [written(root, one) for one in found]
    elsewhere = not os.path.lexists(root / ".git")
    report = InitReport(folder, found, setup, written=write, unguarded=unguarded, elsewhere=elsewhere)
    write_report(report, reporter)
    return exit_codes.DONE


def is_guarded(config: Mapping[str, object], found: Iterable[Standing]) -> bool:
    """Whether rulewright.yaml sets, or will set, the date from which policies are enforced."""
    execution = config.get("execution")
    if isinstance(execution, dict) and execution.get("enforce_since"):
        return True
    return any(one.starter.part == "config" and one.status == "new" for one in found)


def checked_folder(folder: str, *, is_root: bool) -> Path:
    """The path of the folder. Raises UsageError if it is not a folder or, with `is_root`, not the root of a repository;
    the error names the root if there is one."""
    root = Path(folder)
    if os.path.lexists(root) and not root.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="name the root of a repository")
    if not is_root or os.path.lexists(root / ".git"):
        return root
    above = repository_root(root)
    hint = (
        f"the root of the repository is {above}"
        if above is not None
        else "no parent folder is a repository; create one with `git init`"
    )
    raise UsageError(
        f"{root} is not the root of a repository", hint=f"{hint}; or write to {root} with --here"
    )


def chosen_setup(
    action: str | None, enforce: bool, owner: str | None, project: int | None, *, needs_action: bool
) -> Setup:
    """The setup that the options describe. Raises UsageError for an invalid action or login, and if an action is
    required but not known."""
    named = check_action(action) if action is not None else installed_action()
    if named is None and needs_action:
        raise UsageError(
            "the workflows need the repository and version of Rulewright's action",
            hint="pass --action OWNER/REPO@REF, or leave the workflows out with --only",
        )
    if owner is not None and (not is_login(owner) or owner.endswith("[bot]")):
        wrong = "is not an account that issues can be assigned to" if is_login(owner) else "is not a login"
        raise UsageError(f"{owner[:60]!r} {wrong}", hint="pass the GitHub login of a person, without @")
    return Setup(named, today().isoformat() if enforce else None, owner, project)


def today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def chosen_parts(only: str | None) -> Sequence[str]:
    """The parts that `--only` names; all parts without it. Raises UsageError for an unknown name."""
    if only is None:
        return tuple(PARTS)
    names = [name.strip() for name in only.split(",") if name.strip()]
    for name in names:
        if name not in PARTS:
            near = difflib.get_close_matches(name, PARTS, n=1)
            known = f"did you mean {near[0]}?" if near else f"known: {', '.join(PARTS)}"
            raise UsageError(f"unknown part {name!r} in --only", hint=known)
    if not names:
        raise UsageError("--only is empty", hint=f"known: {', '.join(PARTS)}")
    return names


def written(root: Path, one: Standing) -> Standing:
    """Write the file if it is new, or add labels to it, and return the resulting state. Raises SourceError."""
    if one.status not in ("new", "adds") or place(root, one):
        return one
    return one._replace(status="kept", why="it was changed by another process")


ACTION: Final = re.compile(
    r"(?P<owner>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))/(?P<name>[A-Za-z0-9_.-]{1,100})@(?P<ref>[A-Za-z0-9_][A-Za-z0-9_./-]{0,250})"
)
GITHUB: Final = "github.com"


def check_action(text: str) -> str:
    """Check that a text has the form `owner/repository@reference` of `uses:`. Raises UsageError otherwise."""
    found = ACTION.fullmatch(text)
    if found is None or ".." in text or "//" in text or text.endswith(("/", ".")):
        raise UsageError(
            f"{text[:80]!r} is not an action",
            hint="use OWNER/REPO@REF, where REF is a tag such as v1.2.3, or a commit",
        )
    return text


def installed_action(direct_url: str | None = None, environ: Mapping[str, str] | None = None) -> str | None:
    """The action at the commit from which pip installed this package, if its source is a repository on GitHub.

    `direct_url`: the text of the installation's `direct_url.json` (PEP 610); default: this package's own. None for
    other sources: an index, a wheel, a checkout.
    """
    import json

    text = direct_url if direct_url is not None else _recorded()
    if text is None:
        return None
    try:
        data: Any = json.loads(text)
        place, commit = urlsplit(data["url"]), data["vcs_info"]["commit_id"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    given = os.environ if environ is None else environ
    server = urlsplit(given.get("GITHUB_SERVER_URL", "")).hostname
    hosts = {GITHUB, server} if server else {GITHUB}
    named = place.path.strip("/").removesuffix(".git")
    if (
        place.scheme not in ("https", "ssh")
        or place.hostname not in hosts
        or not isinstance(commit, str)
        or re.fullmatch("[0-9a-f]{40}", commit) is None
    ):
        return None
    try:
        return check_action(f"{named}@{commit}")
    except UsageError:
        return None


def _recorded() -> str | None:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        return distribution("rulewright").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
