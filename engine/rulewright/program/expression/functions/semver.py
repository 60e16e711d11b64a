"""Functions over semantic versions; the rules stand in `expression/semver.py`."""

from __future__ import annotations

from functools import partial

from rulewright.policy.diagnostics import shorten
from rulewright.program.expression.errors import ExpressionFailure
from rulewright.program.expression.functions.model import Example, Function, Raises
from rulewright.program.expression.semver import (
    RangeError,
    SemanticVersion,
    compare_versions,
    parse_range,
    parse_version,
    satisfies,
)

_NO_VERSION: Raises = (("invalid-value", "a text is not a semantic version"),)


def _version(function: str, text: str) -> SemanticVersion:
    version = parse_version(text)
    if version is None:
        shown = shorten(text, 40)
        raise ExpressionFailure("invalid-value", f"{function}(): `{shown}` is not a semantic version")
    return version


def _parse(text: str) -> object:
    version = parse_version(text)
    if version is None:
        return None
    found: dict[str, object] = {
        "major": version.major,
        "minor": version.minor,
        "patch": version.patch,
        "prerelease": list(version.prerelease),
        "build": list(version.build),
    }
    return {**found, "commit": version.commit} if version.commit else found


def _compare(left: str, right: str) -> int:
    one, other = _version("semver_compare", left), _version("semver_compare", right)
    order = compare_versions(one, other)
    if not order and one.commit and other.commit and one.commit != other.commit:
        raise ExpressionFailure(
            "invalid-value",
            f"semver_compare(): {left[:60]} and {right[:60]} are the same version of two commits, which have no order",
        )
    return order


def _satisfies(version: str, wanted: str) -> bool:
    try:
        return satisfies(_version("semver_satisfies", version), parse_range(wanted))
    except RangeError as error:
        raise ExpressionFailure("invalid-value", f"semver_satisfies(): {error}") from None


def _sort(versions: list[str]) -> list[str]:
    return sorted(versions, key=lambda text: _version("semver_sort", text).key)


def _step(before: str, after: str) -> str | None:
    one, other = _version("semver_step", before), _version("semver_step", after)
    for name in ("major", "minor", "patch", "prerelease"):
        if getattr(one, name) != getattr(other, name):
            return name
    return None


_row = partial(Function, family="semver", raises=_NO_VERSION)


SEMVER: tuple[Function, ...] = (
    _row(
        "semver_parse(text: string) -> object or null",
        "Major, minor, patch, prerelease and build of a Semantic Versioning 2.0.0 version, and the `commit` whose "
        "hash is appended to it; null if the text is not a version.",
        Example(
            "semver_parse(@)",
            "1.4.0-rc.1+5c0ffee",
            {"major": 1, "minor": 4, "patch": 0, "prerelease": ["rc", "1"], "build": ["5c0ffee"]},
        ),
        _parse,
        raises=(),
    ),
    _row(
        "semver_compare(left: string, right: string) -> number",
        "-1, 0 or 1 if the left version precedes, equals or follows the right version. The hash of a commit behind a "
        "version, as in the tag `1.4.1-0a1b2c3`, is ignored.",
        Example("semver_compare(@, '1.10.0')", "1.9.0", -1),
        _compare,
        raises=(
            (
                "invalid-value",
                "a text is not a semantic version, or both are the same version of two commits",
            ),
        ),
    ),
    _row(
        "semver_satisfies(version: string, range: string) -> boolean",
        "Whether the version satisfies a range such as `>=1.2.0 <2.0.0`, `~1.2`, `^1.4.0 || 2.x`. A pre-release "
        "satisfies it only if the range names a pre-release of the same version.",
        Example("semver_satisfies(@, '^1.4.0')", "1.9.3", True),
        _satisfies,
        raises=(("invalid-value", "the text is not a semantic version, or the range is invalid"),),
    ),
    _row(
        "semver_sort(versions: array[string]) -> array[string]",
        "The versions in ascending precedence.",
        Example("semver_sort(@)", ["1.10.0", "1.9.0", "1.10.0-rc.1"], ["1.9.0", "1.10.0-rc.1", "1.10.0"]),
        _sort,
    ),
    _row(
        "semver_step(before: string, after: string) -> string or null",
        "The first part that differs: `major`, `minor`, `patch` or `prerelease`; null if none differs.",
        Example("semver_step(@, '2.0.0')", "1.9.3", "major"),
        _step,
    ),
)
