"""Recorded answers on disk, so that a test asks no model: one JSON file per answer, under a hash of its inputs.

The inputs appear as hashes, never as text: an issue may hold a secret, and a cassette is committed. A cassette has no
expiry: whatever changes an answer (task, prompt, labels, model, settings) changes the key.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from rulewright.models.providers import ProviderError
from rulewright.models.task import Abstention, TaskAnswer, prompt_hash
from rulewright.policy.canonical import digest
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.models.task import Task, TaskResult, Tier
    from rulewright.policy.json_types import Json, JsonObject

FORMAT: Final = "rulewright/cassette-v1"
MAX_CASSETTE_BYTES: Final = 1 << 22


class Cassette(NamedTuple):
    """The folder with the recorded answers."""

    folder: str

    def path_of(self, task: Task, key: str) -> str:
        """`severity.0123456789abcdef.json`; the fact's name is for people, only the key counts."""
        name = "".join(char if char.isalnum() or char in "-_" else "-" for char in task.name)[:60]
        return os.path.join(self.folder, f"{name}.{key[:16]}.json")

    def play(self, task: Task, key: str) -> TaskResult | None:
        """The recorded answer, bit for bit; None where there is none. Raises ProviderError for a damaged file."""
        path = self.path_of(task, key)
        try:
            with open(path, "rb") as stream:
                data = json.loads(stream.read(MAX_CASSETTE_BYTES))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise ProviderError(f"The cassette {path} cannot be read.", hint="Record it again.") from None
        if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("key") != key:
            raise ProviderError(f"The cassette {path} is for another task.", hint="Record it again.")
        return _read_result(data.get("answer"), path)

    def record(self, task: Task, key: str, result: TaskResult) -> str:
        """Write the answer, or the abstention; the path. Raises ProviderError."""
        path = self.path_of(task, key)
        inputs: list[Json] = [{"name": name, "sha256": prompt_hash(text)} for name, text in task.inputs]
        about: JsonObject = {
            "kind": task.kind,
            "name": task.name,
            "prompt_sha256": task.prompt_sha256,
            "labels": [label for label, _ in task.labels],
            "inputs": inputs,
        }
        document: JsonObject = {"format": FORMAT, "key": key, "task": about, "answer": _dump_result(result)}
        text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n"
        try:
            os.makedirs(self.folder, exist_ok=True)
            with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as stream:
                stream.write(text)
            os.replace(f"{path}.{os.getpid()}", path)
        except OSError as error:
            raise ProviderError(f"The cassette {path} cannot be written: {error.strerror}.") from None
        return path


def compute_cassette_key(task: Task, identities: Sequence[Mapping[str, Json]]) -> str:
    """SHA-256 over all that may alter the answer: the task without its name, and who would be asked, in order.

    Inputs enter as hashes. `identities` name the model's file or name, sampling and library (`Provider.identity`).
    """
    return digest(
        {
            "kind": task.kind,
            "prompt": task.prompt_sha256,
            "inputs": [[name, prompt_hash(text)] for name, text in task.inputs],
            "labels": [list(pair) for pair in task.labels],
            "examples": [list(example) for example in task.examples],
            "schema": task.schema,
            "max_words": task.max_words,
            "min_probability": task.min_probability,
            "min_margin": task.min_margin,
            "min_tier": task.min_tier,
            "brief": [
                [
                    question.prompt,
                    [list(pair) for pair in question.labels],
                    [list(example) for example in question.examples],
                ]
                for question in task.questions
            ],
            "chain": [dict(identity) for identity in identities],
        }
    )


def missing_cassette_error(task: Task, cassette: Cassette, key: str) -> ProviderError:
    """The error of a replay without a cassette; it says how to record one."""
    return ProviderError(
        f"no cassette for `{task.name}`: {cassette.path_of(task, key)}",
        hint="Record it: RULEWRIGHT_MODELS=record rulewright evaluate …",
    )


def _dump_result(result: TaskResult) -> JsonObject:
    """Everything but the latency, which differs from run to run."""
    out: JsonObject = {
        "tier": result.tier,
        "model": result.model,
        "tokens": dict(result.tokens),
        "probabilities": None if result.probabilities is None else dict(result.probabilities),
        "margin": result.margin,
    }
    if isinstance(result, TaskAnswer):
        return {**out, "value": result.value, **({"note": result.note} if result.note else {})}
    return {**out, "abstained": result.reason, "code": result.code}


def _read_result(written: object, path: str) -> TaskResult:
    data = as_object(written) or {}
    try:
        # The file is as trusted as the repository; the chain checks the value against the task.
        tier, model = cast("Tier", data["tier"]), cast("str", data["model"])
        tokens = cast("dict[str, int]", data["tokens"])
        probabilities = cast("dict[str, float] | None", data["probabilities"])
        margin = cast("float | None", data["margin"])
        if "abstained" in data:
            reason, code = cast("str", data["abstained"]), cast("str", data["code"])
            return Abstention(reason, tier, code, model, probabilities, margin, tokens)
        note = str(data.get("note", ""))
        return TaskAnswer(data["value"], tier, model, probabilities, margin, tokens, note=note)
    except KeyError:
        raise ProviderError(f"The cassette {path} has no answer.", hint="Record it again.") from None
