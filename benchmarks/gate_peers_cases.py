"""Hard cases of suites for `gate_peers.py`: what do the commands of the compared packages say of each?

The same cases are written in the format of each tool, as far as it can hold them, and its own command is run; a drop of
10 points is tolerated. A tool without a word for a case that gave an error is given a case that did not pass, which is
what its own runners write. pytest-benchmark compares benchmarks in place of cases: where half of them are gone, and
where every one raises.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from measure import Row

Case = tuple[str, bool | None]
"""An id, and whether the case passed; None: it gave an error."""
Side = list[Case]


class Hard(NamedTuple):
    """A comparison that must not pass."""

    name: str
    before: Side
    now: Side


class Answer(NamedTuple):
    """`passes`: exit code 0. `said`: a few words of what was printed."""

    code: int
    said: str

    @property
    def passes(self) -> bool:
        return self.code == 0


def suite(size: int, passed: int) -> Side:
    """The first cases fail."""
    return [(f"case-{number:03}", number >= size - passed) for number in range(size)]


HARD = (
    Hard("half of the suite is missing, the failing half", suite(100, 90), suite(100, 90)[50:]),
    Hard(
        "4 of 20 ids twice: failed, then passed",
        suite(20, 20),
        [*suite(20, 16), *((name, True) for name, _ in suite(4, 0))],
    ),
    Hard(
        "every case gave an error, on both sides",
        [(name, None) for name, _ in suite(20, 0)],
        [(name, None) for name, _ in suite(20, 0)],
    ),
    Hard("every case gives an error now", suite(20, 18), [(name, None) for name, _ in suite(20, 0)]),
    Hard("0 of 4 pass, as before", suite(4, 0), suite(4, 0)),
    Hard("0 of 4 pass, before 4 of 4", suite(4, 4), suite(4, 0)),
)

GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: suite }
on: [manual]
objectives:
  - id: answers
    source: { jsonl: now.jsonl, select: passed }
    pair_by: id
    aggregate: rate
    direction: higher
    unit: "%"
    max_drop: 10%
    baseline: { from: { file: before.jsonl }, max_regression: 10% }
"""

LCB_TEST = """\
import json, pathlib

def read(name):
    return [json.loads(line)["passed"] for line in pathlib.Path(name).read_text().splitlines()]

def trial(outcome):
    if outcome is None:
        raise RuntimeError("the case gave an error")
    return outcome

def test_suite(lcb):
    before, now = read("before.jsonl"), read("now.jsonl")
    rate = sum(outcome is True for outcome in before) / len(before)
    lcb.check(lambda i: trial(now[i]), n=len(now), threshold=max(0, rate - 0.1))
"""


REFUSED = "refused"
"""No verdict, but an error."""


SPEED_TEST = """\
import pytest

@pytest.mark.parametrize("case", range({size}))
def test_case(benchmark, case):
    benchmark({job})
"""


