"""Classifiers trained on labelled issues: words, cues and embeddings, combined. Prediction needs numpy only."""

from __future__ import annotations

from typing import Final

from rulewright.policy.diagnostics import SourceError

MAX_CLASSIFIER_BYTES: Final = 64 << 20
"""Bytes of a classifier's file, and of all its arrays unpacked. Known without numpy."""


class MissingClassifier(SourceError):
    """There is no file with this classifier."""


def read_classifier_bytes(path: str) -> bytes:
    """The file's bytes, and one more than MAX_CLASSIFIER_BYTES where it has more.

    Raises SourceError when it cannot be read.
    """
    try:
        with open(path, "rb") as stream:
            return stream.read(MAX_CLASSIFIER_BYTES + 1)
    except FileNotFoundError:
        raise MissingClassifier(
            f"classifier {path} does not exist",
            hint=f"train one: rulewright model fit --from issues.jsonl --label-field label --output {path}",
        ) from None
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from error
