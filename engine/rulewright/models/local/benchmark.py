"""How fast a local model is here: its load, its raw speed, and what a question about a report costs.

Times are those of a policy's run: the model's own process, questions through the provider, labels by their trie. Raw
speeds are of the model alone, without sampling. No answer is judged.
"""

from __future__ import annotations

import os
from functools import partial
from itertools import count
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from rulewright.models.local.filecache import evict_from_page_cache, measure_cached_share
from rulewright.models.local.llama_process import ModelProcess, ModelProcessError
from rulewright.models.local.local_provider import LIBRARY, LocalProvider
from rulewright.models.task import Abstention, ClassifyQuestion, Task, prompt_hash
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rulewright.models.local.llama_settings import LlamaSettings

FORMAT: Final = "rulewright/model-bench-v1"
PREFILL: Final = 512
DECODE: Final = 32
"""Tokens of a prompt, and tokens one after the other; fewer where the context is smaller."""
DIGITS: Final = 6

PROMPT: Final = "You sort reports of a software project. Say what a report is about."
AREAS: Final = (
    "api", "build", "cli", "docs", "editor", "install", "login", "network", "search", "settings", "storage", "upload",
)  # fmt: skip
LABELS: Final = tuple(
    (one, f"What concerns the {one}: its parts, its errors, how it is used.") for one in AREAS
)
SECOND: Final = "Of what type is the report?"
TYPES: Final = (
    ("bug", "Something is broken."),
    ("feature", "Something is wished for."),
    ("question", "Somebody asks."),
)
QUESTIONS: Final = (ClassifyQuestion(PROMPT, LABELS), ClassifyQuestion(SECOND, TYPES))
REPORT: Final = (
    "The page stays empty after the update. I expected the list of yesterday. Steps: open the project, choose the last "
    "week, wait. It worked in 1.3 on the same machine. The log says that a request took longer than allowed. "
)
BODIES: Final = 3
"""How often the text stands in the body: about 150 words."""


def benchmark_model(settings: LlamaSettings, repeat: int = 3) -> dict[str, Any]:
    """One model's figures as plain JSON; times in seconds, each measured `repeat` times.

    {format, library, cpus, model, load: [{file_cached, seconds}], peak_memory, and either embed or prefill, decode and
    classify}. `file_cached` is the share of the file that was in memory when the load began. Raises SourceError when
    the model cannot be used, or fails.
    """
    missing = LocalProvider(settings).lacking()
    if missing is not None:
        raise SourceError(missing)
    process = ModelProcess(settings._replace(states=None))
    try:
        out: dict[str, Any] = {
            "format": FORMAT,
            "library": f"{LIBRARY} {LocalProvider(settings).identity(_build_task(1))['library']}",
            "cpus": os.cpu_count(),
            "model": _describe_model(settings),
            "load": list(_measure_loads(process, settings.path)),
        }
        if settings.embedding:
            out["embed"] = _measure_embedding(process, repeat)
        else:
            out["model"]["context"] = process.info["context"]
            out |= _measure_speed(process, int(process.info["context"]), repeat)
            out["classify"] = _measure_classification(process, settings, repeat)
        out["peak_memory"] = _read_peak_memory(process.pid)
        return out
    except ModelProcessError as trouble:
        raise SourceError(f"the model {settings.name} failed: {trouble.reason}") from trouble
    finally:
        process.close()


def _describe_model(settings: LlamaSettings) -> dict[str, Any]:
    names = ("name", "sha256", "context", "batch", "threads", "gpu_layers", "embedding")
    return {**{name: getattr(settings, name) for name in names}, "bytes": os.path.getsize(settings.path)}


def _measure_loads(process: ModelProcess, path: str) -> Iterator[dict[str, Any]]:
    """Twice: after the system was asked to forget the file, and again. The process's start is part of it."""
    for forgotten in (True, False):
        process.close()
        if forgotten:
            evict_from_page_cache(path)
        share = measure_cached_share(path)
        seconds, _ = _time_call(lambda: process.ask({"do": "tokenise", "texts": [""]}))
        yield {"file_cached": None if share is None else round(share, 4), "seconds": seconds}


