"""The filter: what can be written, what it selects, and that a scan row by row selects the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.events.recognise import recognise
from rulewright.policy.diagnostics import UsageError
from rulewright_tui.session.archive import Archive
from rulewright_tui.session.event_sources import index_event_list
from rulewright_tui.session.query import Term, matches_rule, parse_query, select_rows
from rulewright_tui.session.row_results import ResultTable, RowResult, RuleOutcome, collect_results

MATCHED = RowResult((RuleOutcome("intake", "crash", "matched"), RuleOutcome("intake", "late", "stopped")))
GATE = RowResult((RuleOutcome("slo", "chat-p95", "not_matched", "FAIL"),), (("slo", "WARN"),))
FAILED = RowResult(error="the policies end in a circle")


def document(number: int, title: str, author: str, labels: tuple[str, ...], action: str) -> dict[str, Any]:
    return {
        "action": action,
        "issue": {
            "number": number,
            "title": title,
            "user": {"login": author},
            "labels": [{"name": name} for name in labels],
        },
        "repository": {"full_name": "octo-org/hello"},
    }


@pytest.fixture(scope="module")
def archive() -> Archive:
    documents = [
        document(41, "[High Priority] App crashes on startup", "mona", ("bug", "Good First Issue"), "opened"),
        document(38, "Login page stays blank", "hubot", (), "edited"),
        document(7, "STRASSE crash", "Mona", ("bug",), "opened"),
        {"event": "deployment", "payload": {"action": "created", "deployment": {"id": 1}}},
    ]
    made = Archive()
    for documents_of_batch in (documents[:2], documents[2:]):  # two batches: rows keep their numbers
        made.add_batch(index_event_list([("memory", recognise(each)) for each in documents_of_batch]))
    return made


@pytest.fixture(scope="module")
def results() -> ResultTable:
    table = ResultTable()
    table.set_batch(0, collect_results([MATCHED, RowResult(), GATE]))
    return table


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [0, 1, 2, 3]),
        ("crash", [0, 2]),
        ("crash mona", [0, 2]),
        ("CRASH #41", [0]),
        ("-crash", [1, 3]),
        ("straße", [2]),
        ('"app crashes"', [0]),
        ("[high", [0]),
        ("octo-org", [0, 1, 2]),
        ("hubot", [1]),
        ("label:bug", [0, 2]),
        ('label:"good first issue"', [0]),
        ('-label:"good first issue" label:BUG', [2]),
        ("event:issues", [0, 1, 2]),
        ("event:issues.edited", [1]),
        ("-event:issues", [3]),
        ("is:matched", [0]),
        ("is:stopped", [0]),
        ("-is:matched", [1, 2]),
        ("rule:crash", [0]),
        ("rule:intake/crash", [0]),
        ("rule:other/crash", []),
        ("-rule:crash", [1, 2]),
        ("verdict:fail", [2]),
        ("verdict:WARN", [2]),
        ("-verdict:WARN crash", [0]),
        ("edited", [1, 3]),
        ("-edited label:bug", [0, 2]),
        ('"edited"', []),
        ("https://example.com", []),
        ("-", [0, 1, 2]),
        ("zzz -crash", []),
    ],
)
def test_what_a_filter_selects(text: str, rows: list[int], archive: Archive, results: ResultTable) -> None:
    assert list(select_rows(parse_query(text), archive, results, {1, 3})) == rows


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("is:", "the filter is: has no value", "is:matched"),
        ("crash -label:", "the filter label: has no value", "label:bug"),
        ("is:open", "open is no value of is:", "matched, undetermined, error, skipped"),
        ("verdict:maybe", "maybe is no value of verdict:", "PASS, WARN, FAIL"),
        ("status:open", "there is no filter status:", "quotes"),
        ('label:"good', "the quote is not closed", "end it"),
        ('crash ""', "the phrase is empty", "write words"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_query(text)
    assert raised.value.message == message
    assert hint in str(raised.value.hint)


def test_before_anything_is_decided_a_filter_about_rules_selects_nothing(archive: Archive) -> None:
    assert list(select_rows(parse_query("is:matched"), archive)) == []
    assert list(select_rows(parse_query("-is:matched"), archive, ResultTable())) == []


def test_a_row_without_a_decision_is_an_error(archive: Archive) -> None:
    table = ResultTable()
    table.set_batch(1, collect_results([FAILED]))
    assert list(select_rows(parse_query("is:error"), archive, table)) == [1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", True),
        ("crash", True),
        ("report severity", True),
        ("intake/crash", True),
        ("-crash", False),
        ("rule:crash-is-high", True),
        ("rule:crash", False),
        ("is:matched", True),
        ("is:skipped", False),
        ("-is:skipped verdict:pass", True),
        ("event:push label:bug edited", True),
        ("login", False),
    ],
)
def test_rules_are_filtered_by_id_and_description(text: str, shown: bool) -> None:
    query = parse_query(text)
    description = "A crash report without a severity."
    assert matches_rule(query, "intake", "crash-is-high", description, "matched", "PASS") is shown


def test_several_terms_mean_all() -> None:
    assert parse_query('a -rule:X label:"b c"').terms == (
        Term("word", "a"),
        Term("rule", "x", True),
        Term("label", "b c"),
    )


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read_or_told(text: str) -> None:
    try:
        query = parse_query(text)
    except UsageError as error:
        hint = error.hint
    else:
        hint = "no hint is needed"
        assert all(term.value or term.kind == "edited" for term in query.terms)
    assert hint


WORDS = st.sampled_from(["crash", "login", "Straße", "page", "é", "mona", "#1", "hello"])
TITLES = st.lists(WORDS, max_size=4).map(" ".join)


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(TITLES, WORDS, st.sets(st.sampled_from(["bug", "Docs"]))), max_size=12),
    terms=st.lists(
        st.tuples(st.booleans(), st.one_of(WORDS, st.sampled_from(["label:bug", "label:docs"]))), max_size=4
    ),
    cut=st.integers(0, 12),
)
def test_a_scan_row_by_row_selects_the_same(
    rows: list[tuple[str, str, set[str]]], terms: list[tuple[bool, str]], cut: int
) -> None:
    archive = Archive()
    events = [
        ("memory", recognise(document(number, title, author, tuple(sorted(labels)), "opened")))
        for number, (title, author, labels) in enumerate(rows)
    ]
    for part in (events[:cut], events[cut:]):
        archive.add_batch(index_event_list(part))

    def holds(row: int, term: str) -> bool:
        summary = archive.summary(row)
        if term.startswith("label:"):
            return term[6:] in {label.casefold() for label in summary.labels}
        fields = (summary.title, summary.author, summary.target)
        return any(term.casefold() in field.casefold() for field in fields)

    text = " ".join(("-" if negated else "") + term for negated, term in terms)
    expected = [
        row for row in range(len(rows)) if all(holds(row, term) != negated for negated, term in terms)
    ]
    assert list(select_rows(parse_query(text), archive)) == expected
