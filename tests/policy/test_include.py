from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rulewright.policy.diagnostics import SourceError
from rulewright.policy.document import read_documents
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.include import Included, repository_root, resolve_includes

if TYPE_CHECKING:
    from pathlib import Path

    from rulewright.policy.diagnostics import Diagnostic

HEAD = "apiVersion: rulewright/v1\nkind: Library\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (folder / "rules" / "common").mkdir(parents=True)
    (tmp_path / "secret.yaml").write_text(HEAD + "templates: { a: b }\n")
    return folder


def included(root: Path, names: str, **libraries: str) -> tuple[Included, tuple[Diagnostic, ...], list[str]]:
    for name, text in libraries.items():
        (root / "rules" / "common" / f"{name}.yaml").write_text(HEAD + text)
    policy = root / "rules" / "policy.yaml"
    policy.write_text(f"kind: Triage\ninclude: {names}\n")
    (document,), _ = read_documents(str(policy), policy.read_bytes())
    found, diagnostics, files = resolve_includes(document, read_bytes)
    return found, diagnostics, [path.relative_to(root / "rules").as_posix() for path in files]


def test_libraries_of_libraries(root: Path) -> None:
    found, diagnostics, files = included(
        root,
        "[common/one.yaml, common/two.yaml]",
        one="include: [two.yaml]\ntemplates: { notice: Hello }\n",
        two="lists: { staff: [octocat] }\nlet: { pii: { detect: pii } }\n",
    )
    assert diagnostics == ()
    assert found.templates["notice"][0] == "Hello"
    assert found.lists["staff"][0] == ["octocat"]
    value, document, path = found.let["pii"]
    assert value == {"detect": "pii"}
    assert document.span(path, key=True).line == 4
    assert files == ["common/one.yaml", "common/two.yaml"]


def test_no_include(root: Path) -> None:
    assert included(root, "[]") == (Included(), (), [])
    assert included(root, "text is the schema's business") == (Included(), (), [])


def test_a_circle_shows_its_chain(root: Path) -> None:
    _, (found,), _ = included(
        root, "[common/one.yaml]", one="include: [two.yaml]\n", two="include: [../common/one.yaml]\n"
    )
    assert found.code == "RW141"
    assert found.message.count("→") == 2
    assert found.span.file.endswith("two.yaml")


def test_a_policy_that_includes_itself(root: Path) -> None:
    _, (found,), _ = included(root, "[policy.yaml]")
    assert found.code == "RW141"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("/etc/passwd", "RW142"),
        ("../../secret.yaml", "RW142"),
        ("../rules/../../secret.yaml", "RW142"),
        ("common/link.yaml", "RW142"),
        ("~/secret.yaml", "RW142"),
        ('""', "RW142"),
        ('"a\\0b"', "RW142"),
        ("common/tow.yaml", "RW140"),
        ("common", "RW140"),
        ("nowhere/two.yaml", "RW140"),
    ],
)
def test_what_is_refused(root: Path, name: str, code: str) -> None:
    (root / "rules" / "common" / "link.yaml").symlink_to(root.parent / "secret.yaml")
    found, (diagnostic,), files = included(root, f"[{name}]", two="templates: {}\n")
    assert (found, files) == (Included(), [])
    assert (diagnostic.code, diagnostic.span.line, diagnostic.span.column) == (code, 2, 11)
    assert diagnostic.hint


def test_a_missing_file_names_the_nearest(root: Path) -> None:
    _, (found,), _ = included(root, "[common/tow.yaml]", two="templates: {}\n")
    assert found.hint == "did you mean common/two.yaml?"


def test_other_kinds_are_no_libraries(root: Path) -> None:
    (root / "rules" / "other.yaml").write_text("kind: Triage\n")
    _, (found,), files = included(root, "[other.yaml]")
    assert (found.code, files) == ("RW144", ["other.yaml"])
    assert "kind: Triage" in found.message


def test_one_name_with_two_contents(root: Path) -> None:
    _, (found,), _ = included(
        root,
        "[common/one.yaml, common/two.yaml]",
        one="templates: { notice: Hello, same: x }\n",
        two="templates:\n  same: x\n  notice: Goodbye\n",
    )
    assert found.code == "RW143"
    assert (found.span.file.endswith("two.yaml"), found.span.line) == (True, 5)
    assert "one.yaml:3" in found.message


def test_errors_of_a_library_are_reported(root: Path) -> None:
    _, (found,), _ = included(root, "[common/one.yaml]", one="templates: { a: b\n")
    assert (found.code, found.span.file.endswith("one.yaml")) == ("RW121", True)


def test_a_file_that_cannot_be_read(root: Path) -> None:
    (root / "rules" / "one.yaml").write_text(HEAD)
    policy = root / "rules" / "policy.yaml"
    (document,), _ = read_documents(str(policy), b"include: [one.yaml]")

    def refuse(_: Path) -> bytes:
        raise SourceError("cannot read it")

    _, (found,), files = resolve_includes(document, refuse)
    assert (found.code, found.message, files) == ("RW140", "cannot read it", ())


def test_the_root_of_the_repository(root: Path) -> None:
    """The folder with `.git`, also where a part of the repository has its own configuration."""
    assert repository_root(root / "rules" / "policy.yaml") == root.resolve()
    (root / "rules" / "rulewright.yaml").touch()
    assert repository_root(root / "rules" / "common" / "one.yaml") == root.resolve()
    (root / "rules" / ".git").write_text("gitdir: ../.git/modules/rules\n")
    assert repository_root(root / "rules" / "common" / "one.yaml") == (root / "rules").resolve()


def test_without_a_repository_the_folder_of_the_nearest_configuration_is_the_root(tmp_path: Path) -> None:
    folder = tmp_path / "services" / "chat" / "policies"
    folder.mkdir(parents=True)
    (tmp_path / "rulewright.yml").touch()
    assert repository_root(folder / "policy.yaml") == tmp_path.resolve()
    (tmp_path / "services" / "chat" / "rulewright.yaml").touch()
    assert repository_root(folder / "policy.yaml") == (tmp_path / "services" / "chat").resolve()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../../shared/lib.yaml", None),
        ("../../../secret.yaml", "RW142"),
        ("../../shared/link.yaml", "RW142"),
        ("../../shared/away/secret.yaml", "RW142"),
    ],
)
def test_a_part_with_its_own_configuration_includes_from_the_whole_repository(
    root: Path, name: str, code: str | None
) -> None:
    part = root / "services" / "search"
    part.mkdir(parents=True)
    (part / "rulewright.yaml").touch()
    shared = root / "shared"
    shared.mkdir()
    (shared / "lib.yaml").write_text(f"{HEAD}templates: {{ notice: Hello }}\n")
    (shared / "link.yaml").symlink_to(root.parent / "secret.yaml")
    (shared / "away").symlink_to(root.parent)
    (root.parent / "secret.yaml").write_text(f"{HEAD}templates: {{ secret: x }}\n")
    (document,), _ = read_documents(str(part / "policy.yaml"), f"include: [{name}]".encode())
    found, diagnostics, _ = resolve_includes(document, read_bytes)
    assert [one.code for one in diagnostics] == ([] if code is None else [code])
    assert list(found.templates) == (["notice"] if code is None else [])


def test_without_a_repository_the_folder_above_the_policys_own_is_the_root(tmp_path: Path) -> None:
    folder = tmp_path / "rules" / "triage"
    folder.mkdir(parents=True)
    assert repository_root(folder / "policy.yaml") == tmp_path.resolve() / "rules"
