"""The built-in prompts: files under `_prompts/`, named by the SHA-256 of their text.

A prompt is part of what an answer depends on, so that nobody can change one without another name: the table below,
cassettes and journals all say the hash.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from rulewright.models.task import prompt_hash
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

PROMPTS: Final[Mapping[str, str]] = {
    "classify": "119312a23bd8a9a38f3d2fff8f2bf942b52b5a0b0533127157572064125f7641",
    "extract": "598f293a8827d8a8dda511435a204ac8f75bb6afb6efe7df1e34e28d7c0ecbde",
    "summarize": "51dd5ffc3e91dbae78de54618fa39529006f885942a5fa70cdcb28a36a47d21d",
}
"""Kind of task → SHA-256 of its prompt. Embeddings take no prompt."""

_FOLDER: Final = Path(__file__).parent / "_prompts"


def load_prompt(kind: str, question: str | None = None) -> tuple[str, str]:
    """(the prompt's text, its SHA-256) for a kind of task, with the policy's own question at its end.

    Raises SourceError when the file is not there or is not the one that its name promises.
    """
    named = PROMPTS.get(kind)
    if named is None:
        text = ""
    else:
        file = _FOLDER / f"{named[:16]}.txt"
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            raise SourceError(f"The prompt {file.name} cannot be read: {error.strerror}.") from None
        if prompt_hash(text) != named:
            raise SourceError(
                f"The prompt {file.name} is not the one that its name promises.",
                hint="A changed prompt is another prompt: give it the name of its own hash.",
            )
    if question:
        text = f"{text}\n{question.strip()}\n" if text else f"{question.strip()}\n"
    return text, prompt_hash(text)
