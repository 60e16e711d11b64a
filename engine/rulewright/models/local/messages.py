"""Messages between a run and its model's process: four bytes of length (big-endian), then that much JSON."""

from __future__ import annotations

import json
import struct
from typing import IO, Any, Final

HEAD: Final = struct.Struct(">I")
MAX_MESSAGE_BYTES: Final = 1 << 26
"""Bytes of one message. What claims to be longer is not ours."""


def pack_message(message: dict[str, Any]) -> bytes:
    """The message as bytes. Half characters survive, as JSON's escapes. Raises ValueError when it is too long."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {len(body)} bytes")
    return HEAD.pack(len(body)) + body


def unpack_message(body: bytes) -> dict[str, Any]:
    """The message that `body` holds. Raises ValueError for anything but a JSON object."""
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("a message that is no object")
    return message


def read_message(stream: IO[bytes]) -> dict[str, Any] | None:
    """The next message; None where the stream ends, also in the middle of one. Raises ValueError."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    (length,) = HEAD.unpack(head)
    if length > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {length} bytes")
    body = stream.read(length)
    return unpack_message(body) if len(body) == length else None
