"""An evaluation that holds one of everything, hostile text included."""

from __future__ import annotations

import pytest

from rulewright.actions.plan import Conflict, Effect, Note, Plan, Precondition
from rulewright.report.evaluation import Evaluation, PolicyView, RuleView

TARGET = "octo-org/hello#12"
FILE = "rules/triage/intake.yaml"
HOSTILE = "x\x1b[31m`@octocat`|\u202e::error::gone\n::add-mask::y ##[group]z \ud800"


def effects() -> tuple[Effect, ...]:
    held = Precondition
    masked = {
        "fact": "pii",
        "fields": ["issue.body"],
        "findings": [{"field": "issue.body", "start": 3, "end": 9, "type": "api-key"}],
        "masked": {"issue.body": "c" * 64},
    }
    marker = "<!-- rulewright:intake/pii-found -->"
    written = {
        "marker": marker,
        "body": f"{marker}\nPlease rotate the key, @&#8203;octocat.",
        "sha256": "d" * 64,
    }
    pii, tags = "intake/pii-found", "intake/title-tags"
    return (
        Effect(
            "mask", TARGET, masked, pii, (held("text_sha256", {"field": "issue.body", "sha256": "a" * 64}),)
        ),
        Effect("add_labels", TARGET, {"labels": ["security"]}, pii, (held("label_absent", "security"),)),
        Effect(
            "set_label",
            TARGET,
            {"group": "severity", "value": "high", "label": "severity/high", "remove": ["severity/low"]},
            pii,
            (held("label_group_is", {"group": "severity", "labels": ["severity/low"]}),),
            round=2,
        ),
        Effect("comment", TARGET, written, pii),
        Effect("set_title", TARGET, {"title": "Crash"}, tags, (held("title_is", f"[P1] Crash {HOSTILE}"),)),
        Effect(
            "close", TARGET, {"reason": "not_planned"}, tags, (held("issue_open"),), also=("groom/stale",)
        ),
        Effect(
            "notify", TARGET, {"channel": "oncall", "text": "A secret stands in public."}, pii, emission=True
        ),
        Effect("fail", TARGET, {"message": f"Found {HOSTILE}"}, pii, emission=True),
    )


@pytest.fixture
def everything() -> Evaluation:
    planned = effects()
    plan = Plan(
        effects=planned,
        hash="3f9a2c41" * 8,
        conflicts=(
            Conflict("label:backlog", TARGET, ("intake/a", "groom/b"), "One adds it, the other removes it."),
        ),
        held_back=planned[1:2],
        notes=(Note("intake/owner", "assign", "`owner` is missing"),),
        observed=planned[1:2],
    )
    rules = (
        RuleView("pii-found", "matched", None, "rule", "A secret stands in public text.", FILE, 17),
        RuleView(
            "crash-is-high", "undetermined", "issue.body is absent", "rule", "A crash report.", FILE, 31
        ),
        RuleView("broken", "error", "sum() wants numbers", "rule", "", FILE, 38),
        RuleView("quiet", "not_matched", None, "rule", "Never seen.", FILE, 45),
        RuleView("later", "stopped", "stopped by pii-found", "rule", "", FILE, 52),
    )
    judged = {
        "verdict": "FAIL",
        "observed": 1.2345678,
        "shown": "1235ms",
        "unit": "s",
        "aggregate": "p95",
        "limit": "p95 ≤ 1000ms",
        "values": 40,
        "required": True,
        "reason": "1.235 s is over 1000ms",
        "interval": {"lower": 1.1812, "upper": None, "confidence": 0.95, "method": ""},
        "baseline": {"value": 0.9424, "runs": 20, "sha": "4f2c9d1"},
        "ratio": {"value": 1.31, "lower": 1.2, "upper": 1.45, "limit": 1.1},
    }
    passed = {
        **judged,
        "verdict": "PASS",
        "observed": 0.4,
        "shown": "400ms",
        "limit": "p50 ≤ 500ms",
        "ratio": None,
    }
    slo = "rules/slo/chat.yaml"
    gate = (
        RuleView("chat-p50", "matched", None, "objective", "Warm chat, p50.", slo, 5, passed),
        RuleView(
            "chat-p95", "not_matched", "1.235 s is over 1000ms", "objective", "Warm chat.", slo, 9, judged
        ),
    )
    skip = (RuleView("human-override", "matched", None, "skip", "A human decides.", "rules/groom.yaml", 5),)
    policies = (
        PolicyView("intake", "Triage", "enforce", "matched", FILE, rules),
        PolicyView("chat-slo", "SLOGate", "observe", "FAIL", "rules/slo/chat.yaml", gate),
        PolicyView("groom", "Grooming", "enforce", "skipped", "rules/groom.yaml", (), 4, skips=skip),
    )
    return Evaluation(
        "issues",
        "opened",
        TARGET,
        "ab" * 32,
        policies,
        plan,
        every=False,
        absent={"severity": "not_gathered"},
    )
