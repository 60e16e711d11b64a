"""A model that the tests write themselves, its process, and tasks over it. See `tests/tiny_model`."""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from rulewright.facts.infer.local.process import ModelProcess
from rulewright.facts.infer.local.provider import LocalProvider
from rulewright.facts.infer.local.settings import Settings
from rulewright.facts.infer.task import Task, prompt_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROMPT = "You sort reports of a software project."
LABELS = (
    ("critical", "Nobody can work."),
    ("high", "Much is broken."),
    ("low", "It can wait."),
)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GGUF of 100 kB with random weights. Skips where the `gguf` package or llama-cpp-python is missing."""
    for module, package in (("gguf", "gguf"), ("llama_cpp", "llama-cpp-python; `make test` does")):
        if find_spec(module) is None:
            pytest.skip(f"install {package}")
    from tiny_model import write_model

    return write_model(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(scope="session")
def tiny_settings(tiny_model: Path) -> Settings:
    """Greedy, one thread, nothing kept between runs."""
    return Settings(
        str(tiny_model), sha256(tiny_model.read_bytes()).hexdigest(), "tiny", threads=1, load_timeout=60.0
    )


@pytest.fixture(scope="session")
def tiny_provider(tiny_settings: Settings) -> Iterator[LocalProvider]:
    """The provider over the tiny model, for tests that leave its process whole."""
    provider = LocalProvider(tiny_settings, ModelProcess(tiny_settings))
    yield provider
    provider.close()


@pytest.fixture
def providers(tiny_settings: Settings) -> Iterator[Callable[..., LocalProvider]]:
    """Makes providers over the tiny model with other settings; each is ended with the test."""
    made: list[LocalProvider] = []

    def make(*, crashes: int = 3, **changed: object) -> LocalProvider:
        settings = tiny_settings._replace(**changed)  # type: ignore[arg-type]
        made.append(LocalProvider(settings, ModelProcess(settings, crashes=crashes)))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture(scope="session")
def task() -> Task:
    """A question of three labels about one report."""
    inputs = (("title", "App crashes on startup"), ("body", "It worked in 1.3. Now it stops at once."))
    return Task("classify", "severity", PROMPT, prompt_hash(PROMPT), inputs, LABELS)
