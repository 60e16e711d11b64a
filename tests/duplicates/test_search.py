from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from rulewright.duplicates.calibration import ADVISE, CLOSE
from rulewright.duplicates.candidates import find_candidates
from rulewright.duplicates.database import open_in_memory
from rulewright.duplicates.decision import decide_verdict
from rulewright.duplicates.index import index_issues
from rulewright.duplicates.issue import id_order, read_issue
from rulewright.duplicates.query import build_query, choose_terms
from rulewright.duplicates.search import search_duplicates

PAIRS = YAML(typ="safe").load(Path(__file__).with_name("pairs.yaml"))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["second"])
def test_pairs(pair: dict[str, Any], ask: Any, issue: Any) -> None:
    answer = ask(issue(1, pair["first"]), issue(2, pair["second"], day=2))
    same = bool(answer.candidates) and answer.candidates[0].score >= ADVISE
    assert same == pair["same"]
    assert (answer.decision != "none") == pair["same"]


def test_only_earlier_issues_within_the_time(ask: Any, issue: Any) -> None:
    found = ask(
        issue(1, "crash on start", day=1),
        issue(2, "crash on start", day=5),
        issue(3, "crash on start", day=9),
        issue(7, "crash on start", day=8),
        issue(5, "crash on start", day=8),
        within=3 * 86_400.0,
    )
    assert [one.id for one in found.candidates] == [2]


def test_at_one_moment_the_smaller_id_is_earlier(ask: Any, issue: Any) -> None:
    same = [issue(f"AB-{number}", "crash on start") for number in (9, 11, 10)]
    assert [one.id for one in ask(*same).candidates] == ["AB-9"]


def test_an_issue_is_not_its_own_candidate(index: Any, issue: Any) -> None:
    index_issues(index, [issue(1, "crash"), issue("1", "crash"), issue(2, "crash")])
    assert {one.id for one in search_duplicates(index, issue(2, "crash", day=3)).candidates} == {1, "1"}


def test_ids_come_back_as_they_came(ask: Any, issue: Any) -> None:
    found = ask(issue("7", "crash on start"), issue(7, "crash on start"), issue(8, "crash on start", day=2))
    assert sorted(map(repr, (one.id for one in found.candidates))) == ["'7'", "7"]


def test_a_shared_stack_frame_is_found_without_a_shared_word(ask: Any, issue: Any) -> None:
    others = [issue(number, f"unrelated {chr(96 + number) * 5}", "nothing of it") for number in range(10, 25)]
    found = ask(
        *others,
        issue(1, "Viewer broken", "\tat org.acme.Cache.evict(Cache.java:12)"),
        issue(2, "Strange behaviour", "\tat org.acme.Cache.evict(Cache.java:99)", day=2),
    )
    assert found.candidates[0].id == 1
    assert any(
        reason.startswith("same stack frame org.acme.Cache.evict") for reason in found.candidates[0].why
    )


def test_reasons_name_words_as_they_were_written(ask: Any, issue: Any) -> None:
    found = ask(issue(1, "Application crashes when starting"), issue(2, "App crashed on Startup", day=2))
    assert found.candidates[0].why[0] == "title shares App, crashed, Startup"


def test_nothing_in_common_gives_no_candidates(ask: Any, issue: Any) -> None:
    found = ask(issue(1, "alpha"), issue(2, "beta", day=2))
    assert (found.candidates, found.margin, found.decision) == ((), 0.0, "none")


@pytest.mark.parametrize(
    "title", ["", "the", '"', "a OR b NOT c*", "NEAR(x y)", "title: x", "^x", "\ud800", "\0"]
)
def test_hostile_titles(title: str, ask: Any, issue: Any) -> None:
    assert ask(issue(1, "x y title near"), issue(2, title, day=2)).id == 2


def test_a_vector_channel_adds_candidates(index: Any, issue: Any) -> None:
    class Nearest:
        def nearest(self, issue: Any, low: int, high: int, limit: int) -> list[tuple[int, float]]:
            rows = index.execute("SELECT row FROM issues WHERE row >= ? AND row < ?", (low, high))
            return [(row, 0.9) for (row,) in rows]

    index_issues(index, [issue(1, "alpha"), issue(9, "gamma", day=5)])
    found = search_duplicates(index, issue(2, "beta", day=2), vectors=Nearest())
    assert [(one.id, one.why) for one in found.candidates] == [(1, ("meaning rank 1",))]


WORDS = ["crash", "start", "login", "slow", "menu", "Foo.bar", "cache", "disk"]
said = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
reports = st.lists(st.tuples(said, said, st.integers(0, 5)), min_size=1, max_size=12)


@given(reports)
@settings(deadline=None)
def test_candidates_are_earlier_distinct_and_ordered(found: list[tuple[str, str, int]]) -> None:
    index = open_in_memory()
    try:
        issues = [
            read_issue({"id": number, "title": title, "body": body, "created_at": day * 86_400})
            for number, (title, body, day) in enumerate(found)
        ]
        index_issues(index, issues)
        for issue in issues:
            answer = search_duplicates(index, issue, within=None)
            ids = [one.id for one in answer.candidates]
            assert len(set(ids)) == len(ids) <= 10
            scores = [one.score for one in answer.candidates]
            assert scores == sorted(scores, reverse=True)
            assert all(0 <= score <= 1 for score in scores)
            for number in ids:
                other = issues[int(number)]
                assert (other.created, id_order(other.id)) < (issue.created, id_order(issue.id))
    finally:
        index.close()


@given(reports)
@settings(deadline=None)
def test_few_terms_find_what_all_terms_find_in_a_small_index(found: list[tuple[str, str, int]]) -> None:
    index = open_in_memory()
    try:
        issues = [
            read_issue({"id": number, "title": title, "body": body, "created_at": day})
            for number, (title, body, day) in enumerate(found)
        ]
        index_issues(index, issues)
        query = build_query(index, issues[-1], None)
        every = find_candidates(index, query, terms=choose_terms(query, None, None))
        assert [one.key for one in find_candidates(index, query)] == [one.key for one in every]
    finally:
        index.close()


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], "none"),
        ([ADVISE - 0.01], "none"),
        ([ADVISE], "advise" if ADVISE < CLOSE else "close"),
        ([CLOSE], "close"),
        ([1.0, 0.0], "close"),
        ([1.0, 1.0], "close"),
    ],
)
def test_decisions(scores: list[float], expected: str) -> None:
    assert decide_verdict(scores) == expected
