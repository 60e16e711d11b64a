"""Policies with a key left out, or a value of another type: they are diagnosed, and end no command unexpectedly."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.cli.main import main
from rulewright.compile.loader import check_paths
from rulewright.policy.document import read_documents
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.kinds import KIND_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.document import Document

REQUIRED = {
    "Triage": {("metadata",), ("rules", 0, "when"), ("skip", 0, "when")},
    "Grooming": {("metadata",), ("rules", 1, "then", 1, "set_label", "value")},
    "SLOGate": {("objectives",), ("objectives", 0, "source")},
    "Promotion": {
        ("transitions", 0, "requires", 3, "evidence", "signature", "issuer"),
        ("transitions", 0, "requires", 6, "approvals", "count"),
    },
}
"""Some of the keys that the schema requires, so that the test cannot pass by finding none."""


def read(path: Path) -> Document:
    documents, findings = read_documents(str(path), path.read_bytes())
    assert not findings
    return documents[0]


WHOLE = {
    document.data["kind"]: document
    for path in sorted((Path(__file__).parent / "whole_policies").glob("*.yaml"))
    for document in [read(path)]
}


def value_paths(value: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """The path of everything inside `value`."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from value_paths(inner, *path, key)


def holder_of(data: dict[str, Any], path: tuple[str | int, ...]) -> tuple[dict[str, Any], Any]:
    """A copy of `data`, and in it the mapping or list that holds what `path` leads to."""
    changed = copy.deepcopy(data)
    holder: Any = changed
    for step in path[:-1]:
        holder = holder[step]
    return changed, holder


def without(data: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """A copy of `data` without the key that `path` leads to."""
    changed, holder = holder_of(data, path)
    del holder[path[-1]]
    return changed


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_policy_without_one_of_its_keys_is_diagnosed(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "policy.yaml"
    whole = WHOLE[kind].data
    file.write_text(json.dumps(whole), encoding="utf-8")
    assert main(["validate", str(file)]) == 0, capsys.readouterr().out
    required, crashed, unreported = set(), [], []
    for path in value_paths(whole):
        if isinstance(path[-1], int):
            continue
        file.write_text(json.dumps(without(whole, path)), encoding="utf-8")
        code = main(["validate", str(file)])
        out, err = capsys.readouterr()
        if code not in (0, 1):
            crashed.append((path, err))
        elif check_document(read(file), "policy"):
            required.add(path)
            if code != 1 or "error[RW2" not in out:
                unreported.append((path, out))
    assert (crashed, unreported) == ([], [])
    assert required >= REQUIRED.get(kind, {("metadata",)})


@pytest.mark.parametrize("kind", [kind for kind in KIND_NAMES if kind != "Grooming"])  # of rules, as Triage
def test_a_policy_with_a_value_of_another_type_is_read(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    whole = WHOLE[kind].data
    for path in value_paths(whole):
        for value in (None, "text", 3, {}):
            changed, holder = holder_of(whole, path)
            holder[path[-1]] = value
            file.write_text(json.dumps(changed), encoding="utf-8")
            check_paths([file])  # raises nothing
