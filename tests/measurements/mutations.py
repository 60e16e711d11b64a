"""Files of tools, spoiled: what a reader must never take for a good measurement.

Two kinds of tests use it. `check_mutants` goes through a list of mutants of one file, each with the codes that it may
get: `mutate_bytes` spoils the file as such, `mutate_json` the values that an objective selects, and a source adds its
own. `spoiled_json` and `cut_text` are hypothesis' strategies for any place of a file; `assert_nothing_is_hidden`
holds what then has to be true.
"""

from __future__ import annotations

import json
from copy import deepcopy
from math import inf, nan
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from hypothesis import strategies as st

from rulewright.measurements.codes import VERDICT_CODES
from rulewright.measurements.reader import UnusableSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rulewright.measurements.reader import Reader, Reading, Selection
    from rulewright.policy.json_types import JsonPath

LEAST: Final = 30
"""How many mutants every source is tested with."""
NO_VALUE: Final = frozenset({"not_finite"})
NO_NUMBER: Final = frozenset({"unreadable"})
ABSENT: Final = frozenset({"not_finite", "no_match", "empty", "unreadable"})
"""Codes of a member that is not there, or has another name."""
REFUSED: Final = frozenset(
    {"empty", "not_finite", "no_match", "ambiguous", "unsuitable", "unreadable", "no_total"}
)
"""Codes of a file of something else."""
NOT_FINITE: Final[dict[str, Any]] = {
    "null": None,
    "NaN": nan,
    "Infinity": inf,
    "-Infinity": -inf,
    "the text NaN": "NaN",
    "the text inf": "-inf",
    "an empty text": "",
    "the greatest float": 1.7976931348623157e308,
    "an integer beyond floats": 10**400,
}
"""What tools write for a value that they do not have."""
NO_NUMBERS: Final[dict[str, Any]] = {
    "a text": "fast",
    "a text with a unit": "12 ms",
    "a boolean": True,
    "a list": [1],
    "an object": {"value": 1},
}
_PAGE: Final = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>\n"
_DOCUMENTS: Final = ("null", "true", "{}", '"text"', "[null]")


class Mutant(NamedTuple):
    """A spoiled file, and the codes of which the reader has to give one. `may_warn`: a reading with a warning that
    the original does not have is right as well."""

    name: str
    data: bytes
    codes: frozenset[str]
    may_warn: bool = False


def check_mutants(reader: Reader, selection: Selection, data: bytes, mutants: Iterable[Mutant]) -> None:
    """Assert that a file is read, that there are enough mutants of it, and that each gets one of its codes."""
    original = reader(data, selection)
    wrong: list[str] = []
    listed = list(mutants)
    for mutant in listed:
        assert mutant.data != data, f"{mutant.name} is no mutant"
        assert mutant.codes <= VERDICT_CODES.keys()
        try:
            reading = reader(mutant.data, selection)
        except UnusableSource as error:
            if error.code not in mutant.codes or "\n" in error.reason:
                wrong.append(f"{mutant.name}: {error.code}: {error.reason}")
            continue
        if not (mutant.may_warn and set(reading.warnings) - set(original.warnings)):
            wrong.append(f"{mutant.name}: was read")
    assert len(listed) >= LEAST, f"{len(listed)} mutants"
    assert not wrong, "\n".join(wrong)


