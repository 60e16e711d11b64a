from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from rulewright.policy import files
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.files import data_folder, policy_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "b.yaml",
        "a.yml",
        "a.test.yaml",
        "notes.md",
        "rulewright.yaml",
        "deep/c.yaml",
        "deep/c.test.yml",
        ".hidden/d.yaml",
        "node_modules/e.yaml",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a: 1\n")
    return tmp_path


def names(found: list[Path], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in found]


def test_a_folder_gives_its_policies_sorted(tree: Path) -> None:
    assert names(policy_files([tree]), tree) == ["a.yml", "b.yaml", "deep/c.yaml"]


def test_named_files_are_taken_whatever_their_ending_and_once(tree: Path) -> None:
    found = policy_files([tree / "notes.md", tree / ".hidden" / "d.yaml", str(tree), tree / "b.yaml"])
    assert names(found, tree) == ["notes.md", ".hidden/d.yaml", "a.yml", "b.yaml", "deep/c.yaml"]


def test_tests_of_a_folder_and_beside_a_policy(tree: Path) -> None:
    assert names(files.test_files([tree]), tree) == ["a.test.yaml", "deep/c.test.yml"]
    assert names(files.test_files([tree / "deep" / "c.yaml"]), tree) == ["deep/c.test.yml"]
    assert names(files.test_files([tree / "b.yaml", tree / "a.test.yaml"]), tree) == ["a.test.yaml"]


def test_a_missing_path_says_what_was_meant(tree: Path) -> None:
    with pytest.raises(UsageError) as error:
        policy_files([tree / "b.yml"])
    assert error.value.exit_code == 2
    assert error.value.hint == f"did you mean {tree / 'b.yaml'}?"
    with pytest.raises(UsageError):
        files.test_files([tree / "nothing-like-it"])
    with pytest.raises(UsageError):
        policy_files(["\0"])


def test_loops_of_links_end(tree: Path) -> None:
    (tree / "deep" / "up").symlink_to(tree)
    (tree / "self").symlink_to(tree / "self")
    assert names(policy_files([tree]), tree) == ["a.yml", "b.yaml", "deep/c.yaml"]
    with pytest.raises(UsageError):
        policy_files([tree / "self"])


def test_links_to_folders_are_followed(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "z.yaml").write_text("a: 1\n")
    (tree / "linked").symlink_to(other)
    assert "linked/z.yaml" in names(policy_files([tree]), tree)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_a_source_error(tree: Path) -> None:
    (tree / "deep").chmod(0)
    try:
        with pytest.raises(SourceError) as error:
            policy_files([tree])
        assert error.value.exit_code == 4
    finally:
        (tree / "deep").chmod(0o755)


def test_a_folder_that_cannot_be_listed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.os, "listdir", refuse)
    with pytest.raises(SourceError, match="Permission denied"):
        policy_files([tree])


def test_reading_bytes(tree: Path) -> None:
    assert read_bytes(tree / "b.yaml") == b"a: 1\n"
    with pytest.raises(SourceError, match="Is a directory"):
        read_bytes(tree)


@pytest.mark.parametrize("name", ["schemas", "rules", "examples"])
def test_data_folders_are_found(name: str) -> None:
    assert data_folder(name).is_dir()


def test_a_missing_data_folder() -> None:
    with pytest.raises(SourceError):
        data_folder("no-such-folder")
