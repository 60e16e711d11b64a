"""How one local model is run: the settings out of a model configuration, and what of them alters answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class LlamaSettings(NamedTuple):
    """One model file and how it is run. Times are in seconds, sizes in bytes."""

    path: str
    sha256: str = ""
    """64 hexadecimal digits; provenance, and the key of what is kept between runs."""
    name: str = ""
    context: int = 4096
    batch: int = 512
    threads: int = 2
    gpu_layers: int = 0
    seed: int = 0
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 512
    embedding: bool = False
    chat_template: str | None = None
    timeout: float = 60.0
    """Of one answer, from when its turn comes. The model's process is ended soon after."""
    load_timeout: float = 120.0
    memory: int | None = None
    """Of the model's process, its file among it; None: no limit."""
    states: str | None = None
    """The folder of saved prefixes; None: they are not saved."""

    def message(self) -> dict[str, Any]:
        """The first message to the model's process."""
        return self._asdict()

    def identity(self) -> Mapping[str, Any]:
        """What alters an answer. Threads do not: scores are rounded to more than what they change."""
        names = ("sha256", "context", "batch", "gpu_layers", "seed", "temperature", "top_p", "max_tokens")
        return {**{name: getattr(self, name) for name in names}, "chat_template": self.chat_template}
