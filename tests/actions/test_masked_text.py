"""Text with findings masked: overlaps, addresses and links, limits of length, line ends."""

from __future__ import annotations

import pytest

from rulewright.actions.mask import MaskedSpan
from rulewright.actions.masked_text import mask_field, mask_field_as_stored, mask_text


def span(start: int, end: int, kind: str = "api_key") -> MaskedSpan:
    return MaskedSpan("f", start, end, kind)


@pytest.mark.parametrize(
    ("spans", "masked"),
    [
        ([(0, 1, "a"), (2, 3, "b")], "[masked: a]1[masked: b]3456789"),
        ([(2, 6, "b"), (0, 4, "a")], "[masked: a]6789"),
        ([(0, 9, "a"), (1, 2, "b")], "[masked: a]9"),
        ([(0, 2, "a"), (2, 4, "b")], "(masked: a)[masked: b]456789"),
    ],
)
def test_overlapping_findings_become_one_mask(spans: list[tuple[int, int, str]], masked: str) -> None:
    assert mask_text("0123456789", [span(*place) for place in spans]) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("[l](https://e.dev/?t=SECRET&a=1)", "[l](https://e.dev/?t=masked-api_key&a=1)"),
        ("[l]( SECRET )", "[l]( masked-api_key )"),
        ("see https://e.dev/SECRET/x", "see https://e.dev/masked-api_key/x"),
        ('<a href="SECRET">', '<a href="masked-api_key">'),
        ("SECRET(https://evil.example)", "(masked: api_key)(https://evil.example)"),
        ("SECRET[evil]\n\n[evil]: //evil.example", "(masked: api_key)[evil]\n\n[evil]: //evil.example"),
        ("SECRET: https://evil.example", "(masked: api_key): https://evil.example"),
        ("!SECRET (x)", "!(masked: api_key) (x)"),
        ("[x]SECRET", "[x](masked: api_key)"),
        ("SECRET\n\n[Masked:  API_KEY]: //e.x", "(masked: api_key)\n\n[Masked:  API_KEY]: //e.x"),
        ("https://e.dev is SECRET.", "https://e.dev is [masked: api_key]."),
    ],
)
def test_a_mask_neither_breaks_a_link_nor_makes_one(text: str, masked: str) -> None:
    start = text.index("SECRET")
    assert mask_text(text, [span(start, start + 6)]) == masked


@pytest.mark.parametrize(
    ("field", "limit"), [("issue.title", 256), ("issue.body", 65_536), ("comments[3].body", 65_536)]
)
def test_a_masked_text_is_not_longer_than_github_takes_it(field: str, limit: int) -> None:
    text = "1.1.1.1 " * (limit // 8)
    found = [span(at, at + 7, "ip") for at in range(0, len(text), 8)]
    masked = mask_field(text, field, found)
    assert len(masked) <= limit
    assert set(masked) == {"*", " "}
    assert mask_field(text[:80], field, found[:10]) == "[masked: ip] " * 10


def test_many_findings_take_time_in_proportion() -> None:
    """A quadratic mask of this many would not end within any test's time."""
    text = "ab " * 200_000
    masked = mask_text(text, [span(at, at + 2, "ip") for at in range(0, len(text), 3)])
    assert masked.count("[masked: ip]") == 200_000


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_stay_as_github_has_them(end: str) -> None:
    stored = end.join(["a mail to", "", "x: a@b.dev,", "PEM", "BEGIN", "END", "rest", ""])
    text = stored.replace("\r\n", "\n")
    found = [
        span(text.index("a@b"), text.index(",\n"), "email"),
        span(text.index("BEGIN"), text.index("\nrest"), "private_key"),
    ]
    assert mask_field_as_stored(stored, "issue.body", found) == end.join(
        ["a mail to", "", "x: [masked: email],", "PEM", "[masked: private_key]", "rest", ""]
    )
    assert mask_field_as_stored(stored, "issue.body", found).replace("\r\n", "\n") == mask_field(
        text, "issue.body", found
    )


def test_a_mask_stays_within_what_github_takes_with_its_line_ends() -> None:
    stored = ("mail a@b.co now\r\n" + "line\r\n" * 11_000)[:65_536]
    text = stored.replace("\r\n", "\n")
    found = [span(5, 11, "email")]
    assert text[5:11] == "a@b.co"
    assert len(mask_field_as_stored(stored, "issue.body", found)) <= 65_536
