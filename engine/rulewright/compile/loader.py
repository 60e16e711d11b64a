"""`load`: policy files → Program, through the cache.

A warm load hashes the files and reads the compiled form; it imports neither YAML nor schema nor expression code.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from rulewright.compile.cache import FORMAT, read_cached, write_cached
from rulewright.policy.sha256 import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rulewright.policy.config import Config
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.program.program import Program

ENGINE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMPILED_BY: Final = ("policy", "program", "measurements", "compile", "kinds")
"""The packages that decide what a policy compiles to: a cached program is used only while their files are unchanged."""


def load(*paths: str | os.PathLike[str], cache: bool = True) -> Program:
    """Load every policy under `paths` (files or folders).

    Raises PolicyError with all diagnostics when there are errors, UsageError for a path that does not exist or
    when no policy is found, SourceError for what cannot be read. Warnings are in `Program.diagnostics`.
    """
    roots = [os.path.abspath(os.fspath(path)) for path in paths]
    shown = [os.fspath(path) for path in paths]
    key = _key(roots, shown)
    if cache and key is not None:
        program = read_cached(key, roots)
        if program is not None:
            return program
    program, findings, files = _build(shown)
    from rulewright.policy.diagnostics import PolicyError, has_errors

    if has_errors(findings):
        raise PolicyError(findings)
    if not program.policies:
        from rulewright.policy.diagnostics import UsageError

        raise UsageError(
            f"no policy found in {', '.join(shown) or 'nothing'}",
            hint="a policy is a YAML document with `apiVersion: rulewright/v1` and a `kind`",
        )
    program.diagnostics = findings
    if cache and key is not None:
        write_cached(key, roots, files, program)
    return program


def check_paths(paths: Iterable[str | os.PathLike[str]], start: str | None = None) -> tuple[Diagnostic, ...]:
    """Every finding about the policies under `paths`: reading, schema, references, conditions, static analysis.

    `start`: the path from which the configuration is searched; default: the first one.
    """
    return _build([os.fspath(path) for path in paths], start)[1]


def _build(
    paths: list[str], start: str | None = None
) -> tuple[Program, tuple[Diagnostic, ...], list[tuple[str, str]]]:
    from pathlib import Path

    from rulewright.compile.compiler import compile_policies
    from rulewright.policy.diagnostics import ordered
    from rulewright.policy.policy_reader import read_policies

    policies, findings, files = read_policies([Path(path) for path in paths])
    config, config_findings, config_files = _config(start or (paths[0] if paths else "."))
    program, more = compile_policies(policies, config)
    read = [(os.path.abspath(path), digest) for path, digest in (*files, *config_files)]
    return program, ordered((*merge_findings(findings, more), *config_findings)), read


def merge_findings(shape: Iterable[Diagnostic], meaning: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Both, without what one says of a place and the other says better: a quantity without a unit is no
    matter of its type, a mistaken `or:` is no matter of paths."""
    told = {finding.span: finding.code for finding in shape}
    better = {finding.span for finding in meaning if finding.code.startswith("RW4")}
    return [
        *(finding for finding in shape if finding.code != "RW204" or finding.span not in better),
        *(finding for finding in meaning if finding.code != "RW301" or told.get(finding.span) != "RW215"),
    ]


def _config(start: str) -> tuple[Config | None, tuple[Diagnostic, ...], list[tuple[str, str]]]:
    """The repository's rulewright.yaml, None where it has errors, with what is wrong with it and what was read."""
    from rulewright.policy.config_reader import load_config
    from rulewright.policy.file_bytes import read_bytes

    hashes: list[tuple[str, str]] = []

    def read(path: Path) -> bytes:
        data = read_bytes(path)
        hashes.append((str(path), sha256(data).hexdigest()))
        return data

    config, findings, _ = load_config(start, read)
    return config, findings, hashes


def _key(roots: list[str], shown: list[str]) -> str | None:
    """What the cache entry is named by: engine, roots, and the names of the files found under them."""
    state = sha256(f"{FORMAT}\0{_engine_stamp()}\0{os.getcwd()}\0{_config_file(roots)}".encode())
    for root, text in zip(roots, shown, strict=True):
        state.update(f"\0{root}\0{text}".encode("utf-8", "surrogateescape"))
        try:
            for path in _yaml_files(root):
                state.update(b"\0" + path.encode("utf-8", "surrogateescape"))
        except OSError:
            return None
    return state.hexdigest()


def _config_file(roots: list[str]) -> str:
    """Where the configuration stands that holds for these roots, so that a new one is noticed."""
    folder = os.path.realpath(roots[0] if roots else os.getcwd())
    while True:
        for name in ("rulewright.yaml", "rulewright.yml"):
            if os.path.isfile(os.path.join(folder, name)):
                return os.path.join(folder, name)
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return ""
        folder = above


def _yaml_files(root: str) -> Iterator[str]:
    """What `policy_files` may find under a root: links to folders are followed, each real folder once."""
    if not os.path.isdir(root):
        yield root
        return
    entered: set[str] = set()
    pending = [root]
    while pending:
        folder = pending.pop()
        real = os.path.realpath(folder)
        if real in entered:
            continue
        entered.add(real)
        for entry in sorted(os.scandir(folder), key=lambda e: e.name):
            if entry.name.startswith(".") or entry.name in ("node_modules", "__pycache__"):
                continue
            if entry.is_dir():
                pending.append(entry.path)
            elif entry.name.endswith((".yaml", ".yml")):
                yield entry.path


def _engine_stamp() -> str:
    """Names, sizes and times of the code that compiles, and of the schemas that it reads: another engine never
    reads this one's cache."""
    pending = [os.path.join(ENGINE, folder) for folder in COMPILED_BY]
    parts = []
    while pending:
        for entry in os.scandir(pending.pop()):
            if entry.name.endswith((".py", ".json")):
                stat = entry.stat()
                parts.append(f"{entry.path}:{stat.st_size}:{stat.st_mtime_ns}")
            elif entry.name != "__pycache__" and entry.is_dir():
                pending.append(entry.path)
    return " ".join(sorted(parts))
