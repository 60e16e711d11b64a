"""Passwords and keys that stand near their name without a sign of assignment: on the next line or in a code block,
in an element of HTML, in the column of a table, in the arguments of a call, in an SQL statement, behind a blank or a
dash; and passwords behind a user's name (`login: mona / …`).

What little ties such a value to its name is made up by what the value looks like (`values.judge_loose_value`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.detection.model import Hit
from rulewright.detection.placeholders import is_name
from rulewright.detection.values import (
    AUTHORITY,
    BEHIND_USER,
    SURE,
    SUSPECTED,
    judge_loose_value,
    judge_value,
    secret_kind,
    trim_sentence,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from rulewright.detection.page import TextView

_NEEDLES: Final = r"pass|pwd|secret|token|api[ _-]?key|identified"
_NAMES: Final = (
    r"(?i)(?:passw(?:or)?d|pass(?:[ _-]|\\_)?word|passwort|pass[ _-]?phrase|mot[ _]de[ _]passe|pwd|secret|token|"
    r"(?:api|access|secret)[ _-]?key|requirepass|masterauth|identified by)"
)
_AFTER_NAME: Final = re.compile(rb"[A-Za-z0-9_-]{0,24}")
_TAG: Final = rb"<(?!!)[^<>\n]{1,80}>"
_VALUE: Final = rb"(?P<value>[^\s\"'`<>]{8,200})"
_QUOTED: Final = rb"(?:\"(?P<double>[^\"\n]{6,200})\"|'(?P<single>[^'\n]{6,200})')"
_LINE: Final = re.compile(
    # The name ends its line, or a colon, a block mark of YAML, or the head of a code block does.
    rb"[\"'`*_)\]]{0,4}[ \t]{0,4}(?::|=|is|are)?:?[*_]{0,3}[ \t]{0,4}(?:[|>][-+0-9]{0,2})?[ \t]{0,4}"
    rb"(?:\r?\n[ \t>*-]{0,12}){1,3}"
    rb"(?:(?:`{3,}|~{3,})[A-Za-z0-9 ]{0,20}\r?\n[ \t>]{0,12})?"
    rb"[\"'`]{0,3}" + _VALUE + rb"[\"'`]{0,3}[ \t]{0,20}(?=\r?\n|\Z)"
)
_MARKED: Final = re.compile(
    rb"(?:[ \t]{0,2}[:=]?[ \t]{0,2}(?:"
    + _TAG
    + rb"[ \t\r\n]{0,20}){1,4}[:=]?[ \t]{0,4}(?:"
    + _TAG
    + rb"){0,3}"
    rb"|[\"'`*_]{0,3}[ \t]{0,2}[:=][ \t]{0,3}(?:" + _TAG + rb"){1,3}"
    rb"|[\"']?[ \t]{0,2}[:=][ \t]{0,2}(?:!![a-z]{2,8}[ \t]|\[|\{{1,2}))"
    rb"[ \t]{0,4}[\"'`]?" + _VALUE
)
_CALL: Final = re.compile(rb"[\"']?[ \t]{0,4}\([ \t\r\n]{0,20}[bru@]?" + _QUOTED)
_ELEMENT: Final = re.compile(rb"[\"'][ \t]{0,4},[ \t]{0,20}[bru@]?" + _QUOTED)
_STATED: Final = re.compile(rb"[ \t]{1,4}(?:" + _QUOTED + rb"|" + _VALUE + rb")")
_LOOSE: Final = re.compile(
    rb"[\"'`*_]{0,3}[ \t]{0,4}(?:[-;,(?][ \t]{0,4}|[ \t])[ \t]{0,8}[(\"'`*_\[]{0,4}"
    rb"(?P<value>[^\s\"'`<>()]{8,200})"
)
_ENDS: Final = re.compile(r"\]\(|[|\\]|\}+\Z")
"""What ends a value inside a link, a row of a table or braces."""
_WORD_AND_NUMBER: Final = re.compile(r"[A-Z][a-z]+[0-9]{2,}")

_LOGIN: Final = (
    r"(?i)(?:\b|_|http)(?:creds?|credentials?|basic_?auth\w{0,12}|auth|log[ -]?in|sign[ -]?in|account|"
    r"user(?:name)?[ ]?[/:&+][ ]?(?:pass(?:word)?|pwd?|pw))[\"'*`]{0,3}[ \t]{0,2}"
    r"(?:[:=(]|are|is|with)[ \t(\[]{0,4}[\"'`*]{0,3}"
    r"[A-Za-z0-9_.@+-]{1,64}[\"'`*]{0,3}[ \t]{0,2}[:/|,][ \t]{0,2}[\"'`*]{0,3}"
)
_LOGIN_NEEDLES: Final = r"cred|auth|log[ -]?in|sign[ -]?in|account|user"
_FIRST: Final = re.compile(_VALUE)

_KEY: Final = r"(?i)(?:^|[\s\"'`{(,;?&*|])key[\"'`*]{0,3}[ \t]{0,4}(?::=|[:=|]|is\b)[ \t]{0,4}[\"'`*]{0,3}"
_ONE_WORD: Final = re.compile(r"[A-Za-z0-9+/=]+")
"""Keys of caches and maps are several words."""
_QUERY_END: Final = re.compile(r"[&;,|]")

_HEADERS: Final = r"(?i)(?:passw(?:or)?d|pwd|secret|token|api[ _-]?key)[^\n|,;\t]{0,24}[|,;\t\n\r]"
_NAME: Final = re.compile(r"(?i)(.*?)(passw(?:or)?d|pwd|secret|token|api[ _-]?key)(.*)")
_COLUMN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_ -]{0,60}")
_CELL: Final = re.compile(rb"[ \t\"'`*_]{0,6}([^\s\"'`]{6,200})[\"'`*_ \t\r]{0,6}\Z")
_DRESS: Final = " \t\r\"'`*_"
_RULE: Final = frozenset(b"|:-> \t\r")
"""What the line below the head of a Markdown table consists of."""
_LONGEST: Final = 2000
"""Characters of a row at most."""
_ROWS: Final = 100
"""Rows of one table that are looked at."""


class _Way(NamedTuple):
    pattern: re.Pattern[bytes]
    judge: Callable[[str, str], float]


def _judge_stated(kind: str, value: str) -> float:
    """A value that is certainly given to the name: what may be a name itself is at most suspected."""
    if is_name(value) and not value.isdigit():
        return SUSPECTED if kind == "password" and _WORD_AND_NUMBER.fullmatch(value) else 0.0
    return judge_value(kind, value, is_exact=True) if any(map(str.isdigit, value)) else 0.0


_WAYS: Final = (
    _Way(_LINE, judge_loose_value),
    _Way(_MARKED, judge_loose_value),
    _Way(_CALL, _judge_stated),
    _Way(_ELEMENT, judge_loose_value),
    _Way(_LOOSE, judge_loose_value),
)
_STATEMENTS: Final = ("requirepass", "masterauth", "identified by")
"""Words that only the statements of Redis's configuration and of SQL have, with the password right behind them."""


