"""Example texts fit the patterns that they are made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.evaluate.example_text import example_of_glob, example_of_regex
from rulewright.program.glob import glob_matcher
from rulewright.program.pattern import build_searcher, pattern_problem


@pytest.mark.parametrize(
    ("pattern", "example"),
    [
        (r"(?i)\bcrash(es|ed)?\b", "crash"),
        (r"(?i)\[(p[0-9]|[a-z]+ priority)\]", "[p0]"),
        (r"^(how (do|can)|question:)", "how do"),
        (r"a{3}b{2,5}c*?d+", "aaabbd"),
        (r"(?:x|y){2}[^x]\d\w\s\.", "xx11x ."),
        (r"(?P<word>[[:digit:]]+)[\d]\pL", "11x"),
        (r"a|(b", "a"),
        ("", ""),
    ],
)
def test_an_example(pattern: str, example: str) -> None:
    assert example_of_regex(pattern) == example
    if pattern_problem(pattern) is None and "pL" not in pattern:
        assert build_searcher(pattern)(example)


@pytest.mark.parametrize("glob", ["severity/*", "*", "a?c", "{bug,crash}-*", "x"])
def test_an_example_of_a_glob(glob: str) -> None:
    assert glob_matcher(glob)(example_of_glob(glob))


@given(st.text(st.sampled_from("ab|()[]^-\\dws?*+{}1,."), max_size=20))
def test_any_pattern_has_one(pattern: str) -> None:
    assert isinstance(example_of_regex(pattern), str)
