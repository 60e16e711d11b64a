"""Templates as their readers see them: rendered by CommonMark, then looked at as GitHub does for mentions, references
and bare addresses. Whatever a value holds, nothing comes to life that a harmless word would not bring."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rulewright.actions.template import Undetermined, render
from rulewright.program.markdown_contexts import places_of
from rulewright.program.template import contexts, parts

pytestmark = pytest.mark.slow

TEMPLATES = {
    "{{ t }}": "text",
    "Title: {{ t }}.": "text",
    "**{{ t }}** is new": "text",
    "[{{ t }}](https://octo.dev)": "text",
    "![{{ t }}](https://octo.dev/a.png)": "text",
    "| a |\n|---|\n| {{ t }} |": "text",
    "# {{ t }}": "text",
    "- {{ t }}": "text",
    "> {{ t }}": "text",
    "<b>{{ t }}</b>": "text",
    "<details>\n<summary>{{ t }}</summary>\n\n{{ t }}\n</details>": "text",
    "@{{ t }}": "text",
    "#{{ t }}": "text",
    "GH-{{ t }}": "text",
    "octo/repo#{{ t }}": "text",
    "octo/repo@{{ t }}": "text",
    "{{ t }}#12": "text",
    "{{ t }}@octo": "text",
    "{{ t }}://octo.dev": "text",
    "w{{ t }}": "text",
    "http{{ t }}": "text",
    "http:/{{ t }}": "text",
    "https:{{ t }}": "text",
    "&{{ t }};": "text",
    "&#{{ t }};": "text",
    "\\{{ t }}": "text",
    "[x]{{ t }}": "text",
    "!{{ t }}": "text",
    "![x]{{ t }}": "text",
    "{{ t }}{{ t }}": "text",
    "{{ t }} {{ t }}": "text",
    "{{ t }}(https://octo.dev)": "text",
    "[a]: https://octo.dev\n\n{{ t }} [a]{{ t }}": "text",
    "`{{ t }}`": "code",
    "``{{ t }}``": "code",
    "```\n{{ t }}\n```": "code",
    "~~~\n{{ t }}\n~~~": "code",
    "Text:\n\n    {{ t }}\n": "code",
    "[x]({{ t }})": "address",
    "[x]( {{ t }})": "address",
    "[x](<{{ t }}>)": "address",
    "[x](/a/{{ t }})": "address",
    '[x](/a "{{ t }}")': "address",
    "![x]({{ t }})": "address",
    "[x]: {{ t }}\n\n[x]": "address",
    "[x]:\n  {{ t }}\n\n[x]": "address",
    "<https:{{ t }}>": "address",
    "<{{ t }}>": "address",
    "https://octo.dev/{{ t }}": "address",
    "(https://octo.dev/?q={{ t }})": "address",
    "www.{{ t }}": "address",
    "www.octo.dev/{{ t }}": "address",
    "mailto:{{ t }}": "address",
    "<a href={{ t }}>x</a>": "address",
    "<a HREF='{{ t }}'>x</a>": "address",
    '<img srcset="{{ t }}">': "address",
    '<video poster = "{{ t }}"></video>': "address",
    '<a title=">" href="{{ t }}">x</a>': "address",
    "<p title='{{ t }}'>x</p>": "address",
    "<div\nid={{ t }}>\n</div>": "address",
    "<!-- {{ t }} -->": "address",
    "```{{ t }}\ncode\n```": "address",
}
VALUES = (
    "mona", "12", "everyone", "octo/repo#1", "octo#1", "@mona", "#12", "GH-12", "H-12", "mona/team", "-12",
    "www.evil.example", "ww.evil.example", "ttp://evil.example", "://evil.example", "//evil.example", "/evil.example",
    "p://evil.example", "s://evil.example", "https://evil.example", "http", "https", "www", "evil.example/path",
    "javascript:alert(1)", "(https://evil.example)", "(//evil.example)", "[x](//evil.example)", "![x](//evil.example)",
    "[a]", "[a][a]", "[a]: //evil.example", "<b>", "<img src=//evil.example>", "<!--", "-->", "<script>", "</b>",
    '" onmouseover="x', "' onmouseover='x", "`", "``", "```", "~~~", "` **x** `", "`@mona`", "*x*", "**x**", "_x_",
    "~~x~~", "commat", "commat;mona", "num;12", "64;mona", "x40;mona", "lt;b&gt;", "&commat;mona",
    "&#64;mona", "&lt;b&gt;", "\\", "\\*x*",
    "a|b", "| x |", "# x", "- x", "1. x", "> x", "===", "---", "a\nb", "a\n\n# b", "a\r\n```\r\nb", "\u2028- x", "\t x",
    "ma\u200bil@x", "\u202e12#", "https:\u200b//evil.example", "@\u2066mona", "x" * 2000, "evil@evil", "xmpp:a@b", "ftp://evil.example",
)  # fmt: skip

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
LIVE = (
    re.compile(r"(?<![\w@`/])@[A-Za-z0-9][\w/-]*"),  # a mention
    re.compile(r"(?<![&\w])(?:[\w.-]+/[\w.-]+)?#\d+|[\w.-]+/[\w.-]+#\d+"),  # a reference
    re.compile(r"(?i)(?<!\w)GH-\d+"),
    re.compile(r"(?<!\w)[\w.-]+/[\w.-]+@[0-9a-f]{7,40}"),
    re.compile(r"(?i)(?:https?|ftp)://[^\s<\u200b]+"),  # a bare address
    re.compile(r"(?i)(?<![\w.])www\.[\w-]+"),
    re.compile(r"(?i)(?:mailto|xmpp):[\w.+-]+@"),
    re.compile(r"[\w.+-]+@[\w-]+\.[\w-]+"),
)


class Reader(HTMLParser):
    """Counts what a page holds: tags with their attributes, and what GitHub brings to life in its text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.inside: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._end()
        self.found[f"<{tag} {sorted((key, value) for key, value in attrs if key != 'alt')}>"] += 1
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._end()
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_comment(self, data: str) -> None:
        self._end()

    def handle_data(self, data: str) -> None:
        self.text += data

    def _end(self) -> None:
        if not {"code", "pre", "a"} & set(self.inside):
            for pattern in LIVE:
                self.found.update(pattern.findall(self.text))
        self.text = ""


