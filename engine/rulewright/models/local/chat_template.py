"""A chat template split into the parts around the system text and the report: only these may hold control tokens.

The template is rendered once, with placeholders instead of texts. No untrusted text is ever rendered.
"""

from __future__ import annotations

from typing import Final, NamedTuple

PLAIN_TEMPLATE: Final = "{% for m in messages %}{{ m['content'] }}\n\n{% endfor %}"
"""For a model without a template."""

NAMED_TEMPLATES: Final[dict[str, str]] = {
    "plain": PLAIN_TEMPLATE,
    "llama-3": (
        "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m['role'] }}<|end_header_id|>\n\n"
        "{{ m['content'] }}<|eot_id|>{% endfor %}<|start_header_id|>assistant<|end_header_id|>\n\n"
    ),
    "chatml": (
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
        "<|im_start|>assistant\n"
    ),
    "gemma": (
        "{{ bos_token }}<start_of_turn>user\n{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
        "<end_of_turn>\n<start_of_turn>model\n"
    ),
    "mistral": ("{{ bos_token }}[INST] {% for m in messages %}{{ m['content'] }}\n{% endfor %}[/INST]"),
    "phi-3": (
        "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}<|end|>\n{% endfor %}<|assistant|>\n"
    ),
}
"""Names for `chat_template` in a model configuration; any other value is the Jinja text itself."""

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
