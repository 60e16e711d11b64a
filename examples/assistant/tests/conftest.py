"""The service in a process of its own, with a seeded set of memories, and clients that ask it."""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

import pytest
from assistant.model import build_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
USERS = 10
"""Clients that ask at the same time."""
SEED = 20260105
THINGS = (
    "report",
    "garden",
    "train",
    "invoice",
    "recipe",
    "contract",
    "holiday",
    "router",
    "dentist",
    "shelf",
)
PEOPLE = ("Anna", "Bela", "Chen", "Dora", "Emre", "Fatou", "Goran", "Hana", "Ines", "Jonas")
DOINGS = ("waits for", "was promised to", "was borrowed from", "is planned with", "needs a word with")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


class Question(NamedTuple):
    """A query, and the number of the memory that it means."""

    query: str
    expected: int


class Client:
    """One connection to the service."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=60)

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """The answer to a GET. Raises RuntimeError for any status but a success."""
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, path: str, **data: object) -> dict[str, Any]:
        """The answer to a POST. Raises RuntimeError for any status but a success."""
        return self._ask("POST", path, json.dumps(data))

    def _ask(self, method: str, path: str, body: str | None) -> dict[str, Any]:
        self._connection.request(method, path, body)
        response = self._connection.getresponse()
        data: dict[str, Any] = json.loads(response.read())
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {data.get('error')}")
        return data


def build_notes() -> list[str]:
    """250 notes, the same every time."""
    chance = random.Random(SEED)
    notes = [
        f"the {thing} {chance.choice(DOINGS)} {person} until {chance.choice(DAYS)} at {chance.randint(7, 19)}"
        for thing in THINGS
        for person in PEOPLE
    ]
    more = [
        f"{person} likes {chance.choice(THINGS)} number {chance.randint(100, 999)}" for person in PEOPLE * 15
    ]
    return notes + more


def build_questions(notes: list[str], count: int) -> list[Question]:
    """Queries with words left out and letters exchanged, for notes that are drawn."""
    chance = random.Random(SEED + 1)
    questions = []
    for position in chance.sample(range(100), count):
        words = [word for word in notes[position].split() if word != "the" and chance.random() < 0.8]
        spoilt = chance.randrange(len(words))
        letters = list(words[spoilt])
        chance.shuffle(letters)
        words[spoilt] = "".join(letters)
        questions.append(Question(" ".join(words), position + 1))
    return questions


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the model."""
    folder = tmp_path_factory.mktemp("model")
    build_model(folder)
    return folder


@pytest.fixture(scope="session")
def address(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the service listens."""
    notes = tmp_path_factory.mktemp("notes") / "notes.txt"
    notes.write_text("\n".join(build_notes()), "utf-8")
    command = [sys.executable, "-m", "assistant", str(model_folder), "--port", "0", "--notes", str(notes)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready: "):
            raise RuntimeError("the service did not start")
        try:
            yield line.removeprefix("ready: ").strip()
        finally:
            process.terminate()


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    """A connection that is warm."""
    with closing(Client(address)) as client:
        client.get("/health")
        yield client


@pytest.fixture
def ask_together(address: str) -> Callable[[Callable[[Client, Any], object], list[Any]], None]:
    """`ask_together(ask, items)`: USERS clients at once, each with its share of the items. Raises what `ask` raises."""

    def share(ask: Callable[[Client, Any], object], items: list[Any]) -> None:
        with closing(Client(address)) as client:
            client.get("/health")
            for item in items:
                ask(client, item)

    def run(ask: Callable[[Client, Any], object], items: list[Any]) -> None:
        with ThreadPoolExecutor(USERS) as pool:
            for done in [pool.submit(share, ask, items[user::USERS]) for user in range(USERS)]:
                done.result()

    return run
