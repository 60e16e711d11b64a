"""What the assistant delegates: a task goes to the first agent that knows it, and runs beside the conversation."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

from assistant.slowness import wait_if_slowed

if TYPE_CHECKING:
    from collections.abc import Callable

_POOL = ThreadPoolExecutor(max_workers=4, thread_name_prefix="agent")


def delegate(task: str) -> tuple[str, str]:
    """The agent's name and its result. Raises ValueError for a task that no agent knows."""
    for name, (pattern, run) in AGENTS.items():
        found = re.search(pattern, task)
        if found is not None:
            return name, _POOL.submit(_run, run, found).result(timeout=60)
    raise ValueError(f"no agent knows the task {task!r}")


def _run(agent: Callable[[re.Match[str]], str], found: re.Match[str]) -> str:
    wait_if_slowed()
    return agent(found)


def _add(found: re.Match[str]) -> str:
    return str(sum(int(number) for number in re.findall(r"-?\d+", found[0])))


def _count_days(found: re.Match[str]) -> str:
    return (date.fromisoformat(found[2]) + timedelta(days=int(found[1]))).isoformat()


def _list_primes(found: re.Match[str]) -> str:
    limit = min(int(found[1]), 20_000)
    primes = [
        number for number in range(2, limit) if all(number % part for part in range(2, int(number**0.5) + 1))
    ]
    return f"{len(primes)} primes below {limit}"


AGENTS: dict[str, tuple[str, Callable[[re.Match[str]], str]]] = {
    "calendar": (r"(\d+) days after (\d{4}-\d{2}-\d{2})", _count_days),
    "mathematician": (r"primes below (\d+)", _list_primes),
    "calculator": (r"add (?:-?\d+\s*)+", _add),
}
