"""Nothing is a duplicate for lack of content: templates, placeholders and generic titles say nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from rulewright.duplicates.calibration import ADVISE, CLOSE
from rulewright.duplicates.content import read_body, read_content, read_report
from rulewright.duplicates.database import open_in_memory
from rulewright.duplicates.index import index_issues
from rulewright.duplicates.issue import read_issue
from rulewright.duplicates.search import search_duplicates
from rulewright.events.model import Event
from rulewright.facts.duplicates import DuplicatesSource
from rulewright.policy.config import Config
from rulewright.program.named_facts import Need

CASES = YAML(typ="safe").load(Path(__file__).with_name("content.yaml"))
TITLES: list[str] = CASES["titles"]
UNFILLED: dict[str, str] = CASES["unfilled"]


@pytest.mark.parametrize("body", UNFILLED.values(), ids=UNFILLED)
@pytest.mark.parametrize("title", ["Bug", "[Bug]: <title>", "Hilfe"])
def test_two_unfilled_forms_are_no_duplicates(title: str, body: str, ask: Any, issue: Any) -> None:
    answer = ask(issue(1, title, body), issue(2, title, body, day=2))
    assert answer.decision == "none"
    assert all(one.score == 0 for one in answer.candidates)


@pytest.mark.parametrize("title", TITLES)
def test_generic_titles_are_no_duplicates(title: str, ask: Any, issue: Any) -> None:
    same = UNFILLED["the form of the starter, as GitHub sends it"]
    assert ask(issue(1, title, same), issue(3, title), issue(2, title, same, day=2)).decision == "none"


@pytest.mark.parametrize("title", ["Help", "Crash", "[Bug]: <title>"])
def test_a_generic_title_does_not_join_other_bodies(title: str, ask: Any, issue: Any) -> None:
    first = issue(1, title, "The export of the ledger drops its last row when the disk is full.")
    second = issue(2, title, "Dark theme: the sidebar keeps white borders after switching.", day=2)
    answer = ask(first, second)
    assert answer.decision == "none"
    assert not any(why.startswith("title shares") for one in answer.candidates for why in one.why)


@pytest.mark.parametrize("body", UNFILLED.values(), ids=UNFILLED)
def test_nothing_on_one_side_is_no_duplicate(body: str, ask: Any, issue: Any) -> None:
    full = issue(1, "Export drops the last row", "The ledger loses a row when the disk is full.")
    assert ask(full, issue(2, "Bug", body, day=2)).decision == "none"
    assert ask(issue(3, "Bug", body), full._replace(created=full.created + 86_400.0)).decision == "none"


@pytest.mark.parametrize("body", UNFILLED.values(), ids=UNFILLED)
def test_line_ends_do_not_matter(body: str) -> None:
    lines = read_report("Bug", body).segments
    assert read_report("Bug", body.replace("\n", "\r\n")).segments == lines
    content = read_content(["bug"], lines)
    assert (content.title, content.specific) == (frozenset(), 0)


@pytest.mark.parametrize(
    "case", CASES["specific"], ids=lambda case: f"{case['title']} {case.get('body', '')[:30]}"
)
def test_short_specific_reports_are_duplicates(case: dict[str, str], ask: Any, issue: Any) -> None:
    body = case.get("body", "")
    answer = ask(issue(1, case["title"], body), issue(2, case["title"], body.replace("\n", "\r\n"), day=2))
    assert (answer.decision, answer.candidates[0].id) == ("close", 1)


ANSWERED = """\
### Summary

{summary}

### Version

2.4.1

### Reproduction steps

1. {first}
2. {second}

### Expected behaviour

_No response_

