"""The provider against llama-cpp-python's own server, with a model that the tests write themselves."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from rulewright.models.answer_checks import check_answer
from rulewright.models.providers import build_provider
from rulewright.models.task import Task, TaskAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

THERE = all(find_spec(name) for name in ("llama_cpp", "fastapi", "uvicorn", "sse_starlette"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not THERE, reason="llama-cpp-python[server] is not installed"),
    pytest.mark.skipif(
        find_spec("gguf") is None, reason="gguf is not installed, so that no model can be written"
    ),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from tiny_model import write_model

    file: Path = tmp_path_factory.mktemp("server") / "tiny.gguf"
    write_model(file)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-m", "llama_cpp.server", "--model", str(file), "--port", str(port), "--host", "127.0.0.1"]
    words += ["--n_ctx", "4096", "--n_threads", "1", "--logits_all", "true"]
    log = (file.parent / "log.txt").open("wb")
    process = subprocess.Popen([sys.executable, *words], stdout=log, stderr=log)
    base, pool, end = f"http://127.0.0.1:{port}/v1", urllib3.PoolManager(retries=False), time.monotonic() + 60
    try:
        while True:
            assert process.poll() is None, (file.parent / "log.txt").read_text()[-2000:]
            assert time.monotonic() < end, "the server does not start"
            try:
                if pool.request("GET", f"{base}/models", timeout=1.0).status == 200:
                    break
            except urllib3.exceptions.HTTPError:
                time.sleep(0.2)
        yield base
    finally:
        process.terminate()
        process.wait(20)
        log.close()
        pool.clear()


def asked(server: str, kind: Any, **parts: Any) -> tuple[Task, Any]:
    config = {"kind": "api", "base_url": server, "model": "tiny", "dialect": "llama", "timeout": "60s"}
    given = {"inputs": (("title", "It crashes"),), "prompt": "Sort.", "prompt_sha256": "0" * 64, **parts}
    task = Task(kind, "x", **given)
    made = build_provider({**config, "max_tokens": 64, "probabilities": False})
    try:
        return task, made.answer(task)
    finally:
        made.close()


def test_a_label_out_of_the_closed_list(server: str) -> None:
    task, said = asked(server, "classify", labels=(("high", "a crash"), ("low", "cosmetic")))
    assert isinstance(said, TaskAnswer), said
    assert check_answer(task, said).value in ("high", "low")  # type: ignore[union-attr]
    assert said.tokens["prompt"] > 0


def test_an_extraction_that_fits_its_schema(server: str) -> None:
    schema = {"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}, "required": ["kind"]}
    task, said = asked(server, "extract", schema={**schema, "additionalProperties": False})
    assert isinstance(said, TaskAnswer), said
    assert said.value["kind"] in ("a", "b")
    assert isinstance(check_answer(task, said), TaskAnswer)
