"""An issue's text taken apart: title, prose, headings with their answers, code, and what of it is a form's own.

A form's lines stand in many issues and say nothing about one; its headings and the short answers under them say
which form it was and what was chosen there.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container

MAX_TITLE: Final = 400
MAX_BODY: Final = 12_000
"""Code points that are read; what is beyond says little about the kind of an issue and may cost without bound."""
SHORT_ANSWER: Final = 48

COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
FENCE: Final = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[ \t]*$|\Z)", re.S | re.M)
TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
LINK: Final = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}\)")
ADDRESS: Final = re.compile(r"\bhttps?://\S+")
INLINE: Final = re.compile(r"`[^`\n]{1,200}`")
HEADING: Final = re.compile(
    r"^(?:#{1,6}[ \t]*(?P<hash>\S.{0,100}?)|\*\*(?P<bold>[^*\n]{1,100})\*\*)[ \t]*:?[ \t#]*$"
)
FIELD: Final = re.compile(
    r"^[ \t>*_-]*(?P<name>[A-Za-z][\w /().?'-]{1,48}?)[ \t*_]*:[ \t*_]*(?P<answer>\S.{0,100})$"
)
FRAME: Final = re.compile(
    r"^\s*(?:at [\w$.<>\[\]]+ ?\(|File \"[^\"]+\", line \d+|#\d+ +0x|Traceback \(|Caused by:"
    r"|[\w.]+(?:Error|Exception)\b)",
    re.M,
)
LOG_LINE: Final = re.compile(r"^\s*(?:\[?\d{2,4}[-:/]\d{2}[-:/ ]|\$ |>>> |\w+\[\d+\]:|0x[0-9a-f]{4})")


class IssueText(NamedTuple):
    """`lines`: prose line by line, code and comments gone. `headings`: casefolded. `fields`: (name, short answer).
    `code`: code blocks; `frames`: lines of stack traces; `text`: the body as it came, up to MAX_BODY;
    `raw`: its length."""

    title: str
    lines: tuple[str, ...]
    headings: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    code: tuple[str, ...]
    frames: int
    text: str
    raw: int


def parse_issue(title: str, body: str) -> IssueText:
    """Takes linear time, whatever the text."""
    title, whole = " ".join(title[:MAX_TITLE].split()), body[:MAX_BODY].replace("\r\n", "\n")
    text = COMMENT.sub("\n", whole)
    code = tuple(match.group(0) for match in FENCE.finditer(text))
    text = FENCE.sub("\n", text)
    frames = len(FRAME.findall(whole))
    text = LINK.sub(r"\1", TAG.sub(" ", text))
    lines: list[str] = []
    headings: list[str] = []
    fields: list[tuple[str, str]] = []
    waiting: str | None = None
    for raw in text.split("\n"):
        line = raw.strip()
        if not line:
            continue
        found = HEADING.match(line)
        if found is not None:
            waiting = normalize_words(found["hash"] or found["bold"])
            headings.append(waiting)
            lines.append(line)
            continue
        if waiting is not None and len(line) <= SHORT_ANSWER:
            fields.append((waiting, normalize_words(line)))
        waiting = None
        if LOG_LINE.match(line) or FRAME.match(line):
            continue
        lines.append(line)
        field = FIELD.match(line)
        if field is not None and len(field["answer"]) <= SHORT_ANSWER:
            fields.append((normalize_words(field["name"]), normalize_words(field["answer"])))
    return IssueText(title, tuple(lines), tuple(headings), tuple(fields), code, frames, whole, len(body))


def normalize_words(text: str) -> str:
    """Casefolded words with single blanks, no marks."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def hash_line(line: str) -> int:
    """What makes two lines the same line of a form, as a hash of 64 bits: a model file holds no text of issues."""
    return int.from_bytes(
        blake2b(normalize_words(line).encode("utf-8", "replace"), digest_size=8).digest(), "little"
    )


def extract_prose(reading: IssueText, form: Container[int], limit: int) -> str:
    """The first `limit` characters that are not a form's: `form` holds the keys of its lines."""
    kept = (ADDRESS.sub("", INLINE.sub(lambda match: match.group(0)[1:-1], line)) for line in reading.lines)
    return " ".join(" ".join(line for line in kept if hash_line(line) not in form).split())[:limit]
