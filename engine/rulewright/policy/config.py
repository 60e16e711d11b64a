"""`rulewright.yaml`: what a repository sets that is not policy.

The file is found by walking up from the first policy path to the repository's root. A repository without one
has the empty `Config`, which declares nothing and so restricts nothing.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.diagnostics import PolicyError, SourceError, has_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document

NAMES: Final = ("rulewright.yaml", "rulewright.yml")
_NO_REF: Final = re.compile(r"\.\.|//|@\{|/\.|\.(?:lock)?(?:/|$)|/$|[\x00-\x20\x7f]")
"""What git-check-ref-format(1) forbids, beside what the schema does."""
_FILE: Final = re.compile(r"[/\\]|\.(?:ya?ml|json|gguf)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Label:
    """One label of the repository. `color` is six hexadecimal digits or empty."""

    name: str
    color: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Budgets:
    """How many effects a run may have; None is no limit."""

    effects_per_run: int | None = None
    effects_per_subject: int | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """When plans may be applied.

    `apply_branches`: names or globs; empty means the repository's default branch. `grace_period` is a duration as
    written: how long a human's change wins. `enforce_since` is an ISO 8601 date, None where nothing is said.
    """

    apply_branches: tuple[str, ...] = ()
    grace_period: str = "24h"
    paused: bool = False
    enforce_since: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The accounts that the tool acts as: its login, the number of its GitHub App, and the logins of other accounts
    that it acts as elsewhere."""

    login: str | None = None
    app_id: int | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """Where state is kept between runs: at most one of the two. `directory` is a path that can be opened."""

    directory: str | None = None
    git_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """`policies` and paths are joined to the folder of the file. `None` means not declared: anything goes.

    `data` is the whole as plain JSON-able data, paths joined and the label file read, with only what was
    declared.
    """

    file: str | None = None
    policies: tuple[str, ...] = ()
    labels: tuple[Label, ...] | None = None
    channels: Mapping[str, Mapping[str, Any]] | None = None
    budgets: Budgets = Budgets()
    execution: Execution = Execution()
    identity: Identity = Identity()
    issues_created_after: str | None = None
    state: State = State()
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] | None = None
    milestones: tuple[str, ...] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def find_config(start: str | Path = ".") -> Path | None:
    """The nearest `rulewright.yaml` in the folder of `start` or above it, up to the one with `.git`."""
    folder = Path(start) if os.path.isdir(start) else Path(start).parent
    here = folder
    for above in (Path(os.path.realpath(folder)), *Path(os.path.realpath(folder)).parents):
        for name in NAMES:
            if os.path.isfile(above / name):
                return here / name if os.path.samefile(here, above) else above / name
        if os.path.exists(above / ".git"):
            return None
        here = above.parent
    return None


def load_config(
    start: str | Path = ".", read: Callable[[Path], bytes] | None = None
) -> tuple[Config | None, tuple[Diagnostic, ...], tuple[Path, ...]]:
    """The configuration that holds for `start`, the diagnostics, and every file read.

    Without a file, the empty Config; None where its file has errors. `read` gives a file's bytes.
    Raises SourceError when the file cannot be read.
    """
    from rulewright.policy.document import read_documents
    from rulewright.policy.files import read_bytes

    path = find_config(start)
    if path is None:
        return Config(), (), ()
    get = read or read_bytes
    documents, found = read_documents(str(path), get(path))
    if len(documents) > 1:
        extra = documents[1]
        found = (
            *found,
            extra.diagnostic("RW881", "a configuration is one document", hint="remove the others"),
        )
    if not documents or has_errors(found):
        return (None if has_errors(found) else Config(str(path))), found, (path,)
    config, more, files = parse_config(documents[0], get)
    return config, (*found, *more), (path, *files)


def read_config(start: str | Path = ".") -> Config:
    """As `load_config`, for callers that need nothing else. Raises PolicyError when the file has errors."""
    config, diagnostics, _ = load_config(start)
    if config is None:
        raise PolicyError(diagnostics)
    return config


