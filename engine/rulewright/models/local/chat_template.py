"""A chat template split into the parts around the system text and the report: only these may hold control tokens.

The template is rendered once, with placeholders instead of texts. No untrusted text is ever rendered.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple

NAMED_TEMPLATES: Final[dict[str, str]] = json.loads(Path(__file__).with_suffix(".json").read_bytes())
"""Names for `chat_template` in a model configuration; any other value is the Jinja text itself. `plain` is for a
model without a template."""

SYSTEM: Final = "RulewrightSystemMark"
REPORT: Final = "RulewrightReportMark"


class ChatTemplate(NamedTuple):
    """The parts before the system text, between it and the report, and after the report, with control tokens."""

    head: str
    middle: str
    tail: str


def split_template(source: str, *, bos: str, eos: str) -> ChatTemplate:
    """The parts of a Jinja template. Raises ValueError for one that does not render both texts.

    A template without a role `system` gets the system text at the beginning of the report. jinja2 comes with
    llama-cpp-python and is imported in the model process only. The template has no access to the time: a prompt must
    not differ from day to day.
    """
    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    try:
        template = environment.from_string(NAMED_TEMPLATES.get(source, source))
    except TemplateError as error:
        raise ValueError(f"the chat template is invalid: {error}") from None

    def refuse(message: str) -> None:
        raise TemplateError(message)

    system = {"role": "system", "content": SYSTEM}
    user = {"role": "user", "content": REPORT}
    both = {"role": "user", "content": f"{SYSTEM}\n\n{REPORT}"}
    for messages in ([system, user], [both]):
        try:
            text = template.render(
                messages=messages,
                bos_token=bos,
                eos_token=eos,
                add_generation_prompt=True,
                raise_exception=refuse,
            )
        except (TemplateError, TypeError, KeyError):
            continue
        head, found, rest = text.partition(SYSTEM)
        middle, also, tail = rest.partition(REPORT)
        if found and also and SYSTEM not in tail and REPORT not in tail:
            return ChatTemplate(head, middle, tail)
    raise ValueError("the chat template drops the text")
