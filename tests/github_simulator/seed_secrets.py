"""Personal data and secrets that are nobody's: put together at run time, of valid form, drawn from a seed."""

from __future__ import annotations

import base64
import json
import random
import string
import zlib
from collections.abc import Callable, Mapping

__all__ = ["SECRETS"]

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def _text(draw: random.Random, size: int, letters: str = string.ascii_letters + string.digits) -> str:
    return "".join(draw.choices(letters, k=size))


def github_token(draw: random.Random) -> str:
    """A classic token: prefix, 30 characters, and their CRC-32 in base 62."""
    body = _text(draw, 30)
    rest, check = zlib.crc32(body.encode()), ""
    while rest:
        rest, digit = divmod(rest, 62)
        check = _BASE62[digit] + check
    return "ghp_" + body + check.rjust(6, "0")


def aws_key(draw: random.Random) -> str:
    return "AKIA" + _text(draw, 16, string.ascii_uppercase + "234567")


def json_web_token(draw: random.Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return ".".join((part({"alg": "HS256", "typ": "JWT"}), part({"sub": _text(draw, 8)}), _text(draw, 43)))


def card(draw: random.Random) -> str:
    """A number of 16 digits whose last is Luhn's."""
    digits = [5, 1, *(draw.randrange(10) for _ in range(13))]
    total = sum(d if i % 2 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits))
    number = "".join(map(str, digits)) + str(-total % 10)
    return " ".join(number[i : i + 4] for i in range(0, 16, 4))


def mail(draw: random.Random) -> str:
    return f"{draw.choice(('jo', 'kim', 'sam', 'alex'))}.{_text(draw, 6, string.ascii_lowercase)}@acme.io"


def social_security_number(draw: random.Random) -> str:
    return f"{draw.randrange(101, 580)}-{draw.randrange(10, 99)}-{draw.randrange(1000, 9999)}"


def password(draw: random.Random) -> str:
    return _text(draw, 14, string.ascii_letters + string.digits + "!#%+")


SECRETS: Mapping[str, tuple[Callable[[random.Random], str], str]] = {
    "github_token": (github_token, "I ran it with token {} as the readme says."),
    "aws_key": (aws_key, "The upload uses aws_access_key_id={} and fails."),
    "jwt": (json_web_token, "curl -H 'Authorization: Bearer {}' prints 500."),
    "card": (card, "Paying with {} fails at the last step."),
    "email": (mail, "You can reach me under {} for the dump."),
    "ssn": (social_security_number, "The form shows my SSN {} to everybody."),
    "password": (password, "Our settings: password: {}"),
}
"""Type → what makes one, and a sentence with it."""
