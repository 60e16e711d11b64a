"""Outputs of a run: lines in the file that Actions names, with a delimiter that no value can hold."""

from __future__ import annotations

import json
import re
import secrets
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""As the schema of `set_output` has it. The file is read line by line: another name could begin a line of its own."""


def write_output(arguments: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Append `{"name", "value"}` to the file `GITHUB_OUTPUT`; without one, the plan alone says it.

    Raises SourceError when the name is none, or the file cannot be written.
    """
    place = environ.get("GITHUB_OUTPUT")
    if not place:
        return
    name, value = arguments["name"], arguments["value"]
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        shown = json.dumps(str(name)[:60])
        raise SourceError(f"{shown} is no name of an output", hint="letters, digits, `_` and `-`")
    text = value if isinstance(value, str) else json.dumps(value)
    end = f"rulewright-{secrets.token_hex(16)}"
    try:
        with open(place, "a", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            stream.write(f"{name}<<{end}\n{text}\n{end}\n")
    except OSError as error:
        raise SourceError(f"the output {name} cannot be written: {error.strerror or error}") from None
