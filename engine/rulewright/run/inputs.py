"""What commands and the terminal interface are given: which policies, the evaluation time, facts by name."""

from __future__ import annotations

import contextlib
import json
import os

from rulewright.policy.diagnostics import PolicyError, UsageError, has_errors, translate_os_errors
from rulewright.policy.private_cache import read_entry, write_entry
from rulewright.policy.sha256 import sha256


def evaluation_moment(text: str | None) -> str | None:
    """`--now` as an ISO 8601 time in UTC (`2026-01-05T09:00:00Z`). Raises UsageError for anything else."""
    if text is None:
        return None
    from rulewright.facts.gather import normalize_moment

    try:
        return normalize_moment(text)
    except UsageError:
        raise UsageError(
            f"--now is not a timestamp: {text!r}", hint="use ISO 8601, such as 2026-01-05T09:00:00Z"
        ) from None


def given_facts(path: str | None) -> dict[str, object] | None:
    """The facts of `--given FILE`: a JSON or YAML mapping of names to values.

    Raises UsageError and SourceError.
    """
    if path is None:
        return None
    with translate_os_errors(f"cannot read {path}"), open(path, "rb") as stream:
        data = stream.read()
    try:
        facts = json.loads(data)
    except (ValueError, RecursionError):
        facts = given_yaml(path, data)
    if not isinstance(facts, dict):
        raise UsageError(
            f"{path} is not a mapping of fact names to values", hint='such as {"severity": "high"}'
        )
    return facts


def given_yaml(path: str, data: bytes) -> object:
    """The only document of a YAML file, read with the same reader as policies."""
    from rulewright.policy.document import read_documents

    documents, diagnostics = read_documents(path, data)
    if has_errors(diagnostics):
        raise PolicyError(diagnostics)
    return documents[0].data if len(documents) == 1 else None


def policy_paths(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths of the arguments; else those of `rulewright.yaml`; else `rules/`.

    Raises UsageError if none exists.
    """
    if paths:
        return paths
    for config in ("rulewright.yaml", "rulewright.yml"):
        if os.path.isfile(config):
            configured = configured_paths(config)
            if configured:
                return configured
            break
    if os.path.isdir("rules"):
        return ("rules",)
    raise UsageError(
        "no policies found: no folder rules/ and none in rulewright.yaml",
        hint="pass a policy file or a folder of policies",
    )


def configured_paths(config: str) -> tuple[str, ...]:
    """The policies that a configuration names, cached by its content, so that a warm run imports no YAML.

    Raises PolicyError if the file has errors, SourceError if it cannot be read.
    """
    with translate_os_errors(f"cannot read {config}"), open(config, "rb") as stream:
        name = sha256(f"{os.getcwd()}\0{config}\0".encode("utf-8", "surrogateescape") + stream.read())
    remembered = read_entry("paths", f"{name.hexdigest()}.json")
    if remembered is not None:
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            return tuple(str(path) for path in json.loads(remembered))
    from rulewright.policy.config_reader import read_config

    found = read_config().policies
    write_entry("paths", f"{name.hexdigest()}.json", json.dumps(found).encode())
    return found
