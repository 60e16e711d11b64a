"""Which file a local provider runs, what it is held against, and what is said when it is not there."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from rulewright.models.local.llama_settings import describe_unusable_model, read_llama_settings
from rulewright.models.local.local_provider import LocalProvider
from rulewright.models.providers import build_provider
from rulewright.models.task import Abstention
from rulewright.policy.diagnostics import PolicyError, RulewrightError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from rulewright.models.task import Task

FILE = b"GGUF, or so it says"
DIGEST = sha256(FILE).hexdigest()
TEXT = f"""\
apiVersion: rulewright/v1
kind: Model
metadata: {{ name: llama }}
file: llama.gguf
sha256: "{DIGEST}"
quantisation: Q4_K_M
context: 2048
threads: 3
timeout: 90s
memory: 6GB
chat_template: llama-3
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model configuration with its file beside it."""
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "llama.gguf").write_bytes(FILE)
    file = tmp_path / "llama.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return file


def test_a_configuration_becomes_settings(model: Path) -> None:
    found = read_llama_settings({"kind": "local", "model": str(model), "threads": 1, "load_timeout": "2m"})
    assert found.path == str(model.parent / "llama.gguf")
    assert (found.sha256, found.name, found.context, found.threads) == (DIGEST, "llama", 2048, 1)
    assert (found.timeout, found.load_timeout, found.memory) == (90.0, 120.0, 6_000_000_000)
    assert found.chat_template == "llama-3"
    assert found.states is not None
    assert describe_unusable_model(found) is None


def test_a_file_that_was_changed_is_not_used(model: Path) -> None:
    settings = read_llama_settings({"model": str(model)})
    assert describe_unusable_model(settings) is None
    assert describe_unusable_model(settings) is None, "out of the memo"
    (model.parent / "llama.gguf").write_bytes(FILE + b".")
    assert "SHA-256" in str(describe_unusable_model(settings))


def test_a_model_that_was_not_pulled_is_named(model: Path) -> None:
    assert describe_unusable_model(read_llama_settings({"model": "minilm"})) == (
        "the model minilm is not pulled; run rulewright model pull minilm"
    )


def test_a_broken_configuration_is_refused(model: Path) -> None:
    model.write_text(TEXT.replace("context: 2048", "context: many"), encoding="utf-8")
    with pytest.raises(PolicyError):
        read_llama_settings({"model": str(model)})


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({}, UsageError),
        ({"model": "minilm", "memory": "much"}, UsageError),
        ({"model": "a/b.yaml"}, RulewrightError),
    ],
)
def test_a_provider_without_a_sound_model_is_refused(config: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        read_llama_settings(config)


def test_without_the_library_a_task_is_declined_and_told_how_to_get_it(
    model: Path, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said = LocalProvider(read_llama_settings({"model": str(model)})).answer(task)
    assert isinstance(said, Abstention)
    assert said.code == "missing"
    assert "pip install 'rulewright[llama]'" in said.reason


def test_without_the_model_a_task_is_declined_and_told_how_to_get_it(
    model: Path, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    said = build_provider({"kind": "local", "model": "minilm"}).answer(task)
    assert isinstance(said, Abstention)
    assert (said.code, said.reason) == (
        "missing",
        "the model minilm is not pulled; run rulewright model pull minilm",
    )


def test_an_unknown_kind_of_provider_is_refused() -> None:
    with pytest.raises(UsageError, match="kind `nobody`"):
        build_provider({"kind": "nobody"})


def test_identity_is_known_without_a_model(model: Path, task: Task) -> None:
    provider = LocalProvider(read_llama_settings({"model": str(model)}))
    assert provider.identity(task)["sha256"] == DIGEST
    assert "threads" not in provider.identity(task)


def test_the_parents_side_never_loads_the_library() -> None:
    script = (
        "import sys, rulewright.models.local.local_provider, rulewright.models.local.llama_settings, "
        "rulewright.models.local.chat_template, rulewright.models.local.request_handler\n"
        "print(sorted({'llama_cpp', 'jinja2', 'numpy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