def mutate_bytes(data: bytes, form: Literal["json", "lines", "csv", "xml"]) -> Iterator[Mutant]:
    """The file cut, emptied, in another encoding, or replaced by something else."""
    yield Mutant("no bytes", b"", frozenset({"empty"}))
    yield Mutant("white space", b" \r\n\t\n", frozenset({"empty"}))
    yield Mutant("a byte order mark alone", b"\xef\xbb\xbf", frozenset({"empty"}))
    yield Mutant("UTF-16", data.decode().encode("utf-16"), NO_NUMBER)
    yield Mutant("UTF-32", data.decode().encode("utf-32"), NO_NUMBER)
    yield Mutant("UTF-16 without a mark", data.decode().encode("utf-16-le"), NO_NUMBER)
    middle = len(data) // 2
    yield Mutant("a NUL byte", data[:middle] + b"\0" + data[middle:], NO_NUMBER)
    yield Mutant("a NUL byte at the end", data + b"\0", NO_NUMBER)
    yield Mutant("a byte of latin-1", data[:middle] + b"\xe9" + data[middle:], NO_NUMBER)
    yield Mutant("a page of a proxy", _PAGE, REFUSED)
    yield Mutant("a line of a log before it", b"INFO starting, please wait\n" + data, REFUSED)
    if form in ("json", "xml"):
        text = data.rstrip()
        for percent in (10, 30, 50, 70, 90):
            yield Mutant(f"cut after {percent} %", text[: len(text) * percent // 100], NO_NUMBER)
        yield Mutant("cut before the last character", text[:-1], NO_NUMBER)
        yield Mutant("written twice", data + data, NO_NUMBER)
    if form == "json":
        yield Mutant("nested deeply", b"[" * 5000 + b"]" * 5000, NO_NUMBER)
        for document in _DOCUMENTS:
            yield Mutant(f"the document {document}", document.encode(), REFUSED)


def mutate_json(
    document: Any, paths: Iterable[JsonPath], absent: frozenset[str] = ABSENT
) -> Iterator[Mutant]:
    """The document with one of its values spoiled, for each of `paths`: not finite, no number, away, of another name.
    `absent`: the codes where a member is away."""
    for path in paths:
        place = ".".join(map(str, path))
        for name, value in NOT_FINITE.items():
            yield Mutant(f"{place} is {name}", encode_json(replace_at(document, path, value)), NO_VALUE)
        for name, value in NO_NUMBERS.items():
            yield Mutant(f"{place} is {name}", encode_json(replace_at(document, path, value)), NO_NUMBER)
        yield Mutant(f"{place} is away", encode_json(without(document, path)), absent)
        if isinstance(path[-1], str):
            renamed = replace_at(without(document, path), (*path[:-1], f"{path[-1]}_"), 1)
            yield Mutant(f"{place} has another name", encode_json(renamed), absent)


def replace_at(document: Any, path: JsonPath, value: Any) -> Any:
    """A copy of the document with another value at a path."""
    copy = deepcopy(document)
    _parent(copy, path)[path[-1]] = value
    return copy


def without(document: Any, path: JsonPath) -> Any:
    """A copy of the document without what stands at a path."""
    copy = deepcopy(document)
    del _parent(copy, path)[path[-1]]
    return copy


def encode_json(document: Any) -> bytes:
    """The file; NaN and infinities without quotes, as Python's tools write them."""
    return json.dumps(document).encode()


def list_paths(document: Any, path: JsonPath = ()) -> Iterator[JsonPath]:
    """The paths to everything inside a document."""
    members: Iterable[tuple[str | int, Any]] = ()
    if isinstance(document, dict):
        members = document.items()
    elif isinstance(document, list):
        members = enumerate(document)
    for key, value in members:
        yield (*path, key)
        yield from list_paths(value, (*path, key))


@st.composite
def spoiled_json(draw: st.DrawFn, document: Any, *, drops_items: bool = True) -> bytes:
    """The document, spoiled at any place: a value replaced, or away. `drops_items`: items of lists go away as well, and
    lists become empty; a format that counts its items nowhere cannot show that."""
    path = draw(st.sampled_from(list(list_paths(document))))
    ways = ["away", *NOT_FINITE, *NO_NUMBERS, "empty object", *(["empty list"] if drops_items else [])]
    how = draw(st.sampled_from(ways))
    if how == "away" and (drops_items or isinstance(path[-1], str)):
        return encode_json(without(document, path))
    value: Any = {"away": None, **NOT_FINITE, **NO_NUMBERS, "empty list": [], "empty object": {}}[how]
    return encode_json(replace_at(document, path, value))


def cut_text(data: bytes) -> st.SearchStrategy[bytes]:
    """The file, cut anywhere before its last character."""
    text = data.rstrip()
    return st.integers(0, len(text) - 1).map(lambda end: text[:end])


def assert_nothing_is_hidden(reader: Reader, selection: Selection, data: bytes, spoiled: bytes) -> None:
    """Assert that a spoiled file is refused, gives the runs of the original, or gives a warning that is new."""
    original = reader(data, selection)
    code, reading = _try(reader, selection, spoiled)
    if reading is None:
        assert code in VERDICT_CODES
    elif not set(reading.warnings) - set(original.warnings):
        assert _list_judged(reading, selection) == _list_judged(original, selection)


def _try(reader: Reader, selection: Selection, data: bytes) -> tuple[str, Reading | None]:
    """The code of a refusal, or the reading."""
    try:
        return "", reader(data, selection)
    except UnusableSource as error:
        return ("" if "\n" in error.reason or not error.reason else error.code), None


def _list_judged(reading: Reading, selection: Selection) -> list[Any]:
    """What is judged: the unit, and of the runs neither the times, which `max_age` asks for by itself, nor the figures
    that the objective does not ask for."""
    runs = [
        run._replace(values=list(run.values), figures=run.figures.get(selection.aggregate), time="", id="")  # type: ignore[arg-type]
        for run in reading.runs
    ]
    return [reading.unit, *runs]


def _parent(document: Any, path: JsonPath) -> Any:
    for key in path[:-1]:
        document = document[key]
    return document
