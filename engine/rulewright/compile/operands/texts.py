"""Texts and patterns on the right side of a matcher, and those that mean something else than they look.

Brackets that make a list, globs of another dialect, word boundaries that RE2 does not see, line ends that no event has.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from rulewright.compile.operands.operand import Operand, OperandError
from rulewright.compile.operands.types import refuse_objects, require_type
from rulewright.policy.diagnostics import shorten
from rulewright.policy.matcher_declarations import MATCHER_DECLARATIONS
from rulewright.program.matchers.table import MATCHERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rulewright.compile.context import Context, PathUse
    from rulewright.policy.model import Match

_FILE_PATHS: Final = re.compile(
    r"(?:.*\.)?(?:previous_)?filename|(?:head_commit|commits\[\])\.(?:added|removed|modified)(?:\[\])?|comment\.path"
)
"""Paths of the payload whose values are paths of files."""
_BOUNDARY: Final = re.compile(r"\\b[^\x00-\x7f]|[^\x00-\x7f]\\b")
_CLASS: Final = re.compile(r"\[[^\[\]]+\]")


def check_texts(match: Match, path: PathUse, context: Context) -> Operand | None:
    """A text, or a list of texts of which one is enough; each as the matcher reads it."""
    values = match.value if isinstance(match.value, list) else [match.value]
    texts = [value for value in values if isinstance(value, str)]
    if not texts or len(texts) < len(values):
        raise OperandError("RW406", f"`{match.matcher}` takes text or a list of texts")
    if MATCHER_DECLARATIONS[match.matcher].operand != "words":  # no word has brackets
        _refuse_brackets(match, context)
    require_type(match, path, {"string", "array"}, context, f"`{match.matcher}` matches text")
    refuse_objects(match, path)
    if not all(texts):  # the schema reports an empty text
        return None
    for text in texts:
        for code, message, hint in _WARNINGS.get(match.matcher, _no_warnings)(match.path, text):
            context.report(code, message, match.span, hint=hint, severity="warning")
    problem_of = MATCHERS[match.matcher].operand_problem
    problems = [(text, problem) for text in texts if (problem := problem_of(text)) is not None]
    for text, problem in problems:
        context.report("RW405", f"`{shorten(text, 60)}`: {problem}", match.span)
    return None if problems else Operand(match.value)


def _refuse_brackets(match: Match, context: Context) -> None:
    """Raises OperandError for `starts_with: [P1]`: brackets around one text make a list of it."""
    source = context.policy.source
    if not isinstance(match.value, list) or len(match.value) != 1:
        return
    if source is None or match.span.file != source.file:
        return
    line = source.source_line(match.span.line)
    start = match.span.column - 1
    if line[start : start + 1] != "[" or line[start + 1 :].lstrip()[:1] in ("'", '"'):
        return
    text = match.value[0]
    raise OperandError(
        "RW406",
        f"`{match.matcher}: [{text}]` is a list of one text",
        f"write `{json.dumps(f'[{text}]', ensure_ascii=False)}` if the brackets are part of the text, "
        f"or `{text}` without brackets",
    )


def _no_warnings(path: str, text: str) -> Iterator[tuple[str, str, str]]:
    yield from ()


def _regex_warnings(path: str, pattern: str) -> Iterator[tuple[str, str, str]]:
    if "\x08" in pattern:
        single = pattern.replace("\x08", r"\b").replace("'", "''")
        yield (
            "RW517",
            "the pattern contains a backspace: YAML reads `\\b` in double quotes as a backspace",
            f"use single quotes: '{single}'",
        )
    if _BOUNDARY.search(pattern):
        yield (
            "RW517",
            "`\\b` recognizes only ASCII letters, and never matches next to other letters",
            f"use `words:`, which supports all scripts: `words: {pattern.replace(chr(92) + 'b', '')}`",
        )
    if "\r" in pattern or r"\r" in pattern.replace(r"\\", ""):
        yield (
            "RW518",
            "the pattern contains a carriage return, but lines in event texts end with `\\n`",
            "write `\\n`",
        )


def _glob_warnings(path: str, glob: str) -> Iterator[tuple[str, str, str]]:
    if "**" in glob or _FILE_PATHS.fullmatch(path):
        yield (
            "RW516",
            f"`*` in a `glob` also matches `/`, and so does `{glob[:60]}`",
            "for file paths use `path_glob`, where `*` stops at `/` and `**/` matches any number of folders",
        )
    elif _CLASS.search(glob.replace("[bot]", "")):
        yield (
            "RW516",
            f"brackets in a `glob` are literal: `{glob[:60]}` matches text with these brackets",
            "for one of several characters write `{a,b}` or use `regex`; ignore this for text such as `[bot]`",
        )


_WARNINGS: Final[dict[str, Callable[[str, str], Iterator[tuple[str, str, str]]]]] = {
    "regex": _regex_warnings,
    "glob": _glob_warnings,
}
"""Matcher → (code, message, hint) for what an operand looks like and is not, on a path."""
