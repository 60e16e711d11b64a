"""Documents of the checkout, and nothing outside of it; the best first, their texts kept to themselves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.events.model import Absent
from rulewright.facts.related_docs import files
from rulewright.facts.related_docs.files import find_checkout, find_documents
from rulewright.facts.related_docs.source import search_documents
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from pathlib import Path

PAGES = {
    "README.md": "# Assistant\n\nA chat assistant.\n",
    "docs/install.md": "---\ntitle: 'Install it'\n---\n# Other\n\nInstalling needs Python.\n## On Linux\n",
    "docs/export.rst": "Exporting chats\n===============\n\nHow chats are exported to a file.\n",
    "docs/deep/rate-limits.txt": "Nothing here but the name.\n",
    "docs/memory.md": "# Memory\n```\n# not a heading\n```\nHow memories are retrieved and kept.\n",
    "docs/picture.svg": "<svg>export export export</svg>",
    "notes/secret.md": "# Export\n\nexport export export\n",
    ".github/hidden.md": "# Export\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in PAGES.items():
        file = tmp_path / "checkout" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (tmp_path / "checkout" / ".git").mkdir()
    return tmp_path / "checkout"


def paths(root: Path, *patterns: str) -> list[str]:
    return [one.path for one in find_documents(str(root), patterns)]


def test_folders_and_patterns_name_documents(root: Path) -> None:
    inside = ["docs/deep/rate-limits.txt", "docs/export.rst", "docs/install.md", "docs/memory.md"]
    assert paths(root, "docs") == paths(root, "./docs/") == inside
    assert paths(root, "docs/*.md", "README*") == ["README.md", "docs/install.md", "docs/memory.md"]
    assert paths(root, "**/*.txt") == ["docs/deep/rate-limits.txt"]
    assert paths(root, ".") == sorted(["README.md", "notes/secret.md", *inside])
    assert paths(root, "doc") == []


def test_titles_are_what_the_document_says(root: Path) -> None:
    titles = {one.path: one.title for one in find_documents(str(root), ["."])}
    assert titles["docs/install.md"] == "Install it"
    assert titles["docs/export.rst"] == "Exporting chats"
    assert titles["docs/memory.md"] == "Memory"
    assert titles["docs/deep/rate-limits.txt"] == "rate-limits"
    headings = {one.path: one.headings for one in find_documents(str(root), ["."])}
    assert headings["docs/install.md"] == "Other\nOn Linux"
    assert headings["docs/memory.md"] == ""


@pytest.mark.parametrize("pattern", ["/etc", "../notes", "docs/../../x", "C:/docs", "..\\x"])
def test_nothing_outside_is_named(root: Path, pattern: str) -> None:
    with pytest.raises(SourceError, match="leads out of the checkout"):
        find_documents(str(root), [pattern])


def test_links_are_not_followed(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "passwords.md").write_text("# Passwords\n", encoding="utf-8")
    os.symlink(outside, root / "docs" / "more")
    os.symlink(outside / "passwords.md", root / "docs" / "link.md")
    os.symlink("nowhere.md", root / "docs" / "broken.md")
    assert not [path for path in paths(root, ".") if "more" in path or "link" in path or "broken" in path]


def test_what_is_read_is_bounded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 2)
    monkeypatch.setattr(files, "MAX_BYTES", 20)
    found = find_documents(str(root), ["."])
    assert [one.path for one in found] == ["README.md", "docs/deep/rate-limits.txt"]
    monkeypatch.setattr(files, "MAX_ENTRIES", 1)
    assert paths(root, ".") == ["README.md"]


def test_the_best_come_first(root: Path) -> None:
    known = tuple(find_documents(str(root), ["."]))
    assert search_documents(known, "The export of a chat does not work")[0]["path"] == "docs/export.rst"
    assert [one["path"] for one in search_documents(known, "Where are rate limits?")] == [
        "docs/deep/rate-limits.txt"
    ]
    assert search_documents(known, "memory retrieval is slow")[0]["title"] == "Memory"
    assert search_documents(known, "unrelated zebra") == []
    assert search_documents(known, '"; DROP TABLE docs; -- NEAR( * ^') == []
    assert search_documents((), "export") == []
    found = search_documents(known, "export chats installing memory", 2)
    assert len(found) == 2
    assert all(0 < one["score"] < 1 and set(one) == {"path", "title", "score"} for one in found)


def test_the_fact_in_a_policy(
    root: Path, program: Any, payload: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """\
