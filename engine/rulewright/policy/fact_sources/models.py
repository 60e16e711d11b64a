"""Sources that a model answers: `call`, `classify`, `extract`, `summarize`, `embed`, `similar`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.fact_sources.declaration import (
    IN,
    INPUT,
    INTEGER,
    MIN_CONFIDENCE,
    NUMBER,
    OTHERWISE,
    PROVIDER,
    SUBJECTS,
    THRESHOLD,
    UNKNOWN_RESULT,
    WRITTEN,
    FactDeclaration,
    Shape,
    count,
    list_of,
    share,
    text,
    texts,
    untrusted_object,
)

_QUESTION: Final = {
    **text("The question to the model, in one sentence; it is added to the built-in prompt."),
    "maxLength": 2000,
}
_TITLE_AND_BODY: Final = ("title", "body")
_MIN_TIER: Final[Shape] = {
    "description": "The minimum tier of the provider; `model` excludes heuristic providers.",
    "enum": ["heuristic", "model"],
}
_SCHEMA: Final[Shape] = {"type": "object", "description": "The JSON Schema of the answer."}


def _task(description: str, details: Shape, required: tuple[str, ...], noun: str) -> Shape:
    """The schema of what is asked: a sentence, or a mapping with details."""
    return {
        "type": ["string", "object"],
        "description": description,
        "minLength": 1,
        "properties": details,
        "additionalProperties": False,
        **({"required": list(required)} if required else {}),
        "x-noun": noun,
    }


CALL: Final = FactDeclaration(
    "call",
    {
        "call": text("The model task: a name under `models.tasks` in rulewright.yaml.", "triage-severity"),
        "with": {
            "type": "object",
            "description": "The inputs of the task: name → path.",
            "additionalProperties": text("A path."),
        },
        "in": IN,
        "otherwise": OTHERWISE,
        "provider": PROVIDER,
    },
    result=UNKNOWN_RESULT,
    example="critical",
    asks_model=True,
)

CLASSIFY: Final = FactDeclaration(
    "classify",
    {
        "classify": _task(
            "What to decide, in words, together with `into` and `in`; or a mapping with details.",
            {
                "input": INPUT,
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
                    "items": text("A label."),
                    "examples": [{"critical": "data loss, or nobody can work", "low": "cosmetic"}],
                },
                "examples": {
                    "type": "array",
                    "description": "Example texts with their labels.",
                    "maxItems": 50,
                    "items": {
                        "type": "object",
                        "description": "An example.",
                        "properties": {"text": text("The text."), "label": text("The label of the text.")},
                        "required": ["text", "label"],
                        "additionalProperties": False,
                    },
                },
                "min_probability": share("The minimum probability; less probable answers are abstentions."),
                "min_margin": share(
                    "The minimum difference between the two most probable answers; smaller differences are abstentions."
                ),
            },
            ("labels",),
            "`classify` task",
        ),
        "into": texts("The allowed answers.", text("One answer."), minItems=2, uniqueItems=True),
        "in": IN,
        "otherwise": OTHERWISE,
        "min_confidence": MIN_CONFIDENCE,
        "provider": PROVIDER,
    },
    result={"type": "string", "x-compare": "casefold", "x-untrusted": True},
    example="critical",
    asks_model=True,
    default_paths=_TITLE_AND_BODY,
)

EXTRACT: Final = FactDeclaration(
    "extract",
    {
        "extract": _task(
            "What to extract, in words, together with `schema` and `in`; or a mapping with details.",
            {"input": INPUT, "question": _QUESTION, "min_tier": _MIN_TIER, "schema": _SCHEMA},
            ("schema",),
            "`extract` task",
        ),
        "schema": _SCHEMA,
        "in": IN,
        "otherwise": OTHERWISE,
        "provider": PROVIDER,
    },
    result=UNKNOWN_RESULT,
    example={"version": "4.2.1"},
    asks_model=True,
    default_paths=_TITLE_AND_BODY,
)

SUMMARIZE: Final = FactDeclaration(
    "summarize",
    {
        "summarize": _task(
            "The purpose of the summary, in words, together with `in`; or a mapping with details.",
            {
                "input": INPUT,
                "question": _QUESTION,
                "min_tier": _MIN_TIER,
                "max_words": count("The maximum length of the summary in words. Default: 60.", 500),
            },
            (),
            "`summarize` task",
        ),
        "in": IN,
        "otherwise": OTHERWISE,
        "provider": PROVIDER,
    },
    result=WRITTEN,
    example="The export stops at the second page.",
    asks_model=True,
    default_paths=_TITLE_AND_BODY,
)

EMBED: Final = FactDeclaration(
    "embed",
    {
        "embed": _task(
            "The purpose of the vector, in words, together with `in`; or a mapping with details.",
            {"input": INPUT, "min_tier": _MIN_TIER},
            (),
            "`embed` task",
        ),
        "in": IN,
        "otherwise": OTHERWISE,
        "provider": PROVIDER,
    },
    result={**list_of(NUMBER), "x-untrusted": True},
    example=[0.12, -0.4],
    asks_model=True,
    default_paths=_TITLE_AND_BODY,
)

SIMILAR: Final = FactDeclaration(
    "similar",
    {
        "similar": {
            "type": "object",
            "description": "The text that is most similar in meaning.",
            "properties": {
                "input": INPUT,
                "min_tier": _MIN_TIER,
                "to": {
                    "type": "object",
                    "description": "The texts to compare with: name → text.",
                    "minProperties": 1,
                    "maxProperties": 64,
                    "additionalProperties": text("A text."),
                },
                "threshold": THRESHOLD,
            },
            "additionalProperties": False,
            "required": ["to"],
            "x-noun": "`similar` task",
        },
        "in": IN,
        "otherwise": OTHERWISE,
        "provider": PROVIDER,
    },
    # Best first; scores and the margin between the first two lie between 0 and 1.
    result=untrusted_object(count=INTEGER, score=NUMBER, margin=NUMBER, candidates=SUBJECTS),
    example={"count": 1, "score": 0.71, "margin": 0.71, "candidates": [{"title": "billing", "score": 0.71}]},
    asks_model=True,
    default_paths=_TITLE_AND_BODY,
)

MODEL_SOURCES: Final = (
    CALL,
    CLASSIFY,
    EXTRACT,
    SUMMARIZE,
    EMBED,
    SIMILAR,
)
