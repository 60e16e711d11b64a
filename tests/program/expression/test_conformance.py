"""The official JMESPath cases, and ours of what they leave out: each with its result or its kind of error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from external_data import jmespath_files
from rulewright.program.expression import ExpressionError, ExpressionFailure, search

OWN = YAML(typ="safe", pure=True).load((Path(__file__).parent / "standard.yaml").read_text("utf-8"))


def _cases() -> list[Any]:
    files = [(file.stem, json.loads(file.read_text("utf-8"))) for file in jmespath_files()]
    found = []
    for name, suites in [*files, ("own", OWN)]:
        for block, suite in enumerate(suites):
            for number, case in enumerate(suite["cases"]):
                found.append(pytest.param(suite["given"], case, id=f"{name}-{block}-{number}"))
    return found


def _outcome(text: str, data: Any) -> Any:
    try:
        return ("result", search(text, data))
    except ExpressionError:
        return ("error", "syntax")
    except ExpressionFailure as failure:
        return ("error", failure.kind)


@pytest.mark.parametrize(("given", "case"), _cases())
def test_official_case(given: Any, case: dict[str, Any]) -> None:
    before = json.dumps(given)
    outcome = _outcome(case["expression"], given)
    if "error" in case:
        assert outcome == ("error", case["error"])
    elif "result" in case:
        assert outcome == ("result", case["result"])
        assert json.dumps(outcome[1]) == json.dumps(
            case["result"]
        )  # 1 and true, 1 and 1.0 are equal to Python
    else:
        assert outcome[0] == "result"  # a benchmark: it only has to run
    assert json.dumps(given) == before


def test_all_official_cases_are_there() -> None:
    assert len(_cases()) - sum(len(suite["cases"]) for suite in OWN) == 849
