"""One diagnostic code with what its documentation page says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A stable code. `summary`, `why` and `fix` are Markdown sentences; `example` is YAML (or a command) that
    is wrong. `name` is kebab-case and unique; a code once released is never given another meaning.
    """

    code: str
    name: str
    summary: str
    why: str = ""
    example: str = ""
    fix: str = ""


def table(*entries: Code) -> dict[str, Code]:
    """Code → entry. Raises ValueError when a code stands twice: two authors cannot claim one number."""
    out: dict[str, Code] = {}
    for entry in entries:
        if entry.code in out:
            raise ValueError(f"diagnostic code {entry.code} is defined twice")
        out[entry.code] = entry
    return out
