"""The constants of `rulewright.duplicates.calibration`, from the training split of the generated reports.

    python benchmarks/calibrate.py            prints them, and what they do on both splits
    python benchmarks/calibrate.py --write    writes them

A logistic regression (Newton's method, a ridge of 1) over the evidence for the five best candidates of every
report says how likely a candidate is the same. The bounds of the decision are the lowest that keep the precision
below on the training split. The held-out split is never trained on.
"""

from __future__ import annotations

import sys
from math import exp
from pathlib import Path
from typing import NamedTuple

from paraphrases import generate

from rulewright.duplicates.candidates import find_candidates
from rulewright.duplicates.database import open_in_memory
from rulewright.duplicates.evidence import Evidence, weigh_candidates
from rulewright.duplicates.index import index_issues
from rulewright.duplicates.issue import read_issue
from rulewright.duplicates.query import build_query

TRAINING = ((100, 150), (101, 400), (102, 800), (103, 800))
HELD_OUT = ((200, 150), (201, 400), (202, 800))
"""Seeds and numbers of incidents: indexes of several sizes."""
AGAINST = frozenset({"clash", "differs"})
"""Evidence that may only speak against; all other may only speak for. What the fit turns round is left out."""
CLOSE_PRECISION = 0.995
"""In training; 0.98 is asked for, and held-out text is other text."""
ADVISE_PRECISION = 0.75
LEAST_DECIDED = 60
"""A bound that fewer reports reach says nothing of its precision."""
RIDGE = 1.0
PLACE = Path(__file__).parents[1] / "engine/rulewright/duplicates/calibration.py"

Asked = list[tuple[Evidence, bool]]
"""The best candidates of one report, with whether each is the same."""


class Bounds(NamedTuple):
    """A decision's bounds, with what they do: reports decided, and how many of them rightly."""

    close: float
    margin: float
    decided: int
    right: int


def asked(split: str, runs: tuple[tuple[int, int], ...], limit: int = 5) -> list[Asked]:
    """For every report of the runs its candidates' evidence."""
    out = []
    for seed, incidents in runs:
        corpus = generate(split, seed=seed, incidents=incidents)
        index = open_in_memory()
        issues = [read_issue(issue) for issue in corpus.issues]
        index_issues(index, issues)
        for issue in issues:
            query = build_query(index, issue, None)
            best = find_candidates(index, query)[:limit]
            same = corpus.earlier(int(issue.id))
            labels = [int(one.key) in same for one in best]
            out.append(list(zip(weigh_candidates(index, query, best), labels, strict=True)))
        index.close()
    return out


def signed(rows: list[tuple[tuple[float, ...], bool]]) -> list[float]:
    """Intercept and weights; a weight whose sign makes no sense outside of these reports is zero."""
    used = list(range(len(Evidence._fields)))
    while True:
        weights = fitted([(tuple(features[i] for i in used), same) for features, same in rows])
        wrong = [
            i for i, w in zip(used, weights[1:], strict=True) if (w > 0) == (Evidence._fields[i] in AGAINST)
        ]
        if not wrong:
            out = [weights[0]] + [0.0] * len(Evidence._fields)
            for i, weight in zip(used, weights[1:], strict=True):
                out[i + 1] = weight
            return out
        worst = max(wrong, key=lambda i: abs(weights[1 + used.index(i)]))
        used.remove(worst)


