"""`labels plan` and `apply` on the simulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle
from rulewright.actions.plan import effect_key
from rulewright.planning.plan_json import content_sha256
from rulewright.policy.canonical import digest

Command = Callable[..., tuple[int, str, str]]
NAMED = ("action", "target", "arguments", "rule", "preconditions", "key")
"""What a plan's hash is over, by effect."""
LABELS = """\
- { name: Triaged, color: "0E8A16", description: "Looked at." }
- { name: severity/high, color: "d93f0b" }
- { name: "good first issue", description: "For newcomers: no context needed." }
- { name: "odd/name?#%", color: "000000" }
- { name: BUG, color: "d73a4a" }
"""


@pytest.fixture
def declared(folder: Path, config: Callable[[str], None]) -> Path:
    (folder / "labels.yml").write_text(LABELS)
    config("labels: labels.yml\n")
    return folder


def colours(repo: RepositoryHandle) -> dict[str, tuple[str, str | None]]:
    return {label.name: (label.color, label.description) for label in repo.data.labels.values()}


def test_plan_shows_and_apply_brings(
    sim: Simulator, repo: RepositoryHandle, declared: Path, rulewright: Command
) -> None:
    repo.data.labels["triaged"].color = "0e8a16"  # its colour is right but for case
    before = colours(repo)
    assert before["bug"][0] == "d73a4a"
    code, out, err = rulewright("labels", "plan")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "~ update  Triaged           description “” → “Looked at.”",
        "~ update  severity/high     color ededed → d93f0b",
        "~ update  good first issue  description “Good for newcomers” → “For newcomers: no context needed.”",
        "+ create  odd/name?#%       000000",
        "",
        (
            "Dry run, nothing was changed: 1 to create, 3 to update, "
            f"{len(before) - 4} on GitHub only, unchanged."
        ),
    ]
    assert colours(repo) == before
    code, out, _ = rulewright("labels", "apply")
    assert (code, out.splitlines()[-1][:22]) == (0, "1 created, 3 updated, ")
    after = colours(repo)
    assert after["Triaged"] == ("0e8a16", "Looked at.")
    assert after["severity/high"] == ("d93f0b", before["severity/high"][1])
    assert after["good first issue"] == (before["good first issue"][0], "For newcomers: no context needed.")
    assert after["odd/name?#%"] == ("000000", None)
    assert after["bug"] == before["bug"]
    assert set(before) <= set(after)
    code, out, _ = rulewright("labels", "apply")
    assert (code, out.splitlines()[-1][:22]) == (0, "0 created, 0 updated, ")
    assert colours(repo) == after


def test_json_and_the_job_s_summary(
    repo: RepositoryHandle, declared: Path, rulewright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = rulewright("labels", "plan", "--format", "json")
    document = json.loads(out)
    assert code == 0
    assert document["repository"] == "octo-org/demo"
    assert document["dry_run"] == "nothing was changed"
    assert [one["change"] for one in document["changes"]] == ["update", "update", "update", "create"]
    assert document["changes"][1]["before"] == {"name": "severity/high", "color": "ededed", "description": ""}
    summary = declared / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert rulewright("labels", "apply", "--format", "github")[1] == ""
    assert "| create | `odd/name?#%` |" in summary.read_text()


def test_what_fails_is_said_and_the_others_are_tried(
    sim: Simulator, repo: RepositoryHandle, declared: Path, rulewright: Command
) -> None:
    sim.faults.script("error_before", method="PATCH", path=".*/labels/severity%2Fhigh", times=9)
    code, out, err = rulewright("labels", "apply")
    assert code == 4
    assert "label severity/high could not be written" in err
    assert "1 created, 2 updated, 1 failed" in out
    assert colours(repo)["Triaged"][1] == "Looked at."


def test_a_token_that_may_not(
    sim: Simulator, declared: Path, rulewright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", sim.token("actions", permissions={"issues": "read"}))
    code, _, err = rulewright("labels", "apply")
    assert code == 4
    assert "could not be written" in err


def test_a_pause_holds_for_labels_too(
    repo: RepositoryHandle, declared: Path, config: Callable[[str], None], rulewright: Command
) -> None:
    config("labels: labels.yml\nexecution: { paused: true }\n")
    before = colours(repo)
    code, out, _ = rulewright("labels", "apply")
    assert (code, "writing is paused" in out) == (5, True)
    assert colours(repo) == before


def test_without_declared_labels(folder: Path, rulewright: Command) -> None:
    code, _, err = rulewright("labels", "plan")
    assert (code, "rulewright.yaml declares no labels" in err) == (2, True)


@pytest.mark.parametrize("label", ["brand-new", "bug"])
def test_a_plan_sets_declared_labels_only(
    label: str, repo: RepositoryHandle, declared: Path, rulewright: Command
) -> None:
    """A plan may be older than the label file, or made by somebody else."""
    names = ("severity/high", "needs-info", "wontfix", "BUG")
    (declared / "labels.yml").write_text("".join(f"- {{ name: {name}, color: ededed }}\n" for name in names))
    number = repo.issue("A crash", "text")
    plan = declared / "plan.json"
    assert rulewright("run", "--plan-out", str(plan))[0] == 0
    (document,) = map(json.loads, plan.read_text().splitlines())
    (effect,) = [one for one in document["effects"] if one["action"] == "add_labels"]
    effect["arguments"]["labels"] = [label]
    target, rule = effect["target"], effect["rule"]
    effect["key"] = effect_key("add_labels", target, rule, effect["arguments"])
    named = [{name: one[name] for name in NAMED} for one in document["effects"]]
    document["hash"] = digest(
        {
            "effects": named,
            "policies": document["policies"],
            "event_sha256": document["event_sha256"],
        }
    )
    document["content_sha256"] = content_sha256(document)
    plan.write_text(json.dumps(document))
    code, _, err = rulewright("apply", str(plan))
    if label == "bug":  # `BUG` is declared, and labels know no case
        assert (code, "bug" in repo.state()[number]["labels"]) == (0, True), err
    else:
        assert code == 2
        assert "the label file has no label `brand-new`" in err
        assert repo.state()[number]["labels"] == []