def find_nearby_values(page: TextView) -> Iterator[Hit]:
    """Values near the name of a password, a secret or a key."""
    if not page.has(_NEEDLES):
        return
    for start, end in page.spans(_NAMES):
        word = page.read(start, end).lower().replace("\\", "")
        tail = _AFTER_NAME.match(page.data, end)
        name_end = end if tail is None else tail.end()
        if word in _STATEMENTS or (
            word == "password" and page.before(start, 8).endswith((b"with ", b"set "))
        ):
            yield from _first_hit(page, name_end, "password", (_Way(_STATED, _judge_stated),))
            continue
        line = page.before(start, 32)
        before = line[len(line.rstrip(b"abcdefghijklmnopqrstuvwxyz0123456789_.$-")) :].decode("ascii")
        before = before.removesuffix(".with")  # of a builder: `.withPassword("…")`
        kind = secret_kind(before, word, page.read(end, name_end), "")
        is_elsewhere = BEHIND_USER.search(line) is not None or AUTHORITY.search(line) is not None
        if kind and not is_elsewhere:
            is_cell = any(sign in page.before(start, 100) for sign in (b",", b";", b"\t", b"|"))
            yield from _first_hit(page, name_end, kind, _WAYS[1:] if is_cell else _WAYS)


def _first_hit(page: TextView, at: int, kind: str, ways: tuple[_Way, ...]) -> Iterator[Hit]:
    for way in ways:
        found = way.pattern.match(page.data, at)
        if found is None:
            continue
        group = found.lastgroup or "value"
        hit = _hit(page, found.start(group), found[group], kind, way.judge)
        if hit is not None:
            yield hit
            return


def _hit(
    page: TextView, start: int, data: bytes, kind: str, judge: Callable[[str, str], float]
) -> Hit | None:
    value = trim_sentence(_ENDS.split(data.decode("ascii"), maxsplit=1)[0])
    sure = judge(kind, value)
    return Hit(kind if kind == "password" else "secret", start, start + len(value), sure) if sure else None


