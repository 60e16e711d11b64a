"""The provider `api`: any server with OpenAI's chat completions and embeddings.

providers:
  cloud: { kind: api, base_url: "https://models.example.com/v1", model: small, key_env: MODEL_KEY }

The model reads untrusted text as one quoted JSON value, and its answer must fit a schema; the chain checks it again.
Where the server gives log probabilities, those of the first token of each label become the labels' probabilities.
"""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from rulewright.models.answer_checks import parse_answer
from rulewright.models.api.http_client import ApiClient, ApiKey
from rulewright.models.providers import ProviderError
from rulewright.models.task import DIGITS, Abstention, TaskAnswer, rank_by_cosine
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.json_types import as_array, as_object, as_objects, as_text
from rulewright.policy.model_setting_checks import is_unencrypted
from rulewright.policy.quantity import QuantityError, parse_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.models.task import Task, TaskResult, Tier
    from rulewright.policy.json_types import Json, JsonObject

TOP_LOGPROBS: Final = 20
"""Alternatives of the first token that are requested; the most that servers allow."""


class ApiSettings(NamedTuple):
    """The provider's settings of rulewright.yaml; a setting that is absent there is None here.

    All fields are the identity of the provider in a cassette's key, so `max_tokens`, `seed` and `probabilities` keep
    None; their defaults apply in requests.
    """

    base_url: str
    model: str
    embedding_model: str | None = None
    max_tokens: int | None = None
    seed: int | None = None
    probabilities: bool | None = None
    dialect: str | None = None