- [x] I searched the tracker
"""
ONE = {"summary": "The ledger export drops rows", "first": "fill the disk", "second": "export as CSV"}
OTHER = {
    "summary": "Sidebar keeps white borders",
    "first": "choose the dark theme",
    "second": "collapse the navigation",
}


@pytest.mark.parametrize("title", ["Bug", "[Bug]: ", "Login problem", "Export broken"])
def test_one_template_with_other_answers_is_no_duplicate(title: str, ask: Any, issue: Any) -> None:
    answer = ask(issue(1, title, ANSWERED.format(**ONE)), issue(2, title, ANSWERED.format(**OTHER), day=2))
    assert answer.decision == "none"


@pytest.mark.parametrize("title", ["Bug", "[Bug]: ", "Export drops rows"])
def test_one_template_with_the_same_answers_is_a_duplicate(title: str, ask: Any, issue: Any) -> None:
    again = ANSWERED.format(**ONE).replace("2.4.1", "2.5").replace("\n", "\r\n")
    answer = ask(issue(1, title, ANSWERED.format(**ONE)), issue(2, title, again, day=2))
    assert (answer.decision, answer.candidates[0].id) == ("close", 1)


def test_what_is_left_of_a_form_are_its_answers() -> None:
    kept, segments = read_body(ANSWERED.format(**ONE))
    assert kept == ["The ledger export drops rows", "2.4.1", "1. fill the disk", "2. export as CSV"]
    assert [one.text for one in segments if one.environment] == ["2.4.1"]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("The export: it drops rows", ["The export: it drops rows"]),
        ("When I click on the button of the export the following appears:", None),
        ("Foo.java:77 is null", None),
        ("# a heading", []),
        ("#12 is related", None),
        ("- Version: 1.2", ["1.2"]),
        ("**Component:** hdfs", ["**Component:** hdfs"]),
        ("Browser [e.g. Firefox]", []),
        ("- [ ] done", []),
        ("[done](https://example.org/page)", None),
        ("Thanks for your work! The export drops rows.", ["The export drops rows."]),
        ("<your version>", []),
        ("- Split at '.' and join", None),
        ("(only on export)", []),
        ("https://example.org/page", None),
        ("| OS | Windows |", ["Windows"]),
        ("| Sidebar | white borders |", ["Sidebar white borders"]),
        ("a <b>bold</b> word", ["a  bold  word"]),
        ("\tat org.acme.Cache.evict(Cache.java:12)", None),
        ('  File "c.py", line 12, in foo', None),
    ],
)
def test_lines(line: str, kept: list[str] | None) -> None:
    assert read_body(line)[0] == ([line] if kept is None else kept)


def test_what_stands_in_a_fence_is_content() -> None:
    body = "```yaml\n# a comment\nname: export\n- [ ] box\n```\n## Heading"
    assert read_body(body)[0] == ["# a comment", "name: export", "- [ ] box"]


def test_a_template_of_its_own_is_recognised_by_how_many_share_it(index: Any, issue: Any) -> None:
    template = (
        "Which firmware revision runs on the mesh controller?\n{}\nHow far apart are the beacons mounted?\n"
        "Write the telemetry digest of the gateway, as the appendix explains.\n{}"
    )
    words = ("ledger", "sidebar", "scanner", "plotter", "invoice", "battery", "ceiling", "magnet", "harbour")
    others = [
        issue(number, f"The {one} misbehaves", template.format(f"{one} one", f"{one} two jams"))
        for number, one in enumerate(words, 10)
    ]
    index_issues(index, [issue(1, "Bug", template.format("", "")), *others])
    assert search_duplicates(index, issue(2, "Bug", template.format("", ""), day=2)).decision == "none"
    # Answers count nevertheless, once as the only content and once beside a title.
    for title in ("Bug", "The turbine misbehaves"):
        body = template.format("turbine spins backwards", "rotor oscillates without load")
        index_issues(index, [issue(3, title, body)])
        answer = search_duplicates(index, issue(4, title, body, day=2))
        assert (answer.decision, answer.candidates[0].id) == ("close", 3)
        changed = template.format("hinge squeaks loudly", "door refuses closing")
        assert search_duplicates(index, issue(5, "Bug", changed, day=2)).decision == "none"


@pytest.mark.parametrize(
    "line",
    [
        "User Agent: Mozilla/5.0 (X11; Linux x86_64; rv:60.0) Gecko/20100101 Firefox/60.0 SeaMonkey/2.53.1",
        "UA: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_2) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0.4",
        "- Opera/9.80 (Windows NT 6.1; U; en) Presto/2.10",
    ],
)
def test_how_a_browser_names_itself_is_about_the_environment(line: str) -> None:
    _, segments = read_body(f"{line}\n\nThe menu stays empty.")
    assert [segment.text for segment in segments if not segment.environment] in (
        ["The menu stays empty."],
        [line.partition(":")[0], "The menu stays empty."],
    )


def test_the_answer_is_the_same_when_the_issue_itself_is_indexed(index: Any, issue: Any) -> None:
    line = "Which firmware revision runs on the mesh controller of the harbour?"
    # With the issue itself, as many have the line as make a template.
    index_issues(index, [issue(number, f"The {'x' * number} jams", line) for number in range(2, 6)])
    asked = issue(9, "Bug", line, day=2)
    before = search_duplicates(index, asked)
    index_issues(index, [asked])
    assert search_duplicates(index, asked) == before
    assert before.candidates


def test_a_report_that_is_sent_often_is_no_template(index: Any, issue: Any) -> None:
    title, body = (
        "Export drops the last row",
        "The ledger loses a row whenever the disk of the archive is full.",
    )
    index_issues(index, [issue(number, title, body) for number in range(1, 9)])
    assert search_duplicates(index, issue(20, title, body, day=2)).decision == "close"


def test_a_title_of_very_many_says_nothing(index: Any, issue: Any) -> None:
    title = "Quarterly firmware observation sheet"
    index_issues(
        index, [issue(number, title, f"{'abcdefghij'[number % 10] * 6} {number}") for number in range(1, 31)]
    )
    assert search_duplicates(index, issue(40, title, "nnnnnn", day=2)).decision == "none"


def test_a_frame_of_very_many_says_nothing(index: Any, issue: Any) -> None:
    trace = '```\nTraceback:\n  File "main.py", line 12, in run\n```'
    words = ("export", "sidebar", "scanner", "plotter", "invoice", "battery", "ceiling", "magnet")
    others = [
        issue(number, f"The {words[number % 8]} of part {'x' * number} jams", trace)
        for number in range(1, 41)
    ]
    first, second = issue(50, "Custom hook in a list", trace), issue(51, "Nothing on a list", trace, day=2)
    index_issues(index, [first])
    alone = search_duplicates(index, second).candidates[0].score
    index_issues(index, others)
    found = [one.score for one in search_duplicates(index, second, limit=100).candidates if one.id == 50]
    assert found[0] < alone


def test_lines_are_counted_once_for_the_same_report(index: Any, issue: Any) -> None:
    def counted() -> list[int]:
        found = index.execute("SELECT documents FROM lines WHERE documents <> 0 ORDER BY documents")
        return [number for (number,) in found]

    index_issues(index, [issue(number, "Export drops rows", "the very same line") for number in range(1, 5)])
    assert counted() == [1, 4]  # the body's line, the title
    index_issues(index, [issue(number, "Bug", "the very same line") for number in range(5, 8)])
    assert counted() == [3, 4, 4]
    index_issues(index, [issue(number, "Bug", "another") for number in range(1, 8)])
    assert counted() == [7, 7]


def test_little_content_is_advised_and_not_closed(ask: Any, issue: Any) -> None:
    answer = ask(issue(1, "Dark mode"), issue(2, "Dark mode", day=2))
    assert answer.decision == "advise"
    assert ADVISE <= answer.candidates[0].score < CLOSE


def test_too_little_content_is_said(ask: Any, issue: Any) -> None:
    answer = ask(issue(1, "Export broken"), issue(2, "Export broken", day=2))
    assert answer.decision == "none"
    assert answer.candidates[0].why[0] == "too little content to compare"


def test_the_fact_names_no_canonical_issue_for_lack_of_content(index: Any, issue: Any) -> None:
    body = UNFILLED["the form of the starter, as GitHub sends it"]
    index_issues(index, [issue(1, "Bug", body, state="open")])
    found = {"number": 9, "title": "Bug", "body": body, "state": "open", "created_at": "2026-01-10T00:00:00Z"}
    event = Event("issues", "opened", {"issue": found, "repository": {"full_name": "octo-org/demo"}})
    need = Need(
        "intake",
        "repeated",
        "duplicates",
        {"duplicates": "open", "in": ["issue.title"]},
    )
    fact = DuplicatesSource(Config(), index).gather((need,), event, "2026-01-20T00:00:00Z")["repeated"]
    assert (fact["decision"], fact["score"], fact.get("canonical")) == ("none", 0.0, None)


pieces = st.sampled_from(
    [
        "# ",
        "**",
        "- [ ] ",
        "```",
        "<!--",
        "-->",
        "|",
        ": ",
        "\r\n",
        "\n",
        "---\n",
        "Version",
        "[e.g. x]",
        "![a](b)",
        "word ",
    ]
)


@given(st.lists(pieces, max_size=30).map("".join) | st.text(max_size=200))
@settings(deadline=None)
def test_any_body_is_read(body: str) -> None:
    kept, segments = read_body(body)
    assert all("\n" not in line for line in kept)
    assert sum(len(one.text) for one in segments) <= len(body)


@given(st.sampled_from(TITLES), st.sampled_from([*UNFILLED.values()]), st.sampled_from([*UNFILLED.values()]))
@settings(deadline=None, max_examples=60)
def test_generic_titles_over_unfilled_forms_are_never_decided(title: str, first: str, second: str) -> None:
    index = open_in_memory()
    try:
        made = [
            read_issue({"id": number, "title": title, "body": body, "created_at": number})
            for number, body in enumerate((first, second), 1)
        ]
        index_issues(index, made[:1])
        assert search_duplicates(index, made[1], within=None).decision == "none"
    finally:
        index.close()
