"""The provider `api`: any server with OpenAI's chat completions and embeddings.

providers:
  cloud: { kind: api, base_url: "https://models.example.com/v1", model: small, key_env: MODEL_KEY }

The model sees what somebody wrote as one quoted JSON value, and its answer is held to a schema; what it says is checked
again by the chain. Where the server gives log probabilities, those of the first token of each label are told.
"""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from rulewright.models.answer_checks import parse_answer
from rulewright.models.api.http_client import ApiClient, ApiKey
from rulewright.models.providers import ProviderError
from rulewright.models.task import Abstention, TaskAnswer
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.models.task import Task, Tier

TOP_LOGPROBS: Final = 20
"""Alternatives of the first token that are asked for; what servers allow at most."""
DIGITS: Final = 3
LOOPBACK: Final = frozenset(("localhost", "127.0.0.1", "::1"))


class ApiProvider:
    """Answers over HTTP. `exchange` carries the key."""

    tier: Tier = "api"

    def __init__(self, settings: Mapping[str, Any], exchange: ApiClient) -> None:
        self.settings = settings
        self.exchange = exchange

    def identity(self, task: Task) -> Mapping[str, Any]:
        """The server's address, the model, the sampling; never the key."""
        names = ("base_url", "model", "embedding_model", "max_tokens", "seed", "probabilities", "dialect")
        return {"kind": "api", **{name: self.settings.get(name) for name in names}}

    def answer(self, task: Task) -> TaskAnswer | Abstention:
        if task.kind in ("embed", "similar"):
            return self._embedded(task)
        reply = self.exchange.post("chat/completions", self._request(task))
        choice = _first_choice(reply)
        tokens = _count_tokens(reply)
        if choice.get("finish_reason") == "length":
            return self._abstain("its answer was cut", "too_long", tokens)
        message = choice.get("message")
        text = message.get("content") if isinstance(message, dict) else None
        if not isinstance(text, str):
            return self._abstain("it refused to answer", "invalid", tokens)
        if task.kind == "summarize":
            return TaskAnswer(text.strip(), "api", self._model(task), tokens=tokens)
        try:
            value = parse_answer(text)
        except ValueError as error:
            return self._abstain(str(error), "invalid", tokens)
        if task.kind == "extract":
            return TaskAnswer(value, "api", self._model(task), tokens=tokens)
        label = value.get("label") if isinstance(value, dict) else None
        if not isinstance(label, str) or label not in dict(task.labels):
            return self._abstain("its answer is not in the closed list", "invalid", tokens)
        said = _read_probabilities(task, choice)
        return TaskAnswer(label, "api", self._model(task), said, tokens=tokens)

    def close(self) -> None:
        self.exchange.pool.clear()

    def _request(self, task: Task) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.settings["model"],
            "messages": _build_messages(task),
            "temperature": 0,
            "seed": self.settings.get("seed", 0),
            "max_tokens": self.settings.get("max_tokens", 512),
        }
        schema = _answer_schema(task)
        if schema is not None and self.settings.get("dialect") == "llama":
            body["response_format"] = {"type": "json_object", "schema": schema}
        elif schema is not None:
            named = {"name": "answer", "strict": task.kind == "classify", "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        if task.kind in ("classify", "call") and self.settings.get("probabilities", True):
            body |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        return body

    def _embedded(self, task: Task) -> TaskAnswer | Abstention:
        model = self.settings.get("embedding_model")
        if not model:
            return self._abstain("no `embedding_model` is configured", "unsupported", {})
        texts = [text for _, text in task.inputs]
        if task.kind == "embed":
            texts = ["\n\n".join(texts)]
        reply = self.exchange.post("embeddings", {"model": model, "input": texts})
        vectors = _read_vectors(reply, len(texts))
        tokens = _count_tokens(reply)
        if task.kind == "embed":
            return TaskAnswer(vectors[0], "api", str(model), tokens=tokens)
        own, *others = vectors
        pairs = zip((name for name, _ in task.inputs[1:]), others, strict=True)
        scores = [
            [name, round(sum(a * b for a, b in zip(own, one, strict=True)), DIGITS)] for name, one in pairs
        ]
        return TaskAnswer(sorted(scores, key=lambda pair: -pair[1]), "api", str(model), tokens=tokens)

    def _model(self, task: Task) -> str:
        return str(self.settings["model"])

    def _abstain(self, reason: str, code: str, tokens: Mapping[str, int]) -> Abstention:
        return Abstention(reason, "api", code, str(self.settings["model"]), tokens=tokens)


def build_api_provider(config: Mapping[str, Any]) -> ApiProvider:
    """The provider that `providers:` describes. Raises UsageError for a broken one, ProviderError for a key that is
    none; a variable that is not set is a server without keys."""
    from rulewright.policy.quantity import QuantityError, parse_duration

    for name in ("base_url", "model"):
        if not config.get(name):
            raise UsageError(f"An api provider names no `{name}`.")
    try:
        timeout = parse_duration(config.get("timeout", "30s"))
    except QuantityError as error:
        raise UsageError(f"`timeout` of a provider: {error.message}", hint=error.hint) from None
    key = ApiKey(os.environ.get(str(config["key_env"]), "") if config.get("key_env") else "")
    address = urlsplit(config["base_url"])
    if key.header() and address.scheme != "https" and address.hostname not in LOOPBACK:
        raise UsageError(
            "A key goes over https, or nowhere but to this machine.", hint="Write base_url with https://."
        )
    return ApiProvider(config, ApiClient(config["base_url"], key, timeout, config.get("attempts", 3)))


def _build_messages(task: Task) -> list[dict[str, str]]:
    system = [task.prompt.rstrip()]
    if task.labels:
        system.append("Labels:")
        system += [f"- {json.dumps(label)}: {meaning}" for label, meaning in task.labels]
        system += [f"Example: {json.dumps(one.text)} is {json.dumps(one.label)}" for one in task.examples]
        system.append('Answer with JSON: {"label": one of the labels}.')
    if task.max_words is not None:
        system.append(f"Use at most {task.max_words} words.")
    # One JSON value: nothing in it can end it, whatever marks or control tokens it imitates.
    return [
        {"role": "system", "content": "\n".join(system)},
        {"role": "user", "content": "The report, as JSON:\n" + json.dumps(dict(task.inputs))},
    ]


def _answer_schema(task: Task) -> Any:
    if task.kind == "extract":
        return task.schema
    if not task.labels:
        return None
    return {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": [label for label, _ in task.labels]}},
        "required": ["label"],
        "additionalProperties": False,
    }


def _first_choice(reply: Any) -> Mapping[str, Any]:
    choices = reply.get("choices") if isinstance(reply, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise ProviderError("its answer has no choices")
    return choices[0]


def _count_tokens(reply: Any) -> dict[str, int]:
    usage = reply.get("usage") if isinstance(reply, dict) else None
    names = {"prompt": "prompt_tokens", "generated": "completion_tokens"}
    found = {ours: usage.get(theirs) for ours, theirs in names.items()} if isinstance(usage, dict) else {}
    return {name: count for name, count in found.items() if isinstance(count, int) and count >= 0}


def _read_vectors(reply: Any, number: int) -> list[list[float]]:
    """The vectors in the order of the inputs, each of length one."""
    data = reply.get("data") if isinstance(reply, dict) else None
    rows = [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
    vectors = [
        row.get("embedding") for row in sorted(rows, key=lambda row: str(row.get("index", "")).zfill(9))
    ]
    out = []
    for vector in vectors:
        if not isinstance(vector, list) or not all(isinstance(x, int | float) for x in vector):
            break
        try:
            length = math.sqrt(sum(x * x for x in map(float, vector)))
        except OverflowError:  # a whole number that no float holds
            break
        if not math.isfinite(length) or length == 0:
            break
        out.append([x / length for x in vector])
    if len(out) != number or len({len(vector) for vector in out}) > 1:
        raise ProviderError("its answer holds no embeddings")
    return out


def _read_probabilities(task: Task, choice: Mapping[str, Any]) -> dict[str, float] | None:
    """The labels' shares at the first token that tells them apart; None where the server does not say.

    The answer is `{"label": "…"}`, so that the first token after the opening quote of the value decides, if the labels
    differ in it. What begins no label is left out, and what is left sums to 1.
    """
    logged = choice.get("logprobs")
    rows = logged.get("content") if isinstance(logged, dict) else None
    before = ""
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or not isinstance(row.get("token"), str):
            return None
        at = before.replace(" ", "")
        if at.endswith('"label":"'):
            return _label_shares(task, row.get("top_logprobs"), "")
        if at.endswith('"label":') and row["token"].strip().startswith('"') and len(row["token"].strip()) > 1:
            return _label_shares(task, row.get("top_logprobs"), '"')
        before += row["token"]
    return None


def _label_shares(task: Task, alternatives: Any, opening: str) -> dict[str, float] | None:
    mass = dict.fromkeys((label for label, _ in task.labels), 0.0)
    for one in alternatives if isinstance(alternatives, list) else ():
        token, logged = (one.get("token"), one.get("logprob")) if isinstance(one, dict) else (None, None)
        if not isinstance(token, str) or not isinstance(logged, int | float):
            return None
        logged = max(-1e6, min(0, logged))  # whole numbers of JSON may be longer than any float
        begun = token.strip().removeprefix(opening).rstrip('"')
        meant = [label for label in mass if begun and label.startswith(begun)]
        if len(meant) == 1:
            mass[meant[0]] += math.exp(logged)
        elif meant:
            return None  # two labels begin alike: the first token does not tell them apart
    total = sum(mass.values())
    return {label: round(share / total, DIGITS) for label, share in mass.items()} if total > 0 else None