def find_login_pairs(page: TextView) -> Iterator[Hit]:
    """Passwords behind a user's name: `auth=("mona", "…")`, `login: mona / …`."""
    if not page.has(_LOGIN_NEEDLES):
        return
    for _, end in page.spans(_LOGIN):
        found = _FIRST.match(page.data, end)
        hit = None if found is None else _hit(page, end, found["value"], "password", judge_loose_value)
        if hit is not None:
            yield hit


def find_bare_keys(page: TextView) -> Iterator[Hit]:
    """Values of a name that is `key` and nothing more: suspected, but for a URL's parameter, since most keys that are
    called so are those of a map."""
    if b"key" not in page.lower:
        return
    for start, end in page.spans(_KEY):
        found = _FIRST.match(page.data, end)
        if found is None:
            continue
        value = _QUERY_END.split(trim_sentence(found["value"].decode("ascii")), maxsplit=1)[0]
        sure = judge_loose_value("secret", value)
        if sure and _ONE_WORD.fullmatch(value):
            is_query = page.data[start : start + 1] in (b"?", b"&") and len(value) >= 20
            yield Hit("api_key", end, end + len(value), SURE if is_query else SUSPECTED)


def find_column_values(page: TextView) -> Iterator[Hit]:
    """Values in the columns of a Markdown table or of comma-separated values whose heads name a secret."""
    if not page.has(_NEEDLES):
        return
    data, done = page.data, 0
    for start, _ in page.spans(_HEADERS):
        if start < done:
            continue
        begin = data.rfind(b"\n", max(0, start - _LONGEST), start) + 1
        done = data.find(b"\n", start, start + _LONGEST) + 1
        if not done or start - begin >= _LONGEST:
            done = start + 1
            continue
        table = _read_head(data, begin, done)
        if table is not None:
            sign, columns, done = table
            done = yield from _cells(page, sign, columns, done)


def _read_head(data: bytes, begin: int, end: int) -> tuple[bytes, dict[int, str], int] | None:
    """What parts the cells, the kinds of secrets by column, and where the rows begin; None for a line that is the
    head of no table."""
    head = data[begin : end - 1]
    rule_end = data.find(b"\n", end, end + _LONGEST)
    rule = data[end:rule_end]
    if b"|" in head and b"-" in rule and _RULE.issuperset(rule):
        sign, rows = b"|", rule_end + 1
    else:
        sign, rows = max((b",", b";", b"\t"), key=head.count), end
    cells = [cell.strip(_DRESS) for cell in _split(head, sign)]
    if sign != b"|" and (len(cells) < 2 or not all(map(_COLUMN.fullmatch, cells))):
        return None
    columns = {}
    for column, cell in enumerate(cells):
        name = _NAME.fullmatch(cell)
        kind = "" if name is None else secret_kind(name[1], name[2], name[3], "")
        if kind:
            columns[column] = kind
    return (sign, columns, rows) if columns else None


def _split(row: bytes, sign: bytes) -> list[str]:
    """The cells of a row, without what stands before its first sign where that is a border."""
    cells = row.decode("ascii").split(sign.decode("ascii"))
    return cells[1:] if sign == b"|" and not cells[0].strip(" \t>") else cells


def _cells(page: TextView, sign: bytes, columns: dict[int, str], at: int) -> Generator[Hit, None, int]:
    """The secrets in the rows from `at` on; returns where the rows end."""
    data = page.data
    for _ in range(_ROWS):
        end = data.find(b"\n", at, at + _LONGEST)
        end = min(at + _LONGEST, len(data)) if end < 0 else end
        row = data[at:end]
        if sign not in row and (sign != b"|" or not row.strip()):
            break
        yield from _row_hits(page, _split(row, sign), columns, end)
        at = end + 1
        if at >= len(data):
            break
    return at


def _row_hits(page: TextView, cells: list[str], columns: dict[int, str], end: int) -> Iterator[Hit]:
    """The secrets in one row, which ends at `end`."""
    offset = end - sum(len(cell) + 1 for cell in cells) + 1
    for column, cell in enumerate(cells):
        kind = columns.get(column)
        found = None if kind is None else _CELL.match(cell.encode("ascii"))
        if kind is not None and found is not None:
            hit = _hit(page, offset + found.start(1), found[1], kind, _judge_stated)
            if hit is not None:
                yield hit
        offset += len(cell) + 1
