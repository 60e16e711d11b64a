"""Texts of conditions that mean something else than they look: brackets that make a list, globs of another dialect,
word boundaries that RE2 does not see, line ends that no event has."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from rulewright.policy.json_types import as_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.compile.context import Context
    from rulewright.policy.model import Match

_OF_PATHS: Final = re.compile(
    r"(?:.*\.)?(?:previous_)?filename|(?:head_commit|commits\[\])\.(?:added|removed|modified)(?:\[\])?|comment\.path"
)
"""Paths of the payload whose values are paths of files."""
_BOUNDARY: Final = re.compile(r"\\b[^\x00-\x7f]|[^\x00-\x7f]\\b")
_CLASS: Final = re.compile(r"\[[^\[\]]+\]")


def is_list_by_mistake(match: Match, context: Context) -> bool:
    """Report and return True for `starts_with: [P1]`: brackets around one text make a list of it. `words: [écran]` is
    no mistake: no word has brackets."""
    value = match.value
    if match.matcher == "words":
        return False
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], str):
        return False
    source = context.policy.source
    if source is None or match.span.file != source.file:
        return False
    line = source.source_line(match.span.line)
    at = match.span.column - 1
    if line[at : at + 1] != "[" or line[at + 1 :].lstrip()[:1] in ("'", '"'):
        return False
    text = value[0]
    context.report(
        "RW406",
        f"`{match.matcher}: [{text}]` is a list of one text",
        match.span,
        hint=f"write `{json.dumps(f'[{text}]', ensure_ascii=False)}` where the brackets belong to it, "
        f"or `{text}` without them",
    )
    return True


def warn_of_texts(match: Match, context: Context) -> None:
    """Report, as warnings, what the texts of a matcher look like and are not."""
    values = as_texts(match.value if isinstance(match.value, list) else [match.value])
    found = {"regex": _of_regex, "glob": _of_glob}.get(match.matcher)
    if found is None:
        return
    for value in values:
        for code, message, hint in found(match, value):
            context.report(code, message, match.span, hint=hint, severity="warning")


def _of_regex(match: Match, value: str) -> Iterator[tuple[str, str, str]]:
    if "\x08" in value:
        single = value.replace("\x08", r"\b").replace("'", "''")
        yield (
            "RW517",
            "the pattern holds a backspace: in double quotes YAML reads `\\b` as one",
            f"write '{single}' in single quotes",
        )
    if _BOUNDARY.search(value):
        yield (
            "RW517",
            "`\\b` knows letters of ASCII only, and never matches beside another one",
            f"use `words:`, which knows the letters of all scripts: `words: {value.replace(chr(92) + 'b', '')}`",
        )
    if "\r" in value or r"\r" in value.replace(r"\\", ""):
        yield (
            "RW518",
            "the pattern asks for a carriage return, and the lines of an event's texts end with `\\n` alone",
            "write `\\n`",
        )


def _of_glob(match: Match, value: str) -> Iterator[tuple[str, str, str]]:
    if "**" in value or _OF_PATHS.fullmatch(match.path):
        yield (
            "RW516",
            f"`*` of a `glob` is any text, also across `/`, and `{value[:60]}` is compared so",
            "for paths of files use `path_glob`, where `*` stops at `/`, and `**/` may be nothing",
        )
    elif _CLASS.search(value.replace("[bot]", "")):
        yield (
            "RW516",
            f"brackets in a `glob` are literal: `{value[:60]}` fits texts with these brackets",
            "that is right for `[bot]`; for one character of several write `{a,b}` or use `regex`",
        )
