"""Token forms of vendors: literals and runs of characters, one after the other.

`token_forms.json` has a row for each form, written as `ghp_<alnum 36>`: `<alphabet least-most>` is a run of characters
(`+` joins alphabets and signs, no `most` means no limit), `(a|b)` and `{name of a list of prefixes}` stand for one of
several literals. The first row that fits counts, so exact forms stand before open ones. From a form come the RE2
pattern that finds it and an example that has it.

Sources: the vendors' documentation of their token formats, GitHub's list of secret scanning patterns, the AWS IAM
guide on unique identifiers, GitLab's token overview, Microsoft's list of identifiable keys; of GitHub's checksum,
github.blog, "Behind GitHub's new authentication token formats" (2021).
"""

from __future__ import annotations

import json
import re
from binascii import crc32
from dataclasses import dataclass
from pathlib import Path
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

ALNUM: Final = ascii_letters + digits
HEX: Final = digits + "abcdef"
BASE64: Final = ALNUM + "+/"
URLSAFE: Final = ALNUM + "_-"
ALPHABETS: Final = {
    "alnum": ALNUM,
    "base32": ascii_uppercase + "234567",
    "base64": BASE64,
    "bech32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "capitals": ascii_uppercase + digits,
    "digits": digits,
    "hex": HEX,
    "letters": ascii_letters,
    "lower": ascii_lowercase,
    "uphex": digits + "ABCDEF",
    "urlsafe": URLSAFE,
}
_OPEN: Final = 32
"""How many characters more than the least an example has at most, where the form sets no limit."""
_PART: Final = re.compile(r"<([^ <>]+) (\d+)(-?)(\d*)>|\(([^()]+)\)|\{(\w+)\}|[^<({]+")


@dataclass(frozen=True, slots=True)
class CharacterRun:
    """`least` to `most` characters of an alphabet; `most` is 0 for any number, None for exactly `least`."""

    alphabet: str
    least: int
    most: int | None = None

    @property
    def pattern(self) -> str:
        """The run in RE2's syntax."""
        if self.most is None:
            return f"{_class(self.alphabet)}{{{self.least}}}"
        return f"{_class(self.alphabet)}{{{self.least},{self.most or ''}}}"

    def draw(self, rng: Random) -> str:
        """A run by chance."""
        most = self.least if self.most is None else self.most or self.least + _OPEN
        return "".join(rng.choices(self.alphabet, k=rng.randint(self.least, most)))


class TokenForm(NamedTuple):
    """One form of a vendor's tokens.

    `parts`: runs, literals, and tuples of literals of which one stands there; a form begins with its prefix, or with
    a run where it has none. `before`: signs that may not stand before it, because its prefix also occurs inside
    words. `after`: signs that show, with a letter or digit behind them, that the token goes on, besides those of its
    last run. `check` names a checksum (`crc32`, GitHub's) or a structure (`snowflake`, Discord's): where it fails,
    the match counts `failed`, or nothing when that is 0. `least` is the entropy in bits per character that the rest
    behind the prefix must have.
    """

    type: str
    parts: tuple[CharacterRun | str | tuple[str, ...], ...]
    confidence: float
    before: str = ""
    after: str = ""
    least: float = 2.5
    check: str = ""
    failed: float = 0.0

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What the form may begin with; empty where it begins with a run."""
        first = self.parts[0]
        return () if isinstance(first, CharacterRun) else first if isinstance(first, tuple) else (first,)

    @property
    def anchor(self) -> str:
        """A literal that every such token holds, for forms without a prefix."""
        return next(part for part in self.parts if isinstance(part, str))

    @property
    def before_anchor(self) -> range:
        """How many characters may stand before the anchor, most first."""
        runs = [
            part for part in self.parts[: self.parts.index(self.anchor)] if isinstance(part, CharacterRun)
        ]
        least, most = sum(run.least for run in runs), sum(run.most or run.least for run in runs)
        return range(most, least - 1, -1)

    @property
    def pattern(self) -> str:
        """The form in RE2's syntax."""
        return "".join(_pattern(part) for part in self.parts)

    @property
    def is_open(self) -> bool:
        """Whether the last run has no fixed length, so that only what follows tells where the token ends."""
        last = self.parts[-1]
        return isinstance(last, CharacterRun) and last.most is not None

    @property
    def alphabet(self) -> str:
        """What the last run is made of."""
        last = self.parts[-1]
        return last.alphabet if isinstance(last, CharacterRun) else ALNUM

    def example(self, rng: Random) -> str:
        """A token of the form, by chance, with the checksum where it has one."""
        drawn = "".join(_draw(part, rng) for part in self.parts)
        if self.check == "crc32":
            return drawn[:-6] + checksum(drawn[4:-6])
        if self.check == "snowflake":
            from base64 import urlsafe_b64encode

            number = str(rng.randint(10**17, 10**18 - 1)).encode()
            return urlsafe_b64encode(number).decode().rstrip("=") + drawn[drawn.index(".") :]
        return drawn


def _class(alphabet: str) -> str:
    signs, out = set(alphabet), ""
    for span, members in _SPANS.items():
        if members <= signs:
            out, signs = out + span, signs - members
    rest = "".join(re.escape(sign) for sign in sorted(signs - {"-"}))
    return f"[{out}{rest}{'-' if '-' in signs else ''}]"


_SPANS: Final = {
    "A-Z": set(ascii_uppercase),
    "A-F": set("ABCDEF"),
    "a-z": set(ascii_lowercase),
    "a-f": set("abcdef"),
    "0-9": set(digits),
}


def _pattern(part: CharacterRun | str | tuple[str, ...]) -> str:
    if isinstance(part, CharacterRun):
        return part.pattern
    if isinstance(part, tuple):
        return f"(?:{'|'.join(map(re.escape, part))})"
    return re.escape(part)


def _draw(part: CharacterRun | str | tuple[str, ...], rng: Random) -> str:
    if isinstance(part, CharacterRun):
        return part.draw(rng)
    return rng.choice(part) if isinstance(part, tuple) else part


def _parse_parts(
    text: str, prefixes: dict[str, tuple[str, ...]]
) -> Iterator[CharacterRun | str | tuple[str, ...]]:
    """The parts of a form as it is written in `token_forms.json`."""
    for part in _PART.finditer(text):
        alphabet, least, dash, most, choice, name = part.groups()
        if alphabet:
            signs = "".join(ALPHABETS.get(word, word) for word in alphabet.split("+"))
            yield CharacterRun(signs, int(least), int(most or 0) if dash else None)
        elif choice:
            yield tuple(choice.split("|"))
        else:
            yield prefixes[name] if name else part[0]


def _read_forms() -> Iterator[TokenForm]:
    data: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    prefixes = {name: tuple(" ".join(lines).split()) for name, lines in data["prefixes"].items()}
    for row in data["forms"]:
        parts = tuple(_parse_parts(row.pop("form"), prefixes))
        before = row.pop("before", "")
        signs = "".join(ALPHABETS.get(word, word) for word in before.split("+"))
        yield TokenForm(parts=parts, before=signs, **row)


FORMS: Final = tuple(_read_forms())


_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checksum(random: str) -> str:
    """The six characters that belong behind `random` in GitHub's and npm's tokens: CRC32 in base 62."""
    number, out = crc32(random.encode("ascii")), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        out = _BASE62[digit] + out
    return out


def has_checksum(token: str) -> bool:
    """Whether `ghp_…` or `npm_…` (40 characters) ends in the checksum of what stands between."""
    return len(token) == 40 and checksum(token[4:34]) == token[34:]
