"""The parent's side of the model process, against a process that misbehaves on demand."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rulewright.models.local.llama_process import REST_SECONDS, ModelProcess
from rulewright.models.local.messages import LlamaSettings, ModelProcessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = (sys.executable, str(Path(__file__).with_name("fake_server.py")))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def process() -> Iterator[Callable[..., ModelProcess]]:
    made: list[ModelProcess] = []

    def make(name: str = "fake", *, crashes: int = 3, **changed: object) -> ModelProcess:
        settings = LlamaSettings("none.gguf", name=name, timeout=30.0)._replace(**changed)  # type: ignore[arg-type]
        made.append(ModelProcess(settings, command=COMMAND, clock=Clock(), crashes=crashes))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_requests_are_answered_by_one_process(process: Callable[..., ModelProcess]) -> None:
    model = process()
    replies = [model.ask({"number": number}) for number in range(5)]
    assert [reply["echo"] for reply in replies] == list(range(5))
    assert len({reply["pid"] for reply in replies}) == 1
    assert model.context == 8
    assert model.counts == (1, 5, 0, 0, 0)


def test_a_refusal_is_trouble_and_the_process_goes_on(process: Callable[..., ModelProcess]) -> None:
    model = process()
    with pytest.raises(ModelProcessError, match="fills the model's context") as caught:
        model.ask({"question": "refuse"})
    assert caught.value.code == "too_long"
    assert model.ask({"number": 1})["echo"] == 1
    assert model.counts.started == 1


@pytest.mark.parametrize("how", ["die", "rubbish", "boast", "half"])
def test_a_crash_is_contained_and_the_next_request_has_a_new_process(
    how: str, process: Callable[..., ModelProcess]
) -> None:
    model = process()
    first = model.ask({})["pid"]
    with pytest.raises(ModelProcessError) as caught:
        model.ask({"question": how})
    assert caught.value.code == "crashed"
    assert model.counts.crashed == 2, "it is tried once more, in a process of its own"
    assert model.ask({})["pid"] != first


def test_a_request_survives_one_crash(process: Callable[..., ModelProcess]) -> None:
    """The second try does without what was saved between runs: a damaged file must not crash every run."""
    model = process()
    assert model.ask({"question": "die once", "number": 4})["echo"] == 4
    assert model.counts.crashed == 1


def test_a_process_that_hangs_is_ended(
    process: Callable[..., ModelProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rulewright.models.local.llama_process.GRACE_SECONDS", 0.05)
    model = process(timeout=0.05)
    with pytest.raises(ModelProcessError, match="did not answer in time") as caught:
        model.ask({"question": "hang"})
    assert caught.value.code == "timeout"
    assert model.pid is None
    assert model.counts.killed == 1


def test_a_process_that_takes_too_much_memory_is_ended(process: Callable[..., ModelProcess]) -> None:
    if not Path("/proc/self/statm").exists():
        pytest.skip("memory of another process is read from /proc, which only Linux has")
    model = process(memory=150 << 20)
    with pytest.raises(ModelProcessError, match="more than 150 MB") as caught:
        model.ask({"question": "grow"})
    assert caught.value.code == "memory"
    assert model.ask({"number": 2})["echo"] == 2


def test_after_crashes_in_a_row_nobody_tries_for_a_while(process: Callable[..., ModelProcess]) -> None:
    model = process("dies", crashes=2)
    with pytest.raises(ModelProcessError, match="crashed 2 times in a row: exit code 3"):
        model.ask({})
    started = model.counts.started
    with pytest.raises(ModelProcessError, match="next try in 60 s"):
        model.ask({})
    assert model.counts.started == started
    model.clock.now += REST_SECONDS + 1  # type: ignore[attr-defined]
    with pytest.raises(ModelProcessError, match="in a row"):
        model.ask({})
    assert model.counts.started > started


def test_a_model_that_does_not_load_says_why(process: Callable[..., ModelProcess]) -> None:
    model = process("refuses")
    with pytest.raises(ModelProcessError, match="no such thing"):
        model.ask({})
    assert model.pid is None


def test_requests_of_many_threads_wait_in_line(process: Callable[..., ModelProcess]) -> None:
    model = process()
    found: list[int] = []

    def ask(number: int) -> None:
        found.append(model.ask({"number": number})["echo"])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == list(range(40))
    assert model.counts.started == 1


def test_a_large_request_goes_through_a_small_pipe(process: Callable[..., ModelProcess]) -> None:
    model = process()
    assert model.ask({"number": "x" * 3_000_000})["echo"] == "x" * 3_000_000


def test_a_closed_process_starts_again_when_asked(process: Callable[..., ModelProcess]) -> None:
    model = process()
    first = model.ask({})["pid"]
    model.close()
    model.close()
    assert model.pid is None
    assert model.ask({})["pid"] != first
