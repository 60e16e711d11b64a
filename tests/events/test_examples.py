"""The shipped example events are recognised, fit the schema, and have no key that real payloads lack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from external_data import webhook_payloads
from rulewright.events.recognise import recognise
from rulewright.events.snapshot import subject
from rulewright.policy.json_schema.bundled_schema import load_schema

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples" / "events").glob("*.json"))
EVENT = load_schema("event")

# Where a sweep, which GitHub does not send, holds what GitHub sends elsewhere.
ELSEWHERE = {
    "issue": ("issues", "issue"),
    "comments": ("issue_comment", "comment"),
    "repository": ("issues", "repository"),
}

# Events of our own: GitHub sends nothing like them.
OURS = (
    "measurement",
    "measurement-models",
    "measurement-release",
    "measurement-slow",
    "promotion-request",
    "promotion-request-staging",
)

EXPECTED = {
    "deployment-created": ("deployment", "created", "octo-org/assistant@deployment/5001"),
    "issue-comment-created": ("issue_comment", "created", "octo-org/assistant#38"),
    "issue-comment-on-stale": ("issue_comment", "created", "octo-org/assistant#29"),
    "issue-complete": ("issues", "opened", "octo-org/assistant#42"),
    "issue-labeled": ("issues", "labeled", "octo-org/assistant#37"),
    "issue-labeled-needs-work": ("issues", "labeled", "octo-org/assistant#44"),
    "issue-opened": ("issues", "opened", "octo-org/assistant#41"),
    "measurement": ("measurement", None, None),
    "measurement-models": ("measurement", None, None),
    "measurement-release": ("measurement", None, None),
    "measurement-slow": ("measurement", None, None),
    "promotion-request": ("promotion_request", None, "octo-org/assistant"),
    "promotion-request-staging": ("promotion_request", None, "octo-org/assistant"),
    "pull-request-opened": ("pull_request", "opened", "octo-org/assistant#43"),
    "pull-request-review-submitted": ("pull_request_review", "submitted", "octo-org/assistant#43"),
    "release-published": ("release", "published", "octo-org/assistant@release/v1.4.1"),
    "schedule-issue": ("schedule", None, "octo-org/assistant#31"),
    "workflow-run-completed": ("workflow_run", "completed", "octo-org/assistant@workflow_run/660001"),
}


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_what_its_name_says(path: Path) -> None:
    document = load(path)
    event = recognise(document)
    about = subject(event)
    assert (event.name, event.action, about.target if about else None) == EXPECTED[path.stem]
    reference = EVENT["x-events"][event.name]["payload"]["$ref"]
    Draft202012Validator({**EVENT, "$ref": reference, "if": False}).validate(document)


def test_every_expected_example_is_there() -> None:
    assert {path.stem for path in EXAMPLES} == set(EXPECTED)


def test_the_fake_secret_stands_in_the_issue() -> None:
    (path,) = (path for path in EXAMPLES if path.stem == "issue-opened")
    assert "api_key: sk-1234567890abcdef" in load(path)["issue"]["body"]


@pytest.mark.parametrize("path", [p for p in EXAMPLES if p.stem not in OURS], ids=lambda path: path.stem)
def test_no_key_is_made_up(path: Path) -> None:
    real = _real()
    document = load(path)
    name = recognise(document).name
    # Webhooks bring neither comments nor timeline: they are read beside the subject.
    ours = _shape(document if name == "schedule" else _without(document, "comments", "timeline"))
    if name == "schedule":
        ours = {
            (ELSEWHERE[at[0]][0], ELSEWHERE[at[0]][1], *(at[2:] if at[0] == "comments" else at[1:])): kinds
            for at, kinds in ours.items()
            if at[0] in ELSEWHERE and at != ("comments",)
        }
    else:
        ours = {(name, *at): kinds for at, kinds in ours.items()}
    assert len(ours) > 50
    made_up = {at: kinds for at, kinds in ours.items() if not kinds <= real.get(at, set())}
    assert {at for at in made_up if not _elsewhere(at, made_up[at], real)} == set()


def _without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in names}


def _elsewhere(at: tuple[str, ...], kinds: set[str], real: dict[tuple[str, ...], set[str]]) -> bool:
    """The sample of each event is small: a part of it may be seen in full only in another event."""
    return any(kinds <= real.get((event, *at[1:]), set()) for event in {key[0] for key in real})


def _real() -> dict[tuple[str, ...], set[str]]:
    found: dict[tuple[str, ...], set[str]] = {}
    for path in webhook_payloads():
        for at, kinds in _shape(load(path)).items():
            found.setdefault((path.name.split(".")[0], *at), set()).update(kinds)
    return found


def _shape(value: Any, at: tuple[str, ...] = ()) -> dict[tuple[str, ...], set[str]]:
    kind = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}.get(
        type(value), "number"
    )
    found: dict[tuple[str, ...], set[str]] = {at: {kind}} if at else {}
    inner = (
        value.items()
        if isinstance(value, dict)
        else [("[]", item) for item in value]
        if isinstance(value, list)
        else []
    )
    for key, item in inner:
        for place, kinds in _shape(item, (*at, key)).items():
            found.setdefault(place, set()).update(kinds)
    return found
