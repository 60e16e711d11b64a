"""Content of a report: its text without template, form labels and phrases of politeness.

No content are HTML comments, headings and labels of fields, check boxes, pictures, placeholder answers such as
`_No response_`, lines of instruction, and titles of generic words only. What is left of a body comes in segments: the
label and the answer of `Component: hdfs` are two, so that a label which many issues share is recognised as such.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rulewright.duplicates.details import find_details
from rulewright.duplicates.error_signatures import find_marks
from rulewright.duplicates.generic_words import (
    environment_terms,
    fold,
    generic_terms,
    is_closing,
    is_environment,
    is_label,
    is_placeholder,
)
from rulewright.duplicates.words import COMMENT, LONGEST, MOST_TERMS, UNSPACED, read_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.duplicates.details import Detail

SPECIFIC: Final = 2
WORDS: Final = 3
"""See `is_enough`."""
LONGEST_LINE: Final = 400
"""Characters of a line up to which it is read as a part of a form; a longer one is prose or a log."""
BEGINNING: Final = 100
"""Characters of a line by which it is known for an instruction or a placeholder; no entry of the tables is as long."""
LABEL_WORDS: Final = 5
"""A text before a colon with more words is a sentence, unless forms commonly have it as a label."""

SIGNATURE_WORDS: Final = 3
"""So many words under "Best regards" are a name."""

FENCE: Final = re.compile(r"\s{0,3}(`{3,}(?!.*`)|~{3,})")
LIST: Final = re.compile(r"\s*(?:>\s*)*(?:(?:[-*+\u2022]|\d{1,2}[.)])\s+)?")
CHECKBOX: Final = re.compile(
    r"\s*(?:>\s*)*(?:(?:[-*+]|\d{1,2}[.)])\s+)?(?:\[[ xX\u2713\u2714]?\](?=\s|$)|[\u2610\u2611\u2612])"
)
HEADING: Final = re.compile(r"#{1,6}(?:\s+|$)(.*)\Z")
UNDERLINE: Final = re.compile(r"\s{0,3}(?:=+|-{2,})\s*\Z")
WHOLE_BOLD: Final = re.compile(r"(?:\*\*|__)([^*_\n]{1,120})(?:\*\*|__)\s*[:\uff1a]?\Z")
WHOLE_TAG: Final = re.compile(
    r"(?:<details[^>]*>\s*)?<(summary|h[1-6]|b|strong)\b[^>]*>(.*)</\1>\s*[:\uff1a]?\Z", re.I
)
TAG: Final = re.compile(
    r"</?(?:a|b|blockquote|br|center|code|details|div|em|h[1-6]|hr|i|img|kbd|li|ol|p|pre|span|strong|sub|summary|sup"
    r"|table|tbody|td|th|thead|tr|ul|video)(?:\s[^<>]*)?/?>",
    re.I,
)
PICTURE: Final = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
EXAMPLE: Final = re.compile(
    r"[\[(<{]\s*(?:e\.?\s?g\b|i\.e\b|ex\b|for example|such as|z\.?\s?b\b|p\.?\s?ej|p\. ?ex|par ex|bijv|напр|例)"
    r"[^\])>}\n]*[\])>}]",
    re.I,
)
BLANK_ANSWER: Final = re.compile(
    r"(?:<[^<>\n]{1,80}>|\[[^\[\]\n]{1,80}\]|\{[^{}\n]{1,80}\}|\(.{1,200}\)|https?://[^\s/]+/?|[^\s@]+@[^\s@]+)\Z"
)
"""`<your version>`, `(Summarize the bug.)`: an answer that is a blank to fill in; a site without a page; an address."""
DOTS: Final = re.compile("['\"`\u2018\u201c\u300c](?:[.]{2,5}|\u2026)['\"`\u2019\u201d\u300d]")
"""`Click on '....'`: what is to be put in place of the dots was not."""
USER_AGENT: Final = re.compile(r"(?:Mozilla|Opera)/\d[\w.]*\s*\(")
"""How a browser names itself, which trackers put into reports: it says where something happened."""
COMMAND: Final = re.compile(
    r"/(?:area|assign|cc|close|kind|label|milestone|priority|sig|triage|type|weight)\b"
)
FRONT_MATTER: Final = re.compile(r"\A\s*---[ \t]*\n(?:[A-Za-z_-]+:[^\n]*\n|[ \t]*\n)+---[ \t]*(?:\n|\Z)")
UNFINISHED: Final = re.compile(r"(?:\w+\s){0,2}\w*\s?(?:\u2026|\.{3,})\Z")
"""`1. Open …`: a step that is left to fill in."""
LABEL: Final = re.compile(r"([^:\uff1a|\n]{1,60}?)\s*(?::(?=[\s*_]|\Z)|\uff1a|\s=>(?=\s|\Z))\s*(.*)\Z")
SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])")

FORMED: Final = re.compile(r"[#*_<>|:\[\]{(@\u2026\uff1a`~='\"]|\.\.|\A\s*[-+/\d\u2022\u2610-\u2612]")
"""What a line has that is more than plain words."""


class Segment(NamedTuple):
    """A line, a label or an answer. `environment`: it says where something happened (version, system), not what."""

    text: str
    environment: bool = False


class ReportTerms(NamedTuple):
    """An issue's terms, marks and details. `segments`: of the body, (terms, whether they are about the environment)."""

    title: list[str]
    segments: list[tuple[list[str], bool]]
    marks: tuple[str, ...]
    details: tuple[Detail, ...]


