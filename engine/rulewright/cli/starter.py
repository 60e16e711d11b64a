"""The files that `rulewright init` writes to a repository, compared with existing files.

Policies, schemas and events are those of the package; the other files are in `examples/starter`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rulewright.policy.diagnostics import SourceError
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.files import data_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from rulewright.policy.config import Label

PARTS: Final = {
    "policies": "the triage and grooming policies, with their tests",
    "config": "rulewright.yaml",
    "labels": "labels.yml with every label that the policies use",
    "schemas": "for completion in editors",
    "forms": "issue forms that ask for what triage looks for",
    "workflows": "triage, grooming, the review of policies; configurations for Dependabot and zizmor",
    "events": "examples that the review of policies plans for",
}
"""Part → description. `--only` takes these names."""

SECRETS: Final = {
    "RULEWRIGHT_ONCALL_URL": "the webhook of the channel oncall",
    "RULEWRIGHT_SECURITY_URL": "the webhook of the private channel security-oncall",
}
"""Secret that the workflows pass on → description."""

POLICIES: Final = ("common", "triage", "grooming")
EVENTS: Final = ("issue-opened", "issue-complete", "issue-labeled", "issue-comment-created", "schedule-issue")
ACTION: Final = "OWNER/REPO@REF"
"""Placeholder in the workflows for the repository of the action and its reference."""

OF_OWNER: Final = ("triage/owners", "grooming/workers")
OF_PROJECT: Final = ("grooming/board",)
"""Policies that name a project board; `OF_OWNER` are those that name an account. They are written if one is given."""

_LOGIN: Final = re.compile(rb"\bmona\b(?! is assigned)")
_LOGIN_IN_TEXT: Final = re.compile(rb"\bmona (?=is assigned)")
_PROJECT: Final = re.compile(rb"\bproject: 1\b")
_MODE: Final = re.compile(rb"^mode: \w+\n", re.MULTILINE)
_ON: Final = re.compile(rb"^on: ", re.MULTILINE)
_FIELDS: Final = re.compile(rb"# The fields of your project board[^\n]*\nfields:\n(?:  [^\n]*\n)+\n")
_ENFORCE_SINCE: Final = re.compile(rb"^  # enforce_since: \S+ #", re.MULTILINE)
_CREATED_AFTER: Final = re.compile(rb"^# issues: [^\n]+", re.MULTILINE)
_OBSERVE: Final = b"mode: observe # decides and reports, and plans nothing; `enforce` applies plans\n"
_ENFORCE: Final = b"mode: enforce\n"

Status = Literal["new", "same", "differs", "adds", "kept"]


class Setup(NamedTuple):
    """The options of `init`. `action`: `owner/repository@reference` of Rulewright's action, None for the placeholder.

    `enforce_since`: the date on which the policies begin to be enforced, None to observe. `owner`: the login of the
    maintainer of issues; `project`: the number of the project board; None leaves out the policies that need them.
    """

    action: str | None = None
    enforce_since: str | None = None
    owner: str | None = None
    project: int | None = None


class Starter(NamedTuple):
    """One file to be written: its part, its path below the repository's root, its bytes."""

    part: str
    path: PurePosixPath
    data: bytes


class Standing(NamedTuple):
    """The state of the path of a starter: `new` (does not exist), `same` (same content), `differs` (other content),
    `adds` (a label file to which missing labels can be appended), `kept` (not a regular file, or outside the
    repository). `there` has the content of a file that differs, `why` a reason or remark."""

    starter: Starter
    status: Status
    there: bytes = b""
    why: str = ""


NOTHING: Final = Setup()


def starters(parts: Collection[str] = PARTS, setup: Setup = NOTHING) -> list[Starter]:
    """Every file of these parts, sorted by path. Raises SourceError for a broken installation."""
    return sorted((one for one in _all(setup) if one.part in parts), key=lambda one: one.path.parts)


def left_out(setup: Setup) -> dict[str, tuple[str, ...]]:
    """Option → the policies that are not written without it."""
    found: dict[str, tuple[str, ...]] = {}
    if setup.owner is None:
        found["--owner LOGIN"] = OF_OWNER
    if setup.project is None:
        found["--project NUMBER"] = OF_PROJECT
    return found


