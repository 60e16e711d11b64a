"""How fast a local model is on this machine: its load, its raw speed, and what a question about a report costs.

Times are those of a policy's run: the model's own process, questions through the provider, labels by their trie. Raw
speeds are of the model alone, without sampling. No answer is judged.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from functools import partial
from itertools import count
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from rulewright.models.local.llama_process import ModelProcess
from rulewright.models.local.local_provider import LIBRARY, LocalProvider, library_version
from rulewright.models.local.messages import ModelProcessError
from rulewright.models.task import Abstention, ClassifyQuestion, Task, prompt_hash
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rulewright.models.local.messages import LlamaSettings
    from rulewright.policy.json_types import JsonObject

T = TypeVar("T")

FORMAT: Final = "rulewright/model-bench-v1"
PREFILL: Final = 512
DECODE: Final = 32
"""Tokens of a prompt, and tokens generated one by one; fewer where the context is smaller."""
DIGITS: Final = 6

PROMPT: Final = "You sort reports of a software project. Say what a report is about."
AREAS: Final = (
    "api", "build", "cli", "docs", "editor", "install", "login", "network", "search", "settings", "storage", "upload",
)  # fmt: skip
LABELS: Final = tuple(
    (area, f"What concerns the {area}: its parts, its errors, how it is used.") for area in AREAS
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
"""How often the body repeats the text: about 150 words."""


class TimedCall(NamedTuple):
    """`tokens`: those that were evaluated."""

    seconds: float
    tokens: int


def benchmark_model(settings: LlamaSettings, repeat: int = 3) -> JsonObject:
    """One model's figures as plain JSON; times in seconds, each measured `repeat` times.

    {format, library, cpus, model, load: [{file_cached, seconds}], peak_memory, and either embed or prefill, decode and
    classify}. `file_cached` is the share of the file that was in memory when the load began. Raises SourceError when
    the model cannot be used, or fails.
    """
    missing = LocalProvider(settings).missing_requirement()
    if missing is not None:
        raise SourceError(missing)
    process = ModelProcess(settings._replace(states=None))
    try:
        model = _describe_model(settings)
        out: JsonObject = {
            "format": FORMAT,
            "library": f"{LIBRARY} {library_version()}",
            "cpus": os.cpu_count(),
            "model": model,
            "load": list(_measure_loads(process, settings.path)),
        }
        if settings.embedding:
            out["embed"] = _measure_embedding(process, repeat)
        else:
            model["context"] = process.context
            out |= _measure_speed(process, repeat)
            out["classify"] = _measure_classification(process, settings, repeat)
        out["peak_memory"] = _read_peak_memory(process.pid)
        return out
    except ModelProcessError as error:
        raise SourceError(f"the model {settings.name} failed: {error.reason}") from error
    finally:
        process.close()


def _describe_model(settings: LlamaSettings) -> JsonObject:
    names = ("name", "sha256", "context", "batch", "threads", "gpu_layers", "embedding")
    return {**{name: getattr(settings, name) for name in names}, "bytes": os.path.getsize(settings.path)}


def _measure_loads(process: ModelProcess, path: str) -> Iterator[JsonObject]:
    """Twice: with the file evicted from the page cache, and again. The start of the process is included."""
    for evicted in (True, False):
        process.close()
        if evicted:
            evict_from_page_cache(path)
        share = measure_cached_share(path)
        seconds, _ = _time_call(lambda: process.tokenize([""]))
        yield {"file_cached": None if share is None else round(share, 4), "seconds": seconds}


def _measure_speed(process: ModelProcess, repeat: int) -> JsonObject:
    decode = min(DECODE, process.context // 4)
    prefill = min(PREFILL, process.context // 2)
    process.measure(REPORT, prefill, decode)  # the first call includes what is set up once
    replies = [process.measure(REPORT, prefill, decode) for _ in range(repeat)]
    return {
        "prefill": {"tokens": prefill, **_summarize_rate([reply["prefill"] for reply in replies], prefill)},
        "decode": {"tokens": decode, **_summarize_rate([reply["decode"] for reply in replies], decode)},
    }


def _measure_classification(process: ModelProcess, settings: LlamaSettings, repeat: int) -> JsonObject:
    """12 labels of a report of 150 words, two questions in one prompt.

    cold_prefix: nothing is reused. saved_prefix: a new process, the rules from their file; without its load.
    warm_prefix: the rules are held, the report is new. second_question: the other question about the same report.
    """
    numbers = count(1)
    provider = LocalProvider(settings._replace(states=None), process)
    cold, warm, second = [], [], []
    for _ in range(repeat):
        process.measure(REPORT, 1, 0)  # empties the sequence
        cold.append(_time_answer(provider, _build_task(next(numbers))))
    for _ in range(repeat):
        task = _build_task(next(numbers))
        warm.append(_time_answer(provider, task))
        second.append(_time_answer(provider, task._replace(prompt=SECOND, labels=TYPES)))
    return {
        "labels": len(LABELS),
        "cold_prefix": _summarize_calls(cold),
        "saved_prefix": _summarize_calls(_measure_saved_prefix(settings, numbers, repeat)),
        "warm_prefix": _summarize_calls(warm),
        "second_question": _summarize_calls(second),
    }


def _measure_saved_prefix(settings: LlamaSettings, numbers: Iterator[int], repeat: int) -> list[TimedCall]:
    """The first question of later runs, which read the prefix that the very first one wrote."""
    calls = []
    with TemporaryDirectory(prefix="rulewright-bench-") as folder:
        for _ in range(repeat + 1):
            own = settings._replace(states=folder)
            provider = LocalProvider(own, ModelProcess(own))
            try:
                provider.process.tokenize([""])
                calls.append(_time_answer(provider, _build_task(next(numbers))))
            finally:
                provider.close()
    return calls[1:]


def _measure_embedding(process: ModelProcess, repeat: int) -> JsonObject:
    """A title, and a report; every text is a new one."""
    numbers = count(1)
    out: JsonObject = {}
    for name, text in (("title", "empty page after the update"), ("report", REPORT * BODIES)):
        process.embed([text])
        calls = []
        for number in (next(numbers) for _ in range(repeat)):
            seconds, reply = _time_call(partial(process.embed, [f"{number} {text}"]))
            calls.append(TimedCall(seconds, reply["tokens"]["evaluated"]))
        seconds_of = [call.seconds for call in calls]
        out[name] = {"tokens": calls[-1].tokens, **_summarize_rate(seconds_of, calls[-1].tokens)}
    return out


def _build_task(number: int) -> Task:
    """The first question about a report that is new to the model: its first words differ."""
    inputs = (("title", f"{number} empty page after the update"), ("body", f"{number} {REPORT * BODIES}"))
    return Task("classify", "area", PROMPT, prompt_hash(PROMPT), inputs, LABELS, questions=QUESTIONS)


def _time_answer(provider: LocalProvider, task: Task) -> TimedCall:
    """An abstention for being unsure is an answer here; any other raises SourceError."""
    seconds, result = _time_call(lambda: provider.answer(task))
    if isinstance(result, Abstention) and result.code not in ("tie", "unsure"):
        raise SourceError(f"the model {provider.settings.name} cannot classify: {result.reason}")
    return TimedCall(seconds, result.tokens.get("evaluated", 0))


def _time_call(work: Callable[[], T]) -> tuple[float, T]:
    began = perf_counter()
    result = work()
    return round(perf_counter() - began, DIGITS), result


def _summarize_calls(calls: list[TimedCall]) -> JsonObject:
    return {"tokens": calls[-1].tokens, **_summarize_seconds([call.seconds for call in calls])}


def _summarize_rate(seconds: list[float], tokens: int) -> JsonObject:
    middle = median(seconds)
    rate = round(tokens / middle, 2) if middle > 0 else None
    return {**_summarize_seconds(seconds), "tokens_per_second": rate}


def _summarize_seconds(seconds: list[float]) -> JsonObject:
    return {"median": round(median(seconds), DIGITS), "seconds": [round(value, DIGITS) for value in seconds]}


def _read_peak_memory(pid: int | None) -> int | None:
    """The most bytes that the process ever held; None where that cannot be seen (not Linux)."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as stream:
            line = next(line for line in stream if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration, IndexError, ValueError):
        return None


def evict_from_page_cache(path: str) -> None:
    """Ask the system to forget a file's pages (Linux). What another process has mapped stays."""
    if not hasattr(os, "posix_fadvise"):
        return
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    except OSError:
        pass
    finally:
        os.close(file)


def measure_cached_share(path: str) -> float | None:
    """The share of a file's pages that are in memory, between 0 and 1; None where it is unknown (not Linux).

    By mincore(2), which is accurate for the file's owner only and reports all pages to others.
    """
    try:
        mincore = ctypes.CDLL(None, use_errno=True).mincore
        with open(path, "rb") as stream:
            if os.geteuid() not in (0, os.fstat(stream.fileno()).st_uid):
                return None
            # Private and writable only because ctypes asks for it: nothing is written.
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
    except (AttributeError, OSError, ValueError):
        return None
    pages = -(-len(mapped) // mmap.PAGESIZE)
    resident = (ctypes.c_ubyte * pages)()
    first = ctypes.c_char.from_buffer(mapped)
    try:
        failed = mincore(ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(len(mapped)), resident)
    finally:
        del first
        mapped.close()
    return None if failed else sum(flags & 1 for flags in resident) / pages
