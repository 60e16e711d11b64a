"""Error signatures (marks), compared exactly: stack frames, exceptions, error codes, error messages.

A mark is text such as `frame:DFSClient.close`, `code:ORA-00942`, `says:permission denied for table`. Lines,
addresses, numbers and paths are taken out, so that the same failure on another machine gives the same mark.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST: Final = 131_072
"""Characters of a text that are searched for marks."""
MOST_FRAMES: Final = 24
MOST_CODES: Final = 12
MOST_MESSAGES: Final = 8

TRACE: Final = re.compile(
    r"\n[ \t>|*]*(?=at |File \"|\#?\d{1,3}[ :]|from |[\w.-]+![\w:~]|[A-Za-z_]\w*::|[a-z][\w./-]*\.[\w.()*]+\()"
)
"""Where the line of a frame may begin; it starts with a plain character, so that other lines cost little."""
FRAME: Final = re.compile(
    r"""
      at[ ]+(?:async[ ]+|new[ ]+)?(?P<dotted>[\w$.:<>\[\]/-]*[\w$>\]])[ ]?[(]              # Java, JavaScript, C#
    | File[ ]"(?P<file>[^"\n]{1,300})",[ ]line[ ]\d+,[ ]in[ ](?P<python>[\w<>]+)
    | \#?\d{1,3}[ :]+(?:0x[0-9a-fA-F]+[ ]in[ ])?(?P<native>[A-Za-z_~][\w:~<>]*(?:[.]\w+)*)[ ]?[(+]  # gdb, lldb
    | \#?(?:\d{1,3}[ :]+)?(?P<module>[\w.-]+)!(?P<symbol>[\w:~]+)                           # Windows
    | from[ ](?P<ruby>[^:\n ]{1,300}):\d+:in[ ][`'](?P<method>[^'\n]{1,100})'
    | (?P<scoped>[A-Za-z_]\w*::~?\w+(?:::~?\w+)*)[ ]?[(\[]                                  # C++
    | (?P<go>[a-z][\w./-]*\.(?:[(][*]?\w+[)]\.)?\w+)[(](?:0x|\{|\.\.\.|[)])
    """,
    re.X,
)
BUILD_NUMBER: Final = re.compile(r"\$+\d+|\d{3,}|0x[0-9a-f]+")
"""What a compiler numbers differs from build to build: `lambda$3`, `$Proxy12`."""
FOLDER: Final = re.compile(r"[/\\]")

SAYS: Final = re.compile(
    r"(?:[Ee]xception|[Ee]rror|ERROR|FATAL|[Ff]atal|[Pp]anic(?:ked)?|[Ff]ailed|FAILED)"
    r"(?: ?[:!]|\(\d+\):) *([^\n]{12,200})"
)
SAYERS: Final = ("rror", "xception", "ailed", "atal", "anic", "ERROR", "FATAL", "FAILED")
VARIABLE: Final = re.compile(
    r"""["'`][^"'`\n]{0,120}["'`]|(?:[A-Za-z]:)?[/\\][\w./\\@:+~-]+|\b0x[0-9a-fA-F]+|\b[\w-]*\d[\w.:-]*|[^\w"'`/\\]+|["'`/\\]"""
)


def find_marks(text: str, codes: Iterable[str] = ()) -> tuple[str, ...]:
    """The marks of a text, each once; `codes` are those that `words.read_words` found in it."""
    text = f"\n{text[:LONGEST]}"
    frames: dict[str, None] = {}
    for line in TRACE.finditer(text):
        match = FRAME.match(text, line.end())
        if match is not None:
            frames[f"frame:{frame_mark(match)}"] = None
            if len(frames) >= MOST_FRAMES:
                break
    found = [f"code:{one}" for one in (*codes, *find_numbered_codes(text))][:MOST_CODES]
    said: dict[str, None] = {}
    for match in SAYS.finditer(text) if any(word in text for word in SAYERS) else ():
        words = message_mark(match[1])
        if words is not None:
            said[words] = None
            if len(said) >= MOST_MESSAGES:
                break
    return (*frames, *dict.fromkeys(found), *said)


def frame_mark(match: re.Match[str]) -> str:
    """The function of a frame with its class or file; no line, no folder, no address."""
    name = match["dotted"] or match["native"] or match["scoped"] or match["go"]
    if name:
        return BUILD_NUMBER.sub("", name.rsplit("/", 1)[-1])
    file = match["file"] or match["module"] or match["ruby"] or ""
    return f"{FOLDER.split(file)[-1]}:{match['python'] or match['symbol'] or match['method'] or ''}"


def message_mark(said: str) -> str | None:
    """A line of an error message without what changes from run to run; None when too little is left."""
    kept = VARIABLE.sub(" ", said).casefold().split()
    return f"says:{' '.join(kept[:12])}" if len(kept) >= 3 else None


def hash_mark(mark: str) -> int:
    """64 bits, signed, as SQLite keeps integers."""
    return int.from_bytes(
        blake2b(mark.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True
    )


def mark_kind(mark: str) -> str:
    """`frame`, `code` or `says`."""
    return mark.partition(":")[0]


NAME: Final = re.compile(r"(?:[\w$]+[.:\\$]+)*([A-Z]\w*(?:Exception|Error|Fault|Failure))\Z")


CODE: Final = re.compile(
    r"""
      [A-Z]{2,6}-\d{4,6}                                    # ORA-00942
    | (?:NS_ERROR|ERR|EC|STATUS|WSAE|CERT|SSL|SEC)_[A-Z][A-Z_]{3,}
    | E(?:ACCES|ADDRINUSE|AGAIN|BADF|BUSY|CONNABORTED|CONNREFUSED|CONNRESET|EXIST|FAULT|HOSTUNREACH|INTR|INVAL|IO
        |ISDIR|LOOP|MFILE|NAMETOOLONG|NETUNREACH|NFILE|NOENT|NOEXEC|NOMEM|NOSPC|NOSYS|NOTCONN|NOTDIR|NOTEMPTY|NOTFOUND
        |NOTSUP|PERM|PIPE|RANGE|ROFS|SRCH|TIMEDOUT|TXTBSY|XDEV)
    | SIG(?:ABRT|BUS|FPE|HUP|ILL|INT|KILL|PIPE|SEGV|TERM|TRAP)
    | CVE-\d{4}-\d{4,7}
    | (?:TS|CS|LNK|MSB|NU|E|C)\d{4,5}                        # compilers
    | 0x[89A-Fa-f][0-9A-Fa-f]{7}                            # HRESULT
    """,
    re.X,
)


PLAIN: Final = frozenset({"Error", "Exception", "Failure", "Fault"})


NUMBERED: Final = re.compile(
    r"\b(http(?:/\d\.\d)?(?: status)?|status(?: code)?|error code|exit(?:ed)?(?: with)?(?: code| status)|errno)"
    r"[ :=#]{1,3}(-?\d{1,6})\b"
)


HINTS: Final = ("http", "status", "code", "errno")


def error_code(chunk: str) -> str | None:
    """The code that a word is: `java.io.IOException` → `IOException`, `ENOENT` → `ENOENT`."""
    if not chunk[-1].isalnum() or (chunk.islower() and not chunk.startswith("0x")):
        return None
    named = NAME.match(chunk)
    if named is not None:
        return None if named[1] in PLAIN else named[1]
    return chunk if CODE.fullmatch(chunk) else None


def find_numbered_codes(text: str) -> list[str]:
    """Codes that are numbers with a word before them: `HTTP 503` → `http 503`, `exited with code 137` → `exit 137`."""
    low = text.lower()
    if not any(hint in low for hint in HINTS):
        return []
    out: dict[str, None] = {}
    for word, number in NUMBERED.findall(low):
        kind = (
            "http"
            if word.startswith(("http", "status"))
            else word[:4]
            if word.startswith("exit")
            else "error"
        )
        out[f"{kind} {number}"] = None
    return list(out)
