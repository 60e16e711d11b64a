"""Outputs of a run: lines in the file that Actions names, with a delimiter that no value can hold."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["write_output"]


def write_output(arguments: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Append `{"name", "value"}` to the file `GITHUB_OUTPUT`; without one, the plan alone says it.

    Raises SourceError when the file cannot be written.
    """
    place = environ.get("GITHUB_OUTPUT")
    if not place:
        return
    value = arguments["value"]
    text = value if isinstance(value, str) else json.dumps(value)
    end = f"rulewright-{secrets.token_hex(16)}"
    try:
        with open(place, "a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(f"{arguments['name']}<<{end}\n{text}\n{end}\n")
    except OSError as error:
        raise SourceError(
            f"the output {arguments['name']} cannot be written: {error.strerror or error}"
        ) from None
