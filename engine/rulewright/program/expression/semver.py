"""Semantic Versioning 2.0.0: parsing, precedence (§11), and ranges.

A range is alternatives joined by `||`, each a list of comparators that must all hold, parted by spaces or
commas:

    1.2.3  =1.2.3    that version             >=1.2.0 <2.0.0   both
    1.2.x  1.x  *    any patch, minor, all    1.2              1.2.x
    ~1.2.3           >=1.2.3 <1.3.0           ^1.2.3           >=1.2.3 <2.0.0 (^0.2.3: <0.3.0)

A pre-release satisfies a range only where a comparator of that alternative names a pre-release of the same
major.minor.patch, so that `>=1.0.0` does not take `2.0.0-rc.1`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from typing import Final

from rulewright.policy.lazy import defer_pattern

MAX_VERSION: Final = 256
"""Code points of one version: as much as npm takes."""

_NUMBER = r"(?:0|[1-9][0-9]{0,17})"
_PRERELEASE = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_TAIL = rf"(?:-({_PRERELEASE}(?:\.{_PRERELEASE})*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
_VERSION = defer_pattern(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER}){_TAIL}")
_COMMIT = defer_pattern(r"([^+]*)-([0-9a-f]{7,40})")
_PARTIAL = defer_pattern(rf"v?({_NUMBER}|[xX*])(?:\.({_NUMBER}|[xX*])(?:\.({_NUMBER}|[xX*]){_TAIL})?)?")
_COMPARATOR = defer_pattern(r"(>=|<=|>|<|=|~|\^)?\s*([^\s,<>=~^]+)[\s,]*")


class RangeError(ValueError):
    """Text that is no range of versions."""


@dataclass(frozen=True, slots=True)
class SemanticVersion:
    """One version. `build` counts nothing in precedence, nor does `commit`: the hash that stands behind the version in
    the tag of an image, `1.4.1-0a1b2c3`, where `+` may not stand."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    commit: str = ""

    @property
    def core(self) -> tuple[int, int, int]:
        """Major, minor, patch."""
        return self.major, self.minor, self.patch

    @property
    def key(self) -> tuple[int, int, int, bool, tuple[tuple[int, int, str], ...]]:
        """Sorts by precedence: a pre-release before its release, numeric identifiers before others."""
        identifiers = tuple(
            (0, int(each), "") if each.isdigit() else (1, 0, each) for each in self.prerelease
        )
        return (*self.core, not self.prerelease, identifiers)


@lru_cache(maxsize=2048)
def parse_version(text: str) -> SemanticVersion | None:
    """The version that `text` is, exactly as the specification has it (no `v` before it), with or without the hash of
    a commit behind it; or None."""
    if len(text) > MAX_VERSION:
        return None
    tag = _COMMIT.fullmatch(text)
    found = _VERSION.fullmatch(text if tag is None else tag[1])
    if found is None:
        return None
    version = _version(found.groups())
    return version if tag is None else replace(version, commit=tag[2])


def _version(groups: tuple[str | None, ...]) -> SemanticVersion:
    major, minor, patch, prerelease, build = groups
    return SemanticVersion(
        _number(major),
        _number(minor),
        _number(patch),
        prerelease=tuple(prerelease.split(".")) if prerelease else (),
        build=tuple(build.split(".")) if build else (),
    )


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 0


def compare_versions(left: SemanticVersion, right: SemanticVersion) -> int:
    """-1, 0 or 1 by precedence."""
    one, other = left.key, right.key
    return (one > other) - (one < other)


_Comparator = tuple[str, SemanticVersion]
Range = tuple[tuple[_Comparator, ...], ...]


@lru_cache(maxsize=512)
def parse_range(text: str) -> Range:
    """Alternatives of comparators (`<`, `<=`, `>`, `>=`, `=` with a version). Raises RangeError."""
    if len(text) > 4 * MAX_VERSION:
        raise RangeError("the range is too long")
    return tuple(_alternative(part.strip()) for part in text.split("||"))


def _alternative(text: str) -> tuple[_Comparator, ...]:
    found: list[_Comparator] = []
    position = 0
    while position < len(text):
        match = _COMPARATOR.match(text, position)
        version = _PARTIAL.fullmatch(match[2]) if match is not None else None
        if match is None or version is None:
            raise RangeError(f"`{text[position : position + 40]}` is not a comparator such as `>=1.2.0`")
        found.extend(_comparators(match[1] or "=", version.groups()))
        position = match.end()
    if not found and text not in ("", "*", "x", "X", "=*"):
        found.append((">=", SemanticVersion(0, 0, 0)))
    return tuple(found)


def _comparators(operator: str, groups: tuple[str | None, ...]) -> list[_Comparator]:
    """A comparator with wildcards as comparators with full versions; none means any version."""
    numbers = tuple(takewhile(lambda part: part is not None and part.isdigit(), groups[:3]))
    known = len(numbers)
    low = _version(groups if known == 3 else (*numbers, *[None] * (5 - known)))
    if operator == "^":
        return _between(low, _caret_step(low, known)) if known else []
    if operator == "~":
        return _between(low, min(known, 2) - 1) if known else []
    if known == 3:
        return [(operator, low)]
    if known == 0:
        return [("<", SemanticVersion(0, 0, 0, ("0",)))] if operator in ("<", ">") else []
    after = _raised(low, known - 1)
    return {
        "=": [(">=", low), ("<", after)],
        ">=": [(">=", low)],
        "<": [("<", low)],
        ">": [(">=", after)],
        "<=": [("<", after)],
    }[operator]


def _caret_step(low: SemanticVersion, known: int) -> int:
    """Which number `^` holds fixed: the first that is not 0, of those written."""
    for index, value in enumerate(low.core[:known]):
        if value:
            return index
    return known - 1


def _between(low: SemanticVersion, step: int) -> list[_Comparator]:
    return [(">=", low), ("<", _raised(low, step))]


def _raised(version: SemanticVersion, step: int) -> SemanticVersion:
    """The first version in which the number at `step` is one higher."""
    major, minor, patch = [*version.core[:step], version.core[step] + 1, 0, 0][:3]
    return SemanticVersion(major, minor, patch)


def satisfies(version: SemanticVersion, wanted: Range) -> bool:
    """Whether one alternative of the range takes the version."""
    return any(_all_hold(version, comparators) for comparators in wanted)


def _all_hold(version: SemanticVersion, comparators: tuple[_Comparator, ...]) -> bool:
    if version.prerelease and not any(
        each.prerelease and each.core == version.core for _, each in comparators
    ):
        return False
    return all(_holds(operator, compare_versions(version, each)) for operator, each in comparators)


def _holds(operator: str, order: int) -> bool:
    if operator == "=":
        return order == 0
    if order == 0:
        return operator in ("<=", ">=")
    return (operator[0] == "<") is (order < 0)