let:
  related: { related_docs: docs, in: [issue.title, issue.body], limit: 1 }
  outside: { related_docs: { paths: [docs, ../notes] } }
rules:
  - id: related
    when: { related.count: { gt: 0 }, outside.count: { missing: true } }
    then: [ { comment: { text: "See {{ related.documents[0].path }}." } } ]
"""
    loaded = program(text)
    monkeypatch.chdir(root / "docs" / "deep")
    assert find_checkout() == os.path.realpath(root)
    payload["issue"]["title"] = "Exporting chats fails"
    facts = rulewright.gather(loaded, payload, now="2026-01-05T09:00:00Z")
    assert facts.values["related"]["documents"][0]["path"] == "docs/export.rst"
    assert facts.absent["outside"] == Absent("`../notes` leads out of the checkout", failed=True)


def test_outside_of_a_repository_the_folder_itself_is_searched(tmp_path: Path) -> None:
    assert find_checkout(str(tmp_path)) == os.path.realpath(tmp_path)


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The roots that were walked, with stamps that are trusted at once."""
    walked: list[str] = []
    real = os.walk

    def walk(base: str) -> Any:
        walked.append(base)
        return real(base)

    monkeypatch.setattr(files.os, "walk", walk)
    monkeypatch.setattr(files, "_SETTLED_NS", -(10**18))
    monkeypatch.setattr(files, "_WALKS", {})
    return walked


def touch(folder: Path) -> None:
    """Set the time of a folder's last change forward, further than a tick of the clock."""
    state = folder.stat()
    os.utime(folder, ns=(state.st_atime_ns, state.st_mtime_ns + 10**9))


def test_folders_are_walked_once_for_each_change(root: Path, walks: list[str]) -> None:
    first = paths(root, "docs")
    for _ in range(3):
        assert paths(root, "docs") == first
    assert len(walks) == 1
    (root / "docs" / "new.md").write_text("# New")
    touch(root / "docs")
    assert paths(root, "docs") == sorted([*first, "docs/new.md"])
    assert len(walks) == 2
    (root / "docs" / "deep" / "rate-limits.txt").rename(root / "docs" / "deep" / "limits.txt")
    touch(root / "docs" / "deep")
    assert "docs/deep/limits.txt" in paths(root, "docs")
    assert "docs/deep/rate-limits.txt" not in paths(root, "docs")
    assert len(walks) == 3
    (root / "docs" / "new.md").unlink()
    (root / "docs" / "deep" / "limits.txt").unlink()
    (root / "docs" / "deep").rmdir()
    touch(root / "docs")
    assert paths(root, "docs") == ["docs/export.rst", "docs/install.md", "docs/memory.md"]
    assert paths(root, "docs") == ["docs/export.rst", "docs/install.md", "docs/memory.md"]
    assert len(walks) == 4


def test_a_changed_document_is_read_again_without_a_walk(root: Path, walks: list[str]) -> None:
    find_documents(str(root), ["docs"])
    (root / "docs" / "install.md").write_text("# Set it up\n\nAnother text.\n")
    titles = {one.path: one.title for one in find_documents(str(root), ["docs"])}
    assert titles["docs/install.md"] == "Set it up"
    assert len(walks) == 1


def test_each_root_and_pattern_has_its_own_walk(root: Path, walks: list[str], tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "docs").mkdir(parents=True)
    (other / "docs" / "only.md").write_text("# Only")
    for _ in range(2):
        assert paths(other, "docs") == ["docs/only.md"]
        assert "docs/install.md" in paths(root, "docs")
        assert paths(root, "README*") == ["README.md"]
    assert len(walks) == 3


def test_a_folder_that_changed_a_moment_ago_is_not_trusted(
    root: Path, walks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_SETTLED_NS", 3600 * 10**9)
    assert paths(root, "docs") == paths(root, "docs")
    assert len(walks) == 2
    assert files._WALKS == {}


def test_few_walks_are_kept(root: Path, walks: list[str]) -> None:
    for number in range(40):
        paths(root, f"docs/{number}*")
    assert len(files._WALKS) <= files._MAX_WALKS
    assert len(walks) == 40
