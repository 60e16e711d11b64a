"""The filter: text → terms, and the rows or rules that they select.

    crash #41 mona          words of number, title, author and target; all must be there
    "good first issue"      a phrase
    rule:crash-is-high      the rule, also POLICY/RULE, came out notably
    is:matched              some rule has the status matched, undetermined, error, skipped or stopped
    verdict:FAIL            an objective, transition or policy has the verdict
    event:issues.opened     the event, with or without its action
    label:bug               a label of the issue or pull request; label:"good first issue"
    edited                  the event has edits
    -label:bug              not

Case is ignored. A row that is not decided yet is selected by no term about rules, nor by its negation.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeVar, get_args

from rulewright.policy.diagnostics import UsageError
from rulewright_tui.session.row_results import UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from rulewright_tui.session.archive import Archive, Chunk
    from rulewright_tui.session.event_sources import Tags
    from rulewright_tui.session.row_results import ResultTable, RowResult

T = TypeVar("T")

TermKind = Literal["word", "rule", "is", "verdict", "event", "label", "edited"]
STATUSES: Final = ("matched", "undetermined", "error", "skipped", "stopped")
VERDICTS: Final = (
    "PASS",
    "WARN",
    "FAIL",
    "NO_DATA",
    "INCONCLUSIVE",
    "ERROR",
    "WAIVED",
    "ALLOWED",
    "DENIED",
    "UNDETERMINED",
    "NOT_REQUESTED",
)
_KEYS: Final = frozenset(get_args(TermKind)) - {"word", "edited"}
_CHOICES: Final = {
    "is": tuple(status.casefold() for status in STATUSES),
    "verdict": tuple(verdict.casefold() for verdict in VERDICTS),
}
_KEY: Final = re.compile(r"([a-z]+):(?!//)(.*)", re.DOTALL)


class Term(NamedTuple):
    """One condition. `value` is casefolded, and empty for `edited`."""

    kind: TermKind
    value: str
    negated: bool = False


class Query(NamedTuple):
    """A filter that could be read; without terms it selects all."""

    terms: tuple[Term, ...] = ()


class _Token(NamedTuple):
    """A part of the text between spaces. `is_quoted`: it begins with a quote, so it is a phrase."""

    text: str
    negated: bool
    is_quoted: bool


def parse_query(text: str) -> Query:
    """The terms of a filter. Raises UsageError, with a hint, for a text that cannot be read."""
    return Query(tuple(_parse_term(token) for token in _split_tokens(text)))


def _split_tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        negated = text[position] == "-" and position + 1 < len(text) and not text[position + 1].isspace()
        position += negated
        is_quoted = text[position] == '"'
        parts: list[str] = []
        while position < len(text) and not text[position].isspace():
            if text[position] == '"':
                end = text.find('"', position + 1)
                if end < 0:
                    raise UsageError("the quote is not closed", hint='end it with "')
                parts.append(text[position + 1 : end])
                position = end + 1
            else:
                parts.append(text[position])
                position += 1
        yield _Token("".join(parts), negated, is_quoted)


def _parse_term(token: _Token) -> Term:
    text, negated, is_quoted = token
    if is_quoted:
        if not text:
            raise UsageError(
                "the phrase is empty", hint='write words between the quotes, as in "first issue"'
            )
        return Term("word", text.casefold(), negated)
    if text == "edited":
        return Term("edited", "", negated)
    keyed = _KEY.fullmatch(text)
    if keyed is None:
        return Term("word", text.casefold(), negated)
    key, value = keyed[1], keyed[2].casefold()
    if key not in _KEYS:
        known = ", ".join(f"{name}:" for name in sorted(_KEYS))
        raise UsageError(
            f"there is no filter {key}:", hint=f'use {known}, or quotes for a text, as in "{key}:"'
        )
    if not value:
        raise UsageError(
            f"the filter {key}: has no value", hint=f"write one after the colon, as in {_EXAMPLES[key]}"
        )
    choices = _CHOICES.get(key)
    if choices is not None and value not in choices:
        names = ", ".join(STATUSES if key == "is" else VERDICTS)
        raise UsageError(f"{keyed[2]} is no value of {key}:", hint=f"use {names}")
    return Term(key, value, negated)  # type: ignore[arg-type]


_EXAMPLES: Final = {
    "rule": "rule:crash-is-high",
    "is": "is:matched",
    "verdict": "verdict:FAIL",
    "event": "event:issues.opened",
    "label": "label:bug",
}


def asks_for_results(query: Query) -> bool:
    """Whether a term is about how rows were decided."""
    return any(term.kind in ("rule", "is", "verdict") for term in query.terms)


def select_rows(
    query: Query,
    archive: Archive,
    results: ResultTable | None = None,
    edited: Container[int] = (),
) -> array[int]:
    """The rows that every term holds for, ascending. `results`: how rows were decided; `edited`: rows with edits."""
    words, tag_terms, rule_terms, edit_terms = _sort_terms(query.terms)
    allowed_tags = None
    if tag_terms:
        allowed_tags = {n for n, tags in enumerate(archive.tags) if _holds(tag_terms, tags, _has_tag)}
    allowed_results: set[int] | None = None
    numbers = array("I")
    if rule_terms:
        if results is None:
            return array("I")
        numbers = results.numbers
        allowed_results = {
            number
            for number, result in enumerate(results.distinct)
            if number != UNDECIDED and _holds(rule_terms, result, _has_outcome)
        }
    selected = array("I")
    for chunk in archive.chunks:
        rows: Iterable[int] = range(len(chunk.tags))
        if allowed_tags is not None:
            tags = chunk.tags
            rows = [row for row in rows if tags[row] in allowed_tags]
        if allowed_results is not None:
            part = numbers[chunk.start : chunk.start + len(chunk.tags)]
            rows = [row for row in rows if row < len(part) and part[row] in allowed_results]
        rows = _select_by_words(chunk, rows, words)
        start = chunk.start
        selected.extend([start + row for row in rows])
    for term in edit_terms:
        selected = array("I", [row for row in selected if (row in edited) != term.negated])
    return selected


def matches_rule(
    query: Query, policy: str, rule: str, description: str, status: str, verdict: str | None = None
) -> bool:
    """Whether a list of rules shows a rule: words look at its id and its description, the terms about events are not
    considered."""
    text = f"{policy}/{rule}\n{description}".casefold()
    for term in query.terms:
        if term.kind == "word":
            holds = term.value in text
        elif term.kind == "rule":
            holds = term.value in (rule.casefold(), f"{policy}/{rule}".casefold())
        elif term.kind == "is":
            holds = term.value == status
        elif term.kind == "verdict":
            holds = term.value == (verdict or "").casefold()
        else:
            continue
        if holds == term.negated:
            return False
    return True


def _sort_terms(
    terms: tuple[Term, ...],
) -> tuple[list[tuple[bytes, bool]], list[Term], list[Term], list[Term]]:
    """Words as bytes, and the terms about tags, about rules and about edits."""
    words = [
        (term.value.encode("utf-8", "surrogatepass"), term.negated) for term in terms if term.kind == "word"
    ]
    tag_terms = [term for term in terms if term.kind in ("event", "label")]
    rule_terms = [term for term in terms if term.kind in ("rule", "is", "verdict")]
    return words, tag_terms, rule_terms, [term for term in terms if term.kind == "edited"]


def _select_by_words(chunk: Chunk, rows: Iterable[int], words: list[tuple[bytes, bool]]) -> Iterable[int]:
    if any(word not in chunk.folded for word, negated in words if not negated):
        return ()
    wanted = [(word, negated) for word, negated in words if not negated or word in chunk.folded]
    texts = chunk.folded_rows() if wanted else []
    for word, negated in wanted:
        if negated:
            rows = [row for row in rows if word not in texts[row]]
        else:
            rows = [row for row in rows if word in texts[row]]
    return rows


def _holds(terms: list[Term], value: T, has: Callable[[Term, T], bool]) -> bool:
    return all(has(term, value) != term.negated for term in terms)


def _has_tag(term: Term, tags: Tags) -> bool:
    event, labels = tags
    if term.kind == "label":
        return any(label.casefold() == term.value for label in labels)
    name = event.casefold()
    return term.value in (name, name.partition(".")[0])


def _has_outcome(term: Term, result: RowResult) -> bool:
    value = term.value
    if term.kind == "rule":
        return any(
            value in (each.rule.casefold(), f"{each.policy}/{each.rule}".casefold())
            for each in result.outcomes
        )
    if term.kind == "is":
        has_error = value == "error" and result.error is not None
        return has_error or any(each.status == value for each in result.outcomes)
    verdicts = [each.verdict for each in result.outcomes] + [verdict for _, verdict in result.verdicts]
    return any(verdict is not None and verdict.casefold() == value for verdict in verdicts)