def run(home: Path, *words: str) -> tuple[int, str]:
    environment = {
        **os.environ,
        "RULEWRIGHT_CACHE_DIR": str(home / "cache"),
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }
    environment.pop("GITHUB_ACTIONS", None)
    done = subprocess.run(
        [sys.executable, *words], cwd=home, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def write_sides(home: Path, hard: Hard, *, key: str = "id", has_errors: bool = True) -> None:
    """One JSON object a line. Without a word for errors they are cases that did not pass."""
    for side, cases in (("before", hard.before), ("now", hard.now)):
        lines = [
            {key: name, "passed": passed if has_errors else bool(passed), "build": side}
            for name, passed in cases
        ]
        (home / f"{side}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def ask_rulewright(home: Path, hard: Hard) -> Answer:
    write_sides(home, hard)
    (home / "gate.yaml").write_text(GATE)
    code, text = run(home, "-m", "rulewright", "gate", "gate.yaml", "--format", "json")
    objective = json.loads(text)["gates"][0]["objectives"][0]
    return Answer(code, " ".join(filter(None, (objective["verdict"], objective["code"]))))


def ask_statgate(home: Path, hard: Hard) -> Answer:
    write_sides(home, hard, key="case_id", has_errors=False)
    words = ["--metric", "pass_rate", "--margin", "0.1", "--alpha", "0.1", "--seed", "1", "--format", "json"]
    code, text = run(home, "-m", "statgate", "compare", "before.jsonl", "now.jsonl", *words)
    found = re.search(r"SHIP|BLOCK|INCONCLUSIVE", text)
    return Answer(code, found[0] if found else REFUSED)


def ask_lcb(home: Path, hard: Hard) -> Answer:
    write_sides(home, hard)
    (home / "test_suite.py").write_text(LCB_TEST)
    code, text = run(home, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_suite.py")
    found = re.search(r"LCB [0-9.]+ \S+ [0-9.]+", text)
    return Answer(code, f"{'PASS' if not code else 'FAIL'}{f': {found[0]}' if found else ''}")


def ask_evalgate(home: Path, hard: Hard) -> Answer:
    """Its own runner grades texts, here ids, and writes the result with the fingerprint of the texts."""
    from llm_evalgate import BenchmarkRunner, BenchSample, Dimension

    class Stored(Dimension):
        def __init__(self, outcomes: list[bool]) -> None:
            super().__init__()
            self.outcomes = iter(outcomes)

        def evaluate(self, text: str) -> tuple[float, str]:
            return float(next(self.outcomes)), text

    for name, side in (("before", hard.before), ("now", hard.now)):
        samples = [BenchSample(text=case, label=True) for case, _ in side]
        result = BenchmarkRunner(Stored([bool(passed) for _, passed in side])).run(samples, ci=False)
        result.save(home / f"{name}.json")
    words = ("now.json", "before.json", "--metrics", "accuracy", "--threshold", "0.1")
    code, text = run(home, "-m", "llm_evalgate.gate", *words)
    found = re.search(r"GateReport: (PASS|FAIL)", text)
    return Answer(code, found[1] if found else REFUSED)


def ask_pytest_benchmark(home: Path, hard: Hard) -> Answer | None:
    """Two cases of `HARD` have a like among benchmarks."""
    test = SPEED_TEST
    if "missing" in hard.name:
        before, now = test.format(size=8, job="sum, range(999)"), test.format(size=4, job="sum, range(999)")
    elif "now" in hard.name:
        before, now = test.format(size=4, job="sum, range(999)"), test.format(size=4, job="int, 'none'")
    else:
        return None
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--benchmark-storage=kept", "test_speed.py")
    (home / "test_speed.py").write_text(before)
    run(home, *words, "--benchmark-autosave")
    (home / "test_speed.py").write_text(now)
    # What is asked is what becomes of absent benchmarks: the limit is far from noise.
    code, _ = run(home, *words, "--benchmark-compare", "--benchmark-compare-fail=median:900%")
    return Answer(code, "PASS" if not code else "FAIL: a test failed")


TOOLS: dict[str, Callable[[Path, Hard], Answer | None]] = {
    "Rulewright": ask_rulewright,
    "statgate": ask_statgate,
    "lcb-gate": ask_lcb,
    "llm-evalgate": ask_evalgate,
    "pytest-benchmark": ask_pytest_benchmark,
}


def ask(tool: str, hard: Hard) -> Answer | None:
    with tempfile.TemporaryDirectory() as folder:
        return TOOLS[tool](Path(folder), hard)


def write_table() -> Iterator[str]:
    """Markdown: what each tool says, and its exit code."""
    yield "### Hard cases\n"
    yield f"| case | {' | '.join(TOOLS)} |"
    yield f"|---|{'---|' * len(TOOLS)}"
    for hard in HARD:
        answers = [ask(tool, hard) for tool in TOOLS]
        cells = ["–" if answer is None else f"{answer.said} ({answer.code})" for answer in answers]
        yield f"| {hard.name} | {' | '.join(cells)} |"


def rows() -> Iterator[Row]:
    for hard in HARD:
        answer = ask("Rulewright", hard)
        yield Row(f"{hard.name}: passes", float(answer is None or answer.passes), "", 0)


if __name__ == "__main__":
    print("\n".join(write_table()))
