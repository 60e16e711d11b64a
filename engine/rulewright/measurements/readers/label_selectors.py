"""Series with labels, as Prometheus and OpenTelemetry name them, and the selectors that choose among them.

queue_length                              the series of this name; an error when there are several
queue_length{queue="chat", zone!="eu"}    with these labels
{"http.requests", status="500"}           a name that needs quotes
sum(http_requests_total{code="500"})      the sum over all that match: for counts
"""

from __future__ import annotations

import re
from math import fsum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from rulewright.measurements.reader import UnusableSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LISTED: Final = 10
"""How many names or label sets a reason lists."""
_NAME: Final = r"[A-Za-z_][\w.:/-]*"
_QUOTED: Final = r'"(?:[^"\\\n]|\\.)*"'
_SELECTOR: Final = re.compile(rf"\s*({_NAME})?\s*(?:\{{(.*)\}})?\s*", re.ASCII | re.DOTALL)
_SUM: Final = re.compile(r"\s*sum\s*\((.*)\)\s*", re.DOTALL)
_MATCHER: Final = re.compile(rf"\s*(?:({_QUOTED}|{_NAME})\s*(=~|!~|!=|=)\s*)?({_QUOTED})\s*(?:,|$)", re.ASCII)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n"}
NAME_LABEL: Final = "__name__"


class Selector(NamedTuple):
    """What `select`, `bad`, `good` and `total` choose: `(label, is_equal, value)` must all hold. `is_sum`: all that
    match are added."""

    matchers: tuple[tuple[str, bool, str], ...]
    is_sum: bool
    text: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels of a series fit; a label that it lacks is empty."""
        return all((labels.get(label, "") == value) == is_equal for label, is_equal, value in self.matchers)


Item = TypeVar("Item")


def parse_selector(text: str) -> Selector:
    """The selector that a text is. Raises UnusableSource."""
    summed = _SUM.fullmatch(text)
    inner = summed[1] if summed else text
    found = _SELECTOR.fullmatch(inner)
    if found is None:
        raise UnusableSource(
            "unsuitable", f'`{text[:80]}` is no selector such as `requests_total{{code="500"}}`'
        )
    matchers = [] if found[1] is None else [(NAME_LABEL, True, found[1])]
    matchers += _parse_matchers(found[2] or "", text)
    return Selector(tuple(matchers), summed is not None, text)


def _parse_matchers(inner: str, text: str) -> list[tuple[str, bool, str]]:
    matchers: list[tuple[str, bool, str]] = []
    place = 0
    while inner[place:].strip():
        found = _MATCHER.match(inner, place)
        if found is None or found[2] in ("=~", "!~"):
            raise UnusableSource(
                "unsuitable", f"`{text[:80]}`: a label takes `=` or `!=` and a text in double quotes"
            )
        label = NAME_LABEL if found[1] is None else _unquote(found[1])
        matchers.append((label, found[2] != "!=", _unquote(found[3])))
        place = found.end()
    return matchers


def _unquote(text: str) -> str:
    return unescape(text[1:-1]) if text.startswith('"') else text


def unescape(text: str) -> str:
    r"""A quoted text without its escapes (`\\`, `\"`, `\n`)."""
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), text) if "\\" in text else text


def format_labels(labels: Mapping[str, str]) -> str:
    """`name{label="value"}`, with the labels in order."""
    name = labels.get(NAME_LABEL, "")
    rest = ", ".join(f'{key}="{labels[key]}"' for key in sorted(labels) if key != NAME_LABEL)
    return f"{name}{{{rest}}}" if rest or not name else name


def list_some(texts: Iterable[str]) -> str:
    """The first of these texts in order, and how many more there are."""
    ordered = sorted(set(texts))
    more = f" and {len(ordered) - LISTED} more" if len(ordered) > LISTED else ""
    return ", ".join(text[:120] for text in ordered[:LISTED]) + more


def select_series(
    items: Sequence[Item],
    labels: Sequence[Mapping[str, str]],
    selector: Selector,
    shown: Sequence[Mapping[str, str]] | None = None,
) -> list[Item]:
    """The items whose labels match: at least one. `shown`: the labels of each item that a reason lists, all without it.

    Raises UnusableSource: `no_match`, which lists the names that there are, or the label sets of the name.
    """
    matching = [item for item, own in zip(items, labels, strict=True) if selector.matches(own)]
    if matching:
        return matching
    names = {value for label, is_equal, value in selector.matchers if label == NAME_LABEL and is_equal}
    labels = shown or labels
    near = [own for own in labels if own.get(NAME_LABEL) in names]
    listed = [format_labels(own) for own in near] or [
        own.get(NAME_LABEL, "") or format_labels(own) for own in labels
    ]
    raise UnusableSource("no_match", f"`{selector.text}` matches nothing; there is {list_some(listed)}")


def check_labels(
    selector: Selector,
    labels: Sequence[Mapping[str, str]],
    shown: Sequence[Mapping[str, str]] | None = None,
) -> None:
    """For a selector that matches nothing, which may be right: a counter exists once it has counted.

    Raises UnusableSource when the metric is there and none of its series has a label that the selector names.
    """
    names = {value for label, is_equal, value in selector.matchers if label == NAME_LABEL and is_equal}
    near = [own for own in labels if own.get(NAME_LABEL) in names]
    known = {label for own in near for label in own}
    for label, _, _ in selector.matchers:
        if near and label not in known:
            listed = list_some(format_labels(own) for own in shown or labels if own.get(NAME_LABEL) in names)
            raise UnusableSource(
                "no_match", f"`{selector.text}`: no series has the label `{label}`; there is {listed}"
            )


def report_several(what: str, labels: Sequence[Mapping[str, str]]) -> UnusableSource:
    """The error for several series where one is wanted."""
    listed = list_some(format_labels(own) for own in labels)
    return UnusableSource("ambiguous", f"{what} matches {len(labels)} series: {listed}")


def add_counts(numbers: Sequence[float]) -> float:
    """The sum over several series."""
    return fsum(numbers) if len(numbers) > 1 else numbers[0]
