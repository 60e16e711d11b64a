"""A chat template split into the parts around the system text and the report: only these may hold control tokens.

The template is rendered once, with placeholders instead of texts. No untrusted text is ever rendered.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMED_TEMPLATES: Final[dict[str, str]] = json.loads(Path(__file__).with_suffix(".json").read_bytes())
"""Names for `chat_template` in a model configuration; any other value is the Jinja text itself. `plain` is for a
model without a template."""

SYSTEM: Final = "RulewrightSystemMark"
REPORT: Final = "RulewrightReportMark"


TODAY: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""What `strftime_now` of a template gives: a prompt must not differ from day to day."""
_OPEN_REASONING: Final = "<think>"
_CLOSED_REASONING: Final = "\n\n</think>\n\n"


class _Part(dict[str, str]):
    """A part of a content. A template that expects a text would write the notation of a list into the prompt."""

    def __str__(self) -> str:
        raise TypeError("a part of a content is not text")

    __repr__ = __str__


class ChatTemplate(NamedTuple):
    """The parts before the system text, between it and the report, and after the report, with control tokens."""

    head: str
    middle: str
    tail: str


def split_template(source: str, *, bos: str, eos: str) -> ChatTemplate:
    """The parts of a Jinja template. Raises ValueError for one that does not render both texts.

    A template without a role `system` gets the system text at the beginning of the report, and one that takes content
    as parts gets parts. Reasoning is off where the template lets it be switched off, and ended where the prompt begins
    it: the answer of a closed list follows the prompt at once. jinja2 comes with llama-cpp-python and is imported in
    the model process only.
    """
    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _generation_blocks()]
    )
    try:
        template = environment.from_string(NAMED_TEMPLATES.get(source, source))
    except TemplateError as error:
        raise ValueError(f"the chat template is invalid: {error}") from None

    def refuse(message: str) -> None:
        raise TemplateError(message)

    for messages in _conversations():
        try:
            text = template.render(
                messages=messages,
                bos_token=bos,
                eos_token=eos,
                add_generation_prompt=True,
                enable_thinking=False,  # Qwen, SmolLM
                thinking=False,  # DeepSeek, Granite
                raise_exception=refuse,
                strftime_now=TODAY.strftime,
            )
        except (TemplateError, TypeError, KeyError, ValueError, AttributeError):
            continue
        head, found, rest = text.partition(SYSTEM)
        middle, also, tail = rest.partition(REPORT)
        if found and also and SYSTEM not in tail and REPORT not in tail:
            return ChatTemplate(head, middle, _end_reasoning(tail))
    raise ValueError("the chat template drops the text")


def _conversations() -> Iterator[list[dict[str, Any]]]:
    """The two texts as messages, in the forms that templates take, the usual ones first."""
    both = f"{SYSTEM}\n\n{REPORT}"
    for texts in ((("system", SYSTEM), ("user", REPORT)), (("user", both),)):
        yield [{"role": role, "content": text} for role, text in texts]
        yield [{"role": role, "content": [_Part(type="text", text=text)]} for role, text in texts]


def _end_reasoning(tail: str) -> str:
    """The tail with an end of the reasoning that it begins, as templates write it when reasoning is off."""
    plain = tail.rstrip()
    return f"{plain}{_CLOSED_REASONING}" if plain.endswith(_OPEN_REASONING) else tail


def _generation_blocks() -> Any:
    """Jinja's extension for `{% generation %}`, with which templates mark what is trained on; renders its content."""
    from jinja2.ext import Extension

    class Generation(Extension):
        def parse(self, parser: Any) -> Any:
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    Generation.tags = {"generation"}
    return Generation
