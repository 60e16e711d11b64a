"""Records `dvc metrics show --json` and `dvc metrics diff --json` of a small repository. Usage: FOLDER"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

COMMANDS = {
    "show": ["metrics", "show", "--json"],
    "show-all": ["metrics", "show", "--json", "--all-commits"],
    "diff": ["metrics", "diff", "--json", "--all"],
}
PIPELINE = """\
stages:
  evaluate:
    cmd: "true"
    metrics: [metrics.json: {cache: false}, more.yaml: {cache: false}]
"""


def main(out: Path) -> None:
    """Write one JSON file a command, for metrics that are right and for such that are not."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        run("git", "init", "-q")
        dvc("init", "-q")
        dvc("config", "core.analytics", "false")
        Path("dvc.yaml").write_text(PIPELINE)
        Path("more.yaml").write_text("latency:\n  p95: 0.42\n")
        Path("metrics.json").write_text(json.dumps({"accuracy": 0.91, "nested": {"recall": 0.8, "f1": 0.85}}))
        run("git", "add", "-A")
        run("git", *identity, "commit", "-qm", "first")
        Path("metrics.json").write_text(
            json.dumps({"accuracy": 0.93, "nested": {"recall": 0.82, "f1": 0.86}, "model": "small"})
        )
        save(out, "show")
        save(out, "show-all")
        save(out, "diff")
        Path("metrics.json").write_text(json.dumps({"accuracy": math.nan, "nested": {"recall": math.inf}}))
        save(out, "show", "not-finite")
        Path("metrics.json").write_text('{"accuracy": 0.9')
        save(out, "show", "cut")
        Path("metrics.json").unlink()
        save(out, "show", "missing")
        save(out, "diff", "diff-missing")
        os.chdir(out)


def save(out: Path, command: str, name: str | None = None) -> None:
    """Keep the standard output of a command."""
    (out / f"{name or command}.json").write_text(dvc(*COMMANDS[command]))


def dvc(*arguments: str) -> str:
    """The standard output of dvc."""
    return run(sys.executable, "-m", "dvc", *arguments)


def run(*command: str) -> str:
    """The standard output of a command."""
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
