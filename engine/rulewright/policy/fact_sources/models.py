"""Sources that a model answers: `call`, `classify`, `extract`, `summarize`, `embed`, `similar`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.fact_sources import declaration as schema
from rulewright.policy.fact_sources.declaration import FactDeclaration

_QUESTION: Final = {
    **schema.text("The question to the model, in one sentence; it is added to the built-in prompt."),
    "maxLength": 2000,
}
_TITLE_AND_BODY: Final = ("title", "body")
_MIN_TIER: Final[schema.Shape] = {
    "description": "The minimum tier of the provider; `model` excludes heuristic providers.",
    "enum": ["heuristic", "model"],
}
_SCHEMA: Final[schema.Shape] = {"type": "object", "description": "The JSON Schema of the answer."}


CALL: Final = FactDeclaration(
    "call",
    {
        "call": schema.text(
            "The model task: a name under `models.tasks` in rulewright.yaml.", "triage-severity"
        ),
        "with": {
            "type": "object",
            "description": "The inputs of the task: name → path.",
            "additionalProperties": schema.text("A path."),
        },
        **schema.ASKED_OF_MODEL,
    },
    result=schema.UNKNOWN_RESULT,
    example="critical",
    asks_model=True,
)

CLASSIFY: Final = FactDeclaration(
    "classify",
    {
        "classify": schema.text_or_members(
            "What to decide, in words, together with `into` and `in`; or a mapping with details.",
            {
                "input": schema.INPUT,
                "question": _QUESTION,
                "min_tier": _MIN_TIER,
                "labels": {
                    "type": ["object", "array"],
                    "description": "The allowed answers: label → description, or a list of labels.",
                    "minProperties": 2,
                    "minItems": 2,
                    "uniqueItems": True,
                    "maxProperties": 64,
                    "maxItems": 64,
                    "additionalProperties": {
                        "type": ["string", "null"],
                        "description": "A description of the label for the model.",
                    },
                    "items": schema.text("A label."),
                    "examples": [{"critical": "data loss, or nobody can work", "low": "cosmetic"}],
                },
                "examples": {
                    "type": "array",
                    "description": "Example texts with their labels.",
                    "maxItems": 50,
                    "items": schema.members(
                        "An example.",
                        {"text": schema.text("The text."), "label": schema.text("The label of the text.")},
                        "text",
                        "label",
                    ),
                },
                "min_probability": schema.share(
                    "The minimum probability; less probable answers are abstentions."
                ),
                "min_margin": schema.share(
                    "The minimum difference between the two most probable answers; smaller differences are abstentions."
                ),
            },
            "labels",
            noun="`classify` task",
        ),
        "into": schema.texts(
            "The allowed answers.", schema.text("One answer."), minItems=2, uniqueItems=True
        ),
        "in": schema.IN,
        "otherwise": schema.OTHERWISE,
        "min_confidence": schema.MIN_CONFIDENCE,
        "provider": schema.PROVIDER,
    },
    result={"type": "string", "x-compare": "casefold", "x-untrusted": True},
    example="critical",
    asks_model=True,
    default_paths=_TITLE_AND_BODY,
)

EXTRACT: Final = FactDeclaration(
    "extract",
    {
        "extract": schema.text_or_members(
            "What to extract, in words, together with `schema` and `in`; or a mapping with details.",
            {"input": schema.INPUT, "question": _QUESTION, "min_tier": _MIN_TIER, "schema": _SCHEMA},
            "schema",
            noun="`extract` task",
        ),
        "schema": _SCHEMA,
        **schema.ASKED_OF_MODEL,
    },
    result=schema.UNKNOWN_RESULT,
    example={"version": "4.2.1"},
    asks_model=True,
    default_paths=_TITLE_AND_BODY,
)

SUMMARIZE: Final = FactDeclaration(
    "summarize",
    {
        "summarize": schema.text_or_members(
            "The purpose of the summary, in words, together with `in`; or a mapping with details.",
            {
                "input": schema.INPUT,
                "question": _QUESTION,
                "min_tier": _MIN_TIER,
                "max_words": schema.count("The maximum length of the summary in words. Default: 60.", 500),
            },
            noun="`summarize` task",
        ),
        **schema.ASKED_OF_MODEL,
    },
    result=schema.WRITTEN,
    example="The export stops at the second page.",
    asks_model=True,
    default_paths=_TITLE_AND_BODY,
)

EMBED: Final = FactDeclaration(
    "embed",
    {
        "embed": schema.text_or_members(
            "The purpose of the vector, in words, together with `in`; or a mapping with details.",
            {"input": schema.INPUT, "min_tier": _MIN_TIER},
            noun="`embed` task",
        ),
        **schema.ASKED_OF_MODEL,
    },
    result={**schema.list_of(schema.NUMBER), "x-untrusted": True},
    example=[0.12, -0.4],
    asks_model=True,
    default_paths=_TITLE_AND_BODY,
)

SIMILAR: Final = FactDeclaration(
    "similar",
    {
        "similar": schema.members(
            "The text that is most similar in meaning.",
            {
                "input": schema.INPUT,
                "min_tier": _MIN_TIER,
                "to": {
                    "type": "object",
                    "description": "The texts to compare with: name → text.",
                    "minProperties": 1,
                    "maxProperties": 64,
                    "additionalProperties": schema.text("A text."),
                },
                "threshold": schema.THRESHOLD,
            },
            "to",
            noun="`similar` task",
        ),
        **schema.ASKED_OF_MODEL,
    },
    # Best first; scores and the margin between the first two lie between 0 and 1.
    result=schema.untrusted_object(
        count=schema.INTEGER,
        score=schema.NUMBER,
        margin=schema.NUMBER,
        candidates=schema.list_of(schema.object_of(title=schema.WRITTEN, score=schema.NUMBER)),
    ),
    example={"count": 1, "score": 0.71, "margin": 0.71, "candidates": [{"title": "billing", "score": 0.71}]},
    asks_model=True,
    default_paths=_TITLE_AND_BODY,
)

MODEL_SOURCES: Final = (CALL, CLASSIFY, EXTRACT, SUMMARIZE, EMBED, SIMILAR)
