from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.models.local import messages as frames

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=3), max_size=4))
def test_messages_come_out_as_they_went_in(messages: list[dict[str, object]]) -> None:
    """Half characters as well: they stand in texts that people paste."""
    stream = io.BytesIO(b"".join(map(frames.pack_message, messages)))
    assert [frames.read_message(stream) for _ in messages] == messages
    assert frames.read_message(stream) is None


@given(st.integers(0, 30))
def test_a_cut_message_is_the_end(length: int) -> None:
    data = frames.pack_message({"text": "a longer text than thirty bytes"})
    assert frames.read_message(io.BytesIO(data[:length])) is None


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02[]", b"\x00\x00\x00\x02{{"])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        frames.read_message(io.BytesIO(data))


def test_too_long_a_message_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_MESSAGE_BYTES", 20)
    with pytest.raises(ValueError, match="bytes"):
        frames.pack_message({"text": "x" * 20})
