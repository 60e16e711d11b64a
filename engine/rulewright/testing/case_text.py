"""Cases as YAML, and a test file with one case more: all else in the file stays as it is, byte for byte."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from rulewright.policy.diagnostics import UsageError, has_errors
from rulewright.policy.document import read_documents
from rulewright.policy.json_types import as_array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.document import Document
    from rulewright.policy.json_types import Json, JsonObject

WIDTH: Final = 100
"""Columns of a collection that is written on one line."""
HEAD: Final = "apiVersion: rulewright/v1\nkind: PolicyTest\npolicy: {policy}\ncases:\n"
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./#+-]*(?: [A-Za-z0-9_./+-]+)*")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Plain texts that YAML, in one version or another, reads as something else."""
_UNSAFE: Final = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Characters that are not printed, or that change how others are: written as escapes."""


def new_test_file(policy: str, case: JsonObject) -> str:
    """The text of a test file with one case. `policy`: its file as the test file names it, `intake.yaml#name`."""
    lines = "\n".join(_item_lines(case, 2))
    return f"{HEAD.format(policy=format_flow(policy))}{lines}\n"


def append_case(text: str, case: JsonObject, *, policy: str | None = None) -> str:
    """A test file's text with one case more behind the last one. `policy`: that of the document to extend, as it names
    it; the first document where None. Line ends are those of the file.

    Raises UsageError where the file does not read as a test file, has a case of that id, or cannot take one more
    without a change of something else.
    """
    documents = _read(text)
    number = next(
        (
            number
            for number, document in enumerate(documents)
            if document.mapping.get("kind") == "PolicyTest"
            and (policy is None or document.mapping.get("policy") == policy)
        ),
        None,
    )
    if number is None:
        raise UsageError(f"the file has no test of {policy or 'a policy'}")
    document = documents[number]
    if case["id"] in case_ids(document):
        raise UsageError(f"the file has a case `{case['id']}` already")
    # The places of a file are those of its text without a byte order mark.
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    for extended in _extensions(text.removeprefix(mark), document, case):
        if _has_one_more(documents, extended, number, case):
            return mark + extended
    raise UsageError("the case cannot be appended to the file as it is written", hint="append it by hand")


def case_ids(document: Document) -> tuple[str, ...]:
    """The ids of a test document's cases."""
    cases = as_array(document.mapping.get("cases")) or ()
    return tuple(str(case.get("id")) for case in cases if isinstance(case, dict))


def format_case(case: JsonObject) -> str:
    """The case alone, as an item of a list."""
    return "".join(f"{line}\n" for line in _item_lines(case, 0))


def _read(text: str) -> tuple[Document, ...]:
    """Raises UsageError for what does not read as YAML."""
    documents, findings = read_documents("case.test.yaml", text.encode("utf-8", "surrogatepass"))
    if has_errors(findings):
        first = next(finding for finding in findings if finding.severity == "error")
        raise UsageError(f"the test file is not valid: {first.message} (line {first.span.line})")
    return documents


def _has_one_more(before: tuple[Document, ...], extended: str, number: int, case: JsonObject) -> bool:
    """Whether only the one document has changed, by the case at the end of its list."""
    try:
        after = _read(extended)
    except UsageError:
        return False
    expected = [document.data for document in before]
    data = before[number].mapping
    expected[number] = {**data, "cases": [*(as_array(data.get("cases")) or ()), case]}
    return expected == [document.data for document in after]


def _extensions(text: str, document: Document, case: JsonObject) -> Iterator[str]:
    """The text with the case at each place that comes into question, the best one first."""
    place = document.tree
    if isinstance(place, int) or not isinstance(place[1], dict) or "cases" not in place[1]:
        return
    span = document.span(("cases",))
    start, end = _offset(text, span.line, span.column), _offset(text, span.end_line, span.end_column)
    if text[start : start + 1] == "[":
        yield from _flow_extensions(text, start, end, case)
    elif text[start : start + 1] == "-":
        yield from _block_extensions(text, start, end, case)


