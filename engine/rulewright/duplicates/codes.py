"""Names of exceptions and error codes: words that name one failure exactly."""

from __future__ import annotations

import re
from typing import Final

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


def code_of(chunk: str) -> str | None:
    """The code that a word is: `java.io.IOException` → `IOException`, `ENOENT` → `ENOENT`."""
    if not chunk[-1].isalnum() or (chunk.islower() and not chunk.startswith("0x")):
        return None
    named = NAME.match(chunk)
    if named is not None:
        return None if named[1] in PLAIN else named[1]
    return chunk if CODE.fullmatch(chunk) else None


def numbered_codes(text: str) -> list[str]:
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
