"""The provider `api`: any server with OpenAI's chat completions and embeddings.

providers:
  cloud: { kind: api, base_url: "https://models.example.com/v1", model: small, key_env: MODEL_KEY }

The model reads untrusted text as one quoted JSON value, and its answer must fit a schema; the chain checks it again.
Where the server gives log probabilities, those of the first token of each label become the labels' probabilities.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, cast

from rulewright.models.answer_reader import UnreadableAnswerError, parse_answer, read_label
from rulewright.models.api.chat_reply import count_tokens, read_chat_reply
from rulewright.models.api.chat_request import RequestSettings, build_chat_request
from rulewright.models.api.http_client import ApiClient, ApiKey, RequestRefusedError
from rulewright.models.api.label_logprobs import read_probabilities
from rulewright.models.providers import ProviderError
from rulewright.models.task import Abstention, TaskAnswer, rank_by_cosine
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.json_types import as_object, as_objects, as_texts
from rulewright.policy.quantity import QuantityError, parse_duration
from rulewright.policy.web_address import is_unencrypted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.models.task import Task, TaskResult, Tier
    from rulewright.policy.json_types import Json, JsonObject


class ApiProvider:
    """Answers over HTTP. `client` holds the key; `embedding_model` is None where no embeddings are offered."""

    tier: Tier = "api"

    def __init__(
        self, settings: RequestSettings, client: ApiClient, embedding_model: str | None = None
    ) -> None:
        self.settings = settings
        self.client = client
        self.embedding_model = embedding_model

    def identity(self, task: Task) -> Mapping[str, Json]:
        """The server's address, the model, the sampling; never the key."""
        settings = self.settings._asdict()
        # Absent where they are not set, so that the keys of earlier cassettes stay as they were.
        changed: JsonObject = {"omit": [*settings.pop("omit")], "rename": dict(settings.pop("rename"))}
        own: JsonObject = {
            "base_url": self.client.base_url,
            "embedding_model": self.embedding_model,
            **settings,
        }
        return {"kind": "api", **own, **{name: value for name, value in changed.items() if value}}

    def answer(self, task: Task) -> TaskResult:
        if task.kind in ("embed", "similar"):
            return self._answer_by_embedding(task)
        request = build_chat_request(task, self.settings)
        try:
            reply = self.client.post("chat/completions", request)
        except RequestRefusedError as error:
            return self._abstain(error.message, error.code, {})
        found = read_chat_reply(reply)
        sent = [str(message["content"]) for message in as_objects(request["messages"])]
        tokens = count_tokens(reply, sent, found.text or "")
        if found.text is None:
            return self._abstain(found.problem, found.code, tokens)
        try:
            return self._read_answer(task, found.text, found.choice, tokens)
        except UnreadableAnswerError as error:
            return self._abstain(str(error), "invalid", tokens)

    def close(self) -> None:
        self.client.pool.clear()

    def _read_answer(
        self, task: Task, text: str, choice: JsonObject, tokens: Mapping[str, int]
    ) -> TaskResult:
        """Raises UnreadableAnswerError."""
        answer = TaskAnswer(None, "api", self.settings.model, tokens=tokens)
        if task.kind == "summarize":
            return answer._replace(value=text.strip())
        if task.kind == "extract":
            return answer._replace(value=parse_answer(text))
        label = read_label(text, [label for label, _ in task.labels])
        return answer._replace(value=label, probabilities=read_probabilities(task, choice))

    def _answer_by_embedding(self, task: Task) -> TaskResult:
        model = self.embedding_model
        if not model:
            return self._abstain("no `embedding_model` is configured", "unsupported", {})
        texts = [text for _, text in task.inputs]
        if task.kind == "embed":
            texts = ["\n\n".join(texts)]
        try:
            reply = self.client.post("embeddings", {"model": model, "input": [*texts]})
        except RequestRefusedError as error:
            return self._abstain(error.message, error.code, {})
        vectors = _read_vectors(reply, len(texts))
        value: list[Json] = [*vectors[0]] if task.kind == "embed" else rank_by_cosine(task, vectors)
        return TaskAnswer(value, "api", model, tokens=count_tokens(reply, texts, None))

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
    written = os.environ.get(str(config["key_env"]), "") if config.get("key_env") else ""
    key = ApiKey(written, str(config.get("key_header", "")))
    base_url = str(config["base_url"])
    if key.header() and is_unencrypted(base_url):
        raise UsageError(
            "A key is sent over https only, except to this machine.", hint="Use an https:// base_url."
        )
    fields = {name: config[name] for name in RequestSettings._fields if name in config}
    settings = RequestSettings(**fields)  # type: ignore[arg-type] # checked by the schema
    settings = settings._replace(omit=tuple(as_texts(config.get("omit"))))
    client = ApiClient(base_url, key, timeout, cast("int", config.get("attempts", 3)))
    return ApiProvider(settings, client, cast("str | None", config.get("embedding_model")))


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