def _measure_speed(process: ModelProcess, room: int, repeat: int) -> dict[str, Any]:
    decode = min(DECODE, room // 4)
    prefill = min(PREFILL, room // 2)
    request = {"do": "measure", "text": REPORT, "prefill": prefill, "decode": decode}
    process.ask(request)  # what is set up once does not count
    found = [process.ask(request) for _ in range(repeat)]
    return {
        name: {"tokens": tokens, **_summarize_rate([one[name] for one in found], tokens)}
        for name, tokens in (("prefill", prefill), ("decode", decode))
    }


def _summarize_rate(seconds: list[float], tokens: int) -> dict[str, Any]:
    middle = median(seconds)
    return {
        **_summarize_seconds(seconds),
        "tokens_per_second": round(tokens / middle, 2) if middle > 0 else None,
    }


def _measure_classification(process: ModelProcess, settings: LlamaSettings, repeat: int) -> dict[str, Any]:
    """12 labels of a report of 150 words, two questions told together.

    cold_prefix: nothing is held. saved_prefix: a new process, the rules out of their file; without its load.
    warm_prefix: the rules are held, the report is new. second_question: the other question about the same report.
    """
    numbers = count(1)
    provider = LocalProvider(settings._replace(states=None), process)
    forget = {"do": "measure", "text": REPORT, "prefill": 1, "decode": 0}

    def ask(task: Task, before: dict[str, Any] | None = None) -> Callable[[], tuple[float, int]]:
        def once() -> tuple[float, int]:
            if before is not None:
                process.ask(before)
            return _time_answer(provider, task)

        return once

    cold = [ask(_build_task(next(numbers)), forget)() for _ in range(repeat)]
    warm, second = [], []
    for _ in range(repeat):
        number = next(numbers)
        warm.append(ask(_build_task(number))())
        second.append(ask(_build_task(number)._replace(prompt=SECOND, labels=TYPES))())
    return {
        "labels": len(LABELS),
        "cold_prefix": _summarize_costs(cold),
        "saved_prefix": _summarize_costs(_measure_saved_prefix(settings, numbers, repeat)),
        "warm_prefix": _summarize_costs(warm),
        "second_question": _summarize_costs(second),
    }


def _measure_saved_prefix(
    settings: LlamaSettings, numbers: Iterator[int], repeat: int
) -> list[tuple[float, int]]:
    """The first question of later runs: the first one of all wrote what they read."""
    out = []
    with TemporaryDirectory(prefix="rulewright-bench-") as folder:
        for _ in range(repeat + 1):
            process = ModelProcess(settings._replace(states=folder))
            provider = LocalProvider(settings._replace(states=folder), process)
            try:
                process.ask({"do": "tokenise", "texts": [""]})
                out.append(_time_answer(provider, _build_task(next(numbers))))
            finally:
                provider.close()
    return out[1:]


def _measure_embedding(process: ModelProcess, repeat: int) -> dict[str, Any]:
    """A title, and a report; every text is a new one."""
    numbers = count(1)
    out: dict[str, Any] = {}
    for name, text in (("title", "empty page after the update"), ("report", REPORT * BODIES)):
        process.ask({"do": "embed", "texts": [text]})
        found = []
        for _ in range(repeat):
            asked = {"do": "embed", "texts": [f"{next(numbers)} {text}"]}
            seconds, reply = _time_call(partial(process.ask, asked))
            found.append((seconds, int(reply["tokens"]["evaluated"])))
        out[name] = _summarize_costs(found) | _summarize_rate([seconds for seconds, _ in found], found[-1][1])
    return out


def _build_task(number: int) -> Task:
    """The first question about a report that was never asked about: its first words differ."""
    inputs = (("title", f"{number} empty page after the update"), ("body", f"{number} {REPORT * BODIES}"))
    return Task("classify", "area", PROMPT, prompt_hash(PROMPT), inputs, LABELS, brief=QUESTIONS)


def _time_answer(provider: LocalProvider, task: Task) -> tuple[float, int]:
    """(seconds, tokens evaluated). An abstention for being unsure is an answer here; any other raises SourceError."""
    seconds, said = _time_call(lambda: provider.answer(task))
    if isinstance(said, Abstention) and said.code not in ("tie", "unsure"):
        raise SourceError(f"the model {provider.settings.name} cannot classify: {said.reason}")
    return seconds, int(said.tokens.get("evaluated", 0))


def _summarize_costs(found: list[tuple[float, int]]) -> dict[str, Any]:
    return {"tokens": found[-1][1], **_summarize_seconds([seconds for seconds, _ in found])}


def _summarize_seconds(seconds: list[float]) -> dict[str, Any]:
    return {"median": round(median(seconds), DIGITS), "seconds": [round(one, DIGITS) for one in seconds]}


def _time_call(work: Callable[[], Any]) -> tuple[float, Any]:
    began = perf_counter()
    found = work()
    return round(perf_counter() - began, DIGITS), found


def _read_peak_memory(pid: int | None) -> int | None:
    """The most bytes that the process ever held; None where that cannot be seen (not Linux)."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as stream:
            line = next(line for line in stream if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration, IndexError, ValueError):
        return None
