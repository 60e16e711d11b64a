"""Values that stand for a secret instead of being one, and values that are words, names, paths or references.

Placeholders are `xxxx`, `<token>`, `changeme`, `EXAMPLE`; references are `${VAR}`, `os.environ[…]`; published samples
are known by their digest, so that no file holds them: keys out of the documentation of Stripe, Google, Mailgun,
Telegram, Discord, npm and age, and the credentials of RFC 6749 and RFC 7617.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from math import log2
from typing import Final

from rulewright.detection.tables import read_table

_WORDS: Final = re.compile(
    r"(?i:example|\*{3}|\.{3}|\?{3}|change[_-]?(?:me|it|this)|placeholder|dummy|redacted|insert|replace|sample|masked|"
    r"hidden|secret[_-]?here|(?:key|token)[_-]?here|foobar|deadbeef|not[_-]?a[_-]?real)|"
    # Words of four letters are in one long token of a hundred by chance, but seldom in one case.
    r"your|Your|YOUR|todo|TODO|fake|Fake|FAKE|x{4}|X{4}"
)
_RUN: Final = re.compile(r"(.)\1{5}")
_REFERENCE: Final = re.compile(
    r"\$\{|\{\{|\$\(|#\{|<%|\A%\(|\A\$(?:env:)?[A-Za-z_]\w*\Z|\A\$[A-Za-z_]\w*(?:->|\[|\{|::)|\A%[A-Za-z_]\w*%\Z|\A<[^<>]*>\Z|\A\{[^{}]*\}\Z|"
    r"\A&?[A-Za-z_][\w.:]*(?:\(.*\)[\w.()]{0,40}\Z|\[.*\]|\(\Z)|\A[A-Za-z_]\w*::[A-Za-z_]|\A[!@*&][A-Za-z]+\Z|"
    r"\A(?:arn:|op://|vault:|ref\+|kms:|ENC\[|@Microsoft\.KeyVault|(?:process|os|env|self|this|config|settings|secrets|"
    r"vars?|params?|args|request|req|data|user|ctx|options|props|inputs|github|steps|needs|context|state)\.)"
)
_NAMED: Final = re.compile(r"\$([A-Za-z_]\w*)|<([^<>\s]*)>|[a-z]+\.([A-Za-z0-9]+)")
"""References that consist of one name."""
_PIECES: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]|\d+")
_SEPARATORS: Final = re.compile(r"[A-Za-z0-9]+(?:[ _./:@+-]{1,2}[A-Za-z0-9]+)*")
_GROUP: Final = re.compile(r"[A-Za-z0-9]+")
_CROWD: Final = re.compile(r"[^aeiouy]{5}")
_VOWEL: Final = re.compile(r"[aeiouy]")
_RARE: Final = re.compile(r"[jqxz]")
_SELDOM: Final = re.compile(r"[jqxzvwk]")
_PATH: Final = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[\\/][\w.@+-]*(?:[\\/][\w.@+ -]*)*")
_CLASSES: Final = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"), re.compile("[^A-Za-z0-9]"))
_ROWS: Final = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "98765432109")
_SAMPLES: Final = frozenset(read_table("sample_digests"))
"""The first twelve hexadecimal digits of the SHA-256 of each sample."""


def is_placeholder(value: str) -> bool:
    """Whether a value, without a vendor's prefix, is plainly made up: a word says so, or one character runs on."""
    return (
        _WORDS.search(value) is not None
        or _RUN.search(value) is not None
        or (len(value) >= 8 and len(set(value.lower())) <= 3)
    )


def is_sample(value: str) -> bool:
    """Whether a whole secret is one that its vendor's documentation shows to everyone."""
    return sha256(value.encode()).hexdigest()[:12] in _SAMPLES


def is_sequence(value: str, least: int = 8) -> bool:
    """Whether `least` characters of a value follow each other as on a keyboard or in the alphabet."""
    lower = value.lower()
    return any(row in lower for row in _rows(least))


@cache
def _rows(size: int) -> tuple[str, ...]:
    return tuple(row[at : at + size] for row in _ROWS for at in range(len(row) - size + 1))


def is_reference(value: str) -> bool:
    """Whether a value is code or a template that leads to a secret: `${TOKEN}`, `os.environ[…]`, `<token>`.

    `$uperS3cr3t9` and `<Xk29Lm!a>` are none: no variable and no blank of a form is named like that.
    """
    if _REFERENCE.search(value) is None:
        return False
    named = _NAMED.fullmatch(value)
    return named is None or not is_scrambled(named[1] or named[2] or named[3])


def is_scrambled(value: str) -> bool:
    """Whether a value of eight characters or more changes between small letters, capitals and digits so often that
    it is neither words nor the name of something in a program.

    Of 20 letters and digits drawn by chance, 98 in 100 are; of 16 to 8, 95 to 90.
    """
    if len(value) < 8 or count_classes(value) < 3:
        return False
    groups = _GROUP.findall(value)
    pieces = [piece for group in groups for piece in _PIECES.findall(group)]
    size = sum(map(len, groups))
    words = sum(len(piece) for piece in pieces if len(piece) > 4 and piece.isalpha() and _is_word(piece))
    return len(pieces) * 3 >= size and words * (2.5 if len(value) >= 16 else 4) <= size


def is_path(value: str) -> bool:
    """Whether a value is the path of a file: each part of it a name."""
    if value.startswith(("http://", "https://", "file:")):
        return True
    return _PATH.fullmatch(value) is not None and all(
        is_name(part.lstrip(".")) for part in re.split(r"[\\/~]", value.removesuffix(":")) if len(part) > 2
    )


def is_words(value: str) -> bool:
    """Whether a value is one word or several, joined by signs or capitals: `required`, `my-service`, `getToken`."""
    return not any(sign.isdigit() for sign in value) and is_name(value)


def is_name(value: str) -> bool:
    """The same with short numbers in it: `bert-base-v2`, `step1`."""
    if _SEPARATORS.fullmatch(value.strip("_-.")) is None:
        return False
    return all(_is_group(group) for group in _GROUP.findall(value))


def _is_group(group: str) -> bool:
    """Whether letters and digits without a sign between them are words and short numbers."""
    pieces = _PIECES.findall(group)
    if len(group) > 5 and (len(pieces) * 2.5 >= len(group) or sum(map(str.isdigit, pieces)) > 2):
        return False
    if sum(len(piece) <= 2 and piece.isalpha() for piece in pieces) > 2:
        return False
    return all(len(piece) <= 4 if piece.isdigit() else _is_word(piece) for piece in pieces)


def _is_word(piece: str) -> bool:
    if len(piece) <= 3 or (len(piece) == 4 and piece.isupper()):
        return True
    piece = piece.lower()
    if len(piece) > 24 or _VOWEL.search(piece) is None or _CROWD.search(piece) is not None:
        return False
    return len((_RARE if len(piece) < 8 else _SELDOM).findall(piece)) * 4 <= len(piece)


def count_classes(value: str) -> int:
    """How many of small letters, capitals, digits and other signs a value holds."""
    return sum(kind.search(value) is not None for kind in _CLASSES)


def is_random(value: str, least: int) -> bool:
    """Whether a value of at least `least` characters looks drawn by chance: mixed signs, no words."""
    return len(value) >= least and entropy(value) >= 2.8 and count_classes(value) >= 2 and not is_name(value)


def entropy(value: str) -> float:
    """Shannon's entropy in bits per character."""
    if not value:
        return 0.0
    size = len(value)
    return -sum(n / size * log2(n / size) for n in map(value.count, set(value)))
