"""The fact, out of a file, out of an open index, and where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.duplicates.database import index_path, open_index
from rulewright.duplicates.index import index_issues
from rulewright.events.fact_source import Absent
from rulewright.events.model import Event
from rulewright.facts.duplicates import DuplicatesSource
from rulewright.facts.sources import GatheringContext, source_for
from rulewright.policy.config import Config
from rulewright.program.named_facts import Need

if TYPE_CHECKING:
    from pathlib import Path

NOW = "2026-01-20T00:00:00Z"
TEXT = "The viewer crashes on startup, NullPointerException in ImageCache.evict"


def asked(**arguments: Any) -> tuple[Need, ...]:
    return (Need("intake", "repeated", "duplicates", {"duplicates": "issues", **arguments}),)


def event(**more: Any) -> Event:
    issue = {
        "number": 9,
        "title": TEXT,
        "body": "See the title.",
        "state": "open",
        "created_at": "2026-01-10T00:00:00Z",
        "user": {"login": "mona"},
        **more,
    }
    return Event("issues", "opened", {"issue": issue, "repository": {"full_name": "octo-org/demo"}})


def test_the_canonical_issue_is_the_open_root(index: Any, issue: Any) -> None:
    index_issues(
        index,
        [
            issue(1, "Viewer gone", "", day=1, state="open"),
            issue(2, TEXT, "See the title.", day=2, state="closed", duplicate_of=1),
            issue(3, "Unrelated wish", "", day=3, state="open"),
        ],
    )
    fact = DuplicatesSource(Config(), index).gather(asked(), event(), NOW)["repeated"]
    assert (fact["canonical"], fact["candidates"][0]["number"]) == (1, 2)
    assert fact["decision"] == "close"
    assert fact["count"] == len(fact["candidates"])


def test_open_leaves_closed_ones_out(index: Any, issue: Any) -> None:
    index_issues(index, [issue(2, TEXT, day=2, state="closed")])
    fact = DuplicatesSource(Config(), index).gather(asked(duplicates="open"), event(), NOW)["repeated"]
    assert fact == {"count": 0, "score": 0.0, "margin": 0.0, "decision": "none", "candidates": []}


def test_limit_threshold_within_and_in(index: Any, issue: Any) -> None:
    index_issues(index, [issue(number, TEXT, day=number, state="open") for number in range(1, 9)])
    source = DuplicatesSource(Config(), index)

    def numbers(**arguments: Any) -> list[int]:
        fact = source.gather(asked(**arguments), event(), NOW)["repeated"]
        return sorted(one["number"] for one in fact["candidates"])

    assert numbers(limit=2) == [1, 2]
    assert numbers(within="3d") == [7, 8]
    assert numbers(threshold=1.0) == []
    assert numbers(**{"in": ["issue.body"]}) == []


def test_another_repository_is_left_out(index: Any, issue: Any) -> None:
    index_issues(
        index, [issue(1, TEXT, repository="octo-org/other"), issue(2, TEXT, repository="octo-org/demo")]
    )
    fact = DuplicatesSource(Config(), index).gather(asked(), event(), NOW)["repeated"]
    assert [one["number"] for one in fact["candidates"]] == [2]


def test_the_file_is_found_by_the_configuration(tmp_path: Path, issue: Any) -> None:
    path = str(tmp_path / "index.db")
    config = {"duplicates": {"database": path}}
    source = source_for("duplicates", GatheringContext(Config(config)))
    assert source is not None
    absent = source.gather(asked(), event(), NOW)["repeated"]
    assert isinstance(absent, Absent)
    assert not absent.failed
    assert "rulewright duplicates index" in absent.reason
    opened = open_index(path, write=True)
    index_issues(opened, [issue(1, TEXT)])
    opened.close()
    assert source.gather(asked(), event(), NOW)["repeated"]["count"] == 1


def test_where_the_file_is(monkeypatch: Any) -> None:
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", "/cache")
    assert index_path(Config()) == "/cache/duplicates.db"
    assert index_path(Config({"state": {"directory": "state"}})) == "state/duplicates.db"
    assert index_path(Config({"state": {"directory": "state"}, "duplicates": {"database": "x.db"}})) == "x.db"


def test_a_wrong_argument_fails(index: Any) -> None:
    absent = DuplicatesSource(Config(), index).gather(asked(duplicates="everything"), event(), NOW)[
        "repeated"
    ]
    assert isinstance(absent, Absent)
    assert absent.failed
