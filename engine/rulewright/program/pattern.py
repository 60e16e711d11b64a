"""Patterns that cannot explode: regular expressions by RE2, globs by a linear matcher of our own.

RE2 is imported when the first regular expression is used (25 ms). It matches UTF-8, so a lone surrogate,
which UTF-8 does not have, is read as U+FFFD. A regular expression searches (`^` and `$` anchor); a glob
matches the whole text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, AnyStr, Final, Protocol

from rulewright.policy.diagnostics import RulewrightError
from rulewright.policy.lazy import defer_pattern
from rulewright.program.glob import path_glob_to_regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MAX_PATTERN: Final = 10_000
"""Code points of one regular expression."""

_PROGRAM_MEMORY: Final = 8 << 20
_SET_MEMORY: Final = 256 << 20
_SET_SIZE: Final = 400_000
"""Instructions of RE2 in one automaton of a set: more are spread over several."""
_SURROGATE = defer_pattern("[\ud800-\udfff]")

_REASONS: Final = (
    (
        r"\(\?<?[=!]",
        "look-around is not supported",
        "combine several conditions with `all:` and `none:` instead",
    ),
    (
        r"\(\?>|[*+?}]\+",
        "atomic groups and possessive quantifiers are not supported",
        "remove them; RE2 does not backtrack",
    ),
    (
        r"\\[1-9]|\(\?P=|\\k",
        "back-references are not supported",
        "match the repeated part with a separate condition",
    ),
    (r"\(\?\(", "conditional groups are not supported", "write two conditions under `any:`"),
    (r"\\Z", "`\\Z` is not supported", "write `\\z` for the end of the text"),
    (r"\\[uUN]", "`\\u` escapes are not supported", "write `\\x{1F600}`, or the character itself"),
    (r"\(\?#", "comments are not supported", "put the comment in the YAML"),
    (r"\(\?[a-zA-Z]*x", "verbose mode is not supported", "write the pattern on one line"),
)


class CompiledPattern(Protocol):
    """What is used of RE2's compiled patterns. Matches are like those of `re`."""

    programsize: int

    def search(self, text: AnyStr, pos: int = ...) -> re.Match[AnyStr] | None: ...

    def finditer(self, text: AnyStr) -> Iterator[re.Match[AnyStr]]: ...


class PatternError(RulewrightError):
    """A regular expression that RE2 refuses. `message` is the reason, `hint` what to write instead."""


def pattern_problem(text: str) -> str | None:
    """Why RE2 refuses `text`, in one sentence with a hint, or None when it accepts it."""
    try:
        compile_pattern(text)
    except PatternError as error:
        return f"{error.message}; {error.hint}" if error.hint else error.message
    return None


def path_glob_matcher(glob: str) -> Callable[[str], bool]:
    """Whether a whole path is of the glob's form. Raises GlobError."""
    search = compile_pattern(path_glob_to_regex(glob)).search
    return lambda text: search(replace_surrogates(text)) is not None


def build_searcher(text: str) -> Callable[[str], bool]:
    """Whether the pattern occurs anywhere in a text. Raises PatternError."""
    search = compile_pattern(text).search

    def found(subject: str) -> bool:
        try:
            return search(subject) is not None
        except UnicodeEncodeError:
            return search(replace_surrogates(subject)) is not None

    return found


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> CompiledPattern:
    """RE2's compiled form of `text`. Raises PatternError with reason and hint."""
    if len(text) > MAX_PATTERN:
        raise PatternError(f"the pattern is longer than {MAX_PATTERN:,} characters")
    if _SURROGATE.search(text):
        raise PatternError("the pattern contains half of a surrogate pair", hint="write the character itself")
    import re2

    try:
        pattern: CompiledPattern = re2.compile(text, _options(re2, _PROGRAM_MEMORY))
    except re2.error as error:
        raise _refusal(text, _reason(error)) from None
    return pattern


def replace_surrogates(text: str) -> str:
    """`text` with U+FFFD for each lone surrogate, as RE2 needs it. The length stays the same."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _options(re2: Any, memory: int) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    return options


def _reason(error: Exception) -> str:
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def _refusal(text: str, reason: str) -> PatternError:
    if "repetition size" in reason:
        return PatternError(
            f"a repetition is too large ({reason.rpartition(': ')[2]})",
            hint="use at most 1000 repetitions in total, nested repetitions multiplied",
        )
    if "too large" in reason:
        return PatternError(
            "the pattern needs too much memory", hint="reduce the repetitions and character classes"
        )
    if reason.startswith(("invalid perl operator", "invalid escape", "bad repetition", "invalid named")):
        for sign, message, hint in _REASONS:
            if re.search(sign, text):
                return PatternError(message, hint=hint)
    return PatternError(f"invalid pattern: {reason}")


class PatternSet:
    """Many patterns searched in one pass over a text.

    `patterns` holds (pattern, literal): a literal is plain text, anything else a regular expression. Where
    RE2 has no room for all of them in one automaton, they are spread over several.
    """

    def __init__(self, patterns: Sequence[tuple[str, bool]]) -> None:
        import re2

        self._re2 = re2
        self._always: list[int] = []
        self._sets: list[tuple[Any, list[tuple[int, str]]]] = []
        sources: list[tuple[int, str]] = []
        size = 0
        for index, (text, literal) in enumerate(patterns):
            if not text:
                self._always.append(index)
                continue
            source = re2.escape(replace_surrogates(text)) if literal else text
            size += len(source) if literal else compile_pattern(text).programsize
            if size > _SET_SIZE and sources:
                self._add(sources)
                sources, size = [], 0
            sources.append((index, source))
        if sources:
            self._add(sources)
        single = len(self._sets) == 1 and not self._always
        self._only = self._sets[0][0] if single else None
        self._canary = len(self._sets[0][1]) if single else -1

    def _add(self, sources: list[tuple[int, str]]) -> None:
        automaton = self._re2.Set.SearchSet(_options(self._re2, _SET_MEMORY))
        for _, source in sources:
            automaton.Add(source)
        # RE2 answers "no match" when its automaton fails for want of memory. The empty pattern always
        # matches, so its absence tells.
        automaton.Add("")
        try:
            automaton.Compile()
        except self._re2.error:
            if len(sources) == 1:
                message = "the pattern needs too much memory"
                raise PatternError(message, hint="reduce the repetitions and character classes") from None
            half = len(sources) // 2
            self._add(sources[:half])
            self._add(sources[half:])
            return
        self._sets.append((automaton, sources))

    def match(self, text: str) -> list[int]:
        """The indices, ascending, of all patterns that occur in `text`."""
        try:
            data = text.encode()
        except UnicodeEncodeError:
            text = replace_surrogates(text)
            data = text.encode()
        if self._only is not None:
            matched: list[int] = self._only.Match(data) or []
            if len(matched) == 1 and matched[0] == self._canary:  # nothing but the empty pattern
                return []
        found = list(self._always)
        for automaton, sources in self._sets:
            matched = automaton.Match(data) or []
            if len(sources) in matched:
                found.extend([sources[each][0] for each in matched if each < len(sources)])
            else:
                found.extend([index for index, source in sources if compile_pattern(source).search(text)])
        found.sort()
        return found
