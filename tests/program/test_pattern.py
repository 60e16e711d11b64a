from __future__ import annotations

import re
import time
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.program.glob import GlobError, _expand, _Star, _tokens, glob_matcher, path_glob_to_regex
from rulewright.program.pattern import (
    PatternError,
    PatternSet,
    build_searcher,
    compile_pattern,
    path_glob_matcher,
    pattern_problem,
)

GLOBS = st.text(alphabet="ab-*?[]!{},\\.", max_size=9)
TEXTS = st.text(alphabet="abAB-*[]{},\\.!?^", max_size=8)


def glob_to_regex(glob: str) -> str:
    """The glob as a regular expression, with the same alternatives and tokens."""

    def part(token: object) -> str:
        if isinstance(token, str):
            return re.escape(token)
        return ".*" if isinstance(token, _Star) else "."

    alternatives = ["".join(map(part, _tokens(alternative, False))) for alternative in _expand(glob)]
    return rf"(?s)\A(?:{'|'.join(alternatives)})\z"


@settings(max_examples=200)
@given(GLOBS, TEXTS)
def test_a_glob_matches_what_its_regex_matches(glob: str, text: str) -> None:
    assert glob_matcher(glob)(text) is (compile_pattern(glob_to_regex(glob)).fullmatch(text) is not None)


@settings(max_examples=200)
@given(st.text(alphabet="ab-*?", max_size=9), st.text(alphabet="ab-\n/", max_size=8))
def test_a_plain_glob_is_fnmatch(glob: str, text: str) -> None:
    assert glob_matcher(glob)(text) is fnmatchcase(text, glob)


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("severity/*", ["severity/high", "severity/"], ["severity", "xseverity/a"]),
        ("*/high", ["severity/high"], ["high"]),
        ("*crash*", ["a crash b", "crash"], ["cras"]),
        ("a*b", ["ab", "axxb"], ["a", "abx"]),
        ("aa*aa", ["aaaa"], ["aaa"]),
        ("", [""], ["a"]),
        ("*", ["", "a/b"], []),
        ("*[bot]", ["dependabot[bot]", "[bot]"], ["scott", "bot", "b"]),
        ("[WIP]*", ["[WIP] x"], ["Please add x", "W"]),
        ("p[!0-3]", ["p[!0-3]"], ["p4"]),
        ("[{P0,P1}]*", ["[P0] a", "[P1]"], ["[P2] a", "P0"]),
        ("a**b", ["ab", "a/x/b"], ["a"]),
        ("[a", ["[a"], ["a"]),
        ("{bug,crash}/*", ["bug/a", "crash/"], ["ui/a"]),
        ("{a,{b,c}}x", ["ax", "bx", "cx"], ["x"]),
        ("{a}", ["{a}"], ["a"]),
        ("\\*", ["*"], ["a", "\\*"]),
        ("a\\", ["a\\"], ["a"]),
        ("?", ["a", "é", "\n"], ["", "ab"]),
    ],
)
def test_globs(glob: str, yes: list[str], no: list[str]) -> None:
    match = glob_matcher(glob)
    assert [text for text in yes if not match(text)] == []
    assert [text for text in no if match(text)] == []


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("*", ["README.md", ".env"], ["a/b"]),
        ("*.md", ["README.md"], ["docs/a.md", "md"]),
        ("**", ["a", "a/b/c"], []),
        ("**/*.md", ["README.md", "docs/a.md", "a/b/c.md"], ["a.mdx"]),
        ("docs/**", ["docs/a", "docs/a/b"], ["docs", "mydocs/a"]),
        ("docs/", ["docs/a", "docs/a/b"], ["docs", "x/docs/a"]),
        ("docs/*", ["docs/a"], ["docs/a/b"]),
        ("/docs/*", ["docs/a"], ["x/docs/a"]),
        ("./docs/*", ["docs/a"], ["x/docs/a"]),
        ("src/**/*.py", ["src/a.py", "src/a/b.py"], ["a.py", "src/a.pyx", "mysrc/a.py"]),
        ("**/tests/**", ["tests/a", "x/tests/a/b"], ["tests", "mytests/a"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
        ("a**", ["a", "ab/c"], ["ba"]),
        ("app/[id]/page.tsx", ["app/[id]/page.tsx"], ["app/i/page.tsx"]),
        ("*.{js,ts}", ["a.js", "a.ts"], ["a.jsx", "x/a.js"]),
        ("**/*.{js,ts}", ["a.js", "x/a.ts"], ["x/a.css"]),
        ("{docs,site}/**", ["docs/a", "site/a/b"], ["doc/a"]),
        ("a?c", ["abc"], ["a/c", "ac"]),
        (r"a\*c", ["a*c"], ["abc"]),
        ("", [""], ["a"]),
    ],
)
def test_globs_of_paths(glob: str, yes: list[str], no: list[str]) -> None:
    match = path_glob_matcher(glob)
    assert [text for text in yes if not match(text)] == []
    assert [text for text in no if match(text)] == []


