"""`scripts/run-action`, the one step of action.yml: inputs of the environment in, outputs out, no shell between."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "run-action"
OPENED = str(ROOT / "examples" / "events" / "issue-opened.json")
TOKEN = "not-a-token-" + "0" * 8


def script():
    """The script as a module."""
    loader = importlib.machinery.SourceFileLoader("run_action", str(SCRIPT))
    spec = importlib.util.spec_from_loader("run_action", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def step(tmp_path):
    """Runs the step with these inputs: exit code, outputs, what is printed."""

    def run(**inputs: str) -> tuple[int, dict[str, str], str]:
        output = tmp_path / "outputs"
        output.write_text("")
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GITHUB_", "RULEWRIGHT_"))
        }
        done = subprocess.run(
            [sys.executable, SCRIPT],
            cwd=ROOT,
            env={
                **kept,
                "GITHUB_ACTIONS": "true",
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
                "GITHUB_REPOSITORY": "octo-org/assistant",
                "RUNNER_TEMP": str(tmp_path),
                "RULEWRIGHT_CACHE_DIR": str(tmp_path / "cache"),
                **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        outputs = dict(line.split("=", 1) for line in output.read_text("utf-8").splitlines())
        return done.returncode, outputs, done.stdout

    return run


def test_a_plan_with_annotations_and_a_summary(step, tmp_path):
    code, outputs, printed = step(policies="rules/triage\n rules/grooming \n", event=OPENED)
    plan = json.loads(Path(outputs["plan"]).read_text("utf-8"))
    assert (code, outputs["exit-code"], outputs["verdict"]) == (0, "0", "done")
    assert outputs["plan-hash"] == plan["hash"]
    assert outputs["effects"] == str(len(plan["effects"]))
    assert "::notice title=Rulewright::issues.opened" in printed
    assert "octo-org/assistant#41" in (tmp_path / "summary.md").read_text("utf-8")


@pytest.mark.slow
def test_twice_in_one_job(step):
    first, second = (step(policies="rules/triage", event=OPENED)[1] for _ in range(2))
    assert first["plan"] != second["plan"]
    assert first["plan-hash"] == second["plan-hash"]


def test_many_events_have_one_hash(step):
    _, outputs, _ = step(policies="rules/triage", event="examples/events")
    plans = [json.loads(line) for line in Path(outputs["plan"]).read_text("utf-8").splitlines()]
    assert len(plans) > 5
    joined = "\n".join(plan["hash"] for plan in plans)
    assert outputs["plan-hash"] == hashlib.sha256(joined.encode()).hexdigest()


def test_a_negative_verdict_fails_the_step_unless_it_is_allowed(step, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("apiVersion: rulewright/v1\nkind: Triage\n")
    code, outputs, printed = step(mode="validate", policies=str(wrong))
    assert (code, outputs["verdict"], outputs["plan"]) == (1, "negative", "")
    assert "::error" in printed
    code, outputs, _ = step(mode="validate", policies=str(wrong), fail_on="2 4")
    assert (code, outputs["exit-code"], outputs["verdict"]) == (0, "1", "negative")


def test_policies_that_do_not_load_make_no_plan(step):
    code, outputs, _ = step(policies="not-there", event=OPENED)
    assert (code, outputs["verdict"], outputs["plan"], outputs["plan-hash"]) == (2, "usage", "", "")


def test_tests_run(step):
    code, outputs, _ = step(mode="test", policies="rules/triage")
    assert (code, outputs["verdict"]) == (0, "done")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"mode": "delete"}, "mode is one of evaluate, run, validate, test"),
        ({"mode": "validate", "event": OPENED}, "mode validate takes no event"),
        ({"mode": "evaluate", "token": TOKEN}, "mode evaluate takes no token"),
        ({"mode": "run"}, "mode run needs a token"),
        ({"mode": "run", "token": TOKEN, "issue": "1; ls"}, "issue is not a number"),
        ({"mode": "run", "token": TOKEN, "issue": "１"}, "issue is not a number"),
        ({"event": OPENED, "plan": str(SCRIPT)}, "already"),
        ({"event": OPENED, "plan": "a\nPATH=/evil"}, "plan holds a line break"),
        ({"event": OPENED, "plan": "a\u2028b"}, "plan holds a line break"),
        ({"mode": "run", "token": TOKEN, "journal": "a\rverdict=done"}, "journal holds a line break"),
        ({"mode": "run", "token": TOKEN, "repository": "a/b\nc"}, "repository holds a line break"),
        ({"event": "a\n::error::b"}, "event holds a line break"),
        ({"mode": "run\n::error::b"}, "mode holds a line break"),
    ],
)
def test_wrong_inputs(step, inputs, message):
    code, outputs, printed = step(**inputs)
    assert code == 2
    assert outputs == {}
    assert message in printed
    assert TOKEN not in printed


def test_a_temporary_folder_that_is_missing_is_told(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        script().call({"RUNNER_TEMP": str(tmp_path / "missing")})
    assert caught.value.code == 2
    assert "RUNNER_TEMP takes no files: No such file or directory" in capsys.readouterr().out


def test_a_temporary_folder_with_a_line_break_is_refused(tmp_path):
    (tmp_path / "a\nb").mkdir()
    with pytest.raises(SystemExit) as caught:
        script().call({"RUNNER_TEMP": str(tmp_path / "a\nb")})
    assert caught.value.code == 2


@pytest.mark.parametrize("value", ["a\nPATH=/evil", "a\r", "a\x85b", "\ud800"])
def test_outputs_are_written_all_or_none(tmp_path, value):
    target = tmp_path / "outputs"
    with pytest.raises(SystemExit):
        script().write_outputs({"exit-code": "0", "plan": value}, str(target))
    assert not target.exists()


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ('{"hash": "%s", "effects": [{}]}' % ("a" * 64), ("a" * 64, 1)),
        ('{"hash": "%s", "effects": [{"text": "a\u2028b\x85"}]}' % ("a" * 64), ("a" * 64, 1)),
        ('{"hash": "%s\\n", "effects": []}' % ("a" * 64), ("", 0)),
        ('{"hash": 3, "effects": []}', ("", 0)),
        ("[" * 100_000, ("", 0)),
        ("", ("", 0)),
    ],
)
def test_only_a_hash_is_an_output(tmp_path, text, facts):
    (tmp_path / "plan.json").write_text(text, "utf-8")
    assert script().plan_facts(str(tmp_path / "plan.json")) == facts


@pytest.mark.parametrize("text", ["$(touch trace)", "`touch trace`", "; touch trace", "--output=trace", "-h"])
def test_no_input_is_taken_for_a_command_or_an_option(step, text):
    code, outputs, _ = step(policies=text, event=OPENED)
    assert (code, outputs["verdict"]) == (2, "usage")
    assert not (ROOT / "trace").exists()


def test_inputs_do_not_reach_the_command_but_by_its_options(step, tmp_path):
    """The token stands in no argument, and `INPUT_*` in no environment of what is run."""
    asked = script().call(
        {
            "INPUT_MODE": "run",
            "INPUT_TOKEN": TOKEN,
            "INPUT_ISSUE": "41",
            "INPUT_POLICIES": "rules/triage",
            "GITHUB_REPOSITORY": "octo-org/assistant",
            "RUNNER_TEMP": str(tmp_path),
        }
    )
    assert TOKEN not in " ".join(asked.words)
    assert asked.extra == {"GITHUB_TOKEN": TOKEN}
    assert asked.words[-2:] == ["--", "rules/triage"]
    assert asked.words[:3] == ["run", "--format", "github"]
    assert "octo-org/assistant" in asked.words
