"""Duplicates: what is found, what would be closed, how fast, on the held-out split of the generated reports.

    python benchmarks/run.py duplicates                  up to 10,000 issues
    RULEWRIGHT_BENCH=100000 python benchmarks/run.py duplicates

Difflib stands for how it is done in scripts everywhere: the ratio over title and body of every earlier issue.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from itertools import chain
from pathlib import Path
from time import perf_counter, process_time

from measure import Row
from paraphrases import Corpus, filler, generate

from rulewright.facts.duplicates.channels import by_words, candidates
from rulewright.facts.duplicates.database import Index, memory, open_index
from rulewright.facts.duplicates.index import index_issues
from rulewright.facts.duplicates.issue import Issue, read_issue
from rulewright.facts.duplicates.query import chosen, prepare
from rulewright.facts.duplicates.search import search

ASKED = 60
"""Reports that difflib is asked about; each costs it a second or two."""
CLOSES = 200
LARGEST = int(os.environ.get("RULEWRIGHT_BENCH", "10000"))


def rows() -> Iterator[Row]:
    """Every figure beside what is asked."""
    yield from quality()
    yield from closes()
    yield from speed()


def indexed(corpus: Corpus) -> tuple[Index, list[Issue]]:
    index = memory()
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
        query = prepare(index, issue, None)
        return [int(one.key) for one in candidates(index, query, terms=chosen(query, None, None))[:10]]

    def fts(issue: Issue) -> list[int]:
        query = prepare(index, issue, None)
        return [int(row[0]) for row in keys(index, by_words(index, query, chosen(query, None, None), 11))][
            :10
        ]

    def ours(issue: Issue) -> list[int]:
        return [int(one.id) for one in search(index, issue, within=None).candidates]

    full, found = recall(repeated, every), recall(repeated, ours)
    yield Row(f"recall at 10, {len(repeated)} repeated of {len(issues)} reports", found, "")
    yield Row("    FTS5's own order over every term", recall(repeated, fts), "")
    yield Row("    lost by looking up few terms", full - found, "", 0.02)
    some = repeated[:: max(1, len(repeated) // ASKED)][:ASKED]
    theirs = recall(some, lambda issue: by_difflib(issue, issues))
    yield Row(f"    difflib, on {len(some)} of them", theirs, "")
    yield Row("    against difflib", recall(some, ours) / max(theirs, 0.001), "×", 1.5, "higher")
    index.close()


def keys(index: Index, found: list[int]) -> list[tuple[str]]:
    return [index.execute("SELECT key FROM issues WHERE row = ?", (row,)).fetchone() for row in found]


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
            answer = search(index, issue, within=None)
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


def speed() -> Iterator[Row]:
    """Indexing into a file, and queries against it, as the index grows."""
    sizes = [size for size in (1_000, 10_000, 100_000) if size <= LARGEST]
    reports = [read_issue(issue) for issue in generate("held_out", seed=2, incidents=150).issues]
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "index.db")
            index = open_index(path, write=True)
            started, worked = perf_counter(), process_time()
            index_issues(index, (read_issue(issue) for issue in filler(size, seed=3)))
            wall, cpu = perf_counter() - started, process_time() - worked
            made = made_in(size)
            last = size == sizes[-1]
            yield Row(
                f"{size:,} issues: indexed",
                size / max(wall - made[0], 0.001),
                "/s",
                3000 if last else None,
                "higher",
            )
            yield Row("    by processor time", size / max(cpu - made[1], 0.001), "/s")
            yield Row("    bytes of the file per issue", os.path.getsize(path) / size, " B")
            index_issues(index, (one._replace(id=f"r{one.id}") for one in reports))
            asked = chain(reports[:150], (read_issue(issue) for issue in filler(150, seed=4, first=size)))
            times, lost, whole = [], 0, 0
            late = 9e9
            for number, issue in enumerate(asked):
                issue = issue._replace(id=f"q{number}", created=late)
                started = perf_counter()
                found = search(index, issue, within=None)
                times.append(perf_counter() - started)
                if number % 15 == 0:
                    query = prepare(index, issue, None)
                    every = {
                        one.key for one in candidates(index, query, terms=chosen(query, None, None))[:10]
                    }
                    few = {one.key for one in candidates(index, query)[:10]}
                    lost, whole = lost + len(every - few), whole + len(every)
                    del found
            times.sort()
            yield Row("    query, median", times[len(times) // 2] * 1e3, " ms")
            yield Row(
                "    query, 95th percentile", times[len(times) * 95 // 100] * 1e3, " ms", 20 if last else None
            )
            yield Row("    of the ten best, not found by few terms", lost / max(whole, 1), "")
            index.close()


def made_in(size: int) -> tuple[float, float]:
    """Seconds that making up the issues takes alone, by the clock and by the processor."""
    started, worked = perf_counter(), process_time()
    for issue in filler(size, seed=3):
        read_issue(issue)
    return perf_counter() - started, process_time() - worked
