"""`rulewright evaluate` over single events, folders and standard input."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.cli.main import main
from rulewright.run.pipeline import exit_code

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("folder")
NOW = ["--now", "2026-01-05T09:00:00Z"]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_text_says_what_would_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "evaluate", "rules", "--event", "event.json", *NOW)
    assert (code, err) == (0, "")
    assert "issues.opened  octo-org/hello#12" in out
    assert "✓ crash  matched" in out
    assert "? sized  undetermined" in out
    assert "2  + add label  bug" in out
    assert out.endswith("DRY RUN: nothing was changed.\n")


def test_the_policies_are_found_without_being_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(capsys, "evaluate", "--event", "event.json", *NOW)[1:]
        == run(capsys, "evaluate", "rules", "--event", "event.json", *NOW)[1:]
    )


def test_rulewright_yaml_names_the_policies(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rules").rename(folder / "policies")
    (folder / "rulewright.yaml").write_text("apiVersion: rulewright/v1\nkind: Config\npolicies: [policies]\n")
    cold = run(capsys, "evaluate", "--event", "event.json", *NOW)
    assert cold[0::2] == (0, "")
    assert "crash  matched" in cold[1]
    assert run(capsys, "evaluate", "--event", "event.json", *NOW) == cold


def test_no_policies_at_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rules").rename(folder / "elsewhere")
    code, _, err = run(capsys, "evaluate", "--event", "event.json")
    assert code == 2
    assert err.startswith("error: no policies")


def test_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, payload: Any
) -> None:
    text = io.TextIOWrapper(io.BytesIO(json.dumps({"event": "issues", "payload": payload()}).encode()))
    monkeypatch.setattr("sys.stdin", text)
    code, out, _ = run(capsys, "evaluate", "--event", "-", "--format", "json", *NOW)
    assert code == 0
    assert json.loads(out)["event"]["subject"] == "octo-org/hello#12"


def test_a_fail_effect_gives_one(folder: Path, capsys: pytest.CaptureFixture[str], payload: Any) -> None:
    (folder / "event.json").write_text(json.dumps(payload(body="size: small")))
    code, out, _ = run(capsys, "evaluate", "--event", "event.json", *NOW)
    assert code == 1
    assert "x fail" in out


def test_a_skip_ends_the_policy(folder: Path, capsys: pytest.CaptureFixture[str], payload: Any) -> None:
    (folder / "event.json").write_text(json.dumps(payload(labels=("no-triage",))))
    code, out, _ = run(capsys, "evaluate", "--event", "event.json", *NOW)
    assert code == 0
    assert "human-override  skip matched" in out
    assert "3 rules not evaluated" in out
    assert "nothing to do" in out


def test_a_folder_of_events_is_a_stream(
    folder: Path, capsys: pytest.CaptureFixture[str], payload: Any
) -> None:
    (folder / "events").mkdir()
    for number, title in enumerate(("A crash", "docs", "else")):
        (folder / "events" / f"{number}.json").write_text(json.dumps(payload(title, "body")))
    (folder / "events" / "notes.txt").write_text("no event")
    code, out, _ = run(capsys, "evaluate", "--event", "events", "--format", "json", *NOW)
    assert code == 0
    rules = [json.loads(line)["decision"]["policies"][0] for line in out.splitlines()]
    assert [[rule["id"] for rule in policy["rules"]] for policy in rules] == [["crash"], ["docs"], []]
    assert [policy["not_matched"] for policy in rules] == [2, 2, 3]


def test_one_bad_event_of_many_is_told_and_the_rest_is_done(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.json").write_text("[1]")
    code, out, err = run(
        capsys, "evaluate", "--event", "bad.json", "--event", "event.json", "--format", "json", *NOW
    )
    assert code == 2
    assert len(out.splitlines()) == 1
    assert "bad.json" in err


def test_plan_out_holds_the_whole_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "evaluate", "--event", "event.json", "--plan-out", "plan.json", "--format", "json", *NOW
    )
    plan = json.loads((folder / "plan.json").read_bytes())
    assert code == 0
    assert plan["hash"] == json.loads(out)["plan"]["hash"]
    assert {"effects", "predicted", "policies", "event_sha256"} <= plan.keys()
    assert sorted(entry.name for entry in folder.iterdir()) == ["cache", "event.json", "plan.json", "rules"]


def test_output_is_written_instead_of_stdout(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "evaluate", "--event", "event.json", "--output", "out.md", "--format", "markdown") == (
        0,
        "",
        "",
    )
    assert (folder / "out.md").read_text().startswith("### Rulewright: `issues.opened`")


def test_in_actions_the_event_is_the_workflows_own(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(folder / "event.json"))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "issues")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    code, out, _ = run(capsys, "evaluate", *NOW)
    assert code == 0
    assert [line.split(" ")[0] for line in out.splitlines()] == ["::warning", "::notice"]
    assert "| 2 | add label | `bug` |" in (folder / "summary.md").read_text()


def test_stats_name_what_is_always_evaluated(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "evaluate", "--event", "event.json", "--stats", *NOW)
    assert code == 0
    assert "DRY RUN" in out
    assert err.startswith("1 policy, 4 rules\n  issues.opened: 4 rules")
    stats = json.loads(run(capsys, "evaluate", "--event", "event.json", "--stats", "--format", "json")[1])[
        "stats"
    ]
    assert stats["policies"] == 1
    assert stats["rules"] == 4


def test_a_cold_and_a_warm_run_and_one_without_cache_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("evaluate", "--event", "event.json", "--format", "json", *NOW)
    cold, warm, fresh = run(capsys, *words), run(capsys, *words), run(capsys, *words, "--no-cache")
    assert cold == warm == fresh


class Part:
    """A policy's verdict, as far as exit codes look."""

    def __init__(self, kind: str, verdict: str, mode: str = "enforce") -> None:
        self.kind, self.verdict, self.mode = kind, verdict, mode


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([("SLOGate", "PASS"), ("SLOGate", "WARN")], 0),
        ([("SLOGate", "FAIL"), ("SLOGate", "NO_DATA")], 1),
        ([("SLOGate", "INCONCLUSIVE")], 3),
        ([("Promotion", "DENIED")], 1),
        ([("Promotion", "UNDETERMINED")], 3),
        ([("Promotion", "UNDETERMINED"), ("SLOGate", "ERROR")], 4),
        ([("SLOGate", "FAIL", "observe")], 0),
        ([("Triage", "undetermined"), ("Grooming", "error")], 0),
    ],
)
def test_verdicts_make_the_exit_code(parts: list[tuple[str, ...]], code: int) -> None:
    from types import SimpleNamespace

    plan: Any = SimpleNamespace(failures=(), conflicts=(), held_back=())
    decision: Any = SimpleNamespace(
        policies=[Part(*part) for part in parts], facts=SimpleNamespace(absent={})
    )
    assert exit_code(decision, plan) == code


def test_plans_and_sources_make_the_exit_code() -> None:
    from types import SimpleNamespace

    from rulewright.events.model import Absent

    empty: Any = SimpleNamespace(policies=[], facts=SimpleNamespace(absent={}))
    failed: Any = SimpleNamespace(
        policies=[],
        facts=SimpleNamespace(absent={"a": Absent("timeout", failed=True), "b": Absent("not_gathered")}),
    )
    conflict: Any = SimpleNamespace(failures=(), conflicts=(1,), held_back=())
    assert exit_code(empty, conflict) == 5
    assert exit_code(failed, conflict) == 4