class ApiProvider:
    """Answers over HTTP. `client` holds the key."""

    tier: Tier = "api"

    def __init__(self, settings: ApiSettings, client: ApiClient) -> None:
        self.settings = settings
        self.client = client

    def identity(self, task: Task) -> Mapping[str, Json]:
        """The server's address, the model, the sampling; never the key."""
        return {"kind": "api", **self.settings._asdict()}

    def answer(self, task: Task) -> TaskResult:
        if task.kind in ("embed", "similar"):
            return self._answer_by_embedding(task)
        reply = self.client.post("chat/completions", self._build_request(task))
        choice = _first_choice(reply)
        tokens = _count_tokens(reply)
        if choice.get("finish_reason") == "length":
            return self._abstain("the answer was truncated", "too_long", tokens)
        text = as_text((as_object(choice.get("message")) or {}).get("content"))
        if text is None:
            return self._abstain("the model refused to answer", "invalid", tokens)
        model = self.settings.model
        if task.kind == "summarize":
            return TaskAnswer(text.strip(), "api", model, tokens=tokens)
        try:
            value = parse_answer(text)
        except ValueError as error:
            return self._abstain(str(error), "invalid", tokens)
        if task.kind == "extract":
            return TaskAnswer(value, "api", model, tokens=tokens)
        label = as_text((as_object(value) or {}).get("label"))
        if label is None or label not in dict(task.labels):
            return self._abstain("the answer is not one of the labels", "invalid", tokens)
        return TaskAnswer(label, "api", model, _read_probabilities(task, choice), tokens=tokens)

    def close(self) -> None:
        self.client.pool.clear()

    def _build_request(self, task: Task) -> JsonObject:
        settings = self.settings
        body: JsonObject = {
            "model": settings.model,
            "messages": _build_messages(task),
            "temperature": 0,
            "seed": 0 if settings.seed is None else settings.seed,
            "max_tokens": 512 if settings.max_tokens is None else settings.max_tokens,
        }
        schema = _answer_schema(task)
        if schema is not None and settings.dialect == "llama":
            body["response_format"] = {"type": "json_object", "schema": schema}
        elif schema is not None:
            named: JsonObject = {"name": "answer", "strict": task.kind == "classify", "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        if task.kind in ("classify", "call") and settings.probabilities is not False:
            body |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        return body

    def _answer_by_embedding(self, task: Task) -> TaskResult:
        model = self.settings.embedding_model
        if not model:
            return self._abstain("no `embedding_model` is configured", "unsupported", {})
        texts: list[Json] = [text for _, text in task.inputs]
        if task.kind == "embed":
            texts = ["\n\n".join(text for _, text in task.inputs)]
        reply = self.client.post("embeddings", {"model": model, "input": texts})
        vectors = _read_vectors(reply, len(texts))
        value: list[Json] = [*vectors[0]] if task.kind == "embed" else rank_by_cosine(task, vectors)
        return TaskAnswer(value, "api", model, tokens=_count_tokens(reply))

    def _abstain(self, reason: str, code: str, tokens: Mapping[str, int]) -> Abstention:
        return Abstention(reason, "api", code, self.settings.model, tokens=tokens)


def build_api_provider(config: Mapping[str, Json]) -> ApiProvider:
    """The provider that `providers:` describes. Raises UsageError for a broken one, ProviderError for a key with
    impossible characters; a variable that is not set means a server without keys."""
    for name in ("base_url", "model"):
        if not config.get(name):
            raise UsageError(f"An api provider needs `{name}`.")
    try:
        timeout = parse_duration(cast("str", config.get("timeout", "30s")))
    except QuantityError as error:
        raise UsageError(f"`timeout` of a provider: {error.message}", hint=error.hint) from None
    key = ApiKey(os.environ.get(str(config["key_env"]), "") if config.get("key_env") else "")
    base_url = str(config["base_url"])
    if key.header() and is_unencrypted(base_url):
        raise UsageError(
            "A key is sent over https only, except to this machine.", hint="Use an https:// base_url."
        )
    fields = {name: config[name] for name in ApiSettings._fields if name in config}
    settings = ApiSettings(**fields)  # type: ignore[arg-type] # checked by the schema
    return ApiProvider(settings, ApiClient(base_url, key, timeout, cast("int", config.get("attempts", 3))))


def _build_messages(task: Task) -> list[Json]:
    system = [task.prompt.rstrip()]
    if task.labels:
        system.append("Labels:")
        system += [f"- {json.dumps(label)}: {meaning}" for label, meaning in task.labels]
        system += [f"Example: {json.dumps(text)} is {json.dumps(label)}" for text, label in task.examples]
        system.append('Answer with JSON: {"label": one of the labels}.')
    if task.max_words is not None:
        system.append(f"Use at most {task.max_words} words.")
    # One JSON value: nothing in it can end it, whatever marks or control tokens it imitates.
    return [
        {"role": "system", "content": "\n".join(system)},
        {"role": "user", "content": "The report, as JSON:\n" + json.dumps(dict(task.inputs))},
    ]


def _answer_schema(task: Task) -> JsonObject | None:
    if task.kind == "extract":
        return None if task.schema is None else dict(task.schema)
    if not task.labels:
        return None
    return {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": [label for label, _ in task.labels]}},
        "required": ["label"],
        "additionalProperties": False,
    }


def _first_choice(reply: Json) -> JsonObject:
    choices = as_array((as_object(reply) or {}).get("choices"))
    choice = as_object(choices[0]) if choices else None
    if choice is None:
        raise ProviderError("the answer has no choices")
    return choice


def _count_tokens(reply: Json) -> dict[str, int]:
    usage = as_object((as_object(reply) or {}).get("usage")) or {}
    counts = {"prompt": usage.get("prompt_tokens"), "generated": usage.get("completion_tokens")}
    return {name: count for name, count in counts.items() if isinstance(count, int) and count >= 0}


def _read_vectors(reply: Json, number: int) -> list[list[float]]:
    """The vectors in the order of the inputs, each of length one. Raises ProviderError."""
    rows = as_objects((as_object(reply) or {}).get("data"))
    rows.sort(key=lambda row: str(row.get("index", "")).zfill(9))
    vectors = [vector for row in rows if (vector := _normalize_vector(row.get("embedding"))) is not None]
    if not len(vectors) == len(rows) == number or len({len(vector) for vector in vectors}) > 1:
        raise ProviderError("the answer has no embeddings")
    return vectors


def _normalize_vector(written: Json) -> list[float] | None:
    """The numbers divided by their length (L2); None for what is no vector, or has no length."""
    if not isinstance(written, list):
        return None
    numbers = [number for number in written if isinstance(number, int | float)]
    try:
        length = math.sqrt(sum(number * number for number in map(float, numbers)))
    except OverflowError:  # an integer beyond the range of floats
        return None
    if len(numbers) < len(written) or not math.isfinite(length) or length == 0:
        return None
    return [number / length for number in numbers]


def _read_probabilities(task: Task, choice: JsonObject) -> dict[str, float] | None:
    """The labels' shares at the first token that tells them apart; None where the server does not give them.

    The answer is `{"label": "…"}`, so the first token after the opening quote of the value decides, if the labels
    differ in it. Tokens that begin no label are left out, and the shares of the others sum to 1.
    """
    rows = as_array((as_object(choice.get("logprobs")) or {}).get("content"))
    before = ""
    for row in map(as_object, rows or ()):
        token = None if row is None else as_text(row.get("token"))
        if row is None or token is None:
            return None
        written = before.replace(" ", "")
        if written.endswith('"label":"'):
            return _label_shares(task, row.get("top_logprobs"), "")
        if written.endswith('"label":') and token.strip().startswith('"') and len(token.strip()) > 1:
            return _label_shares(task, row.get("top_logprobs"), '"')
        before += token
    return None


def _label_shares(task: Task, alternatives: Json, opening: str) -> dict[str, float] | None:
    mass = dict.fromkeys((label for label, _ in task.labels), 0.0)
    for alternative in map(as_object, as_array(alternatives) or ()):
        token, logprob = (alternative or {}).get("token"), (alternative or {}).get("logprob")
        if not isinstance(token, str) or not isinstance(logprob, int | float):
            return None
        begun = token.strip().removeprefix(opening).rstrip('"')
        matching = [label for label in mass if begun and label.startswith(begun)]
        if len(matching) == 1:
            mass[matching[0]] += math.exp(max(-1e6, min(0, logprob)))  # JSON's integers may exceed any float
        elif matching:
            return None  # two labels begin alike: the first token does not tell them apart
    total = sum(mass.values())
    return {label: round(share / total, DIGITS) for label, share in mass.items()} if total > 0 else None