def _offset(text: str, line: int, column: int) -> int:
    place = 0
    for _ in range(line - 1):
        place = text.index("\n", place) + 1
    return place + column - 1


def _flow_extensions(text: str, start: int, end: int, case: JsonObject) -> Iterator[str]:
    """Within `[…]`: in JSON's words where the whole file is JSON."""
    is_json = text.lstrip()[:1] in ("{", "[")
    item = json.dumps(case, ensure_ascii=False) if is_json else format_flow(case)
    close = end - 1
    inner = text[start + 1 : close]
    content = len(inner.rstrip())
    at = start + 1 + content
    if not inner.strip():
        yield f"{text[:close]}{item}{text[close:]}"
    elif inner.rstrip().endswith(","):
        yield f"{text[:at]} {item},{text[at:]}"
    else:
        yield f"{text[:at]}, {item}{text[at:]}"
    # Behind a comment, a new line.
    yield f"{text[:close]}\n, {item}\n{text[close:]}"


def _block_extensions(text: str, start: int, end: int, case: JsonObject) -> Iterator[str]:
    column = start - (text.rfind("\n", 0, start) + 1)
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = list(_item_lines(case, column))
    if re.search(rf"\n[ \t]*\r?\n {{{column}}}- ", text[start:end]):
        lines.insert(0, "")
    item = newline.join(lines)
    content = len(text[:end].rstrip())
    blank = len(text) - len(text[content:].lstrip()) if text[content:].strip() else len(text)
    places = (
        _end_of_comments(text, content, column),
        _line_end(text, content),
        text.rfind("\n", 0, blank) + 1,
    )
    for at in dict.fromkeys(places):
        if at and text[at - 1] == "\n":  # a block scalar that keeps the lines behind it
            yield f"{text[:at]}{item}{newline}{text[at:]}"
        else:
            yield f"{text[:at]}{newline}{item}{text[at:]}"


def _line_end(text: str, at: int) -> int:
    """Where the line of a place ends, before its line break."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" else end


def _end_of_comments(text: str, at: int, column: int) -> int:
    """Where the comments end that stand below a case and belong to it: further right than the dash of the list."""
    end = _line_end(text, at)
    while following := re.compile(rf"\r?\n {{{column + 1},}}#[^\n]*").match(text, end):
        end = _line_end(text, following.start() + 2)
    return end


def _item_lines(case: JsonObject, column: int) -> Iterator[str]:
    dash = " " * column + "- "
    for line in _member_lines(case, column + 2):
        yield dash + line[column + 2 :] if dash else line
        dash = ""


def _member_lines(value: JsonObject, column: int) -> Iterator[str]:
    """A mapping in block style, its members on one line each where they fit."""
    space = " " * column
    for key, item in value.items():
        head = f"{space}{format_flow(key)}:"
        flow = f"{head} {format_flow(item)}"
        has_mappings = isinstance(item, list) and any(isinstance(element, dict) for element in item)
        if not isinstance(item, dict | list) or not item or (len(flow) <= WIDTH and not has_mappings):
            yield flow
        elif isinstance(item, dict):
            yield head
            yield from _member_lines(item, column + 2)
        else:
            yield head
            yield from _element_lines(item, column + 2)


def _element_lines(items: list[Json], column: int) -> Iterator[str]:
    for item in items:
        flow = f"{' ' * column}- {format_flow(item)}"
        if isinstance(item, dict) and (len(item) == 1 or (item and len(flow) > WIDTH)):
            yield from _item_lines(item, column)
        else:
            yield flow


def format_flow(value: Json) -> str:
    """A value as YAML on one line."""
    if isinstance(value, dict):
        inner = ", ".join(f"{format_flow(key)}: {format_flow(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(format_flow, value))}]"
    if isinstance(value, str):
        return _format_text(value)
    return json.dumps(value, allow_nan=False)


def _format_text(text: str) -> str:
    is_plain = _MOMENT.fullmatch(text) or (_PLAIN.fullmatch(text) and text.casefold() not in _WORDS)
    if is_plain and " #" not in text:
        return text
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
