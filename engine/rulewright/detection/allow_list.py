"""The allow-list: domains and numbers set aside for examples, and the user's own entries.

An entry is a text (compared without case), a glob when it holds `*` or `?`, or a domain: it then stands for every
address at it and below it. A telephone number is compared by its digits, however it is grouped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.policy.diagnostics import UsageError
from rulewright.program.glob import GlobError, glob_matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DOMAINS: Final = ("example.com", "test.com", "users.noreply.github.com")

_NUMBER: Final = re.compile(r"\+?[\d ().\-/]{7,}")
_DOMAIN: Final = re.compile(r"@?[\w-]+(?:\.[\w-]+)+")
_DIGITS: Final = re.compile(r"\d+")


class AllowList:
    """An allow-list made ready. Raises UsageError for a glob that cannot be read."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self.texts: set[str] = set()
        self.domains: set[str] = set(DOMAINS)
        self.numbers: set[str] = set()
        self.globs: list[Callable[[str], bool]] = []
        for entry in entries:
            self._add(entry.strip())

    def _add(self, entry: str) -> None:
        if "*" in entry or "?" in entry:
            try:
                self.globs.append(glob_matcher(entry, ignore_case=True))
            except GlobError as error:
                raise UsageError(f"`{entry[:40]}` cannot be an exception: {error}") from None
            return
        self.texts.add(entry.lower())
        if _NUMBER.fullmatch(entry):
            self.numbers.add("".join(_DIGITS.findall(entry)))
        if _DOMAIN.fullmatch(entry):
            self.domains.add(entry.lower().removeprefix("@"))

    def __call__(self, kind: str, value: str) -> bool:
        """Whether the text `value`, found to be of `kind`, is allowed."""
        lower = value.lower()
        if lower in self.texts or (self.globs and any(match(value) for match in self.globs)):
            return True
        if kind == "email":
            return self._domain(lower.rpartition("@")[2])
        if kind == "phone":
            digits = "".join(_DIGITS.findall(re.split(r"[xe#]", lower, maxsplit=1)[0]))
            return digits in self.numbers or is_fictional_number(digits)
        return False

    def _domain(self, domain: str) -> bool:
        while domain not in self.domains:
            _, dot, domain = domain.partition(".")
            if not dot:
                return False
        return True


def is_fictional_number(digits: str) -> bool:
    """Whether a North American number is one of films and manuals: 555 as its exchange or area."""
    national = digits.removeprefix("00").removeprefix("1")
    if len(national) == 10:
        return national[:3] == "555" or national[3:6] == "555"
    return len(national) == 7 and national[:3] == "555"
