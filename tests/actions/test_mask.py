"""Masks: which text a field is, offsets that overlap or do not fit, comments, facts without offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rulewright.actions.mask import MASK
from rulewright.actions.plan import Plan
from rulewright.actions.port import RecordingPort
from rulewright.actions.template import Undetermined
from rulewright.run.apply import apply

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot


def finding(field: str, start: Any, end: Any, kind: Any = "api_key") -> dict[str, Any]:
    return {"field": field, "start": start, "end": end, "type": kind}


def fact(*findings: Any, fields: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"pii": {"count": len(findings), "fields": list(fields), "findings": list(findings)}}


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
    with pytest.raises(Undetermined, match="does not match the text"):
        MASK.plan("pii", context(fact(finding(field, 0, 4000))))
    with pytest.raises(Undetermined, match="missing"):
        MASK.plan("pii", context({}))
