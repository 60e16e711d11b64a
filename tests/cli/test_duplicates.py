from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from rulewright.cli.main import main

ISSUES: list[dict[str, Any]] = [
    {"id": 1, "title": "App crashes on startup", "body": "", "created_at": "2026-01-01T00:00:00Z"},
    {"id": "X-2", "title": "Bug: login fails", "body": "no idea", "created_at": "2026-01-02T00:00:00Z"},
    {
        "id": 3,
        "title": "Application crashes when starting",
        "body": None,
        "created_at": "2026-01-03T00:00:00Z",
    },
]


def lines(*issues: Any) -> str:
    return "".join(f"{issue if isinstance(issue, str) else json.dumps(issue)}\n" for issue in issues)


@pytest.fixture
def database(folder: Path) -> str:
    """An index of the three issues."""
    (folder / "issues.jsonl").write_text(lines(*ISSUES))
    assert main(["duplicates", "index", "issues.jsonl", "--db", "index.db"]) == 0
    return "index.db"


def test_index_says_what_it_did(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["duplicates", "index", "issues.jsonl", "--db", database]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("0 new, 0 replaced, 3 unchanged, 0 invalid\n", "")
    assert main(["duplicates", "index", "issues.jsonl", "--db", database, "--format", "json"]) == 0
    counts = {"new": 0, "replaced": 0, "unchanged": 3, "invalid": 0}
    assert json.loads(capsys.readouterr().out) == counts


def test_query_in_json(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["duplicates", "query", "issues.jsonl", "--db", database, "--format", "json"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["id"] for answer in answers] == [1, "X-2", 3]
    assert [[one["id"] for one in answer["candidates"]] for answer in answers] == [[], [], [1]]
    assert answers[2]["decision"] != "none"
    best = answers[2]["candidates"][0]
    assert 0 < best["score"] <= 1
    assert "title shares Application, crashes, starting" in best["why"]


def test_query_in_text(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["duplicates", "query", "issues.jsonl", "--db", database, "--format", "text"]) == 0
    out = capsys.readouterr().out
    assert "1  App crashes on startup\n  no similar earlier issue\n" in out
    assert "3  Application crashes when starting\n" in out


def test_standard_input(
    database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stdin:
        buffer = io.BytesIO(
            lines({**ISSUES[2], "id": 9, "created_at": "2026-01-04", "extra": {"x": 1}}).encode()
        )

    monkeypatch.setattr("sys.stdin", Stdin())
    assert main(["duplicates", "query", "-", "--db", database, "--format", "json", "--limit", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["id"], [one["id"] for one in found["candidates"]]) == (9, [1])


def test_bad_lines_are_told_and_the_rest_is_done(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.jsonl").write_text(lines(ISSUES[0], "{", "", [1], {"id": 5, "title": "t"}, ISSUES[1]))
    assert main(["duplicates", "index", "a.jsonl", "--db", "a.db"]) == 4
    out, err = capsys.readouterr()
    assert "error: a.jsonl:2: the line is not valid JSON" in err
    assert "error: a.jsonl:4: an issue is an object" in err
    assert "error: a.jsonl:5: `created_at` is missing" in err
    assert "2 new, 0 replaced, 0 unchanged, 3 invalid" in out
    assert main(["duplicates", "query", "a.jsonl", "--db", "a.db", "--format", "json"]) == 4
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["query", "issues.jsonl", "--db", "none.db"], 4, "index none.db does not exist"),
        (["query", "none.jsonl", "--db", "index.db"], 4, "there is no file none.jsonl"),
        (["query", "issues.jsonl", "--db", "issues.jsonl"], 2, "is not an index of duplicates"),
        (["index", "issues.jsonl", "--db", "issues.jsonl"], 2, "is not an index of duplicates"),
        (
            ["query", "issues.jsonl", "--db", "index.db", "--within", "soon"],
            2,
            "--within is not a duration: 'soon'",
        ),
        (["query", "issues.jsonl", "--db", "index.db", "--limit", "0"], 2, "--limit"),
        (["query", "issues.jsonl"], 2, "--db"),
        (["index", "issues.jsonl", "--db", "no/such/folder/index.db"], 4, "no/such/folder/index.db"),
    ],
)
def test_misuse(
    arguments: list[str], code: int, said: str, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    before = Path("issues.jsonl").read_bytes()
    assert main(["duplicates", *arguments]) == code
    assert said in capsys.readouterr().err
    assert Path("issues.jsonl").read_bytes() == before


def test_within_bounds_the_time(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    for within, expected in (("1d", []), ("2d", [1]), ("all", [1])):
        main(
            ["duplicates", "query", "issues.jsonl", "--db", database, "--format", "json", "--within", within]
        )
        last = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert [one["id"] for one in last["candidates"]] == expected