class Content(NamedTuple):
    """What two reports are compared by.

    `title`: its terms; empty where the title alone says too little. `said`: the terms of title and body, without a
    title of generic words; `whole`: these and what is said about the environment. `specific`: how many words of
    `said` are neither generic nor about the environment.
    """

    title: frozenset[str]
    said: frozenset[str]
    whole: frozenset[str]
    specific: int


def read_report(title: str, body: str) -> ReportTerms:
    """The terms and marks of what an issue says itself."""
    in_title, codes = read_words(title)
    kept, segments = read_body(body)
    found: list[tuple[list[str], bool]] = []
    room = MOST_TERMS
    for segment in segments:
        words, more = read_words(segment.text)
        codes = [*codes, *more] if more else codes
        if words and room > 0:
            found.append((words[:room], segment.environment))
            room -= len(words)
    text = "\n".join((title, *kept))
    return ReportTerms(
        in_title, found, find_marks(text, dict.fromkeys(codes)), find_details(title, "\n".join(kept))
    )


def read_content(
    title: Iterable[str], segments: Iterable[tuple[Sequence[str], bool]], titled: bool = True
) -> Content:
    """The content of terms that were read. `titled` false: the title says nothing, as many issues share it."""
    own = frozenset(title)
    if not titled or is_generic(own):
        own = frozenset()
    specific = own - generic_terms()
    said: set[str] = set()
    around: set[str] = set()
    for words, environment in segments:
        (around if environment else said).update(words)
    of_body = {
        term
        for term in said - generic_terms() - environment_terms() - own
        if not term.replace("_", "").isdigit()
    }
    alone = own if is_enough(count_words(specific), count_words(own)) else frozenset()
    return Content(alone, own | said, own | said | around, count_words(specific | of_body))


def is_enough(specific: int, words: int) -> bool:
    """Whether so many specific words, among so many in all, can be compared: two, or one among three."""
    return specific >= SPECIFIC or (specific > 0 and words >= WORDS)


def is_generic(title: Iterable[str]) -> bool:
    """Whether all terms of a title are generic ones, or there are none."""
    return generic_terms().issuperset(title)


def count_words(terms: Iterable[str]) -> int:
    """How many words these terms are. Two pairs of characters of a script without spaces count as one."""
    whole = pairs = 0
    for term in terms:
        if not term.isascii() and UNSPACED.search(term):
            pairs += 1
        else:
            whole += 1
    return whole + pairs // 2


def read_body(body: str) -> tuple[list[str], list[Segment]]:
    """The lines of a body that are content, as they are written, and their segments."""
    body = body[:LONGEST].replace("\r\n", "\n")
    front = FRONT_MATTER.match(body)
    if front:
        body = body[front.end() :]
    if "<!--" in body:
        body = COMMENT.sub("\n", body)
    reader = _BodyReader()
    for line in body.splitlines():
        reader.read(line)
    return reader.kept, reader.segments


class _BodyReader:
    """Reads the lines of a body in their order. `kept` and `segments` collect the content.

    `fence`: the mark that closes the block of code that is open; `environment`: the heading above is about where it
    happened; `signed`: the line before was a closing; `before`: what the line before was, outside of a fence.
    """

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.segments: list[Segment] = []
        self.fence = ""
        self.environment = self.signed = False
        self.before: ParsedLine | None = None

    def read(self, line: str) -> None:
        """Take in the next line."""
        if self.fence:
            self._read_code(line)
        elif self.before is not None and self.before.kind == "content" and UNDERLINE.match(line):
            self._underline(self.before)
        elif self.signed and len(line.split()) <= SIGNATURE_WORDS:
            self.signed = not line.strip() or is_closing(fold(line))
        else:
            self._read_text(line)

    def _read_code(self, line: str) -> None:
        if line.lstrip().startswith(self.fence) and not line.strip().strip(self.fence[0]):
            self.fence = ""
        elif len(line) > LONGEST_LINE or not is_placeholder(fold(line)):
            self.kept.append(line)
            self.segments.append(Segment(line, self.environment))

    def _underline(self, before: ParsedLine) -> None:
        """The line before was a heading, where it is no sentence."""
        if is_title_like(self.kept[-1]):
            self.environment = is_environment(fold(self.kept.pop()))
            del self.segments[len(self.segments) - len(before.segments) :]
        self.before = None

    def _read_text(self, line: str) -> None:
        part = self.before = read_line(line) if len(line) <= LONGEST_LINE else read_prose(line)
        self.signed = part.kind == "closing"
        if part.kind == "fence":
            self.fence = part.text
        elif part.kind == "heading":
            self.environment = is_environment(part.text)
        elif part.kind == "content":
            self.kept.append(part.text)
            self.segments += (
                (one._replace(environment=True) for one in part.segments)
                if self.environment
                else part.segments
            )