def seen(markdown: str) -> Counter[str]:
    reader = Reader()
    reader.feed(MARKDOWN.render(markdown))
    reader.close()
    reader._end()
    return reader.found


def filled(template: str, value: str) -> str | None:
    try:
        return render(template, {"t": value}.get)
    except Undetermined:
        return None


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_place_of_a_value_is_known(template: str) -> None:
    assert set(contexts(template)) == {TEMPLATES[template]}


@pytest.mark.parametrize("template", TEMPLATES)
def test_nothing_comes_to_life(template: str) -> None:
    usual = seen(filled(template, "word") or "")
    for value in VALUES:
        made = filled(template, value)
        if made is None:
            assert TEMPLATES[template] == "address"
        elif TEMPLATES[template] != "address":
            assert seen(made) - usual == Counter(), (value, made)


@given(
    template=st.sampled_from([name for name, place in TEMPLATES.items() if place != "address"]),
    value=st.text(alphabet="@#w.:/[]()!<>&;`~*_\\-GHx1 \n\"'", max_size=12),
)
def test_nothing_comes_to_life_whatever_the_value(template: str, value: str) -> None:
    made = filled(template, f"a{value}" if not value.strip() else value)
    assert seen(made or "") - seen(filled(template, "word") or "") == Counter(), made


@pytest.mark.parametrize(
    "value",
    [
        "../../x",
        "a b",
        "//evil.example",
        "/evil.example",
        ".",
        "a.",
        "a?b",
        "a#b",
        "javascript:x",
        '"x',
        "a\\b",
        "%2e%2e",
    ],
)
@pytest.mark.parametrize("template", [name for name, place in TEMPLATES.items() if place == "address"])
def test_an_address_takes_names_only(template: str, value: str) -> None:
    assert filled(template, value) is None
    assert filled(template, "v1.2/some-name") is not None


def test_an_address_from_the_root_leads_to_no_other_host() -> None:
    assert render("[a](/{{ t }})", {"t": "docs/x"}.get) == "[a](/docs/x)"
    with pytest.raises(Undetermined):
        render("[a](/{{ t }})", {"t": "/evil.example"}.get)


def test_mentions_and_references_that_a_policy_writes_stay() -> None:
    values: Any = {"author": "mona", "number": 12}.get
    own = render("@{{ author }} see #{{ number }}", values, trusted=lambda path: path in ("author", "number"))
    assert own == "@mona see #12"
    assert render("#{{ number }}", values) == "#12"  # a number is a number, whoever counted it


def test_values_in_code_are_shown_as_they_are() -> None:
    assert render("`{{ t }}`", {"t": "a_b*c <x> & @mona"}.get) == "`a_b*c <x> & @mona`"


def test_without_markup_no_parser_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rulewright.program.markdown_contexts._parser", lambda: pytest.fail("it is loaded"))
    assert places_of(parts("Hello {{ a }}, *this* is [x] about {{ b }}; see https://x.dev/{{ c }}")[0]) == (
        "text", "text", "address",
    )  # fmt: skip


@given(st.lists(st.text(alphabet="`<>[]()!: zqab\n\t\"'=/#-", max_size=12), min_size=2, max_size=5))
def test_any_template_has_a_place_for_each_value(literals: list[str]) -> None:
    assert len(places_of(literals)) == len(literals) - 1


def test_code_in_a_table_is_not_ended_by_a_value() -> None:
    from rulewright.actions.template import render

    made = render("| a |\n|---|\n| `{{ x }}` |", lambda _: "q | @octocat", form="markdown")
    assert made.endswith("| `q ¦ @octocat` |")
    assert render("`{{ x }}`", lambda _: "a | b", form="markdown") == "`a | b`"
