"""What tells reports apart: names in quotes, dates, numbers of titles."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.duplicates.details import (
    MOST,
    TITLE,
    Detail,
    find_details,
    find_differences,
    pack_details,
    unpack_details,
)

APART = [
    ("No module named 'requests'", "No module named 'cv2'", ""),
    ('Cannot find module "lodash"', "Cannot find module 'react'", "It fails when the bundle is built"),
    ("Unknown column `price` in table", "Unknown column `stock` in table", ""),
    ("Missing translation for \u201cSave as\u201d", "Missing translation for \u201cPrint\u201d", ""),
    ("Klasse \u201eAuto\u201c fehlt im Paket", "Klasse \u201eHaus\u201c fehlt im Paket", ""),
    ("设置里的\u300c语言\u300d没有保存", "设置里的\u300c主题\u300d没有保存", ""),
    ("Weekly sync 2026-01-01", "Weekly sync 2026-01-08", "Agenda: release, support, hiring"),
    ("Weekly sync Jan 1", "Weekly sync Jan 8", "Agenda: release, support, hiring"),
    ("Weekly sync, 1 January 2026", "Weekly sync (8 January 2026)", "Agenda: release, support, hiring"),
    ("Nightly build failed 01/02/2026", "Nightly build failed 01/03/2026", "See the log of the build."),
    ("Newsletter 2026-W01 to be written", "Newsletter 2026-W02 to be written", "Collect what was merged."),
    ("2026年1月1日 周会纪要", "2026年1月8日 周会纪要", ""),
    ("Sprint 12 retrospective notes", "Sprint 13 retrospective notes", "What went well, what did not?"),
    ("Release 1.2.3 checklist", "Release 1.2.4 checklist", "Build, sign, upload, announce."),
]


@pytest.mark.parametrize(("first", "second", "body"), APART, ids=[second for _, second, _ in APART])
def test_what_is_told_apart_is_never_close(first: str, second: str, body: str, ask: Any, issue: Any) -> None:
    found = ask(issue(1, first, body), issue(2, second, body, day=2))
    assert found.decision != "close"
    assert any(why.startswith("another ") for why in found.candidates[0].why)
    # The very same once more is.
    again = ask(issue(1, first, body), issue(2, first, body, day=2))
    assert not any(why.startswith("another ") for why in again.candidates[0].why)
    assert again.candidates[0].score > found.candidates[0].score


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ModuleNotFoundError: No module named 'requests'", "ModuleNotFoundError: No module named 'cv2'"),
        (
            "It says: cannot open the driver \u201cusb\u201d",
            "It says: cannot open the driver \u201cgpu\u201d",
        ),
        (
            "The nightly build of 2026-01-01 failed in the step lint",
            "The nightly build of 2026-01-08 failed in the step lint",
        ),
    ],
)
def test_the_same_line_of_the_bodies_tells_apart(first: str, second: str, ask: Any, issue: Any) -> None:
    title = "Deployment to the staging cluster fails"
    found = ask(issue(1, title, first), issue(2, title, second, day=2))
    assert found.decision != "close"
    assert any(why.startswith("another ") for why in found.candidates[0].why)
    assert ask(issue(1, title, first), issue(2, title, first, day=2)).decision == "close"


def test_a_name_that_both_have_elsewhere_does_not_hide_the_one_that_differs(ask: Any, issue: Any) -> None:
    body = (
        "After the installation with pip I run `app serve` and get:\n\n"
        "```\nModuleNotFoundError: No module named '{}'\n```\n\nI expected that all it needs is installed."
    )
    for title in ("No module named '{}'", "Import fails after the installation"):
        first = issue(1, title.format("requests"), body.format("requests"))
        found = ask(first, issue(2, title.format("cv2"), body.format("cv2"), day=2))
        assert found.decision != "close"
        assert "another name: cv2, not requests" in found.candidates[0].why
        again = ask(first, issue(3, title.format("requests"), body.format("requests"), day=2))
        assert again.decision == "close"


def test_titles_that_agree_decide(ask: Any, issue: Any) -> None:
    title = "The driver 'usb' is not loaded after suspend"
    found = ask(
        issue(1, title, "1. Open the dialog 'Settings' of the panel\n2. Suspend the machine"),
        issue(2, title, "1. Open the dialog 'Power' of the panel\n2. Suspend the machine", day=2),
    )
    assert found.decision == "close"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("No module named 'requests'", "No module named requests"),
        ("No module named 'requests'", 'No module named "requests"'),
        ("No module named 'requests' on start", "Import of requests fails, 'python' cannot find it"),
        ("Crash in 'Open file' dialog", "Crash in the dialog"),
        ("Outage since 2026-01-08", "Outage since January 8"),
        ("Outage since 2026-01-08", "Outage in January 2026"),
        ("Crash since 2.53.1 on start", "Crash with 2.53.2 at startup"),
    ],
)
def test_the_same_in_other_words_is_not_told_apart(first: str, second: str, ask: Any, issue: Any) -> None:
    found = ask(issue(1, first), issue(2, second, day=2))
    assert not any(why.startswith("another ") for why in found.candidates[0].why)


def test_times_of_a_log_tell_nothing(ask: Any, issue: Any) -> None:
    title = "Replication of blocks stops after failover"
    log = "2026-01-0{}T10:00:00 WARN the replication queue is not moving\n[2026-01-0{}] it hangs in the drain step"
    found = ask(issue(1, title, log.format(1, 1)), issue(2, title, log.format(8, 8), day=2))
    assert found.decision == "close"


def test_reasons_say_which(ask: Any, issue: Any) -> None:
    found = ask(issue(1, "Weekly sync Jan 1"), issue(2, "Weekly sync Jan 8", day=2))
    assert "another date: 01-08, not 01-01" in found.candidates[0].why
    found = ask(issue(3, "No module named 'a1b'"), issue(4, "No module named 'c2d'", day=2))
    assert "another name: c2d, not a1b" in found.candidates[0].why


texts = st.text(alphabet="abc '\"`\u201c\u201d2026-01\n\t年:", max_size=60)


@given(texts, texts)
def test_details_are_kept_as_they_are(title: str, body: str) -> None:
    found = find_details(title, body)
    assert len(found) <= MOST
    assert len(set(found)) == len(found)
    assert unpack_details(pack_details(found)) == found
    assert find_differences(found, found, frozenset(), frozenset()) == []


@given(texts, texts)
def test_differences_are_mutual(first: str, second: str) -> None:
    one, other = find_details(first, ""), find_details(second, "")
    there = find_differences(one, other, frozenset(), frozenset())
    back = find_differences(other, one, frozenset(), frozenset())
    assert [(found.kind, found.mine, found.theirs) for found in there] == [
        (found.kind, found.theirs, found.mine) for found in back
    ]


def test_a_name_that_the_other_says_tells_nothing() -> None:
    one, other = [Detail("name", TITLE, "requests")], [Detail("name", TITLE, "cv2")]
    assert find_differences(one, other, frozenset({"a"}), frozenset({"b"}))
    assert not find_differences(one, other, frozenset({"a"}), frozenset({"request"}))
    assert not find_differences(one, other, frozenset({"cv2"}), frozenset({"b"}))
