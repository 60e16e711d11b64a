"""Cases that must not pass: each is in error or fails, and says where, why and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

WRONG = YAML(typ="safe", pure=True).load(Path(__file__).with_name("wrong.yaml").read_text("utf-8"))


def said(case):
    """All problems of a case on one line."""
    out = []
    for problem in case.problems:
        text = f"{case.status} {problem.span.line}: {problem.message}"
        text += f" [{problem.code}]" if problem.code else ""
        text += f" ({problem.hint})" if problem.hint else ""
        out.append(" | ".join((text, *problem.details)))
    return "; ".join(out)


@pytest.mark.parametrize("one", WRONG, ids=[one["name"] for one in WRONG])
def test_a_wrong_case_does_not_pass(tested, one):
    run = tested(one["cases"])
    assert not run.passed
    (case,) = run.cases
    assert said(case) == one["expect"]
