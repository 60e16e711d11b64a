"""The protocol between a run and its model's process: settings, requests, replies, errors, and their bytes.

A message is four bytes of length (big-endian), then that much JSON. The first message holds the settings; each later
one is a request. The reply is {"ok": …}, or {"refused": code, "reason": …}.
"""

from __future__ import annotations

import json
import struct
from typing import IO, TYPE_CHECKING, Final, NamedTuple, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.json_types import Json, JsonObject

HEAD: Final = struct.Struct(">I")
MAX_MESSAGE_BYTES: Final = 1 << 26


class ModelProcessError(Exception):
    """No answer from the model: `code` as in `task.Abstention`, and the reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class LlamaSettings(NamedTuple):
    """One model file and how it is run. Times are in seconds, sizes in bytes."""

    path: str
    sha256: str = ""
    """64 hexadecimal digits; provenance, and the key of what is kept between runs."""
    name: str = ""
    context: int = 4096
    batch: int = 512
    threads: int = 2
    gpu_layers: int = 0
    seed: int = 0
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 512
    embedding: bool = False
    chat_template: str | None = None
    timeout: float = 60.0
    """Of one answer, from when its turn comes. The model's process is ended soon after."""
    load_timeout: float = 120.0
    memory: int | None = None
    """Of the model process, its file among it; None: no limit."""
    states: str | None = None
    """The folder of saved prefixes; None: they are not saved."""

    def identity(self) -> Mapping[str, Json]:
        """What alters an answer. Threads do not: scores are rounded to more than what they change."""
        names = ("sha256", "context", "batch", "gpu_layers", "seed", "temperature", "top_p", "max_tokens")
        return {**{name: getattr(self, name) for name in names}, "chat_template": self.chat_template}


class ModelRequest(TypedDict, total=False):
    """`do` names an action of `request_handler.ACTIONS`, `timeout` bounds it in seconds; the rest depends on `do`.

    `system` to `cue` are the parts of a prompt (`PromptParts`); `saved`: whether its prefix may come from a file.
    """

    system: str
    fields: Sequence[Sequence[str]]
    question: str
    cue: str
    saved: bool

    do: str
    timeout: float
    labels: Sequence[str]
    grammar: str
    most: int
    texts: Sequence[str]
    continuations: Sequence[str]
    text: str
    prefill: int
    decode: int


class ClassifyReply(TypedDict):
    """`probabilities`: one per label of the request, in its order."""

    probabilities: list[float]
    tokens: dict[str, int]


class GenerateReply(TypedDict):
    """`ended`: whether the answer ended by itself, before the limit of tokens."""

    text: str
    ended: bool
    tokens: dict[str, int]


class EmbedReply(TypedDict):
    """`vectors`: of length one, one per text of the request."""

    vectors: list[list[float]]
    tokens: dict[str, int]


class TokenizeReply(TypedDict):
    """The tokens of each text, and how many of them are control tokens."""

    ids: list[list[int]]
    control: list[int]


class ScoreReply(TypedDict):
    """`scores`: (Σ ln p, number of tokens) of each continuation."""

    scores: list[tuple[float, int]]
    tokens: dict[str, int]


class SpeedReply(TypedDict):
    """`seconds`: to read the prompt (`prefill`) and to generate (`decode`)."""

    seconds: dict[str, float]
    tokens: dict[str, int]


class MeasureReply(TypedDict):
    """Seconds of the model alone, without sampling."""

    prefill: float
    decode: float


def pack_message(message: Mapping[str, object]) -> bytes:
    """The message as bytes. Lone surrogates survive, as JSON's escapes. Raises ValueError when it is too long."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {len(body)} bytes")
    return HEAD.pack(len(body)) + body


def unpack_message(body: bytes) -> JsonObject:
    """The message that `body` holds. Raises ValueError for anything but a JSON object."""
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("a message that is no object")
    return message


def read_message(stream: IO[bytes]) -> JsonObject | None:
    """The next message; None at the end of the stream, also within a message. Raises ValueError."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    (length,) = HEAD.unpack(head)
    if length > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {length} bytes")
    body = stream.read(length)
    return unpack_message(body) if len(body) == length else None
