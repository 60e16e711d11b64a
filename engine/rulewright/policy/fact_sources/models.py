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
    **text("What is asked, in a sentence of the policy's author; it joins the built-in prompt."),
    "maxLength": 2000,
}
_MIN_TIER: Final[Shape] = {
    "description": "The least that may answer: `model` refuses heuristic providers.",
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
        "call": text(
            "The task to ask a model for: a name under `models.tasks` of rulewright.yaml.", "triage-severity"
        ),
        "with": {
            "type": "object",
            "description": "The task's inputs: name → path.",
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
            "What to decide, in words, with `into` and `in` beside it; or a mapping with its details.",
            {
                "input": INPUT,
                "question": _QUESTION,
                "min_tier": _MIN_TIER,
                "labels": {
                    "type": ["object", "array"],
                    "description": "The closed list of answers: label → what it means, or the labels alone.",
                    "minProperties": 2,
                    "minItems": 2,
                    "uniqueItems": True,
                    "maxProperties": 64,
                    "maxItems": 64,
                    "additionalProperties": {
                        "type": ["string", "null"],
                        "description": "What the label means, for the model.",
                    },
                    "items": text("A label."),
                    "examples": [{"critical": "data loss, or nobody can work", "low": "cosmetic"}],
                },
                "examples": {
                    "type": "array",
                    "description": "Texts with the label that each has.",
                    "maxItems": 50,
                    "items": {
                        "type": "object",
                        "description": "One example.",
                        "properties": {"text": text("The text."), "label": text("Its label.")},
                        "required": ["text", "label"],
                        "additionalProperties": False,
                    },
                },
                "min_probability": share("Answers that are less probable are abstentions."),
                "min_margin": share("Answers whose lead over the second is smaller are abstentions."),
            },
            ("labels",),
            "`classify` task",
        ),
        "into": texts("The closed list of answers.", text("One answer."), minItems=2, uniqueItems=True),
        "in": IN,
        "otherwise": OTHERWISE,
        "min_confidence": MIN_CONFIDENCE,
        "provider": PROVIDER,
    },
    result={"type": "string", "x-compare": "casefold", "x-untrusted": True},
    example="critical",
    asks_model=True,
)

EXTRACT: Final = FactDeclaration(
    "extract",
    {
        "extract": _task(
            "What to extract, in words, with `schema` and `in` beside it; or a mapping with its details.",
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
)

SUMMARIZE: Final = FactDeclaration(
    "summarize",
    {
        "summarize": _task(
            "What the summary is for, in words, with `in` beside it; or a mapping with its details.",
            {
                "input": INPUT,
                "question": _QUESTION,
                "min_tier": _MIN_TIER,
                "max_words": count("The longest summary, in words; 60 where nothing is said.", 500),
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
)

EMBED: Final = FactDeclaration(
    "embed",
    {
        "embed": _task(
            "What the vector is for, in words, with `in` beside it; or a mapping with its details.",
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
)

SIMILAR: Final = FactDeclaration(
    "similar",
    {
        "similar": {
            "type": "object",
            "description": "Which of these texts is nearest in meaning.",
            "properties": {
                "input": INPUT,
                "min_tier": _MIN_TIER,
                "to": {
                    "type": "object",
                    "description": "What to compare with: name → text.",
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
)

MODEL_SOURCES: Final = (
    CALL,
    CLASSIFY,
    EXTRACT,
    SUMMARIZE,
    EMBED,
    SIMILAR,
)
