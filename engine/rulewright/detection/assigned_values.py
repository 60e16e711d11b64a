"""Values given to a name that speaks of a secret: the variable `DB_PASSWORD`, the key `client_secret`, the option
`--token`, the sentence "my password is". What the value must look like depends on the name (`values.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.detection.model import Hit
from rulewright.detection.placeholders import is_name
from rulewright.detection.values import (
    AUTHORITY,
    BEHIND_USER,
    SUSPECTED,
    judge_value,
    secret_kind,
    trim_sentence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.detection.page import TextView

_FOREIGN: Final = (
    r"contrasena|senha|mot[ _-]de[ _-]passe|kennwort|wachtwoord|losenord|"
    r"haslo|heslo|parola|sifre|salasana|jelszo"
)
_NEEDLES: Final = rf"pass|pw|secret|token|key|credential|{_FOREIGN}"
_NAMES: Final = (
    rf"passw(?:or)?d|pass(?:[_-]|\\_)word|passwort|pass[ _-]?phrase|pwd|pass|pw|{_FOREIGN}|"
    r"secret|token|credentials?|(?:api|access|auth|account|master|app|"
    r"encryption|signing|private|storage|service|session|deploy|shared|subscription|license|jwt|hmac|aes|bot|webhook|"
    r"client|consumer|admin|secret)[ _.-]?key"
)
_OF: Final = r"(?:(?:for|of|to|on|at)(?:[ \t][A-Za-z0-9_.@-]{1,30}){1,4}[ \t])?"
_VERBS: Final = ("is", "was", "es", "est", "ist", "lautet", "e")
_SIGN: Final = (
    r"[ \t]{0,8}(?::=|=>|->|={1,3}|:{1,2}|>|\|)"
    rf"|[ \t]{{1,3}}{_OF}(?:{'|'.join(_VERBS)})\b:?"
    r"|[\"'][ \t]{1,4}value[ \t]?="
)
_PATTERN: Final = (
    rf"(?i)(?:{_NAMES})[A-Za-z0-9_-]{{0,24}}[\"'`\])*\\]{{0,3}}(?:{_SIGN})"
    r"[ \t]{0,4}(?:\*\*|__)?[ \t]{0,4}"
)
_OPTION: Final = (
    rf"(?i)(?:--?[A-Za-z0-9-]{{0,24}}|(?:ENV|setx)[ \t]{{1,3}}[A-Z0-9_]{{0,24}})(?:{_NAMES})[ \t]{{1,4}}"
)
_NAME: Final = re.compile(rf"(?:{_NAMES})([A-Za-z0-9_-]*)", re.IGNORECASE)
_JUDGED: Final = 400
"""Characters of a value that are looked at to judge it."""
_LEAST: Final = 6
"""Characters of a value at least."""
_TRIES: Final = 3
"""Names inside one value that are tried: `password=password=password=…` has many."""
_IN_NAME: Final = b"abcdefghijklmnopqrstuvwxyz0123456789_.$-"
_ANNOTATION: Final = re.compile(
    rb"[A-Za-z_][A-Za-z0-9_.]{0,30}(?:\[[^\]\n]{0,30}\])?(?:[ \t]?\|[ \t]?[A-Za-z]{1,20})?\??[ \t]{1,2}=[ \t]{0,2}"
    rb"|(?:str|[Ss]tring)=[ \t]{0,2}"
)
"""The type of a variable between its name and its value: `password: str = "…"`."""
_OPENING: Final = re.compile(rb"(?:[bBrRuU]|\$@|@|L)?(\"{3}|'{3}|[\"'`])")
_TAG: Final = re.compile(rb"</?(?:b|i|p|br|td|th|dd|em|tt|code|pre|kbd|span|strong|samp)[ >/]")
"""An element of HTML around the value, which `nearby_values` reads."""
_KEY_ID: Final = re.compile(r"[0-9A-F]{8}|[0-9A-F]{16}|[0-9A-F]{40}")
"""The identifier or fingerprint of an OpenPGP key (RFC 9580 section 5.5.4), which everyone may know."""
_BARE: Final = re.compile(rb"[^\s\"'`]{1,%d}" % _JUDGED)
_WHOLE: Final = re.compile(rb"[^\s]{1,%d}(?=[ \t\r]*(?:\n|\Z))" % _JUDGED)
_STARTS_LINE: Final = re.compile(rb"(?:^|\n)[ \t]*(?:export |set |env |- )?[A-Za-z0-9_.-]*\Z", re.IGNORECASE)
_NEXT: Final = re.compile(
    r"[&;,|](?=[A-Za-z_][A-Za-z0-9_. -]{0,40}[=:])|&(?=(?:quot|apos|lt|gt);|#\d)"
    r"|\\[nrt](?![a-z]{3})|</|[;&]+\Z|\\\Z|,\Z"
)
"""Where the next assignment begins, or an escape that ends the value."""
_MORE: Final = re.compile(rb"[A-Za-z0-9_.~+/=%-]{1,3600}")
"""What belongs to a value that is longer than what is judged of it."""
_LONGEST: Final = 4000
"""Characters of the longest value."""


class _Value(NamedTuple):
    start: int
    end: int
    is_quoted: bool
    is_exact: bool = True


class _Name(NamedTuple):
    """A telling name: its `word`, what it holds `before` and `after` that, and the `sign` behind it; `at` is where the
    word stands."""

    at: int
    before: str
    word: str
    after: str
    sign: str


def find_assigned_values(page: TextView) -> Iterator[Hit]:
    """Values beside a telling name. `start` and `end` are those of the value, without its quotes."""
    if not page.has(_NEEDLES):
        return
    done, tries = 0, 0
    for start, end in page.spans(_PATTERN):
        if start >= done:
            bare = _BARE.match(page.data, end)
            done, tries = end if bare is None else bare.end(), 0
        elif tries == _TRIES:
            continue
        tries += 1
        yield from _assigned(page, start, end, is_option=False)
    if page.has("-|env[ \\t]|setx[ \\t]"):
        for start, end in page.spans(_OPTION):
            before = page.data[start - 1 : start]
            if not before or before in b" \t\n\"'`[(":
                yield from _assigned(page, start, end, is_option=True)


def _assigned(page: TextView, start: int, end: int, *, is_option: bool) -> Iterator[Hit]:
    if not is_option and page.data[end : end + _LEAST].find(b"\n") >= 0:
        return  # too short for a secret, and most names of prose have no value at all
    text = page.read(start, end)
    found = _NAME.search(text)
    if found is None:
        return
    sign = "--" if is_option else text[found.end() :].strip(" \t*_\"'`\\])")
    value = _read_value(page.data, end, start, sign, is_tight=text.endswith("="))
    if value is None or value.end - value.start < _LEAST or not _is_whole(page, value, start, sign):
        return
    name = _read_name(page, start, found, sign)
    if name is not None:
        yield from _judge_assigned(page, name, value)


def _judge_assigned(page: TextView, name: _Name, value: _Value) -> Iterator[Hit]:
    """The hit where a value, by its name and by what it looks like, is a secret."""
    kind, sign = secret_kind(name.before[-32:], name.word, name.after, name.sign), name.sign
    if not kind:
        return
    shown = page.read(value.start, min(value.end, value.start + _JUDGED))
    if name.word.lower().startswith("signing") and _KEY_ID.fullmatch(shown):
        return
    if kind == "token" and sign == "=" and page.data[name.at - 1 : name.at] in (b"?", b"&"):
        kind = "secret"  # the parameter of a URL
    sure = judge_value(kind, shown, is_exact=value.is_exact)
    if sign.rstrip(":").endswith(_VERBS) and "-" in shown and is_name(shown):
        sure = min(sure, SUSPECTED)  # "the password is not-accepted2"
    if sure:
        finding = "password" if kind == "password" else "api_key" if kind == "key" else "secret"
        yield Hit(finding, value.start, _end_of(page.data, value), sure)


def _is_whole(page: TextView, value: _Value, start: int, sign: str) -> bool:
    """Whether an element of HTML ends behind its value, and a value behind `|` stands in the row of a table."""
    if sign == ">":
        return page.data[value.end : value.end + 1] == b"<"
    return sign != "|" or page.before(start, 100).lstrip().startswith(b"|")


def _read_name(page: TextView, start: int, found: re.Match[str], sign: str) -> _Name | None:
    """The name that begins before the match at `start`; None where another finder looks at it, or where it is a type of
    a namespace or a part of an ARN."""
    at = start + found.start()
    line = page.before(at, 100)
    if BEHIND_USER.search(line) or (b"://" in line and AUTHORITY.search(line)):
        return None  # `user/password: mona/…`, `https://token:…@host`
    before = line[len(line.rstrip(_IN_NAME)) :]
    around = line[: len(line) - len(before)]
    if around.endswith(b"::") or (sign == ":" and around.endswith(b":")):
        return None
    word = found[0][: len(found[0]) - len(found[1])]
    return _Name(at, before.decode("ascii"), word, found[1], sign)


def _end_of(data: bytes, value: _Value) -> int:
    """Where a value ends that is longer than what is judged of it."""
    if value.is_quoted or value.end - value.start != _JUDGED:
        return value.end
    more = _MORE.match(data, value.end)
    return value.end if more is None else more.end()


def _read_value(data: bytes, at: int, name: int, sign: str, *, is_tight: bool) -> _Value | None:
    """The value from `at` on: a quoted text, or what stands before the next blank. `is_tight`: nothing stands
    between the sign and the value."""
    if sign == ":" and (annotation := _ANNOTATION.match(data, at)) is not None:
        at = annotation.end()
    opening = _OPENING.match(data, at)
    if opening is not None:
        end = _closing(data, opening[1], opening.end())
        return None if end < 0 else _Value(opening.end(), end, is_quoted=True)
    if sign == "=" and is_tight and _STARTS_LINE.search(data, max(0, name - 64), name):
        whole = _read_line_end(data, at)
        if whole is not None:
            return whole
    bare = _BARE.match(data, at)
    if bare is None or _TAG.match(data, at):
        return None
    text = _before_next(bare[0])
    if sign == ">":
        text = text.partition("<")[0]
    return _Value(at, at + len(trim_sentence(text)), is_quoted=False, is_exact=False)


def _read_line_end(data: bytes, at: int) -> _Value | None:
    """The value that fills the rest of its line, as in a file of settings."""
    whole = _WHOLE.match(data, at)
    if whole is None or b"=" in whole[0][:-2] or whole[0].endswith((b",", b";")):
        return None
    return _Value(at, at + len(_before_next(whole[0])), is_quoted=False)


def _before_next(value: bytes) -> str:
    """A value up to where the next assignment begins."""
    text = value.decode("ascii")
    cut = _NEXT.search(text)
    return text if cut is None else text[: cut.start()]


def _closing(data: bytes, quote: bytes, begin: int) -> int:
    """Where a quoted text of one line ends; -1 where it does not."""
    at = begin
    while (at := data.find(quote, at, begin + _LONGEST)) >= 0:
        slashes = at - len(data[begin:at].rstrip(b"\\")) - begin
        if slashes % 2 == 0:
            return -1 if b"\n" in data[begin:at] else at
        at += 1
    return -1
