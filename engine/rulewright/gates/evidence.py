"""Evidence: everything that decided, in one file, from which the verdict can be computed again anywhere.

It holds the text of the policies, every sample as it was read, the moment and the commit, and the results. It holds no
secret: samples name files and hosts, and never a token.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.gates.gate_run import GateRun, describe_run, judge_gates, select_gates
from rulewright.measurements.sample_json import sample_from_json, sample_to_json
from rulewright.policy.canonical import canonical_json, digest
from rulewright.policy.diagnostics import PolicyError, SourceError, UsageError
from rulewright.policy.json_types import as_object, as_text, as_texts
from rulewright.policy.strict_json import decode_utf8, parse_strictly

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.measurements.sample import Sample
    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.program import Program

VERSION: Final = 1


class Evidence(NamedTuple):
    """What decided. `files`: path below a common folder → text of the policies and what they include; `gates`: name of
    a gate → its path as shown; `samples`: gate → objective → sample; `ignored_waivers`: objectives (`gate/id`) whose
    waiver did not count; `results`: what was decided, as JSON."""

    files: Mapping[str, str]
    gates: Mapping[str, str]
    samples: Mapping[str, Mapping[str, Sample]]
    now: str
    commit: str
    ignored_waivers: tuple[str, ...]
    results: JsonObject


def build_evidence(
    gates: Iterable[CompiledPolicy],
    samples: Mapping[str, Mapping[str, Sample]],
    run: GateRun,
) -> JsonObject:
    """The evidence as JSON. Raises SourceError where a policy's file cannot be read again."""
    # Includes are known to the reader of policies, which a warm run does without.
    from rulewright.policy.policy_reader import read_policies

    named = {gate.name: gate.file for gate in gates}
    _, _, read = read_policies([Path(path) for path in dict.fromkeys(named.values())])
    paths = [os.path.abspath(path) for path, _ in read]
    root = os.path.commonpath([os.path.dirname(path) for path in paths])
    files = {_slashed(os.path.relpath(path, root)): _read_text(path) for path in paths}
    return _compose(files, named, samples, run)


def rebuild_evidence(evidence: Evidence, run: GateRun) -> JsonObject:
    """The evidence as JSON, with the results of a replay."""
    return _compose(evidence.files, evidence.gates, evidence.samples, run)


def _compose(
    files: Mapping[str, str],
    gates: Mapping[str, str],
    samples: Mapping[str, Mapping[str, Sample]],
    run: GateRun,
) -> JsonObject:
    return {
        "version": VERSION,
        "now": run.now,
        "commit": run.commit,
        "ignored_waivers": [*run.ignored_waivers],
        "gates": dict(sorted(gates.items())),
        "files": dict(sorted(files.items())),
        "samples": {
            gate: {name: sample_to_json(sample) for name, sample in sorted(found.items())}
            for gate, found in sorted(samples.items())
        },
        "results": describe_run(run),
    }


def evidence_hash(evidence: Mapping[str, Json]) -> str:
    """SHA-256 of the canonical JSON, as 64 hexadecimal digits."""
    return digest(evidence)


def evidence_bytes(evidence: Mapping[str, Json]) -> bytes:
    """The bytes of the file: canonical JSON and a line break."""
    return canonical_json(evidence) + b"\n"


def read_evidence(path: str, data: bytes) -> Evidence:
    """The evidence of a file. Raises SourceError for another document."""
    try:
        document = as_object(parse_strictly(decode_utf8(data)))
    except ValueError as error:
        raise SourceError(f"{path} is no evidence: {error}") from None
    if document is None or document.get("version") != VERSION:
        raise SourceError(
            f"{path} is no evidence of version {VERSION}",
            hint="write it with `rulewright gate --evidence FILE`",
        )
    parts = {name: as_object(document.get(name)) for name in ("files", "gates", "samples", "results")}
    now, commit = as_text(document.get("now")), as_text(document.get("commit"))
    files, gates, samples, results = parts.values()
    if files is None or gates is None or samples is None or results is None or now is None or commit is None:
        missing = [name for name, value in {**parts, "now": now, "commit": commit}.items() if value is None]
        raise SourceError(f"{path} is no evidence: it has no {', '.join(missing)}")
    return Evidence(
        files={name: str(text) for name, text in files.items()},
        gates={name: str(shown) for name, shown in gates.items()},
        samples={
            gate: {name: sample_from_json(sample) for name, sample in (as_object(found) or {}).items()}
            for gate, found in samples.items()
        },
        now=now,
        commit=commit,
        ignored_waivers=tuple(as_texts(document.get("ignored_waivers"))),
        results=results,
    )


def replay_evidence(evidence: Evidence, program: Program | None = None) -> GateRun:
    """The run again, with the policies of the evidence or with those of `program`. Raises PolicyError or SourceError
    where the policies of the evidence do not load."""
    if program is not None:
        gates = select_gates(program)
    else:
        program, gates = load_evidence_policies(evidence)
    ignored = evidence.ignored_waivers
    return judge_gates(program, gates, evidence.samples, evidence.now, evidence.commit, ignored)


def check_results(evidence: Evidence, run: GateRun) -> tuple[str, ...]:
    """One line where the results that evidence holds are not those of its own samples and policies; else nothing."""
    if evidence.results == parse_strictly(canonical_json(describe_run(run)).decode()):
        return ()
    told = evidence.results.get("verdict")
    why = "the evidence was edited, or written by another version"
    return (f"{why}: it says {told}, and its samples give {run.verdict}",)


def load_evidence_policies(evidence: Evidence) -> tuple[Program, tuple[CompiledPolicy, ...]]:
    """The policies of the evidence and its gates, from a private folder, with the paths that were shown. Raises
    SourceError where they do not load."""
    from tempfile import TemporaryDirectory

    from rulewright.compile.loader import load

    with TemporaryDirectory(prefix="rulewright-") as folder:
        root = Path(os.path.realpath(folder))
        (root / ".git").mkdir()  # the end of the search for a configuration
        for name, text in evidence.files.items():
            _write_file(root, name, text)
        try:
            program = load(root, cache=False)
        except PolicyError as error:
            first = error.diagnostics[0]
            raise SourceError(f"the policies of the evidence do not load: {first.message}") from None
        except UsageError:
            raise SourceError("the evidence holds no policy") from None
    if not evidence.gates:
        raise SourceError("the evidence names no gate")
    try:
        found = select_gates(program, sorted(evidence.gates))
    except UsageError as error:
        raise SourceError(
            f"the policies of the evidence are others than its gates: {error.message}"
        ) from None
    return program, tuple(gate._replace(file=evidence.gates[gate.name]) for gate in found)


def _write_file(root: Path, name: str, text: str) -> None:
    """Write a file of the evidence below `root`. Raises SourceError for a path that leads elsewhere or cannot be."""
    parts = name.split("/")
    unusable = SourceError(f"the evidence has a file with the path {name[:80]!r}")
    if any(part in ("", ".", "..", ".git") for part in parts) or "\0" in name:
        raise unusable
    place = root.joinpath(*parts)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode("utf-8", "surrogatepass"))
    except (OSError, UnicodeError):  # too long, a file and a folder at once, half a character
        raise unusable from None


def _read_text(path: str) -> str:
    from rulewright.policy.file_bytes import read_bytes

    return read_bytes(Path(path)).decode("utf-8", "surrogatepass")


def _slashed(path: str) -> str:
    return path.replace(os.sep, "/")
