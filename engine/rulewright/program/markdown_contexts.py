"""Where in the Markdown of a template its values stand: in text, in code, or in an address or a tag.

The template is parsed as CommonMark (with GitHub's tables and strikethrough), each value being a word that occurs
nowhere else; where those words turn up in the tokens tells the context. A template without any of the characters that
begin code, links or HTML is not parsed, since loading the parser takes longer than a whole evaluation.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from rulewright.policy.lazy import defer_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Place = Literal["text", "code", "address"]

_ORDER: Final[tuple[Place, ...]] = ("text", "code", "address")
_MARKUP: Final = defer_pattern(r"(?m)[`<]|\](?=[(\[:])|~~~|^(?: {4}| {0,3}\t)")
"""What a template holds if any value may stand elsewhere than in text."""
_BARE: Final = defer_pattern(r"(?i)(?:\b[a-z][a-z0-9+.-]*://|\bmailto:|\bxmpp:|\bwww\.)[^\s<)]*$")
"""The beginning of an address that is made a link without any markup."""
_LETTERS: Final = "abcdefghijklmnop"


def places_of(literals: Sequence[str]) -> tuple[Place, ...]:
    """The context of each value; `literals` are the texts around the values, one more than there are values."""
    found: dict[int, Place] = {}
    if any(_MARKUP.search(literal) for literal in literals):
        word = _word_beside("".join(literals))
        names = [f"{word}{_spelled(number)}{word}" for number in range(len(literals) - 1)]
        text = literals[0] + "".join(name + after for name, after in zip(names, literals[1:], strict=True))
        found = _places_in(text, names)
    out: list[Place] = []
    before = ""
    for number, literal in enumerate(literals[:-1]):
        before += literal
        place = found.get(number, "text")
        out.append("address" if place == "text" and _BARE.search(before) else place)
        before += "\0"
    return tuple(out)


def _places_in(text: str, names: Sequence[str]) -> dict[int, Place]:
    seen: dict[int, Place] = {}

    def note(content: str, place: Place) -> None:
        for number, name in enumerate(names):
            if name in content:
                seen[number] = max(seen.get(number, "text"), place, key=_ORDER.index)

    environment: dict[str, Any] = {}
    for token in _flat(_parser().parse(text, environment)):
        for value in (*map(str, token.attrs.values()), token.info):
            note(value, "address")
        if token.type in ("html_block", "html_inline"):
            note(_tags(token.content), "address")
            note(token.content, "text")
        elif token.type in ("code_inline", "code_block", "fence"):
            note(token.content, "code")
        elif not token.children:
            note(token.content, "text")
    for definition in environment.get("references", {}).items():
        note(str(definition), "address")
    # What the parser swallowed stands nowhere that a reader would see as text.
    return {number: seen.get(number, "address") for number in range(len(names))}


def _flat(tokens: Iterable[Any]) -> Iterator[Any]:
    for token in tokens:
        yield token
        yield from _flat(token.children or ())


def _tags(html: str) -> str:
    """The tags, comments and declarations of a piece of HTML; what follows a `<` that is not closed is taken for one.

    A `>` within quotes does not end a tag.
    """
    out, at = [], 0
    while (at := html.find("<", at)) >= 0:
        if html.startswith("<!--", at):
            end = html.find("-->", at + 4)
            end = len(html) if end < 0 else end + 3
        elif not re.match(r"</?[A-Za-z]|<[!?]", html[at : at + 3]):
            at += 1
            continue
        else:
            quoted = re.compile(r"<(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>").match(html, at)
            end = len(html) if quoted is None else quoted.end()
        out.append(html[at:end])
        at = end
    return "\n".join(out)


def _word_beside(text: str) -> str:
    """A word of small letters that the text does not hold."""
    word, lower = "zq", text.lower()
    while word in lower:
        word += "q"
    return word


def _spelled(number: int) -> str:
    """A number in letters: digits would begin an ordered list, or end a word."""
    return "".join(_LETTERS[int(digit, 16)] for digit in f"{number:x}")


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
