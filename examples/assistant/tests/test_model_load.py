"""How long a cold start takes: a new process, and the model read from disk, not from memory."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

STARTS = 3


def drop_from_page_cache(folder):
    """Ask the system to forget what it read of these files. Where it cannot be asked, the start is less cold."""
    advise = getattr(os, "posix_fadvise", None)
    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
            if advise is not None:
                advise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@pytest.mark.slo("model-load")
def test_model_load(slo, model_folder, pytestconfig):
    command = [sys.executable, "-m", "assistant", str(model_folder), "--load-only"]
    for _ in range(STARTS):
        drop_from_page_cache(model_folder)
        with slo.measure("model_load"):
            done = subprocess.run(
                command, cwd=pytestconfig.rootpath, capture_output=True, text=True, check=True
            )
        assert done.stdout.startswith("ready: the ")