def parse_config(
    document: Document, read: Callable[[Path], bytes]
) -> tuple[Config | None, tuple[Diagnostic, ...], tuple[Path, ...]]:
    """A configuration out of its document; None when it has errors. The files read are those it names."""
    from rulewright.policy.json_schema.check import check_document

    found = check_document(document, "config")
    if has_errors(found):
        return None, found, ()
    data: dict[str, Any] = dict(document.data)
    folder = Path(document.file).parent
    files: tuple[Path, ...] = ()
    if isinstance(data.get("labels"), str):
        listed, more, files = _label_file(document, folder / data["labels"], read)
        found = (*found, *more)
        if listed is None:
            return None, found, files
        data["labels"] = listed
    labels = data.get("labels")
    if isinstance(document.data.get("labels"), list):
        found = (*found, *_repeated(document, document.data["labels"], ("labels",)))
    if "policies" in data:
        data["policies"] = [str(folder / path) for path in data["policies"]]
    if "directory" in data.get("state", {}):
        data["state"] = {"directory": str(folder / data["state"]["directory"])}
    if "database" in data.get("duplicates", {}):
        data["duplicates"] = {**data["duplicates"], "database": str(folder / data["duplicates"]["database"])}
    if "cassettes" in data.get("models", {}):
        data["models"] = {**data["models"], "cassettes": str(folder / data["models"]["cassettes"])}
    if "providers" in data:
        data["providers"] = {name: _with_path(each, folder) for name, each in data["providers"].items()}
    if "execution" in data:
        data["execution"], more = _execution(document)
        found = (*found, *more)
    found = (*found, *_dates(document), *_unusable(document))
    execution, identity = data.get("execution", {}), data.get("identity", {})
    config = Config(
        file=document.file,
        policies=tuple(data.get("policies", ())),
        labels=None if labels is None else tuple(Label(**label) for label in labels),
        channels=data.get("channels"),
        budgets=Budgets(**data.get("budgets", {})),
        execution=Execution(
            tuple(execution.get("apply_branches", ())),
            execution.get("grace_period", Execution().grace_period),
            execution.get("paused", False),
            execution.get("enforce_since"),
        ),
        identity=Identity(**{**identity, "also": tuple(identity.get("also", ()))}),
        issues_created_after=data.get("issues", {}).get("created_after"),
        state=State(**data.get("state", {})),
        providers=data.get("providers", {}),
        plugins=tuple(data.get("plugins", ())),
        fields={name: tuple(options) for name, options in data["fields"].items()}
        if "fields" in data
        else None,
        milestones=tuple(data["milestones"]) if "milestones" in data else None,
        data=data,
    )
    return (None if has_errors(found) else config), found, files


def _execution(document: Document) -> tuple[dict[str, Any], tuple[Diagnostic, ...]]:
    """The execution policy with the present names of its settings."""
    written = dict(document.data["execution"])
    if "protected_branches" not in written:
        return written, ()
    earlier = written.pop("protected_branches")
    message, hint = "`protected_branches` is called `apply_branches` now", "rename it"
    if "apply_branches" in written:
        message, hint = f"{message}, and is not read beside it", "remove it"
    written.setdefault("apply_branches", earlier)
    at = ("execution", "protected_branches")
    return written, (document.diagnostic("RW884", message, at, key=True, hint=hint, severity="warning"),)


_DATES: Final = (("execution", "enforce_since"), ("issues", "created_after"))


def _dates(document: Document) -> Iterator[Diagnostic]:
    """Settings that must be dates and are none."""
    from rulewright.policy.quantity import parse_moment

    for section, name in _DATES:
        written = document.data.get(section, {}).get(name)
        if isinstance(written, str) and parse_moment(written) is None:
            message = f"`{written[:40]}` is no date"
            hint = "write it as ISO 8601, such as 2026-01-05"
            yield document.diagnostic("RW885", message, (section, name), hint=hint)


