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


TRACES = {
    "java": [
        f"\tat org.acme.net.Session.{name}(Session.java:{line})" for line, name in enumerate("abcdef", 10)
    ],
    "python": [f'  File "/app/{name}.py", line 3, in {name}\n    go()' for name in "abcdef"],
    "native": [f"#{n} 0x00007f1{n} in acme::Session::{name} (this=0x{n})" for n, name in enumerate("abcdef")],
    "javascript": [
        f"    at Session.{name} (/srv/app/session.js:{line}:2)" for line, name in enumerate("abcdef", 10)
    ],
}
SAID = "IllegalStateException: the session was closed by the other side"


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", ""),
        (
            "It has happened since the upgrade of the mail server.",
            "My neighbours in the garden see this every Monday.",
        ),
    ],
)
def test_the_same_stack_trace_under_another_title_is_advised(
    trace: list[str], first: str, second: str, ask: Any, issue: Any
) -> None:
    frames = "\n".join([SAID, *trace])
    others = [
        issue(number, f"Some picture of the cat {chr(96 + number) * 4}", second) for number in range(10, 25)
    ]
    found = ask(
        *others,
        issue(1, "Upload fails after login", f"{first}\n\n{frames}"),
        issue(2, "Strange picture of the cat", f"{second}\n\n{frames}", day=2),
    )
    assert found.decision == "advise"
    assert found.candidates[0].id == 1
    assert any(why.startswith("same stack frame") for why in found.candidates[0].why)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([SAID, *TRACES["java"][:2]], [SAID, *TRACES["java"][:2]]),
        ([SAID, *TRACES["java"]], [SAID, *TRACES["java"][:2], "\tat org.other.Pool.run(Pool.java:1)"]),
        ([SAID, *TRACES["java"]], ["OutOfDiskException: no room for the picture", *TRACES["java"]]),
    ],
    ids=["too few frames", "few of them shared", "another exception"],
)
def test_another_stack_trace_is_not_advised(
    first: list[str], second: list[str], ask: Any, issue: Any
) -> None:
    found = ask(
        issue(1, "Upload fails after login", "\n".join(first)),
        issue(2, "Strange picture of the cat", "\n".join(second), day=2),
    )
    assert found.decision == "none"


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("打开设置后应用马上崩溃", "启动后应用马上崩溃", "后应用马上崩溃"),
        ("应用启动后立即崩溃", "启动后应用马上崩溃", "启动后, 应用, 崩溃"),
        ("Chrome 浏览器里字体模糊", "Chrome浏览器打不开", "Chrome, 浏览器"),
        ("起動するとアプリが落ちる", "アプリが起動直後に落ちる", "アプリが, 落ちる, 起動"),
        ("시작하면 앱이 바로 종료됩니다", "앱이 시작하자마자 종료됩니다", "종료됩니다, 시작하, 앱이"),
        ("เมื่อเริ่มต้นแอปพลิเคชันขัดข้อง", "แอปพลิเคชันขัดข้องเมื่อเริ่มต้น", "แอปพลิเคชันขัดข้อง, เมื่อเริ่มต้น"),
        ("Page /api/orders returns 500", "Page /api/users returns 500", "Page, api, returns, 500"),
        ("DFSClient.close hangs", "DFSClient.open hangs", "DFSClient, hangs"),
        ("Menü öffnet nicht im Café", "Im Café fehlt das Menü", "Café, Im, Menü"),
    ],
)
def test_reasons_name_what_both_titles_have(
    first: str, second: str, shared: str, ask: Any, issue: Any
) -> None:
    (reason,) = [
        why for why in ask(issue(1, first), issue(2, second, day=2)).candidates[0].why if "title" in why
    ]
    words = reason.removeprefix("title shares ").split(", ")
    assert sorted(words) == sorted(shared.split(", "))
    assert all(word in second and word.lower() in first.lower() for word in words)


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

        def compare(self, issue: Any, rows: Any) -> dict[int, float]:
            return {}

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
