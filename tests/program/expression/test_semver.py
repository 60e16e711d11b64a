from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.program.expression import ExpressionFailure, search
from rulewright.program.expression.semver import (
    RangeError,
    compare_versions,
    parse_range,
    parse_version,
    satisfies,
)

# Semantic Versioning 2.0.0, §11.
ASCENDING = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "2.0.0",
    "2.1.0",
    "2.1.1",
]


@pytest.mark.parametrize(("low", "high"), list(combinations(ASCENDING, 2)))
def test_precedence_is_the_specification_s(low: str, high: str) -> None:
    one, other = parse_version(low), parse_version(high)
    assert one is not None
    assert other is not None
    assert (compare_versions(one, other), compare_versions(other, one), compare_versions(one, one)) == (
        -1,
        1,
        0,
    )


@pytest.mark.parametrize(
    "text",
    [
        "1.0.0-0A.is.legal",
        "1.0.0-0-0",
        "1.0.0+21AF26D3---117B344092BD",
        "1.0.0-alpha+001",
        "0.0.0",
        "1.0.0--",
    ],
)
def test_valid_versions(text: str) -> None:
    assert parse_version(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "01.2.3",
        "1.2.3-01",
        "1.2.3-",
        "1.2.3+",
        "v1.2.3",
        "1.2.3-a..b",
        "1.2.3 ",
        "１.2.3",
        "1.2.3\n",
    ],
)
def test_invalid_versions(text: str) -> None:
    assert parse_version(text) is None


def test_build_metadata_has_no_precedence() -> None:
    one, other = parse_version("1.0.0+a"), parse_version("1.0.0+b")
    assert one is not None
    assert other is not None
    assert compare_versions(one, other) == 0


@pytest.mark.parametrize(
    ("wanted", "inside", "outside"),
    [
        ("1.2.3", "1.2.3 1.2.3+x", "1.2.4 1.2.3-rc.1"),
        (">=1.2.0 <2.0.0", "1.2.0 1.99.0", "1.1.9 2.0.0 2.0.0-rc.1"),
        (">=1.2.0, <2.0.0", "1.2.0", "2.0.0"),
        ("1.2.x", "1.2.0 1.2.9", "1.3.0 1.1.9"),
        ("1.x", "1.0.0 1.9.9", "2.0.0"),
        ("1.2", "1.2.7", "1.3.0"),
        ("*", "0.0.0 9.9.9", "1.0.0-rc.1"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2"),
        ("~1.2", "1.2.0", "1.3.0"),
        ("~1", "1.9.0", "2.0.0"),
        ("^1.2.3", "1.2.3 1.9.0", "2.0.0 1.2.2"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0.0", "0.0.9", "0.1.0"),
        ("^0", "0.9.0", "1.0.0"),
        (">1.2", "1.3.0", "1.2.9"),
        ("<=1.2", "1.2.9 1.0.0", "1.3.0"),
        ("<1.2", "1.1.9", "1.2.0"),
        (">=1.2", "1.2.0", "1.1.9"),
        ("^1.0.0 || 3.x", "1.5.0 3.1.0", "2.0.0 4.0.0"),
        (">=1.0.0-rc.1", "1.0.0-rc.2 1.0.0 1.1.0", "1.1.0-rc.1 1.0.0-alpha"),
        (">*", "", "1.0.0"),
        (">= 1.0.0", "1.0.0", "0.9.0"),
    ],
)
def test_ranges(wanted: str, inside: str, outside: str) -> None:
    parsed = parse_range(wanted)
    for text in inside.split():
        version = parse_version(text)
        assert version is not None
        assert satisfies(version, parsed), text
    for text in outside.split():
        version = parse_version(text)
        assert version is not None
        assert not satisfies(version, parsed), text


@pytest.mark.parametrize("text", ["nope", ">=", "1.2.3.4", ">=1.0.0 and <2", "^^1", "x" * 2000])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(RangeError):
        parse_range(text)


@given(st.text(alphabet="0123.xX*<>=~^|- v,rc+", max_size=25))
def test_any_text_is_a_range_or_refused(text: str) -> None:
    version = parse_version("1.2.3")
    assert version is not None
    try:
        answer = satisfies(version, parse_range(text))
    except RangeError:
        return
    assert answer in (True, False)


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        ("1.4.1-0123456", "1.4.0-abcdef0", 1),
        ("1.4.1-0123456", "1.4.1-0123456", 0),
        ("1.4.1-0123456", "1.4.1", 0),
        ("1.4.1-rc.1-0123456", "1.4.1-0123456", -1),
        ("1.4.1-01234567890123456789", "1.4.2", -1),
        ("1.4.1-0123456", "1.4.1-6543210", None),
        ("1.4.1-012345", "1.4.1", "none"),
    ],
)
def test_the_hash_of_a_commit_has_no_order(left: str, right: str, order: Any) -> None:
    """As in the tags of images: `1.4.1-0123456` is no pre-release with a leading zero."""
    if order in (None, "none"):
        with pytest.raises(
            ExpressionFailure, match="no order" if order is None else "not a semantic version"
        ):
            search(f"semver_compare('{left}', '{right}')", {})
    else:
        assert search(f"semver_compare('{left}', '{right}')", {}) == order
        assert search(f"semver_satisfies('{left}', '>=1.4.0')", {}) is (left != "1.4.1-rc.1-0123456")
