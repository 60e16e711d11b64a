"""The terminal interface loads nothing that writes: not with all its modules, not after a session."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRITERS = (
    "rulewright.actions.port",
    "rulewright.cli",
    "rulewright.github.channels",
    "rulewright.github.delivery",
    "rulewright.github.port",
    "rulewright.github.writes",
    "rulewright.run.apply",
    "rulewright.run.apply_plans",
    "rulewright.run.runner",
    "rulewright.run.state",
    "rulewright.run.undo",
    "rulewright.run.write_port",
)
SESSION = """\
import asyncio, importlib, pkgutil, sys
import rulewright_tui
for module in pkgutil.walk_packages(rulewright_tui.__path__, "rulewright_tui."):
    importlib.import_module(module.name)
from rulewright_tui.app import RulewrightTui
from rulewright_tui.command import Options, prepare

async def use():
    app = RulewrightTui(prepare(Options(("rules",), ("examples/events",), now="2026-01-05T09:00:00Z")))
    async with app.run_test(size=(160, 50)) as pilot:
        await pilot.press("n", "v", "v", "6", "e", "X", "enter", "f", "u", "5", "enter", "escape", "y", "o", "t")
        await pilot.pause()
        while not app.is_settled:
            await pilot.pause()

asyncio.run(use())
print(*sorted(name for name in sys.modules if name.startswith("rulewright")), file=sys.stderr)
"""


def test_a_session_loads_no_module_that_writes() -> None:
    environment = {"PATH": "", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", SESSION], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    loaded = set(ended.stderr.splitlines()[-1].split())
    assert "rulewright_tui.screens.inspect" in loaded
    assert "rulewright.planning.planner" in loaded
    writers = {name for name in loaded if name.startswith(tuple(f"{writer}." for writer in WRITERS))}
    assert writers | loaded.intersection(WRITERS) == set()