class ParsedLine(NamedTuple):
    """A line as it was read; `text` is the fence's mark, the heading folded, or what is kept of a line of content."""

    kind: Literal["nothing", "closing", "fence", "heading", "content"]
    text: str = ""
    segments: tuple[Segment, ...] = ()


NOTHING: Final = ParsedLine("nothing")
CLOSING: Final = ParsedLine("closing")


@lru_cache(20_000)
def read_line(line: str) -> ParsedLine:
    """What a line is, outside of a fence."""
    if not FORMED.search(line):
        return read_prose(line)
    fence = FENCE.match(line)
    if fence:
        return ParsedLine("fence", fence[1])
    if CHECKBOX.match(line):
        return NOTHING
    bare = PICTURE.sub(" ", line)
    bare = bare[LIST.match(bare).end() :].strip()  # type: ignore[union-attr]  # it matches nothing as well
    heading = heading_of(bare)
    if heading is not None:
        return ParsedLine("heading", fold(heading))
    plain = EXAMPLE.sub(" ", TAG.sub(" ", bare)).strip() if bare[:1] != "<" or TAG.search(bare) else bare
    return read_row(plain) if plain.startswith("|") else _read_plain(line, bare, plain)


def _read_plain(line: str, bare: str, plain: str) -> ParsedLine:
    """A line that is no heading and no row: `bare` without its list mark, `plain` without tags and examples too."""
    label = LABEL.match(plain)
    if label is not None:
        part = read_labelled(line, label[1], label[2])
        if part is not None:
            return part
    elif plain != bare and (is_label(fold(plain)) or is_environment(fold(plain))):
        return NOTHING  # "Browser [e.g. Firefox]"
    if is_blank(plain) or UNFINISHED.match(plain) or DOTS.search(plain) or COMMAND.match(plain):
        return NOTHING
    return read_prose(line if plain == bare else plain)


def heading_of(line: str) -> str | None:
    """The text of a line that is a heading, or all bold."""
    found = HEADING.match(line)
    if found:
        return found[1]
    found = WHOLE_BOLD.match(line)
    if found:
        return found[1]
    found = WHOLE_TAG.match(line)
    return found[2] if found else None


def read_labelled(line: str, label: str, answer: str) -> ParsedLine | None:
    """A label with its answer; None where it is a sentence with a colon."""
    bold = label.startswith(("**", "__")) or answer.startswith(("**", "__"))
    answer = answer.strip().strip("*_").strip()
    name = fold(label)
    words = name.count(" ") + 1
    environment = (is_environment(name) and words <= LABEL_WORDS) or USER_AGENT.match(answer) is not None
    certain = bold or environment or is_label(name) or is_placeholder(name)
    if not any(map(str.isalnum, answer)) or is_blank(answer):
        return NOTHING if certain or words < LABEL_WORDS or answer else None
    if certain:
        return ParsedLine("content", answer if environment else line, (Segment(answer, environment),))
    if words > LABEL_WORDS:
        return None
    return ParsedLine("content", line, (Segment(label), Segment(answer, environment)))


def read_row(line: str) -> ParsedLine:
    """A row of a table: its cells, without a label in the first."""
    cells = [cell for cell in (one.strip().strip("*_").strip() for one in line.strip("|").split("|")) if cell]
    name = fold(cells[0]) if cells else ""
    environment = is_environment(name)
    if environment or is_label(name):
        cells = cells[1:]
    found = tuple(Segment(cell, environment) for cell in cells if not is_blank(cell))
    return ParsedLine("content", " ".join(one.text for one in found), found) if found else NOTHING


def read_prose(line: str) -> ParsedLine:
    """A line of words, without the sentences that instruct or stand for no answer."""
    bare = line[LIST.match(line).end() :]  # type: ignore[union-attr]  # it matches nothing as well
    folded = fold(bare[:BEGINNING])
    if USER_AGENT.match(bare):
        return ParsedLine("content", line, (Segment(line, environment=True),))
    if not is_placeholder(folded):
        return NOTHING if is_label(folded) else ParsedLine("content", line, (Segment(line),))
    if is_closing(folded):
        return CLOSING
    kept = " ".join(one for one in SENTENCE.split(bare)[1:] if not is_placeholder(fold(one[:BEGINNING])))
    return ParsedLine("content", kept, (Segment(kept),)) if kept else NOTHING


def is_blank(text: str) -> bool:
    """Whether a line or an answer has nothing in it, or stands for no answer."""
    return BLANK_ANSWER.match(text) is not None or is_placeholder(fold(text))


def is_title_like(line: str) -> bool:
    """Whether a line that is underlined is a heading: few words, and no sentence."""
    return len(line.split()) <= LABEL_WORDS and not line.rstrip().endswith((".", "!", "\u3002"))
