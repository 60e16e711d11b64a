"""Answers on disk, so that a test asks nobody: one JSON file per answer, under the hash of everything it depends on.

The inputs stand in it as hashes, never as text: an issue may hold a secret, and a cassette is committed. It has no
expiry; what changes an answer (task, prompt, labels, model, settings) changes the key.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.models.providers import ProviderError
from rulewright.models.task import Abstention, TaskAnswer, prompt_hash
from rulewright.policy.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.models.task import Task

FORMAT: Final = "rulewright/cassette-v1"
Said = TaskAnswer | Abstention


class Cassette(NamedTuple):
    """The folder with the answers."""

    folder: str

    def file(self, task: Task, key: str) -> str:
        """`severity.0123456789abcdef.json`; the name of the fact is for people, the key alone counts."""
        name = "".join(char if char.isalnum() or char in "-_" else "-" for char in task.name)[:60]
        return os.path.join(self.folder, f"{name}.{key[:16]}.json")

    def play(self, task: Task, key: str) -> Said | None:
        """The recorded answer, bit for bit; None where there is none. Raises ProviderError for a damaged file."""
        path = self.file(task, key)
        try:
            with open(path, "rb") as stream:
                data = json.loads(stream.read(1 << 22))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise ProviderError(f"The cassette {path} cannot be read.", hint="Record it again.") from None
        if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("key") != key:
            raise ProviderError(f"The cassette {path} is of another task.", hint="Record it again.")
        return _read_answer(data.get("answer"), path)

    def record(self, task: Task, key: str, said: Said) -> str:
        """Write the answer; the path. An abstention is recorded as well: it is what was said. Raises ProviderError."""
        path = self.file(task, key)
        asked = {
            "kind": task.kind,
            "name": task.name,
            "prompt_sha256": task.prompt_sha256,
            "labels": [label for label, _ in task.labels],
            "inputs": [{"name": name, "sha256": prompt_hash(text)} for name, text in task.inputs],
        }
        document = {"format": FORMAT, "key": key, "task": asked, "answer": _answer_json(said)}
        text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n"
        try:
            os.makedirs(self.folder, exist_ok=True)
            with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as stream:
                stream.write(text)
            os.replace(f"{path}.{os.getpid()}", path)
        except OSError as error:
            raise ProviderError(f"The cassette {path} cannot be written: {error.strerror}.") from None
        return path


def compute_cassette_key(task: Task, identities: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 over all that may alter the answer: the task but for its name, and who would be asked, in order.

    Inputs enter as hashes. `identities` name the model's file or name, sampling and library (`Provider.identity`).
    """
    return digest(
        {
            "kind": task.kind,
            "prompt": task.prompt_sha256,
            "inputs": [[name, prompt_hash(text)] for name, text in task.inputs],
            "labels": [list(pair) for pair in task.labels],
            "examples": [list(one) for one in task.examples],
            "schema": task.schema,
            "max_words": task.max_words,
            "min_probability": task.min_probability,
            "min_margin": task.min_margin,
            "min_tier": task.min_tier,
            "brief": [
                [one.prompt, [list(pair) for pair in one.labels], [list(e) for e in one.examples]]
                for one in task.brief
            ],
            "chain": [dict(one) for one in identities],
        }
    )


def missing_cassette_error(task: Task, cassette: Cassette, key: str) -> ProviderError:
    """The error of a replay without a cassette; it says how to record one."""
    return ProviderError(
        f"no cassette for `{task.name}`: {cassette.file(task, key)}",
        hint="Record it with the providers at hand: RULEWRIGHT_MODELS=record rulewright evaluate …",
    )


def _answer_json(said: Said) -> dict[str, Any]:
    """Everything but the time it took, which differs from run to run."""
    out: dict[str, Any] = {
        "tier": said.tier,
        "model": said.model,
        "tokens": dict(said.tokens),
        "probabilities": None if said.probabilities is None else dict(said.probabilities),
        "margin": said.margin,
    }
    if isinstance(said, TaskAnswer):
        return {**out, "value": said.value, **({"note": said.note} if said.note else {})}
    return {**out, "abstained": said.reason, "code": said.code}


def _read_answer(data: Any, path: str) -> Said:
    try:
        shared: dict[str, Any] = {
            "tier": data["tier"],
            "model": data["model"],
            "tokens": data["tokens"],
            "probabilities": data["probabilities"],
            "margin": data["margin"],
        }
        if "abstained" in data:
            return Abstention(data["abstained"], code=data["code"], **shared)
        return TaskAnswer(data["value"], **shared, note=str(data.get("note", "")))
    except (KeyError, TypeError):
        raise ProviderError(f"The cassette {path} holds no answer.", hint="Record it again.") from None