@settings(max_examples=200)
@given(st.text(alphabet="ab-*?.", max_size=9), st.text(alphabet="ab-.", max_size=8))
def test_within_one_folder_a_path_is_matched_as_a_text_is(glob: str, text: str) -> None:
    assert path_glob_matcher(glob)(text) is glob_matcher(glob)(text)


def test_a_glob_of_paths_does_not_negate() -> None:
    with pytest.raises(GlobError, match="none:"):
        path_glob_to_regex("!docs/**")


def test_case_can_be_ignored() -> None:
    assert glob_matcher("Severity/{B,C}*", True)("SEVERITY/b2")
    assert not glob_matcher("Severity/*")("severity/a")


def test_a_hostile_glob_takes_no_time() -> None:
    start = time.perf_counter()
    assert not glob_matcher("a*?" * 60 + "b")("a" * 3000)
    assert time.perf_counter() - start < 5  # an exponential matcher would not end


def test_too_many_alternatives_are_refused() -> None:
    with pytest.raises(GlobError, match="256"):
        glob_matcher("{a,b}" * 20)


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("(?=a)b", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "back-references"),
        ("a{2000}", "too large"),
        ("((a{100}){100}){100}", "too large"),
        ("a++", "possessive"),
        ("(?x) a", "verbose"),
        (r"a\Z", r"`\z`"),
        ("(", "invalid pattern"),
        ("\ud800", "surrogate"),
        ("a" * 10_001, "longer"),
        (r"(((\pL{10}){10}){10})", "memory"),
    ],
)
def test_what_re2_refuses_gets_a_human_reason(pattern: str, part: str) -> None:
    reason = pattern_problem(pattern)
    assert reason is not None
    assert part in reason
    with pytest.raises(PatternError):
        build_searcher(pattern)


def test_a_good_pattern_searches_anywhere() -> None:
    assert pattern_problem("(?i)crash") is None
    assert build_searcher("(?i)crash$")("a CRASH")
    assert not build_searcher("^crash")("a crash")
    assert build_searcher("b")("a\ud800b")


def test_refusals_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    assert pattern_problem("(?=a)") is not None
    assert capfd.readouterr().err == ""


PATTERNS = st.lists(
    st.one_of(
        st.tuples(st.text(alphabet="ab.*é\ud800", max_size=4), st.just(True)),
        st.tuples(st.sampled_from(["a+b", "^a", "b$", ".", "", "[ab]{2}", "(?i)A"]), st.just(False)),
    ),
    max_size=8,
)


@given(PATTERNS, st.text(alphabet="ab.*é\ud800\n", max_size=12))
def test_a_set_finds_what_each_pattern_finds(patterns: list[tuple[str, bool]], text: str) -> None:
    clean = text.replace("\ud800", "\ufffd")
    expected = [
        index
        for index, (pattern, literal) in enumerate(patterns)
        if (pattern.replace("\ud800", "\ufffd") in clean if literal else re.search(pattern, clean))
    ]
    # Python's `$` also matches before a last line feed, RE2's does not.
    if not clean.endswith("\n"):
        assert PatternSet(patterns).match(text) == expected


def test_a_set_too_large_for_one_automaton_is_spread() -> None:
    heavy = [(rf"(?:\pL{{5}}){{8}}x{index}", False) for index in range(12)]
    patterns = PatternSet([*heavy, ("needle", True)])
    assert len(patterns._sets) > 1
    assert patterns.match("needle " + "a" * 40 + "x7") == [7, 12]


def test_many_literals_in_one_pass() -> None:
    patterns = PatternSet([(f"word {index};", True) for index in range(10_000)])
    assert patterns.match("has word 17; and word 9999;") == [17, 9999]
