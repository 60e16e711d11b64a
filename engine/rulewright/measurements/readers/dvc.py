"""DVC: what `dvc metrics show --json` writes, and the metric files themselves (JSON, YAML, TOML).

`select` is the path of a metric with dots (`nested.recall`), behind the file's name and a colon where several files
have it (`metrics.json:accuracy`). `{dvc: {file, revision}}` names one of several revisions. A metric is one value, so
that a file is a run of one value. DVC 3.67.1 was recorded.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import Reading, UnusableSource
from rulewright.measurements.readers.json_text import parse_json
from rulewright.measurements.readers.label_selectors import list_some
from rulewright.measurements.readers.numbers import read_number
from rulewright.measurements.readers.text import decode_text
from rulewright.measurements.sample import Run
from rulewright.policy.document import read_documents
from rulewright.policy.json_types import as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.measurements.reader import Selection
    from rulewright.policy.json_types import Json, JsonObject

WORKSPACE: Final = ("", "workspace")
"""How DVC names the revision of the working directory: alone, and beside others."""


class Metric(NamedTuple):
    """A leaf. `file`: "" in a metric file itself."""

    file: str
    path: str
    value: Json


def read_dvc(data: bytes, selection: Selection) -> Reading:
    """The reading of one file. Raises UnusableSource."""
    document = _parse(data)
    if not document:
        raise UnusableSource("empty", "the file has no metrics")
    if _is_difference(document):
        raise UnusableSource("unsuitable", "this is `dvc metrics diff`: save `dvc metrics show --json`")
    warnings: tuple[str, ...] = ()
    if _is_show(document):
        revision, files = _choose_revision(document, _asked_revision(selection))
        metrics, warnings = _list_metrics(files, selection.select)
        commit = "" if revision in WORKSPACE else revision
    else:
        metrics, commit = list(_walk("", "", document)), ""
    metric = _choose(metrics, selection.select)
    run = Run(values=(read_number(metric.value, f"`{metric.path}`"),))
    return Reading((run,), commit=commit, tool="dvc", warnings=warnings)


def _asked_revision(selection: Selection) -> str:
    details = as_object(selection.arguments.get("dvc")) or {}
    return as_text(details.get("revision")) or ""


def _parse(data: bytes) -> JsonObject:
    """A mapping in JSON, TOML or YAML."""
    text = decode_text(data)
    if text.lstrip()[:1] in ("{", "["):
        value = parse_json(data)
    else:
        try:
            value = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            value = _parse_yaml(data)
    document = as_object(value)
    if document is None:
        raise UnusableSource("unreadable", "the file holds no mapping of metrics")
    return document


def _parse_yaml(data: bytes) -> Json:
    documents, findings = read_documents("metrics", data)
    for finding in findings:
        raise UnusableSource("unreadable", f"line {finding.span.line}: {finding.message}")
    if len(documents) != 1:
        raise UnusableSource("unreadable", "the file holds no mapping of metrics")
    return documents[0].data


def _is_show(document: Mapping[str, Json]) -> bool:
    """Whether all values are revisions, `{data: {file: …}}` or `{error: …}`."""
    return all(
        isinstance(value, dict)
        and len(value) == 1
        and isinstance(next(iter(value.values())), dict)
        and next(iter(value)) in ("data", "error")
        for value in document.values()
    )


def _is_difference(document: Mapping[str, Json]) -> bool:
    leaves = [leaf for file in document.values() if isinstance(file, dict) for leaf in file.values()]
    return bool(leaves) and all(isinstance(leaf, dict) and {"old", "new"} <= set(leaf) for leaf in leaves)


def _choose_revision(document: Mapping[str, Json], asked: str) -> tuple[str, JsonObject]:
    """The revision that is asked for, and its files. Raises UnusableSource."""
    names = list(document)
    if asked:
        names = [name for name in names if name == asked or (name == "" and asked == "workspace")]
        if not names:
            raise UnusableSource("no_match", f"no revision is `{asked}`; there is {list_some(document)}")
    if len(names) > 1:
        raise UnusableSource(
            "ambiguous", f"there are {len(names)} revisions: {list_some(names)}; name `revision`"
        )
    outer = as_object(document[names[0]]) or {}
    _check_error(outer, f"the revision {names[0] or 'workspace'}")
    return names[0], as_object(outer.get("data")) or {}


def _check_error(entry: Mapping[str, Json], what: str) -> None:
    error = as_object(entry.get("error"))
    if error is not None:
        kind, message = (" ".join(str(error.get(key) or "").split()) for key in ("type", "msg"))
        code = "no_source" if kind == "FileNotFoundError" else "unreadable"
        raise UnusableSource(code, f"DVC could not read {what}: {kind}: {message[:200]}")


def _list_metrics(files: Mapping[str, Json], select: str) -> tuple[list[Metric], tuple[str, ...]]:
    """The metrics of all files, and a warning for each file that DVC could not read. Where the file that `select` means
    may be one of these, it is an error."""
    metrics: list[Metric] = []
    broken: list[str] = []
    for file, entry in files.items():
        fields = as_object(entry) or {}
        if "error" in fields:
            broken.append(file)
            continue
        metrics += _walk(file, "", fields.get("data"))
    for file in broken:
        named = select.partition(":")[0] if ":" in select else ""
        if named == file or (not named and not any(_fits(metric, select) for metric in metrics)):
            _check_error(as_object(files[file]) or {}, file)
    return metrics, tuple(f"DVC could not read {file}" for file in broken)


def _walk(file: str, path: str, value: Json) -> Iterator[Metric]:
    """The leaves of a tree of metrics."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(file, f"{path}.{key}" if path else key, inner)
    else:
        yield Metric(file, path, value)


def _fits(metric: Metric, select: str) -> bool:
    return not select or select in (metric.path, f"{metric.file}:{metric.path}")


def _choose(metrics: list[Metric], select: str) -> Metric:
    if not metrics:
        raise UnusableSource("empty", "there are no metrics")
    names = [f"{metric.file}:{metric.path}" if metric.file else metric.path for metric in metrics]
    matching = [metric for metric in metrics if _fits(metric, select)]
    if not matching:
        raise UnusableSource("no_match", f"`{select}` matches nothing; there is {list_some(names)}")
    if len(matching) > 1:
        what = f"`{select}`" if select else "the source"
        listed = list_some(name for name, metric in zip(names, metrics, strict=True) if metric in matching)
        raise UnusableSource("ambiguous", f"{what} matches {len(matching)} metrics: {listed}")
    return matching[0]
