"""Finders of credentials in protocol headers, configuration files and command lines.

`Authorization` headers (RFC 7617, RFC 6750), cookies (RFC 6265), Docker's `config.json`, `.npmrc`, `.netrc`, and
options of curl, MySQL and other commands, as their documentation describes them.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from typing import TYPE_CHECKING, Final

from rulewright.detection.model import Hit
from rulewright.detection.placeholders import (
    entropy,
    is_path,
    is_placeholder,
    is_random,
    is_reference,
    is_sample,
    is_sequence,
    is_words,
)
from rulewright.detection.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.detection.page import TextView

_BEARER: Final = r"(?i)\b(?:bearer|authorization:\s{0,3}token)[ :=\"']{1,3}[A-Za-z0-9._~+/-]{16,}={0,2}"
_AUTHORIZATION: Final = (
    r"(?i)\bauthorization[\"'`]?[ \t]{0,3}[:=][ \t]{0,3}[\"'`]?"
    r"(?:(?:api-?key|key|apitoken|genie-?key|ssws|sso-key|pve[a-z]{1,10}|shared-?key|hmac)[ \t=:]{1,3})?"
    r"[A-Za-z0-9._~+/-]{20,400}"
)
"""Schemes without a standard, and none at all."""
_BASIC: Final = (
    r"(?i)(?:\bbasic[ \t]{1,3}[\"']?|[\"']auth[\"']\s{0,8}:\s{0,8}[\"']|"
    r"(?:\b|[a-z0-9])_(?:auth|password)[ \t]{0,3}=[ \t]{0,3}[\"']?)"
    r"[A-Za-z0-9+/_-]{8,400}={0,2}"
)
_BASIC_SIGNS: Final = r"basic[ \t]|[\"']auth[\"']|_auth|_password"
_AUTH_TOKEN: Final = r"_authToken[ \t]{0,3}=[ \t]{0,3}[\"']?[^\s\"']{8,400}"
_NETRC: Final = (
    r"(?i)\b(?:machine\s{1,8}\S{1,200}|default)\s{1,8}(?:login\s{1,8}\S{1,100}\s{1,8})?(?:account\s{1,8}\S{1,100}\s{1,8})?"
    r"password\s{1,8}[^\s`]{4,200}"
)
_COOKIE: Final = (
    r"(?i)(?:\b(?:set-)?cookie[\"'`]{0,2}[ \t]{0,3}[:=]|\bcurl[^\n]{0,300}\s(?:-b|--cookie))"
    r"[ \t]{0,3}[\"']{0,2}"
)
_PAIR: Final = re.compile(rb"[ \t]{0,3}([A-Za-z0-9_.$-]{2,80})=(\"?)([^\s;,\"'`<>]{0,2000})")
_SESSION: Final = re.compile(
    rb"sess|sid\Z|auth|token|jwt|remember|log[_-]?in|identity|ticket|access", re.IGNORECASE
)
_HARMLESS: Final = re.compile(rb"csrf|xsrf|consent|analytics", re.IGNORECASE)
_USER: Final = r"\s(?:-[uUa]|--user|--proxy-user|--auth)[ =]?"
_LOGIN: Final = re.compile(rb"([\"']?)[^\s:\"']{1,64}:([^\s\"']{4,200})")
_CLIENT_NAMES: Final = r"curl|https? -|xh -|lftp"
_CLIENTS: Final = re.compile(rb"\b(?:curl|https?|xh|ab|lftp|wrk)\b[^|;&\n]*\Z")
_OPTION: Final = r"\s-[pPaw]"
_GIVEN: Final = re.compile(
    rb"([ \t=]{0,2})(?:\"([^\"\n]{4,200})\"|'([^'\n]{4,200})'|([^\s\"'-][^\s\"']{3,200}))"
)
_PROGRAM_NAMES: Final = r"mysql|mariadb|sshpass|mongo|redis-cli|sqlcmd|ldap|zip |7z | (?:login|auth) "
_PROGRAMS: Final = re.compile(
    rb"\b(?:(?P<attached>mysql\w*|mariadb[\w-]*|7z)|(?P<either>sshpass)|(?:docker|podman|helm|az|oc|nerdctl|crane|skopeo)"
    rb"\b[^|;&\n]*\blogin|mongo\w*|redis-cli|sqlcmd|ldap\w+|unzip|zip)\b[^|;&\n]*\Z"
)
"""Commands that take a password, `attached` to the letter of its option, behind a blank, or `either`."""
_DEFAULTS: Final = frozenset(read_table("default_login_passwords"))


def find_bearer_tokens(page: TextView) -> Iterator[Hit]:
    """What stands behind `Bearer` (RFC 6750) and is random enough to be no word; and the value of an `Authorization`
    header of another scheme, or of none."""
    if not page.holds((b"bearer", b"authorization")):
        return
    for start, end in page.spans(_AUTHORIZATION):
        value = re.split("[ \t:=\"']", page.read(start, end).rstrip("="))[-1]
        if is_random(value, 20) and not _stands_for_secret(value):
            yield Hit("bearer_token", end - len(value), end, 0.75)
    for start, end in page.spans(_BEARER):
        text = page.read(start, end)
        value = re.split("[ :=\"']", text.rstrip("="))[-1]
        if _stands_for_secret(value) or entropy(value) < 3 or sum(map(str.isdigit, value)) < 2:
            continue
        at = start + text.rindex(value)
        yield Hit("bearer_token", at, end - value.endswith("."), 0.8)


def _stands_for_secret(value: str) -> bool:
    """Whether a value only stands for a token, or is one that its documentation shows to everyone."""
    return is_placeholder(value) or is_reference(value) or is_sample(value)


def find_basic_logins(page: TextView) -> Iterator[Hit]:
    """User and password in base64: `Authorization: Basic` (RFC 7617), Docker's `"auth"`, npm's `_auth`."""
    if not page.has(_BASIC_SIGNS):
        return
    if page.holds((b"basic", b"auth", b"_password")):
        for start, end in page.spans(_BASIC):
            text = page.read(start, end)
            value = re.split("[ \t\"']", re.sub(r"^\w+[ \t]{0,3}=", " ", text))[-1]
            if _is_login(value, alone="_password" in text[:10].lower()):
                yield Hit("basic_auth", end - len(value), end, 0.9)
    if b"_authtoken" in page.lower:
        for start, end in page.spans(_AUTH_TOKEN):
            text = page.read(start, end)
            value = text.partition("=")[2].strip().lstrip("\"'")
            if not is_placeholder(value) and not is_reference(value) and not is_words(value):
                yield Hit("npm_token", end - len(value), end, 0.85)


def _is_login(value: str, *, alone: bool) -> bool:
    """Whether base64 holds `user:password`; or, `alone`, a password."""
    if is_sample(value) or is_placeholder(value):
        return False
    try:
        raw = b64decode(value.translate(str.maketrans("-_", "+/")) + "=" * (-len(value) % 4), validate=True)
        decoded = raw.decode("utf-8")
    except (Error, ValueError):
        return False
    _, colon, password = decoded.partition(":")
    password = password if colon else decoded if alone else ""
    return len(password) >= 3 and decoded.isprintable() and not _is_none(password)


def _is_none(password: str) -> bool:
    """Whether what stands in the place of a password is none."""
    return (
        password.lower() in _DEFAULTS
        or is_placeholder(password)
        or is_reference(password)
        or is_sequence(password, len(password) if len(password) >= 4 else 8)
    )


def find_netrc_passwords(page: TextView) -> Iterator[Hit]:
    """Passwords of `.netrc`: `machine … login … password …`."""
    if not page.holds((b"machine ", b"machine\t", b"default login")):
        return
    for start, end in page.spans(_NETRC):
        value = page.read(start, end).split()[-1]
        if value[0] in "\"'" and value[-1] == value[0]:
            value, end = value[1:-1], end - 1
        if len(value) >= 4 and value[0] not in "{$<" and not _is_none(value) and not is_words(value):
            yield Hit("password", end - len(value), end, 0.9)


def find_session_cookies(page: TextView) -> Iterator[Hit]:
    """Values of cookies whose names speak of a session, in `Cookie` and `Set-Cookie` headers and for curl."""
    if b"cookie" not in page.lower and b"curl" not in page.lower:
        return
    for _, end in page.spans(_COOKIE):
        at = end
        while (pair := _PAIR.match(page.data, at)) is not None:
            name, value = pair[1], pair[3].decode("ascii")
            if _SESSION.search(name) and not _HARMLESS.search(name) and _is_session(value):
                yield Hit("session_cookie", pair.start(3), pair.end(3), 0.85)
            at = pair.end()
            if page.data[at : at + 1] == b'"' and pair[2]:
                at += 1
            if page.data[at : at + 1] != b";":
                break
            at += 1


def _is_session(value: str) -> bool:
    return is_random(value, 12) and not is_placeholder(value) and not is_reference(value)


def find_command_passwords(page: TextView) -> Iterator[Hit]:
    """Passwords given to commands: `curl -u user:…`, `mysql -p…`, `docker login -p …`."""
    if page.has(_CLIENT_NAMES):
        yield from _find_client_passwords(page)
    if page.has(_PROGRAM_NAMES):
        yield from _find_option_passwords(page)


def _find_client_passwords(page: TextView) -> Iterator[Hit]:
    for start, end in page.spans(_USER):
        login = _LOGIN.match(page.data, end)
        if login is not None and _CLIENTS.search(page.before(start, 300)):
            value = login[2].decode("ascii")
            if not _is_none(value) and not value.isdigit() and not value.startswith("//"):
                yield Hit("password", *login.span(2), 0.85)


def _find_option_passwords(page: TextView) -> Iterator[Hit]:
    for start, end in page.spans(_OPTION):
        given = _GIVEN.match(page.data, end)
        if given is not None and _takes_password(page.before(start, 300), attached=not given[1]):
            group = given.lastindex or 0
            value = given[group].decode("ascii")
            if not (_is_none(value) or value.isdigit() or _is_argument(value)):
                yield Hit("password", *given.span(group), 0.8)


def _takes_password(before: bytes, *, attached: bool) -> bool:
    """Whether the command before an option takes a password there, `attached` to the letter of the option or not."""
    program = _PROGRAMS.search(before)
    if program is None:
        return False
    return program["either"] is not None or (program["attached"] is not None) == attached


def _is_argument(value: str) -> bool:
    """Whether a value is the path of a file, or words."""
    return is_path(value) or (value.islower() and is_words(value))
