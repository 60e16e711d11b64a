"""`examples/assistant`: its tests measure the real service, and a slowed service turns the session red."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from fixtures.pytest_project import ROOT, Project, PytestRun

DELAY_MS = "700"
THREE = ("test_chat_latency.py", "test_model_load.py", "test_memory_retrieval.py")


@pytest.fixture
def assistant(project: Project) -> Project:
    """A copy, so that a run leaves nothing in the checkout."""
    ignored = shutil.ignore_patterns("__pycache__", "m.jsonl", "model")
    shutil.copytree(ROOT / "examples" / "assistant", project.folder, ignore=ignored, dirs_exist_ok=True)
    return project


def run_example(project: Project, *words: str, **variables: str) -> PytestRun:
    return project.run(
        "-p", "no:benchmark", "--slo", "slo.yaml", "--slo-output", "m.jsonl", *words, **variables
    )


@pytest.mark.slow
def test_the_service_meets_its_objectives(assistant: Project) -> None:
    """In one of three sessions: what else runs on the machine can make the service slower, and never faster."""
    for _ in range(3):
        run = run_example(assistant, "--slo-runs", "3")
        if run.code == 0:
            break
        assert " FAIL: " not in run.output, run.output
    assert (run.code, run.outcomes) == (0, {"passed": 21}), run.output
    sizes = {record["metric"]: len(record["values"]) for record in assistant.records() if record["id"] == "3"}
    assert sizes == {
        "agent_delegation": 60,
        "api_health": 60,
        "authentication": 60,
        "chat_response": 100,
        "meditation": 1,
        "memory_retrieval": 80,
        "model_load": 3,
        "recall_at_5": 1,
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", THREE)
def test_a_slowed_service_turns_the_session_red(assistant: Project, name: str) -> None:
    """By the measured time alone: no test asserts a duration itself."""
    run = run_example(assistant, f"tests/{name}", ASSISTANT_DELAY_MS=DELAY_MS)
    assert (run.code, run.outcomes) == (1, {"failed": 1}), run.output
    assert re.search(rf"^FAILED tests/{name}::\w+ - [\w-]+ FAIL: ", run.output, re.MULTILINE), run.output
    measured = [
        value for record in assistant.records() if record["unit"] == "s" for value in record["values"]
    ]
    assert min(measured) >= int(DELAY_MS) / 1000


@pytest.mark.slow
def test_a_service_that_fails_passes_no_objective(assistant: Project) -> None:
    """The model is damaged, so that no start succeeds: the failures are counted, and no time is judged."""
    path = assistant.folder / "assistant" / "model.py"
    path.write_text(path.read_text("utf-8").replace("!= expected", "== expected"), "utf-8")
    run = run_example(assistant, "tests/test_model_load.py")
    assert run.code == 1
    (record,) = assistant.records()
    assert (record["metric"], record["values"], record["failed"]) == ("model_load", [], 1)
    assert "PASS" not in run.output


def test_the_readme_names_what_is_there() -> None:
    folder = ROOT / "examples" / "assistant"
    text = (folder / "README.md").read_text("utf-8")
    named = set(re.findall(r"`([\w/]+\.(?:py|txt|yaml))`", text))
    assert {f"tests/{path.name}" for path in (folder / "tests").glob("test_*.py")} <= named
    assert [name for name in named if not Path(folder, name).exists()] == []
