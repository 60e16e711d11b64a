"""Transitions in pane 3: stages, requirements with the evidence of the event, soak time, freeze calendar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.policy.quantity import parse_moment
from rulewright_tui.command import Options, prepare
from rulewright_tui.glyphs import UNICODE
from rulewright_tui.lines.promotion import Request, describe_evidence, freeze_days, soak_seconds
from rulewright_tui.lines.why import why_text
from rulewright_tui.session.outcome import RuleRef

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
NOW, GATED = "2026-01-05T09:00:00Z", "2026-01-05T06:00:00Z"
DIGEST = "sha256:" + "5" * 64
SIGNER = "https://github.com/acme/assistant/.github/workflows/release.yml@refs/heads/main"
ISSUER = "https://token.actions.githubusercontent.com"


def promotion() -> dict[str, Any]:
    """A request that the shipped policy allows."""
    return {
        "from": "staging",
        "to": "production",
        "artifact": {"image": "ghcr.io/acme/assistant", "digest": DIGEST, "version": "1.4.0-4f2c9d1"},
        "requested_by": "riley",
        "author": "sam",
        "evidence": [
            {"type": "gate", "name": "assistant-slo", "verdict": "PASS", "at": GATED, "subject": DIGEST},
            {"type": "test", "name": "smoke", "verdict": "PASS", "subject": DIGEST},
            {"type": "signature", "identity": SIGNER, "issuer": ISSUER, "subject": DIGEST},
        ],
        "soak": {"seconds": 86_400},
        "approvals": [{"login": "alex", "teams": ["release-managers"]}],
    }  # fmt: skip


@pytest.fixture
def why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """The rows of pane 3 for a request, without those of its head."""
    monkeypatch.chdir(ROOT)

    def rows(request: dict[str, Any], now: str = NOW, width: int = 100) -> list[str]:
        path = tmp_path / "event.json"
        payload = json.loads((ROOT / "examples/events/promotion-request.json").read_text("utf-8"))
        path.write_text(json.dumps({**payload, "promotion": request}), "utf-8")
        state = prepare(Options(("rules/promotion",), (str(path),), now=now)).state
        state = state._replace(rule=RuleRef("assistant-promotion", "staging-to-production"))
        text = why_text(state, UNICODE, width)
        return [text.rows[index].text.rstrip() for index in range(len(text.rows))]

    return rows


def test_an_allowed_request_shows_each_requirement_with_its_evidence(why: Callable[..., list[str]]) -> None:
    rows = why(promotion())
    assert "dev ──·── staging ● 1.4.0-4f2c9d1 ──✓── production" in rows
    assert any(row.startswith("✓ staging to production, artifact 1.4.0-4f2c9d1") for row in rows)
    gate = next(number for number, row in enumerate(rows) if row.startswith("✓ gate assistant-slo with PASS"))
    assert rows[gate + 1].strip() == "PASS, 3h ago"
    assert any(row.strip() == "approved by alex" for row in rows)
    assert any("1d done" in row and "100%" in row for row in rows)
    assert any(row.startswith("✓ no freeze  mo tu we th fr sa su mo tu  next: 2026-12-19") for row in rows)


def test_a_soak_that_is_not_over_says_when_it_will_be(why: Callable[..., list[str]]) -> None:
    rows = why({**promotion(), "soak": {"seconds": 62_400}})
    assert any("17h20m done" in row and "72% until 2026-01-05 15:40Z" in row for row in rows)
    assert any(row.startswith("✗ a verified soak of 24h") for row in rows)


def test_approvals_that_do_not_count_are_named(why: Callable[..., list[str]]) -> None:
    rows = why({**promotion(), "approvals": [{"login": "sam", "teams": ["release-managers"]}]})
    assert any(row.strip() == "approved by sam (does not count)" for row in rows)
    rows = why({**promotion(), "approvals": []})
    assert any(row.startswith("✗ 1 approval of team:release-managers") for row in rows)


def test_missing_evidence_and_another_artifact(why: Callable[..., list[str]]) -> None:
    request = promotion()
    request["evidence"][0]["subject"] = "sha256:" + "6" * 64
    del request["evidence"][1]
    rows = why(request)
    assert any(row.strip() == "PASS, 3h ago, for another artifact" for row in rows)
    assert any(row.strip() == "the request has no test smoke" for row in rows)
    assert not any(row.strip().startswith("not met:") for row in rows)


def test_an_open_freeze_is_in_brackets(why: Callable[..., list[str]]) -> None:
    rows = why(promotion(), now="2027-01-01T12:00:00Z")
    freeze = next(number for number, row in enumerate(rows) if "freeze until" in row)
    assert rows[freeze].startswith("✗ freeze until 2027-01-03 23:59Z  [fr sa su]mo tu we th fr sa")
    assert "Year-end freeze" in rows[freeze + 1]


def test_stages_take_a_row_each_where_the_line_is_too_long(why: Callable[..., list[str]]) -> None:
    rows = why(promotion(), width=45)
    assert "dev ──·── staging" in rows
    assert "staging ● 1.4.0-4f2c9d1 ──✓── production" in rows


@pytest.mark.parametrize(
    ("windows", "text"),
    [
        ([], "mo tu we th fr sa su mo tu"),
        ([("2026-01-10", "2026-01-11")], "mo tu we th fr[sa su]mo tu"),
        ([("2026-01-01", "2026-01-05")], "[mo]tu we th fr sa su mo tu"),
        ([("2026-01-12", "2026-02-11")], "mo tu we th fr sa su[mo tu]"),
    ],
)
def test_the_days_around_now(windows: list[tuple[str, str]], text: str) -> None:
    ends = [(parse_moment(first) or 0.0, parse_moment(last) or 0.0) for first, last in windows]
    assert freeze_days(parse_moment(NOW) or 0.0, ends) == text


@pytest.mark.parametrize(
    ("soak", "seconds"),
    [
        ({"seconds": 10}, 10),
        ({"seconds": None, "verified_since": "2026-01-05T08:00:00Z"}, 3600),
        ({"seconds": True}, None),
        ({"verified_since": "2026-01-06T08:00:00Z"}, None),
        ({"seconds": "x", "verified_since": "never"}, None),
        (None, None),
    ],
)
def test_the_verified_stay(soak: object, seconds: int | None) -> None:
    assert soak_seconds(Request({"soak": soak}, parse_moment(NOW) or 0.0)) == seconds


@pytest.mark.parametrize("evidence", [None, "x", [1, None], [{"type": "gate"}]])
def test_evidence_of_no_known_shape_is_none(evidence: object) -> None:
    request = Request({"evidence": evidence}, 0.0)
    assert describe_evidence(request, "test", "smoke") == "the request has no test smoke"
