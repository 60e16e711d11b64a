"""`detect`: personal data and secrets in a text, as typed findings that never hold the text itself.

One pass per family of findings, by RE2 or by a search for fixed words, then a check of each candidate: time grows
with the text only, whatever the text. Secrets are looked for a second time in the lines that hold escapes, with the
escapes read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.detection.address import addresses
from rulewright.detection.allow import Allowed
from rulewright.detection.assignments import assignments
from rulewright.detection.decoded import decode_lines
from rulewright.detection.email import emails
from rulewright.detection.jwt import jwts
from rulewright.detection.logins import basics, bearers, commands, cookies, logins
from rulewright.detection.model import Finding, Hit, chosen_types
from rulewright.detection.nearby import bare_keys, column_values, login_pairs, nearby_values
from rulewright.detection.numbers import cards, ibans, persons
from rulewright.detection.overlaps import resolved
from rulewright.detection.page import Page
from rulewright.detection.phone import phones
from rulewright.detection.structured import named_keys, pems, putty_keys
from rulewright.detection.tokens import tokens
from rulewright.detection.urls import urls
from rulewright.detection.vendors import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rulewright.detection.page import View

MOST: Final = 1000
"""Matches of one user's pattern in one text: a pattern may look far ahead for each."""

PERSONAL: Final[tuple[tuple[frozenset[str], Callable[[Page], Iterable[Hit]]], ...]] = (
    (frozenset({"email"}), emails),
    (frozenset({"phone"}), phones),
    (frozenset({"card"}), cards),
    (frozenset({"iban"}), ibans),
    (frozenset({"ssn", "itin"}), persons),
    (frozenset({"ip"}), addresses),
)
"""(types it may find, who finds them) in the text as it was given."""

SECRET: Final[tuple[tuple[frozenset[str], Callable[[View], Iterable[Hit]]], ...]] = (
    (frozenset(form.type for form in FORMS), tokens),
    (frozenset({"aws_key", "azure_key", "twilio_key"}), named_keys),
    (frozenset({"jwt"}), jwts),
    (frozenset({"private_key"}), pems),
    (frozenset({"private_key"}), putty_keys),
    (frozenset({"url_credentials"}), urls),
    (frozenset({"bearer_token"}), bearers),
    (frozenset({"basic_auth", "npm_token"}), basics),
    (frozenset({"password"}), logins),
    (frozenset({"password"}), commands),
    (frozenset({"session_cookie"}), cookies),
    (frozenset({"api_key", "password", "secret"}), assignments),
    (frozenset({"password", "secret"}), nearby_values),
    (frozenset({"password", "secret"}), column_values),
    (frozenset({"password"}), login_pairs),
    (frozenset({"api_key"}), bare_keys),
)
"""The same, for what is also looked for in the decoded lines."""


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
    personal = tuple(find for found, find in PERSONAL if found & wanted)
    secret = tuple(find for found, find in SECRET if found & wanted)

    def hits(view: View, finders: Iterable[Callable[[Any], Iterable[Hit]]]) -> Iterator[Hit]:
        for find in finders:
            for hit in find(view):
                if hit.type in wanted and not allowed(hit.type, view.read(hit.start, hit.end)):
                    start, end = view.place(hit.start, hit.end)
                    yield hit._replace(start=start, end=end)

    def run(text: str) -> tuple[Finding, ...]:
        page = Page(text)
        found = [*hits(page, personal), *hits(page, secret)]
        decoded = decode_lines(page) if secret else None
        if decoded is not None:
            found += hits(decoded, secret)
        for name, search in own:
            found += [h for h in _matches(name, search, text) if not allowed(name, text[h.start : h.end])]
        return tuple(Finding(*hit[:4]) for hit in resolved(found))

    return run


def _pairs(patterns: Mapping[str, str] | Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return patterns.items() if hasattr(patterns, "items") else patterns


def _search(pattern: str) -> Any:
    from rulewright.program.pattern import compiled

    return compiled(pattern)


def _matches(name: str, search: Any, text: str) -> Iterator[Hit]:
    from itertools import islice

    from rulewright.program.pattern import encodable

    for match in islice(search.finditer(encodable(text)), MOST):
        start, end = match.span()
        if start < end:
            yield Hit(name, start, end, 0.9)
