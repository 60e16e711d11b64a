"""The end of `make demo`: three gates with the verdicts that it announces, and a comment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_demo_judges_a_slower_change_by_three_gates() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "scripts" / "demo-gates"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    verdicts = [line.split()[:3] for line in run.stdout.splitlines() if line.startswith(("✓ ", "? ", "✗ "))]
    assert verdicts == [["✓", "PASS", "limit"], ["?", "INCONCLUSIVE", "tail"], ["✗", "FAIL", "change"]]
    assert "<!-- rulewright: gate -->\n### ✗ change: FAIL\n" in run.stdout
    assert max(map(len, run.stdout.partition("The comment")[0].splitlines())) <= 100


def test_make_demo_ends_with_the_gates() -> None:
    lines = (ROOT / "Makefile").read_text("utf-8").partition("\ndemo: ")[2].partition("\n\n")[0].splitlines()
    assert lines[-1] == "\t@$(BIN)/python scripts/demo-gates"
