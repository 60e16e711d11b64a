"""What is compared exactly: stack frames, names of exceptions, error codes, lines of error messages.

A mark is text such as `frame:DFSClient.close`, `code:ORA-00942`, `says:permission denied for table <…>`. Lines,
addresses, numbers and paths are taken out, so that the same failure on another machine gives the same mark.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

__all__ = ["hashed", "kind_of", "marks"]

LONGEST: Final = 131_072
"""Characters of a text that are searched for marks."""
MOST_FRAMES: Final = 24
MOST_MARKS: Final = 48

FRAME: Final = re.compile(
    r"""
      ^[ \t>|]*at[ ]+(?:async[ ]+|new[ ]+)?(?P<dotted>[\w$.<>\[\]/-]+[.:][\w$<>\[\]]+)[ ]?[(]  # Java, JavaScript, C#
    | ^[ \t>|]*File[ ]"(?P<file>[^"\n]{1,300})",[ ]line[ ]\d+,[ ]in[ ](?P<python>[\w<>]+)
    | ^[ \t>|]*\#?\d{1,3}[ :]+(?:0x[0-9a-fA-F]+[ ]in[ ])?(?P<native>[A-Za-z_~][\w:~<>]*(?:[.]\w+)*)[ ]?[(+]   # gdb, lldb
    | ^[ \t>|]*(?:\d+[ ]+)?(?P<module>[\w.-]+\.(?:dll|so|exe|dylib)[\w.]*)!(?P<symbol>[\w:~]+)
    | ^[ \t>|]*(?P<scoped>[A-Za-z_]\w*::~?\w+(?:::~?\w+)*)[ ]?[(\[]                              # C++
    | ^[ \t>|]*from[ ](?P<ruby>[^:\n ]{1,300}):\d+:in[ ][`'](?P<method>[^'\n]{1,100})'
    | ^(?P<go>[a-z][\w./-]*\.(?:[(][*]?\w+[)]\.)?\w+)[(](?:0x|\{|\.\.\.|[)])
    """,
    re.X | re.M,
)
TRACE: Final = re.compile(r"\n[ \t>|]*(?:at |File \"|#?\d{1,3}[ :]|\S+!\S|\S+::|from |[a-z][\w./-]*\.\S+\()")

CODE: Final = re.compile(
    r"""
      \b(?P<name>(?:[a-z_][\w$]*\.)*(?:[A-Z][A-Za-z0-9]*)?(?:Exception|Error|Fault|Panic|Failure))\b(?![.(]\w)
    | \b(?P<code>
          [A-Z]{2,6}-\d{4,6}                       # ORA-00942
        | (?:NS_ERROR|ERR|E|EC|STATUS|WSAE|DRM)_[A-Z][A-Z_]{3,}
        | E[A-Z]{4,12}(?=[\s:,.)\]'"]|$)           # ENOENT
        | SIG[A-Z]{3,5}
        | CVE-\d{4}-\d{4,7}
        | (?:TS|CS|E|W|C|LNK|RUF|SC)\d{3,5}
        | 0x[89A-Fa-f][0-9A-Fa-f]{7}(?![0-9A-Fa-f])
      )\b
    | \b(?i:http(?:/1\.[01])?|status(?:[ ]code)?|error[ ]code|exit(?:ed)?(?:[ ]with)?(?:[ ](?:code|status))|errno)[ :=]{1,3}(?P<number>-?\d{1,6})\b
    """,
    re.X,
)
NO_CODES: Final = frozenset(
    {
        "ERROR",
        "EXCEPTION",
        "EMPTY",
        "ENABLE",
        "EVERY",
        "EXAMPLE",
        "EXPECTED",
        "EITHER",
        "ENDED",
        "ENTER",
        "EDITOR",
        "EMAIL",
        "EVENT",
        "EVENTS",
        "EXISTS",
        "EXACT",
        "EXACTLY",
        "EXTRA",
        "ERRORS",
        "EDIT",
        "EXPORT",
        "ENTRY",
    }
)
PLAIN: Final = frozenset({"Error", "Exception", "Failure", "Fault", "Panic", "error", "failure"})

SAYS: Final = re.compile(
    r"(?:\b[\w.$]*(?:Exception|Error)|\b(?:fatal|error|panic(?:ked)?|failed|assertion failed))\b ?[:!] *([^\n]{12,200})",
    re.I,
)
FOLDER: Final = re.compile(r"[/\\]")
VARIABLE: Final = re.compile(
    r"""["'`][^"'`\n]{0,120}["'`]|(?:[A-Za-z]:)?[/\\][\w./\\@:+~-]+|\b0x[0-9a-fA-F]+|\b[\w-]*\d[\w.:-]*|[^\w<>…]+"""
)


def marks(text: str) -> tuple[str, ...]:
    """The marks of a text, each once, in order."""
    text = text[:LONGEST]
    found: dict[str, None] = {}
    if TRACE.search(text):
        for match in FRAME.finditer(text):
            found[f"frame:{frame(match)}"] = None
            if len(found) >= MOST_FRAMES:
                break
    for match in CODE.finditer(text):
        mark = code(match)
        if mark is not None:
            found[mark] = None
        if len(found) >= MOST_MARKS:
            break
    for match in SAYS.finditer(text):
        said = message(match[1])
        if said is not None and len(found) < MOST_MARKS:
            found[said] = None
    return tuple(found)


def frame(match: re.Match[str]) -> str:
    """The function of a frame with its file or class; no line, no folder, no address."""
    groups = match.groupdict()
    for name in ("dotted", "native", "scoped", "go"):
        if groups[name]:
            # What a compiler numbers differs from build to build: lambda$3, $Proxy12, <anonymous>.
            return re.sub(r"\$+\d+|\d{3,}|0x[0-9a-f]+", "", groups[name].rsplit("/", 1)[-1])
    file = groups["file"] or groups["module"] or groups["ruby"] or ""
    function = groups["python"] or groups["symbol"] or groups["method"] or ""
    return f"{FOLDER.split(file)[-1]}:{function}"


def code(match: re.Match[str]) -> str | None:
    if match["name"]:
        name = match["name"].rsplit(".", 1)[-1]
        return None if name in PLAIN else f"code:{name}"
    if match["code"]:
        return None if match["code"] in NO_CODES else f"code:{match['code']}"
    return f"code:{match['number']}"


def message(said: str) -> str | None:
    """A line of an error message without what changes from run to run; None when too little is left."""
    kept = VARIABLE.sub(" ", said).casefold().split()
    return f"says:{' '.join(kept[:12])}" if len(kept) >= 3 else None


def hashed(mark: str) -> int:
    """64 bits, signed, as SQLite keeps integers."""
    return int.from_bytes(
        blake2b(mark.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True
    )


def kind_of(mark: str) -> str:
    """`frame`, `code` or `says`."""
    return mark.partition(":")[0]
