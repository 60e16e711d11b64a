"""Masks: which text a field is, offsets that overlap or do not fit, comments, facts without offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rulewright.actions.action import Undetermined
from rulewright.actions.mask import MASK, mask_field, mask_field_as_stored, mask_text
from rulewright.actions.plan import Plan
from rulewright.actions.port import RecordingPort
from rulewright.run.apply import apply

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot


def finding(field: str, start: Any, end: Any, kind: Any = "api_key") -> dict[str, Any]:
    return {"field": field, "start": start, "end": end, "type": kind}


def fact(*findings: Any, fields: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"pii": {"count": len(findings), "fields": list(fields), "findings": list(findings)}}


@pytest.mark.parametrize(
    ("spans", "masked"),
    [
        ([(0, 1, "a"), (2, 3, "b")], "[masked: a]1[masked: b]3456789"),
        ([(2, 6, "b"), (0, 4, "a")], "[masked: a]6789"),
        ([(0, 9, "a"), (1, 2, "b")], "[masked: a]9"),
        ([(0, 2, "a"), (2, 4, "b")], "(masked: a)[masked: b]456789"),
    ],
)
def test_overlapping_findings_become_one_mask(spans: list[tuple[int, int, str]], masked: str) -> None:
    assert mask_text("0123456789", [finding("f", *span) for span in spans]) == masked


def test_title_body_and_comments_are_masked_and_never_twice(context: Any, snapshot: Snapshot) -> None:
    state = snapshot._replace(comments=({"id": 1, "body": "sk-1 here"}, {"id": 2, "body": "ok"}))
    found = fact(
        finding("issue.title", 0, 4),
        finding("issue.body", 4, 15, "card"),
        finding("comments[0].body", 0, 4, None),
    )
    (effect,) = MASK.plan("pii", context(found, snapshot=state))
    port = RecordingPort({effect.target: state})
    for status in ("applied", "unchanged"):
        assert [record.status for record in apply(Plan((effect,), ""), port).records] == [status]
    after = port.snapshots[effect.target]
    assert (after.title, after.body) == ("[masked: api_key] Crash on start", "key [masked: card] here")
    assert after.comments == ({"id": 1, "body": "[masked: secret] here"}, {"id": 2, "body": "ok"})
    assert MASK.inverse(effect) == ()


def test_a_text_that_was_edited_meanwhile_is_not_cut(context: Any, snapshot: Snapshot) -> None:
    (effect,) = MASK.plan("pii", context(fact(finding("body", 4, 15))))
    port = RecordingPort({effect.target: snapshot._replace(body="another text that is long enough")})
    assert [record.status for record in apply(Plan((effect,), ""), port).records] == ["precondition_failed"]


def test_without_offsets_the_effect_names_the_fields(context: Any, snapshot: Snapshot) -> None:
    (effect,) = MASK.plan("pii", context(fact(fields=("issue.body", "comments[7].body"))))
    assert effect.arguments["fields"] == ["issue.body", "comments[7].body"]
    assert [p.value["field"] for p in effect.preconditions] == ["issue.body"]
    assert MASK.predict(effect, snapshot) == snapshot


@pytest.mark.parametrize(
    "odd",
    [3, finding("body", -1, 3), finding("body", 3, 3), finding("body", True, 3), finding(3, 0, 1)],  # type: ignore[arg-type]
)
def test_findings_of_another_shape_do_not_count(context: Any, odd: Any) -> None:
    assert MASK.plan("pii", context(fact(odd))) == ()


@pytest.mark.parametrize("field", ["body", "comments[0].body", "issue.nothing"])
def test_findings_that_do_not_fit_leave_the_mask_undetermined(context: Any, field: str) -> None:
    with pytest.raises(Undetermined, match="does not fit"):
        MASK.plan("pii", context(fact(finding(field, 0, 4000))))
    with pytest.raises(Undetermined, match="missing"):
        MASK.plan("pii", context({}))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("[l](https://e.dev/?t=SECRET&a=1)", "[l](https://e.dev/?t=masked-api_key&a=1)"),
        ("[l]( SECRET )", "[l]( masked-api_key )"),
        ("see https://e.dev/SECRET/x", "see https://e.dev/masked-api_key/x"),
        ('<a href="SECRET">', '<a href="masked-api_key">'),
        ("SECRET(https://evil.example)", "(masked: api_key)(https://evil.example)"),
        ("SECRET[evil]\n\n[evil]: //evil.example", "(masked: api_key)[evil]\n\n[evil]: //evil.example"),
        ("SECRET: https://evil.example", "(masked: api_key): https://evil.example"),
        ("!SECRET (x)", "!(masked: api_key) (x)"),
        ("[x]SECRET", "[x](masked: api_key)"),
        ("SECRET\n\n[Masked:  API_KEY]: //e.x", "(masked: api_key)\n\n[Masked:  API_KEY]: //e.x"),
        ("https://e.dev is SECRET.", "https://e.dev is [masked: api_key]."),
    ],
)
def test_a_mask_neither_breaks_a_link_nor_makes_one(text: str, masked: str) -> None:
    start = text.index("SECRET")
    assert mask_text(text, [finding("f", start, start + 6)]) == masked


@pytest.mark.parametrize(
    ("field", "limit"), [("issue.title", 256), ("issue.body", 65_536), ("comments[3].body", 65_536)]
)
def test_a_masked_text_is_not_longer_than_github_takes_it(field: str, limit: int) -> None:
    text = "1.1.1.1 " * (limit // 8)
    found = [finding(field, at, at + 7, "ip") for at in range(0, len(text), 8)]
    masked = mask_field(text, field, found)
    assert len(masked) <= limit
    assert set(masked) == {"*", " "}
    assert mask_field(text[:80], field, found[:10]) == "[masked: ip] " * 10


def test_many_findings_take_time_in_proportion() -> None:
    """A quadratic mask of this many would not end within any test's time."""
    text = "ab " * 200_000
    masked = mask_text(text, [finding("f", at, at + 2, "ip") for at in range(0, len(text), 3)])
    assert masked.count("[masked: ip]") == 200_000


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_stay_as_github_has_them(end: str) -> None:
    stored = end.join(["a mail to", "", "x: a@b.dev,", "PEM", "BEGIN", "END", "rest", ""])
    text = stored.replace("\r\n", "\n")
    found = [
        {"start": text.index("a@b"), "end": text.index(",\n"), "type": "email"},
        {"start": text.index("BEGIN"), "end": text.index("\nrest"), "type": "private_key"},
    ]
    assert mask_field_as_stored(stored, "issue.body", found) == end.join(
        ["a mail to", "", "x: [masked: email],", "PEM", "[masked: private_key]", "rest", ""]
    )
    assert mask_field_as_stored(stored, "issue.body", found).replace("\r\n", "\n") == mask_field(
        text, "issue.body", found
    )


def test_a_mask_stays_within_what_github_takes_with_its_line_ends() -> None:
    stored = ("mail a@b.co now\r\n" + "line\r\n" * 11_000)[:65_536]
    text = stored.replace("\r\n", "\n")
    found = [{"start": 5, "end": 11, "type": "email"}]
    assert text[5:11] == "a@b.co"
    assert len(mask_field_as_stored(stored, "issue.body", found)) <= 65_536
