"""JSON of tools: strict, with places, and NaN left to whoever reads the values."""

from __future__ import annotations

import json
from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.readers import text as text_module
from rulewright.measurements.readers.json_text import parse_json, parse_json_object


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"", "empty", "the file is empty"),
        (b" \n\t", "empty", "the file is empty"),
        (b"\xef\xbb\xbf", "empty", "the file is empty"),
        (
            b'{"a": [1, 2',
            "unreadable",
            "line 1, column 12: expecting ',' delimiter; the file seems to be cut off",
        ),
        (b'{"a":\n1 2}', "unreadable", "line 2, column 3: expecting ',' delimiter"),
        (b'{"a": 1}}', "unreadable", "line 1, column 9: extra data"),
        (b'{"a": "\xe9"}', "unreadable", "byte 7 (0xe9) is not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "unreadable", "byte 0: it is UTF-16 or UTF-32, not UTF-8"),
        (b'{"a": 1\0}', "unreadable", "byte 7 is NUL: it is no UTF-8 text, or it is damaged"),
        (b"[" * 101 + b"]" * 101, "unreadable", "it is nested more than 100 levels deep"),
        (b"[" * 100_000, "unreadable", "it is nested more than 100 levels deep"),
        (b"9" * 5000, "unreadable", "it contains a number with too many digits"),
        (b'{"a": 1, "a": 2}', "unreadable", 'the key "a" appears twice in one object'),
        (b'[{"a" : 1, "a" :2}]', "unreadable", 'the key "a" appears twice in one object'),
        (
            b'{"x": ":", "a": ":8080", "b": {"k": 1, "k": 2}}',
            "unreadable",
            'the key "k" appears twice in one object',
        ),
    ],
)
def test_bad_input_is_told_in_one_line(data: bytes, code: str, reason: str) -> None:
    with pytest.raises(UnusableSource) as caught:
        parse_json(data)
    assert (caught.value.code, caught.value.reason) == (code, reason)


def test_a_file_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    assert text_module.MAX_BYTES == 200 * 1024 * 1024
    monkeypatch.setattr(text_module, "MAX_BYTES", 1024 * 1024)
    assert parse_json(b" " * (1024 * 1024 - 1) + b"1") == 1
    with pytest.raises(UnusableSource, match="it has 1 MB, and at most 1 MB are read"):
        parse_json(b" " * 1024 * 1024 + b"1")


def test_the_byte_order_mark_is_left_out() -> None:
    assert parse_json(b"\xef\xbb\xbf[1]") == [1]


def test_nan_is_read() -> None:
    value = parse_json(b'{"a": NaN, "b": [Infinity, -Infinity, 1e999]}')
    assert isinstance(value, dict)
    assert isnan(value["a"])  # type: ignore[arg-type]
    assert value["b"] == [float("inf"), float("-inf"), float("inf")]


def test_an_object_is_asked_for() -> None:
    assert parse_json_object(b"{}", "k6") == {}
    with pytest.raises(UnusableSource, match="it holds no object, so k6 did not write it"):
        parse_json_object(b"[]", "k6")


_STRINGS = st.text(st.sampled_from(['"', ":", " ", "\\", "a", "\n", "u"]), max_size=4)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_STRINGS, inner, max_size=3),
)


@given(_JSON, st.sampled_from([None, (",", ":"), (" , ", " : "), (",", "\n:")]))
@settings(deadline=None)
def test_whatever_json_writes_is_read(value: object, separators: tuple[str, str] | None) -> None:
    assert parse_json(json.dumps(value, separators=separators).encode()) == value


@given(st.dictionaries(_STRINGS, _JSON, min_size=1, max_size=4), st.data())
@settings(deadline=None)
def test_no_doubled_key_passes(value: dict[str, object], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(value)))
    members = [*value.items(), (key, 1)]
    separator = data.draw(st.sampled_from([":", " :", ": "]))
    text = "{" + ",".join(f"{json.dumps(name)}{separator}{json.dumps(item)}" for name, item in members) + "}"
    with pytest.raises(UnusableSource, match="appears twice"):
        parse_json(text.encode())
