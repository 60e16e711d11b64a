"""The index that is fed from the repository: duplicates are found without anybody having made one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rulewright
from fixtures.duplicates import IssueLister
from rulewright.duplicates.database import open_index
from rulewright.events.model import Event
from rulewright.facts.duplicates import SyncedDuplicatesSource
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import SourceError

NOW = "2026-01-05T09:00:00Z"
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: similar, owner: team-triage, description: A policy of the tests. }
on: [schedule]
let: { similar: { duplicates: open, within: 365d } }
rules:
  - { id: known, when: { similar.count: { gt: 0 } }, then: [ add_labels: [duplicate] ] }
"""


def issue(number: int, title: str, **more: Any) -> dict[str, Any]:
    at = f"2026-01-0{number}T09:00:00Z"
    base = {"number": number, "title": title, "body": "", "state": "open", "labels": [], "assignees": []}
    return {**base, "created_at": at, "updated_at": at, **more}


def event(found: dict[str, Any]) -> Event:
    return Event(
        "schedule", None, {"schedule": "", "issue": found, "repository": {"full_name": "octo-org/demo"}}
    )


def needs(folder: Path, found: Event) -> Any:
    file = folder / "similar.yaml"
    file.write_text(POLICY)
    program = rulewright.load(file, cache=False)
    return program.route("schedule", None).needs(found.payload, NOW, {}, {})


def test_an_index_of_another_format_is_a_failed_source(tmp_path: Path) -> None:
    path = str(tmp_path / "index.db")
    opened = open_index(path, write=True)
    opened.execute("PRAGMA user_version = 2")
    opened.close()
    found = event(issue(1, "App crashes on startup"))
    source = SyncedDuplicatesSource(Config({"duplicates": {"database": path}}), IssueLister())
    with pytest.raises(SourceError, match="another version"):
        source.gather(needs(tmp_path, found), found, NOW)


def test_what_the_repository_holds_is_found(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    first, second = issue(1, "App crashes on startup"), issue(2, "Application crashes when starting")
    third = issue(3, "Export chats as PDF", pull_request={})
    lister = IssueLister(first, second, third)
    asked = needs(tmp_path, event(second))
    found = SyncedDuplicatesSource(Config(), lister).gather(asked, event(second), NOW)["similar"]
    assert [one["number"] for one in found["candidates"]] == [1]
    assert lister.asked == ["2025-01-05T09:00:00Z"]


def test_another_run_reads_only_what_changed_since(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    first, second = issue(1, "App crashes on startup"), issue(2, "Application crashes when starting")
    asked = needs(tmp_path, event(second))
    SyncedDuplicatesSource(Config(), IssueLister(first)).gather(asked, event(first), NOW)
    later = IssueLister(second)
    found = SyncedDuplicatesSource(Config(), later).gather(asked, event(second), NOW)["similar"]
    assert [one["number"] for one in found["candidates"]] == [1]
    assert later.asked == ["2026-01-01T08:59:00Z"]


def test_one_run_reads_the_repository_once(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    first, second = issue(1, "App crashes on startup"), issue(2, "Application crashes when starting")
    lister = IssueLister(first, second)
    asked = needs(tmp_path, event(second))
    for one, now in ((first, NOW), (second, "2026-01-05T09:00:01Z")):
        SyncedDuplicatesSource(Config(), lister).gather(asked, event(one), now)
    assert len(lister.asked) == 1


def test_no_secret_gets_into_the_file(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    secrets = ("octavia.cat@octo-mail.dev", "4539 1488 0343 6467")
    first = issue(1, f"App crashes for {secrets[0]}", body=f"Paid with {secrets[1]}.")
    second = issue(2, f"Application crashes when starting, says {secrets[0]}")
    asked = needs(tmp_path, event(second))
    found = SyncedDuplicatesSource(Config(), IssueLister(first, second)).gather(asked, event(second), NOW)[
        "similar"
    ]
    assert [one["number"] for one in found["candidates"]] == [1]
    held = b"".join(file.read_bytes() for file in (tmp_path / "cache").rglob("*.db*"))
    assert b"crashes" in held
    assert [one for one in secrets if one.encode() in held or one.split()[-1].encode() in held] == []
