"""Duplicates: what is found, what would be closed, how fast, on the held-out split of the generated reports.

    python benchmarks/run.py duplicates                         up to 100,000 issues
    RULEWRIGHT_BENCH=10000 python benchmarks/run.py duplicates

Difflib stands for how it is done in scripts everywhere: the ratio over title and body of every earlier issue.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from itertools import product
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

from labelled import FORMS, TRACKERS
from labelled import generate as labelled_issues
from measure import Row
from paraphrases import Corpus, filler, generate

from rulewright.duplicates.candidates import find_candidates
from rulewright.duplicates.database import Index, open_in_memory, open_index
from rulewright.duplicates.index import index_issues
from rulewright.duplicates.issue import Issue, read_issue
from rulewright.duplicates.query import build_query, choose_terms
from rulewright.duplicates.search import search_duplicates

ASKED = 60
"""Reports that difflib is asked about; each costs it a second or two."""
CLOSES = 200
UNSAID = ("Bug", "Help", "[Bug]: <title>", "Not working")
LARGEST = int(os.environ.get("RULEWRIGHT_BENCH", "100000"))


def rows() -> Iterator[Row]:
    """Every figure beside what is asked."""
    yield from quality()
    yield from closes()
    yield from empty()
    yield from speed()


def indexed(corpus: Corpus) -> tuple[Index, list[Issue]]:
    index = open_in_memory()
    issues = [read_issue(issue) for issue in corpus.issues]
    index_issues(index, issues)
    return index, issues


def quality() -> Iterator[Row]:
    """Recall at ten: the share of repeated reports with an earlier one of the same incident among ten candidates."""
    corpus = generate("held_out", seed=1, incidents=400)
    index, issues = indexed(corpus)
    repeated = [issue for issue in issues if corpus.earlier(int(issue.id))]

    def recall(asked: list[Issue], answer: Callable[[Issue], list[int]]) -> float:
        return sum(bool(corpus.earlier(int(one.id)) & set(answer(one))) for one in asked) / len(asked)

    def every(issue: Issue) -> list[int]:
        query = build_query(index, issue, None)
        return [
            int(one.key) for one in find_candidates(index, query, terms=choose_terms(query, None, None))[:10]
        ]

    index.execute(
        "CREATE VIRTUAL TABLE temp.plain USING fts5(title, body, tokenize = \"ascii tokenchars '_'\")"
    )
    index.execute(
        "INSERT INTO temp.plain (rowid, title, body) SELECT row, title_terms, body_terms FROM issues"
    )

    def fts(issue: Issue) -> list[int]:
        query = build_query(index, issue, None)
        match = " OR ".join(f'"{term}"' for term in choose_terms(query, None, None))
        found = index.execute(
            "SELECT i.key FROM temp.plain p JOIN issues i ON i.row = p.rowid WHERE p.plain MATCH ?"
            " AND p.rowid >= ? AND p.rowid < ? AND p.rank MATCH 'bm25(3.0, 1.0)' ORDER BY p.rank LIMIT 11",
            (match, query.low, query.high),
        ).fetchall()
        return [number for (key,) in found if (number := int(key)) != issue.id][:10]

    def ours(issue: Issue) -> list[int]:
        return [int(one.id) for one in search_duplicates(index, issue, within=None).candidates]

    full, found = recall(repeated, every), recall(repeated, ours)
    yield Row(f"recall at 10, {len(repeated)} repeated of {len(issues)} reports", found, "")
    yield Row("    FTS5's own order over every term", recall(repeated, fts), "")
    yield Row("    lost by looking up few terms", full - found, "", 0.02)
    some = repeated[:: max(1, len(repeated) // ASKED)][:ASKED]
    theirs = recall(some, lambda issue: by_difflib(issue, issues))
    yield Row(f"    difflib, on {len(some)} of them", theirs, "")
    yield Row("    against difflib", recall(some, ours) / max(theirs, 0.001), "×", 1.5, "higher")
    index.close()


def by_difflib(issue: Issue, issues: list[Issue]) -> list[int]:
    """The ten most alike by ratio. Whatever an upper bound of the ratio rules out is passed over."""
    matcher = SequenceMatcher()
    matcher.set_seq2(f"{issue.title}\n{issue.body}")
    best: list[tuple[float, int]] = []
    for one in issues:
        if one.created >= issue.created:
            continue
        matcher.set_seq1(f"{one.title}\n{one.body}")
        least = best[-1][0] if len(best) == 10 else 0.0
        if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least:
            best = sorted([*best, (matcher.ratio(), int(one.id))], reverse=True)[:10]
    return [number for _, number in best]


def closes() -> Iterator[Row]:
    """Precision of "close as duplicate", over the first corpora that give enough of them."""
    done = right = asked = advised = advised_right = 0
    for seed in range(300, 340):
        corpus = generate("held_out", seed=seed, incidents=400)
        index, issues = indexed(corpus)
        for issue in issues:
            answer = search_duplicates(index, issue, within=None)
            asked += 1
            if answer.decision == "none":
                continue
            good = int(answer.candidates[0].id) in corpus.earlier(int(issue.id))
            if answer.decision == "close":
                done, right = done + 1, right + good
            else:
                advised, advised_right = advised + 1, advised_right + good
        index.close()
        if done >= CLOSES:
            break
    yield Row(f"precision of {done} closes among {asked} reports", right / max(done, 1), "", 0.98, "higher")
    yield Row(f"precision of {advised} advices", advised_right / max(advised, 1), "")


def empty() -> Iterator[Row]:
    """Reports without content, in indexes of trackers with forms: none may be called a duplicate."""
    asked = decided = closed = labelled = 0
    for tracker in TRACKERS:
        world = labelled_issues(tracker, seed=3, training=300, held_out=0)
        issues = [read_issue({**one, "created_at": number}) for number, one in enumerate(world.training)]
        index = open_in_memory()
        index_issues(index, issues)
        for issue in issues:
            labelled += 1
            closed += search_duplicates(index, issue, within=None).decision == "close"
        for form, title in product(FORMS[tracker].values(), UNSAID):
            body = form.replace("{k}", "Bug").replace("{n}", "1.2").replace("{s}", "").replace("{p}", "")
            first, second = (
                read_issue(
                    {"id": f"{name}{asked}", "title": title, "body": body, "created_at": 1_000 + asked}
                )
                for name in "ab"
            )
            index_issues(index, [first])
            asked += 1
            decided += search_duplicates(index, second, within=None).decision != "none"
        index.close()
    yield Row(f"duplicates among {asked} forms that nobody filled in", decided, "", 0)
    yield Row(
        f"closes among {labelled} labelled reports, of which none is known to repeat another", closed, ""
    )


def speed() -> Iterator[Row]:
    """The commands on a file of issues, and queries against the index one by one, as it grows.

    By the clock the figures are those of a machine that does nothing else; by the processor, of any.
    """
    sizes = [size for size in (1_000, 10_000, 100_000) if size <= LARGEST]
    reports = [{**one, "id": f"r{one['id']}"} for one in generate("held_out", seed=2, incidents=150).issues]
    for size in sizes:
        last = size == sizes[-1]
        late = [*reports[:150], *filler(150, seed=4, first=size)]
        asked = [{**one, "id": f"q{number}", "created_at": 9e9} for number, one in enumerate(late)]
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "index.db")
            made = command("index", filler(size, seed=3), path)
            yield Row(f"{size:,} issues: indexed", size / made.wall, "/s", 3000 if last else None, "higher")
            yield Row("    by processor time", size / made.processor, "/s", 3000 if last else None, "higher")
            yield Row("    peak memory of the largest process", made.memory, " MB")
            yield Row("    bytes of the file per issue", os.path.getsize(path) / size, " B")
            command("index", reports, path)
            yield Row(f"    peak memory of {len(asked)} queries", command("query", asked, path).memory, " MB")
            index = open_index(path)
            yield from queries(index, [read_issue(one) for one in asked], 20 if last else None)
            index.close()


def queries(index: Index, asked: list[Issue], bound: float | None) -> Iterator[Row]:
    """How long queries take, each the best of three turns, and what few terms lose."""
    wall, worked = [9.0] * len(asked), [9.0] * len(asked)
    for _ in range(3):
        for place, issue in enumerate(asked):
            started, begun = perf_counter(), process_time()
            search_duplicates(index, issue, within=None)
            worked[place] = min(worked[place], process_time() - begun)
            wall[place] = min(wall[place], perf_counter() - started)
    for name, times in (("by the clock", sorted(wall)), ("by processor time", sorted(worked))):
        yield Row(f"    query, median {name}", times[len(times) // 2] * 1e3, " ms")
        yield Row(f"    query, 95th percentile {name}", times[len(times) * 95 // 100] * 1e3, " ms", bound)
    lost = whole = 0
    for issue in asked[::15]:
        query = build_query(index, issue, None)
        every = {one.key for one in find_candidates(index, query, terms=choose_terms(query, None, None))[:10]}
        lost += len(every - {one.key for one in find_candidates(index, query)[:10]})
        whole += len(every)
    yield Row("    of the ten best, not found by few terms", lost / max(whole, 1), "")


class Cost(NamedTuple):
    """Seconds by the clock and by the processor, and the most MB that a process held."""

    wall: float
    processor: float
    memory: float


def command(name: str, issues: Iterable[Mapping[str, Any]], path: str) -> Cost:
    """What `rulewright duplicates NAME` costs on a file of these issues, its start and its own children included."""
    file = f"{path}.jsonl"
    with open(file, "w", encoding="utf-8") as stream:
        stream.writelines(f"{json.dumps(one)}\n" for one in issues)
    words = [sys.executable, "-m", "rulewright", "duplicates", name, file, "--db", path]
    started = perf_counter()
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(running.pid, 0)
    wall = perf_counter() - started
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise RuntimeError(f"{name} ended with {running.returncode}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
