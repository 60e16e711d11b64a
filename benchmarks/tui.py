"""The terminal interface beside what is asked of it: `python benchmarks/tui.py [--events N] [--turns N] [PART]…`.

Every ratio is of one run in which both sides take turns, and of medians, unless its name says p95. What the screen does
is measured in processes of their own (`tui_probe.py`): from a key that is posted to the frame that the driver gets.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from many_events import WORDS, changed_program, parse_lines, read_archive, trim
from measure import Row
from tui_probe import NARROW, WIDE, Probe
from workload import ROOT, events

import rulewright
from rulewright_tui.session.bulk import BulkInputs, compare_rows, decide_rows
from rulewright_tui.session.event_sources import processor_count
from rulewright_tui.session.opening import open_archive

NOW = "2026-01-05T09:00:00Z"
RULES = str(ROOT / "rules")
EVENT = str(ROOT / "examples" / "events" / "issue-opened.json")
FEW = 100
BYTES = 2_500
"""Of one event: 100,000 are 250 MB."""


class Sizes:
    """How much is measured."""

    def __init__(self, folder: Path, count: int, turns: int) -> None:
        self.folder, self.count, self.turns = folder, count, turns

    def file(self, count: int) -> str:
        """A file with so many events."""
        path = self.folder / f"events-{count}.jsonl"
        if not path.exists():
            write_events(path, count)
        return str(path)


def rows(
    count: int = 100_000, turns: int = 15, parts: tuple[str, ...] = (), where: str | None = None
) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(dir=where) as folder:
        sizes = Sizes(Path(folder), count, turns)
        for name in parts or tuple(PARTS):
            yield from PARTS[name](sizes)


def medians(jobs: dict[str, Callable[[], object]], turns: int, *, warm: int = 1) -> dict[str, float]:
    """Seconds of each job: the median over `turns` rounds in which every job runs once. A job that gives a number of
    seconds has measured itself."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(warm + turns):
        for name, job in jobs.items():
            start = time.perf_counter()
            own = job()
            spent = own if isinstance(own, float) else time.perf_counter() - start
            if turn >= warm:
                seconds[name].append(spent)
    return {name: median(spent) for name, spent in seconds.items()}


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


# The first frame

BARE = """
import sys, textual.app, rulewright, json
from rulewright.events.reader import parse_event
from rulewright.events.recognise import recognise
program = rulewright.load(sys.argv[1])
event = recognise(parse_event(open(sys.argv[2], "rb").read(), "event"))
rulewright.plan(rulewright.evaluate(program, rulewright.gather(program, event, now=sys.argv[3])))
print("decided and planned", flush=True)
"""


def first_frame(sizes: Sizes) -> Iterator[Row]:
    bare = [sys.executable, "-c", BARE, RULES, EVENT, NOW]
    shown = [sys.executable, "-m", "rulewright", "tui", RULES, "--event", EVENT, "--now", NOW]
    jobs: dict[str, Callable[[], object]] = {
        "bare": lambda: seconds_until(bare, b"planned"),
        "frame": lambda: seconds_until(shown, b"5 Plan"),
    }
    found = medians(jobs, sizes.turns)
    yield Row("bare: import textual.app, warm load, one decision", found["bare"] * 1e3, "ms")
    yield Row("first frame with one event", found["frame"] * 1e3, "ms")
    yield Row("first frame ÷ bare", found["frame"] / found["bare"], "x", 1.5)


