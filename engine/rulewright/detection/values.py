"""Judgement of a value: how sure it is a secret, by the name that it has and by what it looks like."""

from __future__ import annotations

import re
from typing import Final

from rulewright.detection.placeholders import (
    count_classes,
    entropy,
    is_name,
    is_path,
    is_placeholder,
    is_random,
    is_reference,
    is_sample,
    is_scrambled,
    is_sequence,
    is_words,
)
from rulewright.detection.tables import read_table

SURE: Final = 0.75
SUSPECTED: Final = 0.55

AUTHORITY: Final = re.compile(rb"://[^\s/?;&=]*\Z")
"""What stands before a name inside the authority of a URL: a matter of `urls`."""
BEHIND_USER: Final = re.compile(rb"user(?:name)?[ ]?[/:&+][ ]?\Z")
"""What stands before `password` where both a user and a password follow."""
_PASSWORDS: Final = read_table("password_words")
"""How words for a password begin, in the form in which texts are searched: without accents."""
_OTHERS: Final = read_table("public_name_endings")
"""What makes of a token, key or password one that anybody may know: `nextToken`, `page_token`, `public_key`."""
_ABOUT: Final = re.compile(
    r"[_-]?(?:name|ids?|types?|kind|encrypt\w*|file|path|ur[li]|uris|endpoint|dir|len|length|count|limit|size|hash|hashed|digest|"
    r"policy|policies|field|ref|refs|keyref|selector|arn|version|expir\w*|ttl|age|timeout|i[sz]e\w*|iz\w*|stdin|hint|label|"
    r"prompt|placeholder|help|regex|pattern|format|store|s?manager|provider|class|required|enabled|disabled|valid\w*|"
    r"index|col|column|env|var|variable|usage|budget|rotation|scopes?|header|prefix|suffix|min|max|input|box|less|"
    r"strength|reset|change|error|message|text|title|status|state|event|handler|callback|fn|func|s|bytes|stream|list|"
    r"map|dict|array|set|bucket|mount|mounts|volume|source|location|fingerprint|thumbprint|alg|algorithm|service|"
    r"endpoint_?url|created|updated|date|at|exists|authentication|auth)(?:[_-].*)?\Z|.*[_-](?:names?|ids?|files?|paths?|urls?|uris?|"
    r"types?|hash|length|count|limit|size|ttl|arn|ref|version|expiry|expires|expiration)\Z"
)
"""What follows the name of a secret where the value only says something about it: `secretName`, `token_url`."""
_WORDS: Final = frozenset(read_table("common_values"))
_IDS: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_SHAPES: Final = re.compile(
    r".*/aws4_request.*|\d{4}-\d\d-\d\d.*|v?\d+(?:\.\d+)+[\w.-]*|(?:sha\d+|md5)[-:].*|"
    r"[a-z][a-z0-9+.-]+://.*|ssh-\w+|ecdsa-.*|0x[0-9a-f]{1,16}|\$2[aby]\$.*|\$argon2.*|-{2,}.*|[A-Z]:\\.*|"
    r"[\w.-]+@[\w-]+\.[a-z]{2,}|\d+(?:\.\d+)?(?:ms|[smhdkKMG]i?B?|px|%)|\\u?[dwsbDWS].*",
    re.IGNORECASE,
)
"""What a value looks like that is no secret: a date, a version, a digest, an address."""
_DOTTED: Final = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+(?:\[.*)?")
"""The path of something in a program: `config.db_password1`."""
_CODE: Final = re.compile(
    r"\A:\w+:|[A-Za-z_][\w.]*\(|\)\.|\]\.|\A[(\[{<|&]|=>|\|\||&&|\[[A-Za-z_\"']+|[(\[]\Z|<[A-Za-z]|\A-\w|;\Z|\A[^A-Za-z0-9]+\Z"
)
_CALL: Final = re.compile(r"[(\[](?![^)\]]*[)\]]\w)")
"""A bracket of a program: what follows its end is no letter."""
_ODD: Final = re.compile(r"[A-Za-z0-9][!#$%^*+=~?@&][A-Za-z0-9]")
_SENTENCE: Final = frozenset(read_table("sentence_words"))
"""Words that a sentence has and a passphrase hardly."""
_REGEX: Final = re.compile(r"\(\?[:=!<iP]|\[\^|\\[xsdwbAZ]")
"""What regular expressions hold and secrets do not."""
_CONSTANT: Final = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
"""A constant's name, where the value is not quoted."""
_INNER: Final = re.compile(r"([\w.-]*(?:pass|pwd|secret|token|key|credential)[\w.-]*)[=:]", re.IGNORECASE)
"""A value that begins an assignment itself, and is judged as such."""
_PREFIXED: Final = re.compile(r"(?:sk|pk|rk|key|api|tok|pat|live|prod)[-_][A-Za-z0-9_-]{12,}")
_NAMED: Final = re.compile(
    r"[A-Za-z_]*(?:password|passwd|secret|token|apikey|api_key|credential)[A-Za-z_]*\d{0,2}", re.I
)
_STRONG_TOKEN: Final = re.compile(
    r"(?:access|auth|api|refresh|bot|oauth2?|private|personal|bearer|deploy|security|service)[_. -]?\Z"
)
_PAIRS: Final = ((")", "("), ("]", "["), ("}", "{"), (">", "<"))


def secret_kind(before: str, word: str, after: str, sign: str) -> str:
    """`password`, `pass`, `key`, `secret` or `token`; nothing for a name whose value is no secret.

    `before` and `after` are what the name holds besides the `word` that speaks of a secret; `sign` stands between
    name and value.
    """
    word, before, after = word.lower(), before.lower(), after.lower()
    if _ABOUT.fullmatch(after) or before.rstrip("_.$-").endswith(_OTHERS):
        return ""
    if word in ("pass", "pw"):
        return _short_kind(before, after, sign)
    if word.startswith(_PASSWORDS):
        return "password"
    if word.endswith("key"):
        return "key" if word.startswith(("api", "access", "auth")) else "secret"
    if word == "token":
        return "secret" if _STRONG_TOKEN.search(before) else "token"
    return "token" if word.startswith("credential") else "secret"


def _short_kind(before: str, after: str, sign: str) -> str:
    """The kind of a name with `pass` or `pw`: `PASS: test_a` is a result, `bypass` a word."""
    if after or (before and not before.endswith(("_", "-", ".", "db", "user"))):
        return ""
    if before or sign in ("=", ">", "=>", "--"):
        return "password"
    return "pass" if sign == ":" else ""


def judge_value(kind: str, value: str, *, is_exact: bool) -> float:
    """How sure a value of a name of some `kind` is a secret, between 0 and 1; 0 for one that is none.

    `is_exact`: the value is quoted or fills its line, so that it is no piece of a program.
    """
    if _is_no_value(value):
        return 0.0
    if _has_prefix(value):
        return 0.0 if is_sample(value) else 0.8
    if " " in value.strip():
        return _judge_phrase(value) if kind == "password" and is_exact else 0.0
    if _has_other_shape(value, is_exact=is_exact):
        return 0.0
    if _IDS.fullmatch(value):
        return SURE if kind != "token" and not is_sequence(value) else 0.0
    sure = _judge_of_kind(kind, value)
    return 0.0 if sure and is_sample(value) else sure


def _judge_of_kind(kind: str, value: str) -> float:
    if kind == "pass":
        return SURE if _is_generated(value) else 0.0
    return _judge_password(value) if kind == "password" else _judge_key(value, is_weak=kind == "token")


def _is_no_value(value: str) -> bool:
    """Whether a text is too short for a secret, stands for one, or begins an assignment itself."""
    if len(value) < 6 or value.lower() in _WORDS or value.startswith("\\"):
        return True
    if is_placeholder(value) or is_reference(value):
        return True
    inner = _INNER.match(value)
    return inner is not None and is_name(inner[1])


def _has_prefix(value: str) -> bool:
    """Whether a value begins as keys do, `sk-…`, and is no name."""
    return _PREFIXED.fullmatch(value) is not None and any(map(str.isdigit, value)) and not is_name(value)


def _has_other_shape(value: str, *, is_exact: bool) -> bool:
    """Whether a value is a pattern, a date, a path, a name in a program, or a piece of one."""
    if _REGEX.search(value) or _SHAPES.fullmatch(value) or is_path(value):
        return True
    if _DOTTED.fullmatch(value) and not is_scrambled(value):
        return True
    return not is_exact and (_is_code(value) or (_CONSTANT.fullmatch(value) is not None and is_name(value)))


def judge_loose_value(kind: str, value: str) -> float:
    """The same for a value that only stands near the name: it must look generated, as no word of a sentence does."""
    if not _is_generated(value) or (kind != "password" and len(value) < 16):
        return 0.0
    return judge_value(kind, value, is_exact=False)


def _is_generated(value: str) -> bool:
    """Whether a value changes between kinds of characters within itself, or has a sign that names do not have."""
    return is_scrambled(value) or (
        len(value) >= 8
        and count_classes(value) == 4
        and _ODD.search(value) is not None
        and not is_path(value)
    )


def _judge_phrase(value: str) -> float:
    """How sure a quoted text with blanks is a password."""
    words = value.split()
    if is_scrambled(value) and sum(map(is_words, words)) * 2 <= len(words):
        return SURE
    is_plain = len(words) >= 4 and all(word.isalpha() and word.islower() for word in words)
    return SUSPECTED if is_plain and _SENTENCE.isdisjoint(words) else 0.0


def _is_code(value: str) -> bool:
    """Whether a value that may be a piece of a program is one."""
    if _CODE.search(value) is None:
        return False
    return not is_scrambled(value) or _CALL.search(value) is not None


def _judge_password(value: str) -> float:
    if is_sequence(value, min(8, len(value))) or is_words(value):
        return 0.0
    if _NAMED.fullmatch(value):
        return SUSPECTED if len(value) >= 8 else 0.0
    if value.isdigit():
        return 0.7
    if count_classes(value) < 2 and len(value) < 8:
        return 0.0
    return SURE if entropy(value) >= 2 else SUSPECTED


def _judge_key(value: str, *, is_weak: bool) -> float:
    if len(value) < 8 or is_words(value) or value.isdigit() or is_sequence(value, 10):
        return 0.0
    if _NAMED.fullmatch(value) and "_" in value:
        return 0.0
    if is_random(value, 16 if is_weak else 10):
        return SURE if len(value) >= 16 or not is_weak else SUSPECTED
    return _judge_plain_key(value) if len(value) >= 12 and entropy(value) >= 3 else 0.0


def _judge_plain_key(value: str) -> float:
    """How sure a long value is a key that may be a name as well."""
    if not is_name(value):
        return SUSPECTED
    return 0.5 if count_classes(value) >= 3 else 0.0


def trim_sentence(text: str) -> str:
    """A value without the signs of the sentence or the brackets around it."""
    while text:
        last = text[-1]
        opened = next((opening for closing, opening in _PAIRS if closing == last), None)
        if last in ".,;:?*" or (opened is not None and text.count(opened) < text.count(last)):
            text = text[:-1]
        else:
            break
    return text
