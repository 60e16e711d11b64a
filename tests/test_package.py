"""What the package promises from outside: its public names, and what its wheel holds."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

PUBLIC = {
    "rulewright": [
        "PolicyError",
        "RecordingPort",
        "RulewrightError",
        "SourceError",
        "UsageError",
        "__version__",
        "apply",
        "evaluate",
        "explain",
        "gather",
        "load",
        "plan",
    ],
    "rulewright.actions.apply": ["Port", "RecordingPort"],
    "rulewright.actions.port": ["Changed", "Impossible", "NotReady", "Port", "RecordingPort", "Refused"],
    "rulewright.run.apply": ["HALTS", "apply", "halt_of"],
    "rulewright.events.fact_source": ["Absent", "FactSource", "Sourced"],
    "rulewright.actions.plan": ["Conflict", "Effect", "Note", "Plan", "Precondition"],
    "rulewright.evaluate.decision": ["Decision", "PolicyDecision", "RuleResult", "Status"],
    "rulewright.evaluate.explain": ["Explained", "Explanation", "explain"],
    "rulewright.events.model": ["Absent", "Event", "Facts"],
    "rulewright.facts.sources": ["GatheringContext", "SOURCES", "SourceEntry", "source_for"],
    "rulewright.policy.diagnostics": [
        "Diagnostic",
        "PolicyError",
        "RulewrightError",
        "Severity",
        "SourceError",
        "Span",
        "UsageError",
        "ordered",
    ],
}
"""The names that other code may rely on. Taking one away is a breaking change: say so in CHANGELOG.md."""


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_are_pinned_and_there(name: str) -> None:
    module = import_module(name)
    assert sorted(module.__all__) == sorted(PUBLIC[name])
    assert [one for one in module.__all__ if not hasattr(module, one)] == []


def test_both_places_name_one_version() -> None:
    """pyproject.toml and the package agree."""
    import tomllib

    import rulewright

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == rulewright.__version__


def test_constraints_pin_every_requirement_and_name_no_index() -> None:
    import tomllib

    lines = [
        line
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert [line for line in lines if "@" in line or "/" in line or line.count("==") != 1] == []
    pinned = {plain(line.partition("==")[0]) for line in lines}
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = (*config["project"]["dependencies"], *config["dependency-groups"]["dev"])
    names = {plain(one.split(">")[0].split("=")[0].split("<")[0]) for one in asked}
    assert names <= pinned


def plain(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return name.strip().lower().replace("_", "-")


@pytest.mark.slow
def test_the_wheel_holds_what_it_should(tmp_path: Path) -> None:
    """Built through the source distribution, as a release is."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    check = [sys.executable, str(ROOT / ".ci" / "check_wheel.py"), str(wheel)]
    checked = subprocess.run(check, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.endswith("files, as they should be\n")