def _all(setup: Setup) -> Iterator[Starter]:
    rules, schemas, examples = data_folder("rules"), data_folder("schemas"), data_folder("examples")
    absent = {name for names in left_out(setup).values() for name in names}
    for name in POLICIES:
        for found in _folder("policies", rules / name, f"rules/{name}"):
            policy = f"{name}/{found.path.name.partition('.')[0]}"
            if policy not in absent:
                yield found._replace(data=_policy(policy, found.data, setup))
    yield from _folder("schemas", schemas, "schemas")
    for name in EVENTS:
        yield _file("events", examples / "events" / f"{name}.json", f"examples/events/{name}.json")
    own = examples / "starter"
    config = _file("config", own / "rulewright.yaml", "rulewright.yaml")
    yield config._replace(data=_config(config.data, setup))
    yield _file("labels", own / "labels.yml", "labels.yml")
    yield from _folder("forms", own / "issue-forms", ".github/ISSUE_TEMPLATE")
    for found in _folder("workflows", own / "workflows", ".github/workflows"):
        yield found._replace(data=found.data.replace(ACTION.encode(), (setup.action or ACTION).encode()))
    yield _file("workflows", own / "zizmor.yml", ".github/zizmor.yml")
    yield _file("workflows", own / "dependabot.yml", ".github/dependabot.yml")


def _policy(name: str, data: bytes, setup: Setup) -> bytes:
    """A shipped policy, or its tests, with the mode, the login and the project of the setup."""
    if setup.owner is not None and name in OF_OWNER:
        # Quoted, because a login can look like a number.
        data = _LOGIN.sub(b'"%b"' % setup.owner.encode(), data)
        data = _LOGIN_IN_TEXT.sub(setup.owner.encode() + b" ", data)
    if setup.project is not None and name in OF_PROJECT:
        data = _PROJECT.sub(b"project: %d" % setup.project, data)
    if b"\nkind: Triage\n" not in data and b"\nkind: Grooming\n" not in data:
        return data
    mode = _OBSERVE if setup.enforce_since is None else _ENFORCE
    return _ON.sub(mode + b"on: ", _MODE.sub(b"", data), count=1)


def _config(data: bytes, setup: Setup) -> bytes:
    if setup.project is None:
        data = _FIELDS.sub(b"", data)
    if setup.enforce_since is not None:
        date = setup.enforce_since.encode()
        data = _ENFORCE_SINCE.sub(b"  enforce_since: " + date + b" #", data)
        data = _CREATED_AFTER.sub(b"issues: { created_after: " + date + b" }", data)
    return data