def seconds_until(command: list[str], mark: bytes) -> float:
    """Seconds until a command in a terminal of its own has written something; it is ended then."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "160", "LINES": "50", "TERM": "xterm-256color"}
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True
    )
    os.close(theirs)
    written = b""
    try:
        while mark not in written:
            written += os.read(ours, 1 << 16)
        return time.perf_counter() - start
    finally:
        process.kill()
        process.wait()
        os.close(ours)


# Reading events


def indexing(sizes: Sizes) -> Iterator[Row]:
    large, small = sizes.file(sizes.count), sizes.file(FEW)
    first = medians(
        {"large": lambda: open_archive((), (large,)), "small": lambda: open_archive((), (small,))},
        sizes.turns,
    )
    yield Row(
        f"first rows of {sizes.count:,} lines ÷ of {FEW} lines", first["large"] / first["small"], "x", 1.5
    )
    whole = medians(
        {"json": lambda: parse_lines(Path(large)), "index": lambda: read_archive(Path(large))},
        sizes.turns,
        warm=0,
    )
    yield Row(f"json.loads of {sizes.count:,} lines", whole["json"], "s")
    yield Row("whole index ÷ json.loads of every line", whole["index"] / whole["json"], "x", 1.5)


# Keys and frames

KEYS = ("n", "n", "p", "tab", "shift+tab", "right_square_bracket", "left_square_bracket", "p")


def screen(sizes: Sizes) -> Iterator[Row]:
    """The screen with many events loaded, against one with few."""
    with open_probe(sizes.file(FEW)) as few, open_probe(sizes.file(sizes.count)) as many:
        for probe in (few, many):
            probe.ask("read")
            probe.ask("send", "a", "g")
        yield from keys(few, many, sizes)
        yield from filters(many, sizes)
        yield from resizes(few, many, sizes)
        yield from edits(few, sizes, "a short issue")
        with Probe(RULES, "--event", EVENT, "--now", NOW) as one:
            yield from edits(one, sizes, "the example")
        for name, probe in (("100 events", few), (f"{sizes.count:,} events", many)):
            yield Row(f"idle, {name}: share of a core", probe.ask("idle", 5.0) * 100, "%", 1)
        yield from keys_while_deciding(few, many, sizes)
        seconds, kept = many.ask("stop")
        yield Row("escape to the end of deciding", seconds, "s", 0.5)
        yield Row("results kept then", kept, "", 1, "higher")


def open_probe(file: str) -> Probe:
    return Probe(RULES, "--events", file, "--now", NOW)


def keys(few: Probe, many: Probe, sizes: Sizes) -> Iterator[Row]:
    what = f"{sizes.count:,} events"
    seconds: dict[str, list[float]] = {"few": [], "many": []}
    many.ask("processor")
    for _ in range(sizes.turns):
        for name, probe in (("few", few), ("many", many)):
            seconds[name] += probe.press(*KEYS)
    yield Row(f"key to frame, {FEW} events: p95", p95(seconds["few"]) * 1e3, "ms")
    yield Row(f"key to frame, {what}: p95", p95(seconds["many"]) * 1e3, "ms", 50)
    yield Row(f"time of the processor for it, {what}: p95", p95(many.ask("processor")) * 1e3, "ms")
    yield Row(
        f"key to frame, {what} ÷ {FEW} events, p95", p95(seconds["many"]) / p95(seconds["few"]), "x", 1.5
    )


def keys_while_deciding(few: Probe, many: Probe, sizes: Sizes) -> Iterator[Row]:
    """Deciding keeps every processor busy, so the other side has its turns before."""
    what = f"{sizes.count:,} being decided"
    alone = [second for _ in range(sizes.turns) for second in few.press(*KEYS)]
    many.ask("begin")
    many.ask("processor")
    busy = [second for _ in range(sizes.turns) for second in many.press(*KEYS)]
    yield Row(f"key to frame, {what}: p95", p95(busy) * 1e3, "ms", 100)
    yield Row(f"time of the processor for it, {what}: p95", p95(many.ask("processor")) * 1e3, "ms")
    yield Row(f"key to frame, {what} ÷ {FEW} events, p95", p95(busy) / p95(alone), "x", 3)


def filters(many: Probe, sizes: Sizes) -> Iterator[Row]:
    many.press("1", "slash")
    last: list[float] = []
    for word in ("crash", "memory", "e", "blank") * (-(-sizes.turns // 4)):
        last.append(many.press(*word)[-1])
        many.press(*["backspace"] * len(word))
    many.ask("send", "escape", "2")
    yield Row(f"/ over {sizes.count:,}, last key to rows", median(last) * 1e3, "ms", 200)


def resizes(few: Probe, many: Probe, sizes: Sizes) -> Iterator[Row]:
    def resize(probe: Probe) -> float:
        probe.ask("resize", *WIDE)
        seconds: float = probe.ask("resize", *NARROW)
        return seconds

    found = medians({"few": partial(resize, few), "many": partial(resize, many)}, sizes.turns)
    for probe in (few, many):
        probe.ask("resize", *WIDE)
    yield Row("resize to 80×24, 100 events", found["few"] * 1e3, "ms")
    yield Row(f"resize to 80×24, {sizes.count:,} events ÷ 100", found["many"] / found["few"], "x", 1.5)


def edits(probe: Probe, sizes: Sizes, what: str) -> Iterator[Row]:
    """A letter more in the title, against the engine alone about such an event."""
    probe.ask("send", "6", "g", "e")
    numbers = iter(range(1_000_000))
    found = medians(
        {
            "edit": lambda: probe.press("x")[0],
            "alone": lambda: probe.ask("alone", "crash " + "x" * next(numbers)),
        },
        sizes.turns,
    )
    probe.ask("send", "escape", "2")
    yield Row(f"gather, evaluate, plan and explain alone, {what}", found["alone"] * 1e3, "ms")
    yield Row(f"edit to all panes, {what}", found["edit"] * 1e3, "ms")
    allowed = 1.3 * found["alone"] + 0.02
    yield Row("edit to all panes ÷ (1.3 × alone + 20 ms)", found["edit"] / allowed, "x", 1)


# Memory


def memory(sizes: Sizes) -> Iterator[Row]:
    """What the process holds. The keys and edits begin after some, so that what is made once is there."""
    with Probe(RULES, "--event", EVENT, "--now", NOW) as one, open_probe(sizes.file(sizes.count)) as many:
        many.ask("read")
        for probe in (one, many):
            probe.press(*"123456", "2")
        held, alone = many.ask("memory"), one.ask("memory")
        size = os.path.getsize(sizes.file(sizes.count)) / 1e6
        yield Row(f"memory with {sizes.count:,} events ({size:.0f} MB)", held, "MB")
        yield Row(f"memory with {sizes.count:,} events ÷ with one", held / alone, "x", 2.5)
    with open_probe(sizes.file(FEW)) as probe:
        probe.ask("read")
        probe.ask("send", "a", "g")
        wanted, pressed = 10_000 * sizes.count // 100_000, 0
        round_ = (*KEYS * 4, "6", "g", "e", *"abcde", "enter", "u", "1", "j", "k", "2")
        for _ in range(20):
            probe.ask("send", *round_)
        before = probe.ask("memory")
        while pressed < wanted:
            probe.ask("send", *round_)
            pressed += len(round_)
        yield Row(f"growth over {pressed:,} keys and edits", (probe.ask("memory") / before - 1) * 100, "%", 5)


# Deciding and comparing


def deciding(sizes: Sizes) -> Iterator[Row]:
    processes = processor_count()
    before, after = rulewright.load(RULES), changed_program()
    for count in (size for size in (100, 1_000, 10_000, 100_000) if size <= max(sizes.count // 50, 100)):
        path = sizes.file(count)
        archive = read_archive(Path(path))
        everything, inputs = [range(len(archive))], BulkInputs(NOW)
        command = [sys.executable, "-m", "rulewright", "evaluate", RULES, "--events", path]
        command += ["--jobs", str(processes), "--format", "json", "--now", NOW]
        with open_probe(path) as probe:
            probe.ask("read")
            jobs: dict[str, Callable[[], object]] = {
                "evaluate": partial(subprocess.run, command, stdout=subprocess.DEVNULL, check=False),
                "screen": lambda probe=probe: probe.ask("decide"),  # type: ignore[misc]
                "decide": lambda: [*decide_rows(archive, everything, before, inputs)],  # noqa: B023
                "compare": lambda: [*compare_rows(archive, everything, before, after, inputs)],  # noqa: B023
            }
            found = medians(jobs, sizes.turns, warm=1)
        yield Row(f"evaluate --events --jobs {processes}, {count:,} events", count / found["evaluate"], "/s")
        yield Row(
            f"deciding {count:,} on screen ÷ evaluate --events", found["screen"] / found["evaluate"], "x", 1.2
        )
        yield Row(f"comparing {count:,} ÷ evaluate --events", found["compare"] / found["evaluate"], "x", 1.2)
        yield Row(f"comparing {count:,} ÷ deciding them", found["compare"] / found["decide"], "x", 1.5)


# Saving a policy


def saving(sizes: Sizes) -> Iterator[Row]:
    copy = sizes.folder / "rules"
    shutil.copytree(RULES, copy)
    place = copy / "triage" / "intake.yaml"
    text, numbers = place.read_text("utf-8"), iter(range(1_000_000))
    with Probe(str(copy), "--event", EVENT, "--now", NOW) as probe:
        probe.ask("save", str(place), f"{text}# first\n")  # what the first frame did without is read now

        def alone() -> float:
            """Loading that one file without the cache, and deciding."""
            start = time.perf_counter()
            rulewright.load(place, cache=False)
            return time.perf_counter() - start + float(probe.ask("alone", f"crash {next(numbers)}"))

        found = medians(
            {"alone": alone, "save": lambda: probe.ask("save", str(place), f"{text}# {next(numbers)}\n")},
            sizes.turns,
            warm=2,
        )
    yield Row("loading that file and deciding alone", found["alone"] * 1e3, "ms")
    yield Row("save to all panes", found["save"] * 1e3, "ms")
    yield Row(
        "save to all panes ÷ (1.5 × alone + 100 ms)", found["save"] / (1.5 * found["alone"] + 0.1), "x", 1
    )


# Events


def write_events(path: Path, count: int) -> None:
    """Issues of about `BYTES` and other events between: real payloads without most addresses. Policies decide about
    each of the first ones, so that every key does something there."""
    random = Random(7)
    documents = [{"event": name, "payload": trim(_slim(json.loads(data)))} for name, _, data in events()]
    issues = [document for document in documents if document["event"] == "issues"]
    decided = [document for document in issues if document["payload"]["action"] == "opened"]
    with open(path, "w", encoding="utf-8") as out:
        for number in range(1, count + 1):
            of = decided if number <= FEW else issues if random.random() < 0.9 else documents
            document = json.loads(json.dumps(random.choice(of)))
            issue = document["payload"].get("issue")
            if issue is not None:
                issue["number"] = number
                issue["title"] = " ".join(random.choices(WORDS, k=random.randint(3, 9)))
                names = random.sample(["bug", "docs"], random.randint(0, 2))
                issue["labels"] = [{"name": name} for name in names]
                issue["body"] = ""
                left = max((BYTES - len(json.dumps(document))) // 7, 3)
                issue["body"] = " ".join(random.choices(WORDS, k=random.randint(1, 2 * left)))
            out.write(json.dumps(document) + "\n")


def _slim(value: Any) -> Any:
    """A payload without what no policy looks at, so that an event has the size of one that a repository keeps."""
    if isinstance(value, dict):
        dropped = ("node_id", "gravatar_id", "url", "reactions", "organization", "installation", "enterprise")
        return {key: _slim(item) for key, item in value.items() if key not in dropped}
    return [_slim(item) for item in value] if isinstance(value, list) else value


PARTS: dict[str, Callable[[Sizes], Iterator[Row]]] = {
    "first": first_frame,
    "index": indexing,
    "screen": screen,
    "memory": memory,
    "save": saving,
    "decide": deciding,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="what is measured; default: all")
    parser.add_argument("--events", type=int, default=100_000, help="how many are many")
    parser.add_argument("--turns", type=int, default=15)
    arguments = parser.parse_args()
    missed = 0
    for row in rows(arguments.events, arguments.turns, tuple(arguments.parts)):
        print(row.line(), flush=True)
        missed += row.verdict == "MISSED"
    print(f"{missed} of the asked figures missed" if missed else "every asked figure holds")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
