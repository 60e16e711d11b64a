"""The official JMESPath cases: each by itself, with its result or its kind of error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rulewright.compile.expression import ExpressionError, ExpressionFailure, search

CASES = Path(__file__).parents[3].parent / "shared" / "conformance" / "jmespath"


def _cases() -> list[Any]:
    found = []
    for file in sorted(CASES.glob("*.json")):
        for block, suite in enumerate(json.loads(file.read_text("utf-8"))):
            for number, case in enumerate(suite["cases"]):
                found.append(pytest.param(suite["given"], case, id=f"{file.stem}-{block}-{number}"))
    return found


def _outcome(text: str, data: Any) -> Any:
    try:
        return ("result", search(text, data))
    except ExpressionError:
        return ("error", "syntax")
    except ExpressionFailure as failure:
        return ("error", failure.kind)


pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the official cases are not beside the checkout")


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


def test_all_908_cases_are_there() -> None:
    assert len(_cases()) == 908
