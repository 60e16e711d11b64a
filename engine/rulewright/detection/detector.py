"""`detect`: personal data and secrets in a text, as typed findings that never hold the text itself.

One pass per family of findings, by RE2 or by a search for fixed words, then a check of each candidate: time grows
with the text only, whatever the text. Secrets are looked for a second time in the lines that hold escapes, with the
escapes read.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from rulewright.detection.allow_list import AllowList
from rulewright.detection.assigned_values import find_assigned_values
from rulewright.detection.decoded_lines import decode_lines
from rulewright.detection.email import find_emails
from rulewright.detection.ip_addresses import find_addresses
from rulewright.detection.jwt import find_jwts
from rulewright.detection.model import CERTAIN, Finding, Hit, resolve_types
from rulewright.detection.nearby_values import (
    find_bare_keys,
    find_column_values,
    find_login_pairs,
    find_nearby_values,
)
from rulewright.detection.numbers import find_cards, find_ibans, find_person_numbers
from rulewright.detection.page import TextPage, TextView
from rulewright.detection.phone import find_phones
from rulewright.detection.private_keys import find_pem_keys, find_putty_keys, find_vendor_keys
from rulewright.detection.protocol_logins import (
    find_basic_logins,
    find_bearer_tokens,
    find_command_passwords,
    find_netrc_passwords,
    find_session_cookies,
)
from rulewright.detection.token_forms import FORMS
from rulewright.detection.urls import find_url_credentials
from rulewright.detection.vendor_tokens import find_tokens
from rulewright.program.pattern import compile_pattern, replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

View = TypeVar("View", bound=TextView)

MOST: Final = 1000
"""Matches of one user's pattern in one text: a pattern may look far ahead for each."""

PERSONAL: Final[tuple[tuple[frozenset[str], Callable[[TextPage], Iterable[Hit]]], ...]] = (
    (frozenset({"email"}), find_emails),
    (frozenset({"phone"}), find_phones),
    (frozenset({"card"}), find_cards),
    (frozenset({"iban"}), find_ibans),
    (frozenset({"ssn", "itin"}), find_person_numbers),
    (frozenset({"ip"}), find_addresses),
)
"""(types it may find, who finds them) in the text as it was given."""

SECRET: Final[tuple[tuple[frozenset[str], Callable[[TextView], Iterable[Hit]]], ...]] = (
    (frozenset(form.type for form in FORMS), find_tokens),
    (frozenset({"aws_key", "azure_key", "twilio_key"}), find_vendor_keys),
    (frozenset({"jwt"}), find_jwts),
    (frozenset({"private_key"}), find_pem_keys),
    (frozenset({"private_key"}), find_putty_keys),
    (frozenset({"url_credentials"}), find_url_credentials),
    (frozenset({"bearer_token"}), find_bearer_tokens),
    (frozenset({"basic_auth", "npm_token"}), find_basic_logins),
    (frozenset({"password"}), find_netrc_passwords),
    (frozenset({"password"}), find_command_passwords),
    (frozenset({"session_cookie"}), find_session_cookies),
    (frozenset({"api_key", "password", "secret"}), find_assigned_values),
    (frozenset({"password", "secret"}), find_nearby_values),
    (frozenset({"password", "secret"}), find_column_values),
    (frozenset({"password"}), find_login_pairs),
    (frozenset({"api_key"}), find_bare_keys),
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
    return make_detector(types=types, allow=allow, patterns=patterns)(text)


def make_detector(
    *,
    types: Iterable[str] | None = None,
    allow: Iterable[str] = (),
    patterns: Mapping[str, str] | Iterable[tuple[str, str]] = (),
) -> Callable[[str], tuple[Finding, ...]]:
    """The same for many texts: what was asked is read once."""
    wanted = resolve_types(types)
    allowed = AllowList(allow)
    pairs = patterns.items() if isinstance(patterns, Mapping) else patterns
    own = tuple((name, compile_pattern(pattern)) for name, pattern in pairs)
    personal = tuple(find for found, find in PERSONAL if found & wanted)
    secret = tuple(find for found, find in SECRET if found & wanted)

    def run(text: str) -> tuple[Finding, ...]:
        page = TextPage(text)
        found = [*_find(page, personal, wanted, allowed), *_find(page, secret, wanted, allowed)]
        decoded = decode_lines(page) if secret else None
        if decoded is not None:
            found += _find(decoded, secret, wanted, allowed)
        for name, search in own:
            found += [h for h in _matches(name, search, text) if not allowed(name, text[h.start : h.end])]
        return tuple(Finding(*hit[:4]) for hit in resolve_overlaps(found))

    return run


def _find(
    view: View, finders: Iterable[Callable[[View], Iterable[Hit]]], wanted: frozenset[str], allowed: AllowList
) -> Iterator[Hit]:
    """The hits of wanted types that are not allowed, at their places in the text as it was given."""
    for find in finders:
        for hit in find(view):
            if hit.type in wanted and not allowed(hit.type, view.read(hit.start, hit.end)):
                start, end = view.place(hit.start, hit.end)
                yield hit._replace(start=start, end=end)


def _matches(name: str, pattern: Any, text: str) -> Iterator[Hit]:
    """Matches of a user's pattern."""
    for match in islice(pattern.finditer(replace_surrogates(text)), MOST):
        start, end = match.span()
        if start < end:
            yield Hit(name, start, end, 0.9)


def resolve_overlaps(hits: Iterable[Hit]) -> list[Hit]:
    """The hits that stay, by their place, no two of them overlapping: validated before pattern, sure before suspected,
    then longer."""
    out: list[Hit] = []
    chain: list[Hit] = []
    reach = 0
    for hit in sorted(set(hits), key=lambda h: (h.start, h.end, h.type)):
        if hit.start >= hit.end:
            continue
        if chain and hit.start >= reach:
            out += _best(chain)
            chain = []
        chain.append(hit)
        reach = max(reach, hit.end)
    return out + _best(chain)


def _best(chain: list[Hit]) -> list[Hit]:
    """Out of hits that touch each other, the best ones that do not."""
    if len(chain) < 2:
        return chain
    kept: list[tuple[int, int, Hit]] = []
    for hit in sorted(chain, key=_rank):
        at = bisect_left(kept, (hit.start,))
        clear = (at == 0 or kept[at - 1][1] <= hit.start) and (at == len(kept) or kept[at][0] >= hit.end)
        if clear:
            insort(kept, (hit.start, hit.end, hit))
    return [hit for _, _, hit in kept]


def _rank(hit: Hit) -> tuple[bool, bool, int, float, int, str]:
    return (
        not hit.validated,
        hit.confidence < CERTAIN,
        hit.start - hit.end,
        -hit.confidence,
        hit.start,
        hit.type,
    )
