"""Many events in the terminal interface: indexing, filtering, deciding and comparing them, and saving a policy."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from measure import Row, in_turns
from workload import ROOT, events

import rulewright
from rulewright.compile.workspace import Workspace
from rulewright.program.program import Program
from rulewright_tui.session.archive import Archive
from rulewright_tui.session.bulk import BulkInputs, compare_rows, decide_rows
from rulewright_tui.session.event_sources import index_events, processor_count
from rulewright_tui.session.query import parse_query, select_rows

NOW = "2026-01-05T09:00:00Z"
INPUTS = BulkInputs(NOW)
INDEXED = 50_000
DECIDED = 400  # two batches of `evaluate --events`, so that it uses two processes
WORDS = ["crash", "login", "page", "blank", "search", "slow", "answer", "label", "export", "memory", "error"]
QUERIES = ("a", "crash", "crash page -login", "label:bug crash", "-event:issues e")


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        yield from indexing(Path(folder))
        yield from deciding(Path(folder))
        yield from saving(Path(folder))


def indexing(folder: Path) -> Iterator[Row]:
    large, small = folder / "large.jsonl", folder / "small.jsonl"
    write_events(large, INDEXED)
    write_events(small, 100)
    best = in_turns({"json": lambda: parse_lines(large), "index": lambda: read_archive(large)}, warm=1)
    yield Row(f"json.loads of every line, {INDEXED:,} lines", best["json"], "s")
    yield Row("whole index ÷ json.loads of every line", best["index"] / best["json"], "x", 1.5)
    first = in_turns({"large": lambda: first_rows(large), "small": lambda: first_rows(small)})
    yield Row(f"first rows of {INDEXED:,} lines ÷ of 100 lines", first["large"] / first["small"], "x", 1.5)
    archive = read_archive(large)
    size = sum(len(c.shown) + len(c.folded) + 8 * len(c.offsets) + 8 * len(c.tags) for c in archive.chunks)
    yield Row("bytes kept in memory for a row", size / len(archive), "B", 250)
    for _ in range(100_000 // INDEXED - 1):
        for batch in index_events([], [str(large)]):
            archive.add_batch(batch)
    jobs: dict[str, Callable[[], object]] = {
        text: partial(select_rows, parse_query(text), archive) for text in QUERIES
    }
    slowest = max(in_turns(jobs).values())
    yield Row(f"slowest of {len(QUERIES)} filters over {len(archive):,} rows", slowest * 1000, "ms", 200)


def deciding(folder: Path) -> Iterator[Row]:
    path = folder / "decided.jsonl"
    write_events(path, DECIDED)
    archive = read_archive(path)
    before = rulewright.load(ROOT / "rules")
    after = changed_program()
    count = processor_count()
    command = [sys.executable, "-m", "rulewright", "evaluate", str(ROOT / "rules"), "--events", str(path)]
    command += ["--jobs", str(count), "--format", "json", "--now", NOW]
    everything = [range(len(archive))]
    jobs: dict[str, Callable[[], object]] = {
        "evaluate": lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=False, cwd=ROOT),
        "decide": lambda: list(decide_rows(archive, everything, before, INPUTS)),
        "compare": lambda: list(compare_rows(archive, everything, before, after, INPUTS)),
    }
    best = in_turns(jobs, warm=1)
    yield Row(f"evaluate --events --jobs {count}, {DECIDED:,} events", best["evaluate"], "s")
    yield Row("deciding all rows ÷ evaluate --events --jobs", best["decide"] / best["evaluate"], "x", 1.2)
    yield Row("comparing all rows ÷ evaluate --events --jobs", best["compare"] / best["evaluate"], "x", 1.2)
    yield Row("comparing all rows ÷ deciding them", best["compare"] / best["decide"], "x", 1.5)
    stop = time.perf_counter()
    work = decide_rows(archive, everything, before, INPUTS, cancel=lambda: time.perf_counter() > stop)
    for _ in work:
        stop = time.perf_counter()
    yield Row("seconds from cancelling to the end", time.perf_counter() - stop, "s", 0.5)


def saving(folder: Path) -> Iterator[Row]:
    """Taking up one changed file of the shipped policies, against loading that file alone without the cache."""
    texts = [
        (ROOT / "rules" / "triage" / "intake.yaml").read_text() + f"# {number}\n" for number in range(100)
    ]
    place = str(ROOT / "rules" / "triage" / "intake.yaml")
    workspace, numbers = Workspace([ROOT / "rules"]), iter(range(10_000))
    workspace.load()
    best = in_turns(
        {
            "alone": lambda: rulewright.load(place, cache=False),
            "saved": lambda: workspace.load({place: texts[next(numbers) % 100]}),
            "unchanged": workspace.has_changed,
        }
    )
    yield Row("one file loaded alone, without the cache", best["alone"] * 1000, "ms")
    allowed = best["alone"] * 1.5 + 0.1
    yield Row("a saved file taken up ÷ (1.5 × that file alone + 100 ms)", best["saved"] / allowed, "x", 1.0)
    yield Row("a look at the stamps of unchanged policies", best["unchanged"] * 1000, "ms", 2)


def changed_program() -> Program:
    """The shipped policies with one condition changed."""
    path = ROOT / "rules" / "triage" / "intake.yaml"
    text = path.read_text("utf-8").replace("gt: 0", "gt: 1", 1)
    return Workspace([ROOT / "rules"]).load({str(path): text}).program


def parse_lines(path: Path) -> None:
    with open(path, "rb") as stream:
        for line in stream:
            json.loads(line)


def read_archive(path: Path) -> Archive:
    archive = Archive()
    for batch in index_events([], [str(path)]):
        archive.add_batch(batch)
    return archive


def first_rows(path: Path) -> None:
    Archive().add_batch(next(index_events([], [str(path)])))


def write_events(path: Path, count: int) -> None:
    """Events of about 2.5 kB: mostly issues, made of real payloads without most of their addresses."""
    random = Random(7)
    documents = [{"event": name, "payload": trim(json.loads(data))} for name, _, data in events()]
    issues = [document for document in documents if document["event"] == "issues"]
    with open(path, "w", encoding="utf-8") as out:
        for number in range(1, count + 1):
            document = json.loads(json.dumps(random.choice(issues if random.random() < 0.9 else documents)))
            issue = document["payload"].get("issue")
            if issue is not None:
                issue["number"] = number
                issue["title"] = " ".join(random.choices(WORDS, k=random.randint(3, 9)))
                issue["body"] = " ".join(random.choices(WORDS, k=random.randint(3, 80)))
                issue["labels"] = [
                    {"name": name} for name in random.sample(["bug", "docs"], random.randint(0, 2))
                ]
            out.write(json.dumps(document) + "\n")


def trim(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: trim(item) for key, item in value.items() if not key.endswith("_url") or key == "html_url"
        }
    return [trim(item) for item in value] if isinstance(value, list) else value