def fitted(rows: list[tuple[tuple[float, ...], bool]]) -> list[float]:
    """Intercept and weights of the logistic regression."""
    width = len(rows[0][0]) + 1
    weights = [0.0] * width
    for _ in range(8):
        gradient = [-RIDGE * w for w in weights]
        gradient[0] = 0.0
        hessian = [[RIDGE if i == j else 0.0 for j in range(width)] for i in range(width)]
        for features, same in rows:
            x = (1.0, *features)
            p = 1 / (1 + exp(-sum(a * b for a, b in zip(weights, x, strict=True))))
            curve = p * (1 - p)
            for i in range(width):
                gradient[i] += (same - p) * x[i]
                line, scaled = hessian[i], curve * x[i]
                for j in range(i + 1):
                    line[j] += scaled * x[j]
        for i in range(width):
            for j in range(i):
                hessian[j][i] = hessian[i][j]
        step = solved(hessian, gradient)
        weights = [w + s for w, s in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-3:
            break
    return weights


def solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss's elimination with pivots."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, size):
            factor = rows[k][i] / rows[i][i]
            for j in range(i, size + 1):
                rows[k][j] -= factor * rows[i][j]
    out = [0.0] * size
    for i in reversed(range(size)):
        out[i] = (rows[i][size] - sum(rows[i][j] * out[j] for j in range(i + 1, size))) / rows[i][i]
    return out


def probability(weights: list[float], evidence: tuple[float, ...]) -> float:
    return 1 / (1 + exp(-sum(a * b for a, b in zip(weights, (1.0, *evidence), strict=True))))


def scores(weights: list[float], reports: list[Asked]) -> list[list[tuple[float, bool]]]:
    return [sorted(((probability(weights, e), same) for e, same in one), reverse=True) for one in reports]


def outcome(scored: list[list[tuple[float, bool]]], close: float, margin: float) -> tuple[int, int]:
    """How many reports a bound decides, and how many of them rightly."""
    decided = right = 0
    for one in scored:
        if one and one[0][0] >= close:
            second = one[1][0] if len(one) > 1 else 0.0
            if one[0][0] - second >= margin or second >= close:
                decided += 1
                right += one[0][1]
    return decided, right


def lowest(scored: list[list[tuple[float, bool]]], precision: float, margins: tuple[float, ...]) -> Bounds:
    """The bounds that decide the most reports at this precision."""
    best = Bounds(1.0, 0.0, 0, 0)
    for margin in margins:
        for step in range(50, 200):
            close = step / 200
            decided, right = outcome(scored, close, margin)
            if decided >= LEAST_DECIDED and right >= precision * decided:
                if decided > best.decided:
                    best = Bounds(close, margin, decided, right)
                break
    return best


def main(arguments: list[str]) -> int:
    training = asked("training", TRAINING)
    weights = signed([(tuple(evidence), same) for one in training for evidence, same in one])
    for name, weight in zip(("intercept", *Evidence._fields), weights, strict=True):
        print(f"{name:14} {weight:8.3f}")
    scored = scores(weights, training)
    close = lowest(scored, CLOSE_PRECISION, (0.0, 0.05, 0.1, 0.2))
    advise = lowest(scored, ADVISE_PRECISION, (0.0,))
    held_out = scores(weights, asked("held_out", HELD_OUT))
    for name, bounds in (("close", close), ("advise", advise)):
        print(name, bounds)
        for split, one in (("training", scored), ("held-out", held_out)):
            decided, right = outcome(one, bounds.close, bounds.margin)
            print(f"  {split}: {decided} of {len(one)}, precision {right / max(decided, 1):.4f}")
    for step in range(10):
        part = [s for one in held_out for p, s in one if step / 10 <= p < (step + 1) / 10]
        share = sum(part) / max(len(part), 1)
        print(f"  held-out scores {step / 10:.1f}-{(step + 1) / 10:.1f}: {len(part)}, same {share:.3f}")
    if "--write" in arguments:
        PLACE.write_text(module(weights, close, advise), "utf-8")
    return 0


def module(weights: list[float], close: Bounds, advise: Bounds) -> str:
    lines = "".join(
        f'    "{name}": {weight:.4f},\n' for name, weight in zip(Evidence._fields, weights[1:], strict=True)
    )
    return f'''"""Constants of the decision, made by `benchmarks/calibrate.py` from generated reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERCEPT: Final = {weights[0]:.4f}
WEIGHTS: Final[Mapping[str, float]] = {{
{lines}}}
"""Field of `Evidence` → its weight in the logarithm of the odds that two issues are the same."""
CLOSE: Final = {close.close}
"""The least score to close at: {close.right} of {close.decided} were right in training."""
MARGIN: Final = {close.margin}
"""The least distance of the second candidate, unless that is close enough to close at as well."""
ADVISE: Final = {advise.close}
"""The least score to speak of a duplicate: {advise.right} of {advise.decided} were right in training."""
'''


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
