"""The fact: its shape, the names of its fields, what it makes of a spec; and when detection is imported at all."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rulewright.detection import fingerprint
from rulewright.events.fact_source import Absent
from rulewright.events.model import Event
from rulewright.facts.detect import Detection
from rulewright.program.named_facts import Need

NOW = "2026-01-05T09:00:00Z"
PAYLOAD = {
    "issue": {"number": 1, "title": "mail mona@octo.dev", "body": None, "labels": [{"name": "a@b.dev"}]},
    "comments": [
        {"body": "nothing"},
        {"body": None},
        "odd",
        {"body": "hubot@octo.dev, token: my-build-token-42"},
    ],
}


def fact(payload=PAYLOAD, **arguments):
    need = Need("intake", "pii", "detect", {"detect": "pii", **arguments})
    return Detection().gather((need,), Event("issues", "opened", payload), NOW)["pii"]


def test_the_shape():
    found = fact(**{"in": ["issue.title", "issue.body", "comments[].body"]})
    assert found == {
        "count": 2,
        "secrets": 0,
        "types": ["email"],
        "fields": ["issue.title", "comments[3].body"],
        "findings": [
            {"field": "issue.title", "type": "email", "start": 5, "end": 18, "confidence": 0.95},
            {"field": "comments[3].body", "type": "email", "start": 0, "end": 14, "confidence": 0.95},
        ],
        "suspected": [
            {"field": "comments[3].body", "type": "secret", "start": 23, "end": 40, "confidence": 0.5}
        ],
    }


def test_credentials_are_counted_apart():
    text = "Mail jo@octo.dev, see https://jo:s3cretpw@octo.dev/ and E-4711."
    found = fact({"issue": {"title": "x", "body": text}}, patterns={"employee": "E-[0-9]{4}"})
    assert found["types"] == ["email", "employee", "url_credentials"]
    assert (found["count"], found["secrets"]) == (3, 2)


def test_without_paths_it_reads_the_subject_and_its_comments():
    assert fact()["fields"] == ["issue.title", "comments[3].body"]
    request = {"pull_request": {"title": "x", "body": "a@b.dev"}}
    assert fact(request)["fields"] == ["pull_request.body"]
    assert fact(request, **{"in": ["issue.body"]})["fields"] == ["pull_request.body"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("title", ["issue.title"]),
        ("comments[3].body", ["comments[3].body"]),
        ("comments[*].body", ["comments[3].body"]),
        ("comments[9].body", []),
        ("issue.labels[].name", ["issue.labels[0].name"]),
        ("comments.body", []),
        ("nowhere.at.all", []),
    ],
)
def test_fields_are_named_by_their_place(path, fields):
    assert fact(**{"in": [path]})["fields"] == fields


def test_kinds_allow_and_patterns():
    assert fact(kinds=["phone"])["count"] == 0
    assert fact(allow=["octo.dev"])["count"] == 0
    own = fact(patterns={"mail": "(?i)mail"}, **{"in": ["title"]})
    assert own["types"] == ["email", "mail"]
    assert fact(detect=["phone", "ip"])["count"] == 0


def test_a_spec_without_sense_is_absent_with_the_reason():
    assert fact(detect="emial") == Absent("unknown finding type `emial`")
    assert isinstance(fact(**{"in": ["join(' ', x)"]}), Absent)


def test_findings_hold_no_text():
    assert "octo" not in repr(fact())


def test_fingerprints():
    assert fingerprint("４１５", "salt") == fingerprint("415", b"salt")
    assert fingerprint("415", "salt") != fingerprint("415", "pepper")
    assert len(fingerprint("\ud800", "salt")) == 16
    with pytest.raises(ValueError, match="salt"):
        fingerprint("415", "")


def test_detection_is_imported_with_the_first_such_fact():
    script = (
        "import sys, rulewright.facts.sources, rulewright.facts.gathering\n"
        "print([m for m in sys.modules if m.startswith(('rulewright.detection', 'rulewright.facts.detect'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_comment_of_its_own_is_not_taken_for_the_subjects_body():
    """The fact says `comment.body`; masking must not apply its offsets to the issue's text."""
    from rulewright.actions.mask import text_of
    from rulewright.events.snapshot import snapshot

    payload = {**PAYLOAD, "comment": {"body": "a@b.dev"}}
    (field,) = fact(payload, **{"in": ["comment.body"]})["fields"]
    shown = snapshot(Event("issue_comment", "created", payload))
    assert field == "comment.body"
    assert shown is not None
    assert text_of(shown, field) is None
    assert text_of(shown, "issue.title") == "mail mona@octo.dev"
