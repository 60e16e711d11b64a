"""Promotions from YAML: what is refused at load, freeze windows, approvals, and that nothing is allowed by default."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.evaluate.evaluator import evaluate
from rulewright.evaluate.explain import explain
from rulewright.events.model import Event, Facts
from rulewright.policy.json_schema.bundled_schema import load_schema

HEAD = """apiVersion: rulewright/v1
kind: Promotion
metadata: { name: way, owner: team, description: One way. }
on: [promotion_request]
"""
POLICY = (
    HEAD
    + """artifact: { image: ghcr.io/acme/assistant, identity: digest, version: semver-sha }
environments:
  staging: { soak: 1h }
  production: { FREEZE }
transitions:
  - id: go
    from: staging
    to: production
    requires:
      - REQUIRES
"""
)
DIGEST = "sha256:" + "0a" * 32
REQUEST = {
    "promotion": {
        "from": "staging",
        "to": "production",
        "requested_by": "riley",
        "author": "sam",
        "artifact": {"image": "ghcr.io/acme/assistant", "digest": DIGEST, "version": "1.2.3-0a1b2c3"},
        "soak": {"seconds": 7200},
        "evidence": [{"type": "test", "name": "unit", "verdict": "PASS", "subject": DIGEST}],
        "approvals": [{"login": "alex", "teams": ["managers"]}],
    }
}


def policy(requires: str = "evidence: { test: unit }", freeze: str = "url: x") -> str:
    return POLICY.replace("REQUIRES", requires).replace("FREEZE", freeze)


def request(**changes: Any) -> dict[str, Any]:
    payload: dict[str, Any] = copy.deepcopy(REQUEST)
    payload["promotion"].update(changes)
    return payload


@pytest.mark.parametrize(
    ("requires", "freeze", "code"),
    [
        ("soak: soon", "url: x", "RW403"),
        ("soak: 5MB", "url: x", "RW403"),
        ("evidence: { gate: slo, max_age: old }", "url: x", "RW403"),
        ("evidence: { attestation: { predicate: slsa } }", "url: x", "RW203"),
        ("evidence: { attestation: { identity: a, issuer: b } }", "url: x", "RW202"),
        ("evidence: { attestation: { type: slsa, isuer: b } }", "url: x", "RW203"),
        ("promotion.author: { eq: sam, on_missing: true }", "url: x", "RW408"),
        ("promotion.autor: sam", "url: x", "RW301"),
        ("soak: 1h", "freeze: [{ reason: r }]", "RW416"),
        ("soak: 1h", 'freeze: [{ reason: r, from: "2026-01-02", to: "2026-01-01" }]', "RW416"),
        ("soak: 1h", "freeze: [{ reason: r, from: soon, duration: 1d }]", "RW416"),
        ("soak: 1h", 'freeze: [{ reason: r, from: "2026-01-02", duration: long }]', "RW416"),
        (
            "soak: 1h",
            'freeze: [{ reason: r, from: "2026-01-02", to: "2026-01-03", time_zone: Nowhere/Land }]',
            "RW416",
        ),
        (
            "soak: 1h",
            'freeze: [{ reason: r, from: "2026-01-02", duration: 1d, rrule: FREQ=WEEKLY }]',
            "RW416",
        ),
    ],
)
def test_refused(findings_of: Any, requires: str, freeze: str, code: str) -> None:
    assert code in {found for found, _ in findings_of(policy(requires, freeze))}


@pytest.mark.parametrize(
    "window",
    [
        'from: "20261219", to: "20270103"',
        'from: "2026-12-19", to: "2026-W53-7"',
        'from: "2026-12-19T1800", duration: 1d',
        'from: "2026-12-19", to: "2027-01-03", time_zone: localtime',
        'from: "2026-12-19", to: "2027-01-03", time_zone: posix/Europe/Berlin',
        'from: "2026-12-19", to: "2027-01-03", time_zone: ../../etc/passwd',
    ],
)
def test_a_window_is_read_strictly(findings_of: Any, window: str) -> None:
    found = findings_of(policy("soak: 1h", f"freeze: [{{ reason: r, {window} }}]"))
    assert "RW416" in {code for code, _ in found}


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        # The clock in Berlin goes back on 2026-10-25 from 3:00 to 2:00: 2:30 comes twice, at 0:30 and 1:30 UTC.
        ('from: "2026-10-24T12:00", to: "2026-10-25T02:30"', "2026-10-25T01:30:00Z", "2026-10-25T01:30:01Z"),
        ('from: "2026-10-24T12:00", duration: 2d', "2026-10-26T11:00:00Z", "2026-10-26T11:00:01Z"),
        ('from: "2026-10-24T12:00", duration: 48h', "2026-10-26T10:00:00Z", "2026-10-26T10:00:01Z"),
        ('from: "2026-10-24T12:00", duration: 1w', "2026-10-31T11:00:00Z", "2026-10-31T11:00:01Z"),
        ('from: "2026-10-25T02:30", duration: 1h', "2026-10-25T00:30:00Z", "2026-10-25T00:29:59Z"),
        ('from: "2026-10-25", to: "2026-10-25"', "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"),
        ('from: "2026-03-29", to: "2026-03-29"', "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        # 2:30 is skipped on that day: the later reading is 3:30 in summer time.
        ('from: "2026-03-29T01:30", to: "2026-03-29T02:30"', "2026-03-29T01:30:00Z", "2026-03-29T01:30:01Z"),
        ('from: "2026-12-19", to: "9999-12-31"', "2027-01-01T00:00:00Z", "2026-12-18T22:59:59Z"),
    ],
)
def test_a_window_across_a_clock_change(
    program_of: Any, decide: Any, window: str, inside: str, outside: str
) -> None:
    program = program_of(
        policy("promotion.author: sam", f"freeze: [{{ reason: r, {window}, time_zone: Europe/Berlin }}]")
    )
    found = [decide(program, "promotion_request", request(), now=now).verdict for now in (inside, outside)]
    assert found == ["DENIED", "ALLOWED"]


def test_a_day_that_ends_with_a_clock_change_is_whole(program_of: Any, decide: Any) -> None:
    """In Santiago the clock goes from midnight of 2026-09-06 to 1:00: the day before ends at 4:00 UTC."""
    window = 'freeze: [{ reason: r, from: "2026-09-05", to: "2026-09-05", time_zone: America/Santiago }]'
    program = program_of(policy("promotion.author: sam", window))
    times = ("2026-09-06T03:59:59Z", "2026-09-06T05:00:00Z")
    assert [decide(program, "promotion_request", request(), now=now).verdict for now in times] == [
        "DENIED",
        "ALLOWED",
    ]


def test_missing_time_zone_data_is_told(findings_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rulewright.kinds.promotion.freeze._known_zones", frozenset)
    window = 'freeze: [{ reason: r, from: "2026-01-02", to: "2026-01-03", time_zone: Europe/Berlin }]'
    assert "RW416" in {code for code, _ in findings_of(policy("soak: 1h", window))}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("from: staging", "from: stagin", "RW308"),
        ("to: production", "to: prod", "RW308"),
        ("to: production", "to: staging", "RW417"),
        ("image: ghcr.io/acme/assistant,", "image: 'ghcr.io/acme/assistant:latest',", "RW417"),
        ("image: ghcr.io/acme/assistant,", "image: 'ghcr.io/acme/assistant@sha256:00',", "RW417"),
    ],
)
def test_refused_steps_and_images(findings_of: Any, old: str, new: str, code: str) -> None:
    assert [found for found, _ in findings_of(policy().replace(old, new))] == [code]


def test_same_step_twice_is_refused(findings_of: Any) -> None:
    again = "  - { id: again, from: staging, to: production, requires: [ { soak: 1h } ] }\n"
    assert [code for code, _ in findings_of(policy() + again)] == ["RW415"]


def test_image_of_a_registry_with_a_port_is_accepted(findings_of: Any) -> None:
    assert findings_of(policy().replace("ghcr.io/acme/assistant", "'localhost:5000/assistant'")) == []


@pytest.mark.parametrize(
    ("requires", "changes", "verdict"),
    [
        ("evidence: { test: unit }", {}, "ALLOWED"),
        ("evidence: { test: unit, verdict: WARN }", {}, "DENIED"),
        ("evidence: { test: un`it' }", {}, "DENIED"),
        ("evidence: { check: build }", {}, "DENIED"),
        ("evidence: { test: unit }", {"evidence": []}, "DENIED"),
        ("evidence: { test: unit }", {"evidence": None}, "UNDETERMINED"),
        ("evidence: { test: unit }", {"evidence": "PASS"}, "UNDETERMINED"),
        ("evidence: { test: unit }", {"evidence": [None, 1, "PASS"]}, "DENIED"),
        (
            "evidence: { test: unit }",
            {"evidence": [{"type": "test", "name": "unit", "subject": DIGEST}]},
            "DENIED",
        ),
        (
            "evidence: { test: unit }",
            {"evidence": [{"type": "test", "name": "unit", "verdict": "PASS"}]},
            "DENIED",
        ),
        ("soak: 2h", {}, "ALLOWED"),
        ("soak: 2h", {"soak": {"seconds": 7199.9}}, "DENIED"),
        ("soak: 2h", {"soak": {"seconds": float("nan")}}, "UNDETERMINED"),
        ("soak: 2h", {"soak": {"seconds": True}}, "UNDETERMINED"),
        ("soak: 2h", {"soak": {}}, "UNDETERMINED"),
        ("soak: 2h", {"soak": {"verified_since": "2026-01-05T06:00:00Z"}}, "ALLOWED"),
        ("soak: 2h", {"soak": {"verified_since": "2026-01-05T08:00:00Z"}}, "DENIED"),
        ("soak: 2h", {"soak": {"verified_since": "2026-02-05T08:00:00Z"}}, "DENIED"),
        ("soak: 2h", {"soak": {"verified_since": "yesterday"}}, "UNDETERMINED"),
        ("approvals: { count: 1, not: author, from: [team:managers] }", {}, "ALLOWED"),
        ("approvals: { count: 1, not: author, from: [managers] }", {}, "DENIED"),
        ("approvals: { count: 1, from: [managers] }", {"approvals": [{"login": "Managers"}]}, "ALLOWED"),
        ("approvals: { count: 1, from: [team:managers] }", {"approvals": [{"login": "managers"}]}, "DENIED"),
        ("approvals: { count: 1, from: [alex] }", {}, "ALLOWED"),
        ("approvals: { count: 2 }", {}, "DENIED"),
        ("approvals: { count: 2 }", {"approvals": [{"login": "alex"}, {"login": "ALEX"}]}, "DENIED"),
        ("approvals: { count: 2 }", {"approvals": [{"login": "alex"}, {"login": "robin"}]}, "ALLOWED"),
        ("approvals: { count: 1 }", {"approvals": [{"login": ""}, {"login": None}, "alex", None]}, "DENIED"),
        ("approvals: { count: 1 }", {"approvals": None}, "UNDETERMINED"),
        ("approvals: { count: 1 }", {"approvals": {"login": "alex"}}, "UNDETERMINED"),
        ("approvals: { count: 1, not: author }", {"author": "Alex"}, "DENIED"),
        ("approvals: { count: 1, not: author }", {"requested_by": "alex"}, "DENIED"),
        ("approvals: { count: 1, not: requester }", {"author": "alex"}, "ALLOWED"),
        ("approvals: { count: 1, not: author }", {"author": None}, "UNDETERMINED"),
        ("approvals: { count: 1, not: author }", {"requested_by": None}, "UNDETERMINED"),
        ("approvals: { count: 1, not: [alex] }", {}, "DENIED"),
        ("approvals: { count: 1, from: [Alex] }", {}, "ALLOWED"),
        ("approvals: { count: 1, from: [team:Managers] }", {}, "ALLOWED"),
        ("approvals: { count: 1, from: [support] }", {}, "DENIED"),
        ("promotion.commit: { starts_with: 4f }", {}, "UNDETERMINED"),
        ("promotion.commit: { starts_with: 4f }", {"commit": "4f2c"}, "ALLOWED"),
        ("evidence: { test: unit }", {"to": "dev"}, "DENIED"),
        ("evidence: { test: unit }", {"from": None}, "UNDETERMINED"),
    ],
)
def test_verdict(program_of: Any, decide: Any, requires: str, changes: dict[str, Any], verdict: str) -> None:
    found = decide(program_of(policy(requires)), "promotion_request", request(**changes))
    assert found.verdict == verdict
    assert bool(found.rules[0].reason) is (verdict != "ALLOWED")


@pytest.mark.parametrize(
    "record",
    [
        {
            "identity": "https://example.com/a",
            "issuer": "https://example.com/b",
            "subject": DIGEST,
            "verdict": "PASS",
        },
        {"identity": "https://example.com/a", "issuer": "https://example.com/b", "subject": DIGEST},
    ],
)
def test_signature_needs_identity_and_issuer(program_of: Any, decide: Any, record: dict[str, Any]) -> None:
    for kind, requires in (
        (
            "signature",
            "evidence: { signature: { identity: 'https://example.com/a', issuer: 'https://example.com/b' } }",
        ),
        (
            "attestation",
            "evidence: { attestation: { type: slsa, identity: 'https://example.com/a', issuer: ISSUER } }".replace(
                "ISSUER", "'https://example.com/b'"
            ),
        ),
    ):
        program = program_of(policy(requires))
        whole = {"type": kind, "name": "slsa", **record}
        assert decide(program, "promotion_request", request(evidence=[whole])).verdict == "ALLOWED"
        for key in ("type", "identity", "issuer", "subject"):
            for other in ({key: "other"}, {key: None}):
                lacking = {**whole, **other}
                assert decide(program, "promotion_request", request(evidence=[lacking])).verdict == "DENIED"


@pytest.mark.parametrize(
    ("freeze", "closed", "opened"),
    [
        ('from: "2026-01-05", to: "2026-01-05"', "2026-01-05T23:59:59Z", "2026-01-06T00:00:00Z"),
        (
            'from: "2026-01-05T08:00:00Z", to: "2026-01-05T10:00:00Z"',
            "2026-01-05T10:00:00Z",
            "2026-01-05T10:00:01Z",
        ),
        ('from: "2026-01-05T08:00:00Z", duration: 1h', "2026-01-05T08:00:00Z", "2026-01-05T07:59:59Z"),
        (
            'from: "2026-01-05", to: "2026-01-05", time_zone: Europe/Berlin',
            "2026-01-04T23:00:00Z",
            "2026-01-05T23:00:00Z",
        ),
        (
            'from: "2026-03-29", to: "2026-03-29", time_zone: Europe/Berlin',
            "2026-03-29T21:59:59Z",
            "2026-03-29T22:00:00Z",
        ),
    ],
)
def test_freeze(program_of: Any, decide: Any, freeze: str, closed: str, opened: str) -> None:
    program = program_of(policy(freeze=f"freeze: [{{ reason: Holidays, {freeze} }}]"))
    denied = decide(program, "promotion_request", request(), now=closed)
    assert denied.verdict == "DENIED"
    assert "no freeze of production (Holidays" in denied.rules[0].reason
    assert decide(program, "promotion_request", request(), now=opened).verdict == "ALLOWED"


def test_soak_of_the_environment_before_counts(program_of: Any, decide: Any) -> None:
    found = decide(program_of(policy()), "promotion_request", request(soak={"seconds": 3599}))
    assert (found.verdict, found.rules[0].reason) == ("DENIED", "not met: a verified soak of 1h")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("promotion.author: { ne: sam }", "promotion.author: ne sam"),
        ("promotion.author: { in: [a, b] }", 'promotion.author: in ["a","b"]'),
        (
            "any: [ { promotion.author: x }, { promotion.requested_by: y } ]",
            "any of (promotion.author: eq x; promotion.requested_by: eq y)",
        ),
        (
            "promotion.author: { eq: { fact: promotion.requested_by } }",
            "promotion.author: eq promotion.requested_by",
        ),
    ],
)
def test_a_condition_that_is_not_met_is_said_as_it_was_written(
    program_of: Any, decide: Any, condition: str, said: str
) -> None:
    found = decide(program_of(policy(condition)), "promotion_request", request())
    assert found.rules[0].reason == f"not met: {said}"


def test_another_step_says_so(program_of: Any, decide: Any) -> None:
    found = decide(
        program_of(policy()), "promotion_request", request(**{"from": "production", "to": "staging"})
    )
    assert (found.verdict, found.rules[0].reason) == ("DENIED", "the request is for another step")


def test_new_artifact_has_no_environment_before(program_of: Any, decide: Any) -> None:
    program = program_of(policy().replace("    from: staging\n", ""))
    assert decide(program, "promotion_request", request(**{"from": None})).verdict == "ALLOWED"
    assert decide(program, "promotion_request", request()).verdict == "DENIED"


def test_skip_allows_nothing(program_of: Any, decide: Any) -> None:
    text = policy().replace(
        "artifact:", "skip:\n  - { id: robot, when: { promotion.author: sam } }\nartifact:"
    )
    assert decide(program_of(text), "promotion_request", request()).verdict == "DENIED"


def test_explanation_names_the_approvers(program_of: Any) -> None:
    program = program_of(policy("approvals: { count: 2, not: author, from: [team:managers] }"))
    facts = Facts(Event("promotion_request", None, request()), "2026-01-05T09:00:00Z")
    found = explain(evaluate(program, facts), "way", "go").as_json()
    node = found["children"][-1]
    assert node["expression"] == "2 approvals of team:managers, not by author"
    assert (node["verdict"], node["actual"], node["message"]) == ("false", '["alex"]', "1 of 2 approvals")
    assert [flip["path"] for flip in found["flip"]] == ["2 approvals of team:managers, not by author"]


EVERYTHING = """evidence: { gate: slo, verdict: [PASS, WARN], max_age: 24h }
      - evidence: { signature: { identity: i, issuer: s } }
      - soak: 2h
      - approvals: { count: 1, not: author, from: [team:managers] }"""
COMPLETE = request(
    evidence=[
        {"type": "gate", "name": "slo", "verdict": "WARN", "subject": DIGEST, "at": "2026-01-05T08:00:00Z"},
        {"type": "signature", "identity": "i", "issuer": "s", "subject": DIGEST},
    ]
)
junk = st.none() | st.booleans() | st.floats() | st.text(max_size=4) | st.just([]) | st.just({})


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in inner for place in places(child, (*path, key)))]


NEEDED = [place for place in places(COMPLETE) if (place and place[-1] != "at") or "evidence" in place]


def test_whatever_is_spoilt_nothing_is_promoted(program_of: Any, decide: Any) -> None:
    program = program_of(policy(EVERYTHING))
    assert decide(program, "promotion_request", COMPLETE).verdict == "ALLOWED"

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from(NEEDED), junk)
    def spoil(place: tuple[Any, ...], value: Any) -> None:
        payload = copy.deepcopy(COMPLETE)
        parent: Any = payload
        for key in place[:-1]:
            parent = parent[key]
        if value == parent[place[-1]]:
            return
        # Any other text is another author, who may well be right.
        if place[-1] in ("author", "requested_by") and isinstance(value, str) and value:
            return
        if place[-1] == "login" and isinstance(value, str) and value.strip():
            return
        if place[-1] == "seconds" and isinstance(value, float) and value >= 7200:
            return
        if place == ("promotion", "evidence", 1, "verdict"):
            return
        parent[place[-1]] = value
        assert decide(program, "promotion_request", payload).verdict != "ALLOWED", (place, value)

    spoil()


@pytest.mark.parametrize("max_age", ["", ", max_age: 24h"])
@pytest.mark.parametrize("gone", ["evidence", "artifact", "from", "everything"])
def test_a_missing_fact_is_undetermined_and_no_failure(
    program_of: Any, decide: Any, max_age: str, gone: str
) -> None:
    program = program_of(policy(f"evidence: {{ gate: slo, verdict: [PASS, WARN]{max_age} }}"))
    record = {
        "type": "gate",
        "name": "slo",
        "verdict": "PASS",
        "subject": DIGEST,
        "at": "2026-01-05T08:00:00Z",
    }
    payload = request(evidence=[record])
    assert decide(program, "promotion_request", payload).verdict == "ALLOWED"
    if gone == "everything":
        payload["promotion"] = {}
    else:
        del payload["promotion"][gone]
    assert decide(program, "promotion_request", payload).verdict == "UNDETERMINED"


NOON = "2026-01-05T12:00:00Z"
FUTURE = "2036-01-01T00:00:00Z"
GATE = {"type": "gate", "name": "slo", "verdict": "PASS", "subject": DIGEST}
SIGNED = {"type": "signature", "identity": "i", "issuer": "s", "subject": DIGEST}
SIGNATURE = "evidence: { signature: { identity: i, issuer: s } }"
YOUNG = "evidence: { gate: slo, max_age: 24h }"


@pytest.mark.parametrize(
    ("requires", "changes", "verdict"),
    [
        (YOUNG, {"evidence": [{**GATE, "at": FUTURE}]}, "DENIED"),
        (YOUNG, {"evidence": [{**GATE, "at": "2026-01-05T09:05:00Z"}]}, "ALLOWED"),
        (YOUNG, {"evidence": [{**GATE, "at": "2026-01-05T09:05:01Z"}]}, "DENIED"),
        (YOUNG, {"evidence": [{**GATE, "at": at} for at in ("2026-01-05T08:00:00Z", FUTURE)]}, "DENIED"),
        # Times are compared as moments: this one is 33 hours ago, although its text is the later one.
        (
            YOUNG,
            {
                "evidence": [
                    {**GATE, "at": at} for at in ("2026-01-04T13:00:00Z", "2026-01-04T14:00:00+14:00")
                ]
            },
            "DENIED",
        ),
        (
            YOUNG,
            {"evidence": [{**GATE, "at": at} for at in ("2026-01-05T08:00:00Z", "soon")]},
            "UNDETERMINED",
        ),
        ("evidence: { gate: slo }", {"evidence": [{**GATE, "at": FUTURE}]}, "DENIED"),
        ("evidence: { gate: slo }", {"evidence": [{**GATE, "at": None}]}, "ALLOWED"),
        ("evidence: { gate: slo }", {"evidence": [{**GATE, "at": "2020-01-01"}]}, "ALLOWED"),
        ("evidence: { gate: slo }", {"evidence": [{**GATE, "at": "soon"}]}, "UNDETERMINED"),
        ("evidence: { check: slo }", {"evidence": [{**GATE, "type": "check", "at": FUTURE}]}, "DENIED"),
        (SIGNATURE, {"evidence": [SIGNED]}, "ALLOWED"),
        (SIGNATURE, {"evidence": [{**SIGNED, "at": FUTURE}]}, "DENIED"),
        (
            "evidence: { attestation: slsa }",
            {"evidence": [{"type": "attestation", "name": "slsa", "subject": DIGEST, "at": FUTURE}]},
            "DENIED",
        ),
        ("soak: 2h", {"soak": {"seconds": 7200, "verified_since": FUTURE}}, "DENIED"),
        ("soak: 2h", {"soak": {"seconds": 7200, "verified_since": "2026-01-05T07:00:00Z"}}, "ALLOWED"),
        ("approvals: { count: 1 }", {"approvals": [{"login": "alex", "at": FUTURE}]}, "DENIED"),
        ("approvals: { count: 1 }", {"approvals": [{"login": "alex", "at": "soon"}]}, "DENIED"),
        (
            "approvals: { count: 1 }",
            {"approvals": [{"login": "alex", "at": "2026-01-05T09:05:00Z"}]},
            "ALLOWED",
        ),
        (
            "approvals: { count: 1 }",
            {"approvals": [{"login": "alex", "at": at} for at in (FUTURE, "2026-01-05T08:00:00Z")]},
            "ALLOWED",
        ),
    ],
)
def test_what_is_dated_in_the_future_does_not_count(
    program_of: Any, decide: Any, requires: str, changes: dict[str, Any], verdict: str
) -> None:
    found = decide(program_of(policy(requires)), "promotion_request", request(**changes))
    assert found.verdict == verdict


def test_a_record_of_the_future_is_named(program_of: Any, decide: Any) -> None:
    program = program_of(policy(YOUNG))
    found = decide(program, "promotion_request", request(evidence=[{**GATE, "at": FUTURE}]))
    assert found.rules[0].reason == (
        f"not met: gate slo with PASS, not older than 24h (dated {FUTURE}, which is after 2026-01-05T09:00:00Z)"
    )
    facts = Facts(
        Event("promotion_request", None, request(approvals=[{"login": "alex", "at": FUTURE}])), NOON
    )
    node = explain(evaluate(program_of(policy("approvals: { count: 1 }")), facts), "way", "go").as_json()
    assert node["children"][-1]["message"] == (
        f"0 of 1 approvals; not counted: dated {FUTURE}, which is after {NOON}"
    )


ARTIFACTS = {
    "image": "ghcr.io/acme/assistant",
    "model": "churn",
    "identity": "digest",
    "version": "semver-sha",
}
REQUESTED = {
    "image": "ghcr.io/acme/assistant",
    "model": "churn",
    "digest": DIGEST,
    "version": "1.2.3-0a1b2c3",
}


@pytest.mark.parametrize("key", ARTIFACTS)
def test_every_key_of_the_artifact_is_compared_with_the_request(
    program_of: Any, decide: Any, key: str
) -> None:
    text = policy("promotion.author: sam").replace(
        "artifact: { image: ghcr.io/acme/assistant, identity: digest, version: semver-sha }",
        f"artifact: {{ {key}: {ARTIFACTS[key]} }}",
    )
    program, asked = program_of(text), "digest" if key == "identity" else key
    for artifact, verdict in (
        (REQUESTED, "ALLOWED"),
        ({**REQUESTED, asked: "other"}, "DENIED"),
        ({name: value for name, value in REQUESTED.items() if name != asked}, "UNDETERMINED"),
        ({**REQUESTED, asked: None}, "UNDETERMINED"),
    ):
        found = decide(program, "promotion_request", request(artifact=artifact))
        assert found.verdict == verdict
        assert (f"promotion.artifact.{asked}" in (found.rules[0].reason or "")) is (verdict != "ALLOWED")


def test_the_policy_takes_no_key_of_an_artifact_that_is_not_compared() -> None:
    properties = load_schema("policy")["$defs"]["artifact"]["properties"]
    assert properties.keys() - {"description"} == ARTIFACTS.keys()
