"""Event files are read within bounds, and what is not JSON says where."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.events import reader as read
from rulewright.events.reader import MAX_DEPTH, parse_event, read_event_file, read_event_stream
from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_json_comes_back_as_it_is() -> None:
    assert parse_event(b'\xef\xbb\xbf{"a": [1, 2.5, null], "b": "\\ud800"}', "e") == {
        "a": [1, 2.5, None],
        "b": "\ud800",
    }


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b'{"a": }', "line 1, column 7: not JSON"),
        (b'{\n "a": "\xff"}', "line 2, column 8: byte 9 (0xff) is not UTF-8"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1e999}', "out of range"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is binary, not JSON (byte 0 is 0x89)"),
        (b"\0\1\2", "is binary"),
        (b"\xff\xfe{\0}\0", "is UTF-16"),
        (b"\x1f\x8b\x08\0", "is gzip"),
        (b'{"a": 1}\n{"a": 2}', "line 2, column 1: unexpected data"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "nested more than"),
        (b"[" * 200_000, "nested more than"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "nested more than"),
    ],
)
def test_what_is_not_an_event(data: bytes, part: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_event(data, "event.json")
    assert part in caught.value.message
    assert caught.value.message.startswith("event.json")


def test_the_deepest_that_is_allowed() -> None:
    value: Any = parse_event(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "e")
    for _ in range(MAX_DEPTH - 1):
        (value,) = value
    assert value == []


def test_too_large_is_said_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(read, "MAX_BYTES", 1024 * 1024)
    file = tmp_path / "large.json"
    file.write_bytes(b'"' + b"a" * (1024 * 1024) + b'"')
    for call in (
        lambda: read_event_file(str(file)),
        lambda: read_event_stream(io.BytesIO(file.read_bytes())),
        lambda: parse_event(file.read_bytes(), "large.json"),
    ):
        with pytest.raises(UsageError, match="larger than 1 MB"):
            call()


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_bytes(b'{"a": 1}')
    assert read_event_file(str(file)) == {"a": 1}
    assert read_event_stream(io.BytesIO(b'{"a": 1}')) == {"a": 1}
    with pytest.raises(SourceError, match="does not exist") as caught:
        read_event_file(str(tmp_path / "missing.json"))
    assert caught.value.hint is not None
    with pytest.raises(UsageError, match="is not an event file"):
        read_event_file(str(tmp_path))
    with pytest.raises(SourceError, match="does not exist"):
        read_event_file(str(file / "below"))
    with pytest.raises(SourceError):
        read_event_file("a\0b")


class _Broken(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_failing_stream_is_a_source_error() -> None:
    with pytest.raises(SourceError, match="Input/output error"):
        read_event_stream(_Broken())  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=60) | st.text(alphabet='{}[]",:0e9NaIn \\u', max_size=40).map(str.encode))
def test_arbitrary_bytes_give_a_value_or_a_usage_error(data: bytes) -> None:
    try:
        parse_event(data, "e")
    except UsageError:
        return
    else:
        assert data.strip()
