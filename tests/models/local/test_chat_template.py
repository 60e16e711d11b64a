"""Templates as model files carry them: the lines in which they differ, cut out of those of the named models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rulewright.models.local.chat_template import split_template
from rulewright.models.task import TaskAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.models.local.local_provider import LocalProvider
    from rulewright.models.task import Task

pytest.importorskip("jinja2", reason="jinja2 comes with llama-cpp-python")

LLAMA_3_1 = """\
{{- bos_token }}{% if not date_string is defined %}{% if strftime_now is defined %}\
{% set date_string = strftime_now("%d %b %Y") %}{% else %}{% set date_string = "26 Jul 2024" %}{% endif %}{% endif %}\
{{- "<|system|>Today Date: " + date_string + "\\n" + messages[0].content|trim + "<|eot|>" }}\
{% for message in messages[1:] %}{{- "<|" + message.role + "|>" + message.content|trim + "<|eot|>" }}{% endfor %}\
{{- "<|assistant|>" }}"""
GPT_OSS = """\
{{ "Current date: " + strftime_now("%Y-%m-%d") }}{% for message in messages %}\
{{ "<|start|>" + message.role + "<|message|>" + message.content + "<|end|>" }}{% endfor %}{{ "<|start|>assistant" }}"""
SMOL_VLM = """\
{% for message in messages %}{{ message.role | capitalize }}{% if message.content[0].type == 'image' %}:{% else %}: \
{% endif %}{% for line in message.content %}{% if line.type == 'text' %}{{ line.text }}{% endif %}{% endfor %}<end>
{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"""
GEMMA_3 = """\
{% if messages[0].role == 'system' %}{% if messages[0].content is string %}\
{% set first = messages[0].content + '\\n\\n' %}\
{% else %}{% set first = messages[0].content[0].text + '\\n\\n' %}{% endif %}{% set rest = messages[1:] %}{% else %}\
{% set first = '' %}{% set rest = messages %}{% endif %}{% for message in rest %}<turn>{{ message.role }}
{{ (first if loop.first else '') + message.content | trim }}</turn>
{% endfor %}<turn>model"""
QWEN_3 = """\
{% for message in messages %}<im>{{ message.role }}|{{ message.content }}</im>{% endfor %}<im>assistant|\
{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\\n\\n</think>' }}{% endif %}"""
DEEPSEEK_R1 = """\
{{ bos_token }}{{ messages[0].content }}{% for message in messages[1:] %}<User>{{ message.content }}{% endfor %}\
{% if add_generation_prompt %}{{ '<Assistant><think>\\n' }}{% endif %}"""
SMOL_LM_3 = """\
{% for message in messages %}<{{ message.role }}>{% if message.role == 'assistant' %}\
{% generation %}{{ message.content }}{% endgeneration %}{% else %}{{ message.content }}{% endif %}\
{% endfor %}<assistant>{%- generation -%}x{%- endgeneration -%}"""
MISTRAL = """\
{% for message in messages %}{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('Conversation roles must alternate user/assistant') }}{% endif %}[INST]{{ message.content }}[/INST]\
{% endfor %}"""


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (
            LLAMA_3_1,
            ("<s><|system|>Today Date: 01 Jan 2025\n", "<|eot|><|user|>", "<|eot|><|assistant|>"),
        ),
        (
            GPT_OSS,
            (
                "Current date: 2025-01-01<|start|>system<|message|>",
                "<|end|><|start|>user<|message|>",
                "<|end|><|start|>assistant",
            ),
        ),
        (SMOL_VLM, ("System: ", "<end>\nUser: ", "<end>\nAssistant:")),
        (GEMMA_3, ("<turn>user\n", "\n\n", "</turn>\n<turn>model")),
        (QWEN_3, ("<im>system|", "</im><im>user|", "</im><im>assistant|<think>\n\n</think>")),
        (DEEPSEEK_R1, ("<s>", "<User>", "<Assistant><think>\n\n</think>\n\n")),
        (SMOL_LM_3, ("<system>", "<user>", "<assistant>x")),
        (MISTRAL, ("[INST]", "\n\n", "[/INST]")),
    ],
)
def test_templates_of_real_models_are_cut_around_both_texts(source: str, parts: tuple[str, str, str]) -> None:
    assert split_template(source, bos="<s>", eos="</s>") == parts


@pytest.mark.parametrize(
    "source", ["{% for m in messages %}{{ m.content[:3] }}{% endfor %}", "{{ messages[0].role }}"]
)
def test_a_template_that_drops_a_text_is_none(source: str) -> None:
    with pytest.raises(ValueError, match="drops the text"):
        split_template(source, bos="", eos="")


@pytest.mark.parametrize("source", ["{% generation %}", "{% endgeneration %}", "{% include 'x' %}{% for %}"])
def test_a_template_that_does_not_parse_is_none(source: str) -> None:
    with pytest.raises(ValueError, match="the chat template is invalid"):
        split_template(source, bos="", eos="")


@pytest.mark.parametrize("template", [GPT_OSS, SMOL_VLM, DEEPSEEK_R1])
def test_a_model_with_such_a_template_answers(
    providers: Callable[..., LocalProvider], task: Task, template: str
) -> None:
    found = providers(chat_template=template).answer(task._replace(min_probability=0.0, min_margin=0.0))
    assert isinstance(found, TaskAnswer) or found.code == "tie", found
