"""`validate` on files that name no schema, and on schemas that are named by a network address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rulewright.cli.main import main

ADDRESS = "https://example.com/schemas/service.schema.json"
SCHEMA = {"$id": ADDRESS, "type": "object", "properties": {"replicas": {"type": "integer", "minimum": 1}}}
FOREIGN = {
    "tag.yaml": "Role: !Ref role\nList: !Sub [a, {b: c}]\n",
    "helm.yaml": "name: {{ .Values.name }}\nother: 1\n",
    "helm-block.yaml": "{{- if .Values.on }}\nname: x\n{{- end }}\n",
    "helm-kind.yaml": "apiVersion: kargo.akuity.io/v1alpha1\nkind: Promotion\nname: {{- .x }}: y\n",
    "tabs.yaml": "a:\n\tb: 1\n",
    "duplicate.yaml": "a: 1\na: 2\n",
    "version.yaml": "python: 3.10\n",
    "comment.json": '{\n  // a comment\n  "a": 1,\n}\n',
    "block-comment.json": '/* a */ {"a": 1}\n',
    "tsconfig.json": '{\n  "$schema": "https://json.schemastore.org/tsconfig",\n  // a comment\n  "a": 1\n}\n',
    "two.yaml": "a: 1\n---\nb: {{ x }}\n",
    "empty.yaml": "",
    "binary.yaml": "\ufeffa: \x01\n",
}
OURS = {
    "no-version.yaml": "kind: Triage\nmetadata: {name: a}\n\trules: []\n",
    "broken.yaml": "apiVersion: rulewright/v1\nkind: Triage\nrules: [\n",
    "quoted.json": '{"apiVersion": "rulewright/v1", "kind": "Triage",}\n',
    "rulewright.yaml": "channels: [\n",
    "named.yaml": "# yaml-language-server: $schema=s.json\nreplicas: [\n",
    "named.json": '{"$schema": "s.json", /* c */ "replicas": 1}\n',
    "inside.yaml": "json_schema: s.json\nreplicas: 0\n",
    "own-copy.yaml": f"# yaml-language-server: $schema={ADDRESS}\nreplicas: 0\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def validate(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[tuple[str, str]], str]:
    """Exit code, (code, severity) of each finding, all messages."""
    code = main(["validate", *words, "--format", "json"])
    out = json.loads(capsys.readouterr().out)["diagnostics"]
    return code, [(one["code"], one["severity"]) for one in out], "\n".join(one["message"] for one in out)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_names_no_schema_is_skipped(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).write_text(FOREIGN[name])
    for place in (name, "."):
        assert validate(capsys, place, "--skip-unknown")[:2] == (0, [])


@pytest.mark.parametrize("name", OURS)
def test_a_file_of_ours_or_with_a_schema_is_not_skipped(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "s.json").write_text(json.dumps(SCHEMA))
    (folder / "service.schema.json").write_text(json.dumps(SCHEMA))
    (folder / name).write_text(OURS[name])
    code, found, _ = validate(capsys, name, "--skip-unknown")
    assert code == 1
    assert "error" in {severity for _, severity in found}
    assert found == validate(capsys, name)[1]


def test_a_schema_that_is_asked_for_applies_to_every_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "s.json").write_text(json.dumps(SCHEMA))
    (folder / "x.yaml").write_text("replicas: 0\n")
    assert validate(capsys, "x.yaml", "--skip-unknown", "--schema", "s.json")[1] == [("RW209", "error")]


@pytest.mark.parametrize(
    "text",
    [
        f"# yaml-language-server: $schema={ADDRESS}\nreplicas: 0\n",
        f"$schema: {ADDRESS}\nreplicas: 0\n",
        f"$schema: {ADDRESS}#\nreplicas: 0\n",
        f"json_schema: {ADDRESS}\nreplicas: 0\n",
    ],
)
@pytest.mark.parametrize("own_id", [ADDRESS, f"{ADDRESS}#", None])
def test_a_copy_next_to_the_file_stands_for_an_address(
    text: str, own_id: str | None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = {key: value for key, value in SCHEMA.items() if key != "$id"}
    (folder / "x.yaml").write_text(text)
    code, found, message = validate(capsys, "x.yaml")
    assert (code, [name for name, _ in found]) == (0, ["RW221"])
    assert "is a network address" in message
    if own_id is not None:
        schema["$id"] = own_id
    (folder / "service.schema.json").write_text(json.dumps(schema))
    assert validate(capsys, "x.yaml")[:2] == (1, [("RW209", "error")])
    (folder / "x.yaml").write_text(text.replace("replicas: 0", "replicas: 1"))
    assert validate(capsys, "x.yaml")[:2] == (0, [])


def test_an_address_without_a_suffix_has_a_copy_with_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.yaml").write_text("$schema: https://json.schemastore.org/prettierrc\nreplicas: 0\n")
    (folder / "prettierrc.json").write_text('{"properties": {"replicas": {"minimum": 1}}}')
    assert validate(capsys, "x.yaml")[:2] == (1, [("RW209", "error")])


def test_another_schema_of_that_name_is_not_the_copy(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.yaml").write_text(f"$schema: {ADDRESS}\nreplicas: 0\n")
    (folder / "service.schema.json").write_text(json.dumps({**SCHEMA, "$id": "https://example.org/other"}))
    code, found, message = validate(capsys, "x.yaml")
    assert (code, found) == (0, [("RW221", "warning")])
    assert "service.schema.json next to the file has another `$id`, https://example.org/other" in message


@pytest.mark.parametrize(
    "address",
    ["https://example.com/", "https://example.com", "https://example.com/..", "https://example.com/a%2f..%2fb",
     "https://[::1", "https://example.com/a%00b"],
)  # fmt: skip
def test_an_address_without_a_name_has_no_copy(
    address: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "x.json").write_text(json.dumps({"$schema": address}))
    assert validate(capsys, "x.json")[:2] == (0, [("RW221", "warning")])


def test_a_copy_outside_the_repository_is_not_read(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "service.schema.json"
    outside.write_text(json.dumps(SCHEMA))
    (folder / "service.schema.json").symlink_to(outside)
    (folder / "x.yaml").write_text(f"$schema: {ADDRESS}\nreplicas: 0\n")
    assert validate(capsys, "x.yaml")[:2] == (0, [("RW221", "warning")])


@pytest.mark.parametrize("own_id", [None, "https://example.org/root.json", ADDRESS])
def test_a_reference_to_an_address_is_followed_to_its_copy(
    own_id: str | None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = "https://other.example.net/parts/count.json"
    schema = {"properties": {"replicas": {"$ref": part}}, **({"$id": own_id} if own_id else {})}
    (folder / "s.json").write_text(json.dumps(schema))
    (folder / "x.yaml").write_text("$schema: s.json\nreplicas: 0\n")
    code, found, message = validate(capsys, "x.yaml")
    assert (code, [name for name, _ in found]) == (1, ["RW221"])
    assert f"`{part}` is a network address" in message
    (folder / "count.json").write_text(json.dumps({"$id": part, "minimum": 1}))
    assert validate(capsys, "x.yaml")[:2] == (1, [("RW209", "error")])
    (folder / "count.json").write_text(json.dumps({"$id": "https://example.com/no", "minimum": 1}))
    assert validate(capsys, "x.yaml")[1] == [("RW221", "error")]
