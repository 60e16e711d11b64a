"""`detect`: personal data and secrets in a text, as typed findings that never hold the text itself.

One pass per family of findings, by RE2 or by a search for fixed words, then a check of each candidate: time grows
with the text only, whatever the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.facts.detect.address import addresses
from rulewright.facts.detect.allow import Allowed
from rulewright.facts.detect.email import emails
from rulewright.facts.detect.keywords import keywords
from rulewright.facts.detect.model import Finding, Hit, chosen_types
from rulewright.facts.detect.numbers import cards, ibans, persons
from rulewright.facts.detect.overlaps import resolved
from rulewright.facts.detect.page import Page
from rulewright.facts.detect.phone import phones
from rulewright.facts.detect.structured import bearers, jwts, named_keys, pems, urls
from rulewright.facts.detect.tokens import TOKENS, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["FAMILIES", "MOST", "detect", "detector"]

MOST: Final = 1000
"""Matches of one user's pattern in one text: a pattern may look far ahead for each."""

FAMILIES: Final[tuple[tuple[frozenset[str], Callable[[Page], Iterable[Hit]]], ...]] = (
    (frozenset({"email"}), emails),
    (frozenset({"phone"}), phones),
    (frozenset({"card"}), cards),
    (frozenset({"iban"}), ibans),
    (frozenset({"ssn", "itin"}), persons),
    (frozenset({"ip"}), addresses),
    (frozenset(token.type for token in TOKENS), tokens),
    (frozenset({"aws_key", "azure_key", "twilio_key"}), named_keys),
    (frozenset({"jwt"}), jwts),
    (frozenset({"private_key"}), pems),
    (frozenset({"url_credentials"}), urls),
    (frozenset({"bearer_token"}), bearers),
    (frozenset({"api_key", "password", "secret"}), keywords),
)
"""(types it may find, who finds them)."""


def detect(
    text: str,
    *,
    types: Iterable[str] | None = None,
    allow: Iterable[str] = (),
    patterns: Mapping[str, str] | Iterable[tuple[str, str]] = (),
) -> tuple[Finding, ...]:
    """Findings in `text`, by their place, none of them overlapping.

    `types`: names of types or groups (`pii`, `secrets`), all when None. `allow`: texts, globs, domains and
    telephone numbers that are no findings, besides those set aside for examples. `patterns`: (type, RE2 pattern)
    of the user's own, always looked for.

    Raises UsageError for an unknown type or a bad glob, PatternError for a pattern that RE2 refuses.
    """
    return detector(types=types, allow=allow, patterns=patterns)(text)


def detector(
    *,
    types: Iterable[str] | None = None,
    allow: Iterable[str] = (),
    patterns: Mapping[str, str] | Iterable[tuple[str, str]] = (),
) -> Callable[[str], tuple[Finding, ...]]:
    """The same for many texts: what was asked is read once."""
    wanted = chosen_types(types)
    allowed = Allowed(allow)
    own = tuple((name, _search(regex)) for name, regex in _pairs(patterns))
    families = tuple(find for found, find in FAMILIES if found & wanted)

    def run(text: str) -> tuple[Finding, ...]:
        page = Page(text)
        hits = [hit for find in families for hit in find(page)]
        found = [
            hit._replace(start=page.at(hit.start), end=page.at(hit.end - 1) + 1)
            for hit in hits
            if hit.type in wanted and not allowed(hit.type, page.read(hit.start, hit.end))
        ]
        for name, search in own:
            found += [h for h in _matches(name, search, text) if not allowed(name, text[h.start : h.end])]
        return tuple(Finding(*hit[:4]) for hit in resolved(found))

    return run


def _pairs(patterns: Mapping[str, str] | Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return patterns.items() if hasattr(patterns, "items") else patterns


def _search(pattern: str) -> Any:
    from rulewright.compile.pattern import compiled

    return compiled(pattern)


def _matches(name: str, search: Any, text: str) -> Iterator[Hit]:
    from itertools import islice

    from rulewright.compile.pattern import encodable

    for match in islice(search.finditer(encodable(text)), MOST):
        start, end = match.span()
        if start < end:
            yield Hit(name, start, end, 0.9)