def _folder(part: str, folder: Path, target: str) -> Iterator[Starter]:
    """The YAML and JSON files below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".yml", ".json") and path.is_file():
            yield _file(part, path, f"{target}/{path.relative_to(folder).as_posix()}")


def _file(part: str, path: Path, target: str) -> Starter:
    return Starter(part, PurePosixPath(target), read_bytes(path))


def read_standing(folder: Path, starter: Starter) -> Standing:
    """The state of the path of a starter below `folder`. Raises SourceError for a file that cannot be read."""
    path = folder / starter.path
    outside = _outside(folder, path)
    if outside is not None:
        return Standing(starter, "kept", why=outside)
    if not os.path.lexists(path):
        other = _other_spelling(path)
        return (
            Standing(starter, "new")
            if other is None
            else Standing(starter, "kept", why=f"{other.name} exists")
        )
    if not path.is_file():
        return Standing(starter, "kept", why="it is not a file")
    there = read_bytes(path)
    if there.replace(b"\r\n", b"\n") == starter.data:
        return Standing(starter, "same", there)
    if starter.part != "labels":
        return Standing(starter, "differs", there)
    return Standing(starter, "kept", there, "it is a link") if path.is_symlink() else _labels(starter, there)


def _other_spelling(path: Path) -> Path | None:
    """The existing YAML file with the other extension (`.yml`, `.yaml`), if any. With both, GitHub or a command would
    read only one of them."""
    other = path.with_suffix({".yaml": ".yml", ".yml": ".yaml"}.get(path.suffix, path.suffix))
    return other if other != path and os.path.lexists(other) else None


def existing_config(root: Path) -> Mapping[str, object]:
    """The data of the existing configuration; empty if there is none, or it cannot be read."""
    from rulewright.policy.config_reader import NAMES
    from rulewright.policy.document import read_documents

    path = next((root / name for name in NAMES if (root / name).is_file()), None)
    if path is None:
        return {}
    documents, _ = read_documents(str(path), read_bytes(path))
    found = documents[0].data if documents else None
    return found if isinstance(found, dict) else {}


def with_label_file(found: Iterable[Starter], config: Mapping[str, object]) -> list[Starter]:
    """The files, with the label file at the path that the existing configuration names; none for inline labels."""
    named = config.get("labels", "labels.yml")
    out = []
    for one in found:
        if one.part != "labels":
            out.append(one)
        elif isinstance(named, str) and not os.path.isabs(named):
            out.append(one._replace(path=PurePosixPath(os.path.normpath(named))))
    return sorted(out, key=lambda one: one.path.parts)


def mode_of(found: Iterable[Standing]) -> str:
    """`observe`, `enforce` or `mixed`: the resulting mode of the triage and grooming policies."""
    modes = set()
    for one in found:
        data = one.starter.data if one.status in ("new", "adds", "same") else one.there
        if one.starter.part == "policies" and re.search(rb"(?m)^kind: (?:Triage|Grooming)\r?$", data):
            modes.add("observe" if re.search(rb"(?m)^mode: observe\b", data) else "enforce")
    return modes.pop() if len(modes) == 1 else "mixed"


def _labels(starter: Starter, there: bytes) -> Standing:
    """Compare an existing label file: `adds`, with the new content, if missing labels can be appended."""
    from rulewright.policy.config_reader import parse_labels

    ours, theirs = parse_labels(starter.data), parse_labels(there)
    if theirs is None:
        return Standing(
            starter, "differs", there, "it is not a list of labels; the policies need the labels of this file"
        )
    known = {label.name.casefold() for label in theirs}
    lacking = [label for label in ours or () if label.name.casefold() not in known]
    if not lacking:
        return Standing(starter, "same")
    lines = "".join(f"{_label_line(label)}\n" for label in lacking)
    text = there.decode("utf-8").rstrip("\r\n")
    added = f"{text}\n\n# Labels of the policies of `rulewright init`.\n{lines}".encode()
    if b"\r\n" in there:
        added = added.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    named = ", ".join(label.name for label in lacking)
    if parse_labels(added) != (*theirs, *lacking):
        return Standing(starter, "differs", there, f"missing labels that the policies use: {named}")
    why = f"{len(lacking)} labels that the policies use: {named}"
    return Standing(starter._replace(data=added), "adds", there, why)


def _label_line(label: Label) -> str:
    import json

    more = f", description: {json.dumps(label.description)}" if label.description else ""
    return f'- {{ name: {json.dumps(label.name)}, color: "{label.color}"{more} }}'


def _outside(folder: Path, path: Path) -> str | None:
    """The reason why a file must not be written here: a parent is a file, or a link leads out of the repository."""
    root = os.path.realpath(folder)
    for above in reversed(path.relative_to(folder).parents[:-1]):
        here = folder / above
        if os.path.lexists(here) and not here.is_dir():
            return f"{above.as_posix()} is not a folder"
        if os.path.commonpath((root, os.path.realpath(here))) != root:
            return f"{above.as_posix()} is a link out of the repository"
    return None


def place(folder: Path, one: Standing) -> bool:
    """Write a new file, or the added labels. Returns False, without a write, if the file changed in the meantime.

    Raises SourceError if it cannot be written; a partly written file is removed.
    """
    path = folder / one.starter.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if one.status == "adds":
            return _append(path, one)
        stream = open(path, "xb")  # noqa: SIM115 — closed below; `x` never opens what is there
    except FileExistsError:
        return False
    except OSError as error:
        raise SourceError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        with stream:
            stream.write(one.starter.data)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise SourceError(
            f"cannot write {path}: {error.strerror or error}", hint="the file was not changed"
        ) from error
    return True


def _append(path: Path, one: Standing) -> bool:
    from rulewright.policy.whole_file import write_whole

    if path.is_symlink() or read_bytes(path) != one.there:
        return False
    write_whole(str(path), one.starter.data)
    return True
