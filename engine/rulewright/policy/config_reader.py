"""The reader of `rulewright.yaml`, which is found by walking up from the first policy path to the repository's root."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rulewright.policy.config import Config, read_labels
from rulewright.policy.diagnostics import PolicyError, SourceError, has_errors
from rulewright.policy.document import read_documents
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.files import similar
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.json_types import as_array, as_object, as_objects, as_texts
from rulewright.policy.model_setting_checks import check_model_settings
from rulewright.policy.quantity import QuantityError, parse_duration, parse_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rulewright.policy.config import Label
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.json_types import JsonArray, JsonObject, JsonPath

NAMES: Final = ("rulewright.yaml", "rulewright.yml")
_NO_REF: Final = re.compile(r"\.\.|//|@\{|/\.|\.(?:lock)?(?:/|$)|/$|[\x00-\x20\x7f]")
"""What git-check-ref-format(1) forbids, beside what the schema does."""
_FILE: Final = re.compile(r"[/\\]|\.(?:ya?ml|json|gguf)$", re.IGNORECASE)


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
    path = find_config(start)
    if path is None:
        return Config(), (), ()
    get = read or read_bytes
    documents, found = read_documents(str(path), get(path))
    if len(documents) > 1:
        extra = documents[1]
        found = (
            *found,
            extra.diagnostic(
                "RW881", "the configuration contains more than one document", hint="remove the others"
            ),
        )
    if not documents or has_errors(found):
        return (None if has_errors(found) else Config()), found, (path,)
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
    findings = check_document(document, "config")
    if has_errors(findings):
        return None, findings, ()
    written = document.mapping
    data = _join_paths(written, Path(document.file).parent)
    files: tuple[Path, ...] = ()
    if isinstance(file := data.get("labels"), str):
        listed, more, files = _read_label_file(document, Path(document.file).parent / file, read)
        findings = (*findings, *more)
        if listed is None:
            return None, findings, files
        data["labels"] = listed
    elif (inline := as_array(data.get("labels"))) is not None:
        findings = (*findings, *_find_repeated(document, inline, ("labels",)))
    if (execution := as_object(data.get("execution"))) is not None:
        data["execution"], more = _rename_settings(document, execution)
        findings = (*findings, *more)
    findings = (
        *findings,
        *_check_dates(document, written),
        *_check_usable(document, written),
        *check_model_settings(document, written),
    )
    return (None if has_errors(findings) else Config(data)), findings, files


def _join_paths(written: JsonObject, folder: Path) -> JsonObject:
    """A configuration whose paths can be opened: joined to the folder of its file."""
    data = dict(written)
    if "policies" in data:
        data["policies"] = [str(folder / path) for path in as_texts(data["policies"])]
    for section, key in (("state", "directory"), ("duplicates", "database"), ("models", "cassettes")):
        settings = as_object(data.get(section)) or {}
        if key in settings:
            data[section] = {**settings, key: str(folder / str(settings[key]))}
    if "providers" in data:
        providers = as_object(data["providers"]) or {}
        data["providers"] = {
            name: _join_model_path(as_object(each) or {}, folder) for name, each in providers.items()
        }
    return data


def _rename_settings(document: Document, execution: JsonObject) -> tuple[JsonObject, tuple[Diagnostic, ...]]:
    """The execution policy with the present names of its settings."""
    renamed = dict(execution)
    if "protected_branches" not in renamed:
        return renamed, ()
    earlier = renamed.pop("protected_branches")
    message, hint = "`protected_branches` has been renamed to `apply_branches`", "rename it"
    if "apply_branches" in renamed:
        message, hint = f"{message}; it is ignored if both are present", "remove it"
    renamed.setdefault("apply_branches", earlier)
    at = ("execution", "protected_branches")
    return renamed, (document.diagnostic("RW884", message, at, key=True, hint=hint, severity="warning"),)


_DATES: Final = (("execution", "enforce_since"), ("issues", "created_after"))


def _check_dates(document: Document, data: JsonObject) -> Iterator[Diagnostic]:
    """Settings that must be dates and are none."""
    for section, name in _DATES:
        date = (as_object(data.get(section)) or {}).get(name)
        if isinstance(date, str) and parse_moment(date) is None:
            message = f"`{date[:40]}` is not a date"
            hint = "use ISO 8601, such as 2026-01-05"
            yield document.diagnostic("RW885", message, (section, name), hint=hint)


def _check_usable(document: Document, data: JsonObject) -> Iterator[Diagnostic]:
    """Settings of the right type that could never take effect."""
    execution = as_object(data.get("execution")) or {}
    grace = execution.get("grace_period")
    if isinstance(grace, str):
        try:
            parse_duration(grace)
        except QuantityError as error:
            yield document.diagnostic("RW886", error.message, ("execution", "grace_period"), hint=error.hint)
    for key in ("apply_branches", "protected_branches"):
        for number, name in enumerate(as_texts(execution.get(key))):
            problem, hint = _branch_problem(name)
            if problem:
                message = f"`{name[:60]}` {problem}"
                yield document.diagnostic("RW886", message, ("execution", key, number), hint=hint)
    ref = (as_object(data.get("state")) or {}).get("git_ref")
    if isinstance(ref, str) and _NO_REF.search(ref):
        message = f"`{ref[:60]}` is not a valid Git reference name"
        hint = "use a name such as refs/rulewright/state"
        yield document.diagnostic("RW886", message, ("state", "git_ref"), hint=hint)


def _branch_problem(name: str) -> tuple[str, str]:
    """(why a pattern matches no branch, empty when it may; hint)."""
    hint = "use the name of a branch, or a pattern such as `release/*`"
    if name.startswith("refs/"):
        return "is not a branch name", "remove `refs/heads/`"
    if name.startswith("!"):
        return "excludes branches, which is not supported here", hint
    if "[" in name.rpartition("]")[2]:
        return "has an unclosed bracket", hint
    return "", hint


def _join_model_path(provider: JsonObject, folder: Path) -> JsonObject:
    """A local provider's model is a path where it looks like one (models/llama.yaml), else a name; a classifier's
    file always is one."""
    if provider.get("kind") == "classifier" and isinstance(provider.get("file"), str):
        return {**provider, "file": str(folder / str(provider["file"]))}
    named = provider.get("model")
    if provider.get("kind") == "api" or not isinstance(named, str) or not _FILE.search(named):
        return provider
    return {**provider, "model": str(folder / named)}


def _read_label_file(
    document: Document, path: Path, read: Callable[[Path], bytes]
) -> tuple[JsonArray | None, tuple[Diagnostic, ...], tuple[Path, ...]]:
    """The labels in the file that `labels:` names: a YAML list of `{name, color?, description?}`."""
    at = ("labels",)
    if not os.path.isfile(path):
        near = similar(path)
        hint = (
            f"did you mean {near}?" if near is not None else "paths are relative to the folder of this file"
        )
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
            wrong = document.diagnostic("RW882", f"the label file {path} must contain one list of labels", at)
            found = (*found, wrong)
        return None, found, (path,)
    listing = documents[0]
    found = (*found, *check_document(listing, "labels"))
    if has_errors(found):
        return None, found, (path,)
    labels = as_array(listing.data) or []
    return labels, (*found, *_find_repeated(listing, labels, ())), (path,)


def parse_labels(data: bytes) -> tuple[Label, ...] | None:
    """The labels of a label file; None where it is not one list of labels."""
    documents, found = read_documents("labels.yml", data)
    if len(documents) != 1:
        return None
    (document,) = documents
    if has_errors((*found, *check_document(document, "labels"))):
        return None
    return read_labels(document.data)


def _find_repeated(document: Document, labels: JsonArray, at: JsonPath) -> list[Diagnostic]:
    """GitHub compares labels without case, so `Bug` and `bug` are one."""
    first: dict[str, int] = {}
    out = []
    for number, label in enumerate(as_objects(labels)):
        earlier = first.setdefault(str(label["name"]).casefold(), number)
        if earlier != number:
            line = document.span((*at, earlier)).line
            out.append(
                document.diagnostic(
                    "RW883",
                    f"the label {label['name']} appears twice; first on line {line}",
                    (*at, number, "name"),
                    hint="remove one; label names are compared without case",
                )
            )
    return out
