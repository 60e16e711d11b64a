"""What Rulewright starts imports nothing out of the folder that it is started in: often a stranger's checkout."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rulewright.models.embedding.package_download import run_pip
from rulewright.models.local.llama_process import COMMAND

ROOT = Path(__file__).resolve().parents[1]
MODULES = ("json", "pip", "rulewright", "venv", "ensurepip", "hashlib", "sitecustomize", "encodings")


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with modules that leave a file when they are imported."""
    for name in MODULES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(
            f"open({str(tmp_path / 'CAUGHT')!r}, 'w')\nraise SystemExit(9)\n"
        )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_trap_is_one(hostile: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "rulewright", "--version"], capture_output=True, check=False)
    assert done.returncode == 9
    assert (hostile / "CAUGHT").exists()


def test_the_process_of_a_model_and_pip(hostile: Path) -> None:
    done = subprocess.run(COMMAND, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    assert done.returncode != 9, done.stderr
    assert run_pip(["--version"]).stdout.startswith("pip ")
    assert not (hostile / "CAUGHT").exists()


def test_the_action(hostile: Path) -> None:
    (hostile / "rules").mkdir()
    environ = {**os.environ, "INPUT_MODE": "validate", "INPUT_POLICIES": str(ROOT / "rules" / "triage")}
    environ.pop("GITHUB_OUTPUT", None)
    words = [sys.executable, "-P", str(ROOT / "scripts" / "run-action")]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (hostile / "CAUGHT").exists()


def test_no_module_is_run_with_the_working_directory_on_its_path() -> None:
    """`-m` puts it first, unless `-P` stands before."""
    found, unsafe = 0, []
    files = [*(ROOT / "engine").rglob("*.py"), *(ROOT / "tui").rglob("*.py"), ROOT / "scripts" / "run-action"]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.List | ast.Tuple):
                words = [one.value for one in node.elts if isinstance(one, ast.Constant)]
                if "-m" in words:
                    found += 1
                    unsafe += [] if "-P" in words[: words.index("-m")] else [f"{file}:{node.lineno}"]
    action = (ROOT / "action.yml").read_text("utf-8")
    assert action.count(" -m ") == action.count(" -P -m ") == 2
    assert (found, unsafe) == (3, [])