def _unusable(document: Document) -> Iterator[Diagnostic]:
    """Settings of the right type that could never take effect."""
    from rulewright.policy.quantity import QuantityError, parse_duration

    execution: Mapping[str, Any] = document.data.get("execution", {})
    grace = execution.get("grace_period")
    if isinstance(grace, str):
        try:
            parse_duration(grace)
        except QuantityError as error:
            yield document.diagnostic("RW886", error.message, ("execution", "grace_period"), hint=error.hint)
    for key in ("apply_branches", "protected_branches"):
        for number, name in enumerate(execution.get(key, ())):
            wrong, hint = "", "give the name of a branch, or a pattern such as `release/*`"
            if name.startswith("refs/"):
                wrong, hint = "is no branch name", "leave out `refs/heads/`"
            elif name.startswith("!"):
                wrong = "excludes something, which a list of branches cannot"
            elif "[" in name.rpartition("]")[2]:
                wrong = "has a bracket that is not closed"
            if wrong:
                yield document.diagnostic(
                    "RW886", f"`{name[:60]}` {wrong}", ("execution", key, number), hint=hint
                )
    ref = document.data.get("state", {}).get("git_ref")
    if isinstance(ref, str) and _NO_REF.search(ref):
        message = f"`{ref[:60]}` is no name of a reference that git takes"
        yield document.diagnostic(
            "RW886", message, ("state", "git_ref"), hint="such as refs/rulewright/state"
        )


def _with_path(provider: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """A local provider's model is a path where it looks like one (models/llama.yaml), else a name; a classifier's
    file always is one."""
    if provider.get("kind") == "classifier" and isinstance(provider.get("file"), str):
        return {**provider, "file": str(folder / provider["file"])}
    named = provider.get("model")
    if provider.get("kind") == "api" or not isinstance(named, str) or not _FILE.search(named):
        return provider
    return {**provider, "model": str(folder / named)}


def _label_file(
    document: Document, path: Path, read: Callable[[Path], bytes]
) -> tuple[list[Any] | None, tuple[Diagnostic, ...], tuple[Path, ...]]:
    """The labels in the file that `labels:` names: a YAML list of `{name, color?, description?}`."""
    from rulewright.policy.document import read_documents
    from rulewright.policy.files import similar
    from rulewright.policy.json_schema.check import check_document

    at = ("labels",)
    if not os.path.isfile(path):
        near = similar(path)
        hint = f"did you mean {near}?" if near is not None else "paths start from the folder of this file"
        return (
            None,
            (document.diagnostic("RW882", f"the label file {path} does not exist", at, hint=hint),),
            (),
        )
    try:
        documents, found = read_documents(str(path), read(path))
    except SourceError as error:
        return None, (document.diagnostic("RW882", error.message, at, hint=error.hint),), ()
    if len(documents) != 1:
        if not has_errors(found):
            wrong = document.diagnostic("RW882", f"the label file {path} must hold one list of labels", at)
            found = (*found, wrong)
        return None, found, (path,)
    listing = documents[0]
    found = (*found, *check_document(listing, "labels"))
    if has_errors(found):
        return None, found, (path,)
    return listing.data, (*found, *_repeated(listing, listing.data, ())), (path,)


def labels_in(data: bytes) -> tuple[Label, ...] | None:
    """The labels of a label file; None where it is not one list of labels."""
    from rulewright.policy.document import read_documents
    from rulewright.policy.json_schema.check import check_document

    documents, found = read_documents("labels.yml", data)
    if len(documents) != 1:
        return None
    (document,) = documents
    if has_errors((*found, *check_document(document, "labels"))):
        return None
    return tuple(Label(**label) for label in document.data)


def _repeated(document: Document, labels: list[Any], at: tuple[str | int, ...]) -> list[Diagnostic]:
    """GitHub compares labels without case, so `Bug` and `bug` are one."""
    first: dict[str, int] = {}
    out = []
    for number, label in enumerate(labels):
        earlier = first.setdefault(label["name"].casefold(), number)
        if earlier != number:
            line = document.span((*at, earlier)).line
            out.append(
                document.diagnostic(
                    "RW883",
                    f"the label {label['name']} stands twice; first on line {line}",
                    (*at, number, "name"),
                    hint="labels compare without case; remove one",
                )
            )
    return out
