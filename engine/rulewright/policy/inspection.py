"""Which schema a file's documents must fit, and whether they do: ours by their kind, all others by what
they name.

A document that is none of ours names its schema by `json_schema:` (the schema itself, or a file), by
`$schema` (a file, one of our names, or a draft of JSON Schema), or by a `# yaml-language-server: $schema=…`
line.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rulewright.policy.case_checks import check_cases
from rulewright.policy.config_reader import parse_config
from rulewright.policy.diagnostics import SourceError, has_errors, ordered
from rulewright.policy.document import read_documents
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.include import repository_root
from rulewright.policy.json_schema.bundled_schema import BY_KIND, is_meta_schema, load_schema, schema_names
from rulewright.policy.json_schema.check import check_document, prepare_schema
from rulewright.policy.json_schema.local_copy import copy_names, is_address, other_id
from rulewright.policy.json_types import as_object
from rulewright.policy.kinds import KIND_NAMES
from rulewright.policy.measurement_checks import check_measurement
from rulewright.policy.policy_reader import is_ours, schema_name

if TYPE_CHECKING:
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.json_schema.user_schema import UserSchema
    from rulewright.policy.json_types import Json

MODELINE: Final = re.compile(r"^#\s*yaml-language-server:\s*\$schema=(\S+)", re.MULTILINE)
CONFIGURATIONS: Final = ("rulewright.yaml", "rulewright.yml")
_KEY: Final = rb"""(?:^|[{,])\s*["']?%s["']?\s*:\s*["']?"""
VERSION: Final = re.compile(_KEY % b"apiVersion" + rb"(rulewright/)?", re.MULTILINE | re.IGNORECASE)
KIND: Final = re.compile(
    _KEY % b"kind" + rb"(?:%s)\b" % b"|".join(map(str.encode, sorted(BY_KIND))), re.MULTILINE
)
NAMED_SCHEMA: Final = re.compile(rb"""\$schema["']?\s*[:=]\s*["']?([^\s"',}]+)|\bjson_schema["']?\s*:""")
NO_SCHEMA: Final = "RW223"
HINT: Final = "name a schema with --schema, `json_schema:` or `$schema`"


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """A schema out of a file: ready to use, and what is wrong with the file."""

    ready: UserSchema | None
    findings: tuple[Diagnostic, ...]


@dataclass(slots=True)
class Inspector:
    """Checks files one by one. Schemas are read once; `policies` collects the files that hold policies."""

    policies: list[Path] = field(default_factory=list)
    schemas: dict[str, SchemaFile] = field(default_factory=dict)

    def inspect_file(
        self, path: Path, *, named: bool, schema: Path | None = None, skip_unknown: bool = False
    ) -> tuple[Diagnostic, ...]:
        """What is wrong with one file, policies' own depths aside. `named`: the file was asked for by name.

        `schema` is a schema file that every document must fit instead of its own. `skip_unknown`: nothing is said
        about a file that is none of ours and names no schema, even where it cannot be read as YAML. Raises SourceError.
        """
        data = read_bytes(path)
        if skip_unknown and schema is None and not self._names_schema(data, path):
            return ()
        documents, findings = read_documents(str(path), data)
        broken = has_errors(findings)
        if broken and (schema is not None or not any(map(is_ours, documents))):
            documents, findings = read_documents(str(path), data, any_yaml=True)
        found = list(findings)
        if schema is not None:
            chosen = self._schema_in(schema)
            found.extend(chosen.findings)
            for document in documents:
                if chosen.ready is not None:
                    found.extend(chosen.ready.check(document, document.data))
            return ordered(found)
        modeline = None
        if documents:
            match = MODELINE.search(data[:4_096].decode("utf-8", "replace"))
            modeline = match[1] if match is not None else None
        for document in documents:
            found.extend(self._inspect_document(document, path, modeline, named=named))
        if skip_unknown:
            found = [finding for finding in found if finding.code != NO_SCHEMA]
        return ordered(found)

    def _names_schema(self, data: bytes, path: Path) -> bool:
        """Whether a file is one of ours, or names a schema that is at hand. Told by its text, since it may be a
        template or JSON with comments."""
        versions = [found[1] for found in VERSION.finditer(data)]
        if path.name in CONFIGURATIONS or any(versions) or (not versions and KIND.search(data)):
            return True
        for found in NAMED_SCHEMA.finditer(data):
            name = (found[1] or b"").decode("utf-8", "replace")
            if not name or is_meta_schema(name) or not is_address(name):
                return True
            if isinstance(self._find_copy(name, path), Path):
                return True
        return False

    def _inspect_document(
        self, document: Document, path: Path, modeline: str | None, *, named: bool
    ) -> tuple[Diagnostic, ...]:
        data = document.mapping
        if path.name in CONFIGURATIONS and data.get("kind") not in KIND_NAMES:
            return (*parse_config(document, read_bytes)[1], *self._check_named_schema(document, path))
        if is_ours(document):
            return self._inspect_own_document(document, path)
        if "json_schema" in data or "$schema" in data:
            return self._check_named_schema(document, path)
        if modeline is not None:
            return self._check_by_reference(document, modeline, (), document.data, path, certain=False)
        return (
            document.diagnostic(
                NO_SCHEMA,
                "not validated: the document names no schema",
                hint=HINT,
                severity="error" if named else "info",
            ),
        )

    def _inspect_own_document(self, document: Document, path: Path) -> tuple[Diagnostic, ...]:
        name = schema_name(document)
        if document.mapping.get("kind") in KIND_NAMES:
            if path not in self.policies:
                self.policies.append(path)
            return ()
        found = check_document(document, name)
        if name == "test":
            found = (*found, *check_cases(document))
        elif name == "measurement":
            found = (*found, *check_measurement(document))
        return (
            (*found, *self._check_named_schema(document, path))
            if "json_schema" in document.mapping
            else found
        )

    def _check_named_schema(self, document: Document, path: Path) -> tuple[Diagnostic, ...]:
        """A mapping against the schema that it holds or names itself. Nothing to say when it does neither."""
        data = document.mapping
        if "json_schema" in data:
            value = {key: item for key, item in data.items() if key != "json_schema"}
            embedded = data["json_schema"]
            if isinstance(embedded, str):
                return self._check_by_reference(
                    document, embedded, ("json_schema",), value, path, certain=True
                )
            ready = prepare_schema(embedded, beside=self._schemas_beside(path))
            return ready.faults_in(document, ("json_schema",)) or ready.check(document, value)
        named = data.get("$schema")
        if named is None:
            return ()
        if not isinstance(named, str):
            return (document.diagnostic("RW204", "$schema: expected text", ("$schema",)),)
        return self._check_by_reference(document, named, ("$schema",), data, path, certain=True)

    def _check_by_reference(
        self, document: Document, name: str, at: tuple[str, ...], value: Json, path: Path, *, certain: bool
    ) -> tuple[Diagnostic, ...]:
        """`value` against the schema that `name` refers to. `certain`: the document itself says so."""
        if is_meta_schema(name):
            return prepare_schema(document.data, beside=self._schemas_beside(path)).faults_in(document)
        if is_address(name):
            found = self._find_copy(name, path)
            if isinstance(found, str):
                message = f"not validated: the schema {name[:120]} is a network address{found}"
                hint = "save a copy of the schema next to the file; nothing is fetched"
                return (
                    document.diagnostic(
                        "RW221", message, at, hint=hint, severity="warning" if certain else "info"
                    ),
                )
            target = found
        else:
            target = Path(os.path.normpath(path.parent / name.removeprefix("file://").partition("#")[0]))
        own = os.path.basename(name).removesuffix(".schema.json")
        if not os.path.isfile(target):
            if own in schema_names():
                return check_document(document, own)
            message = f"the schema {name[:120]} does not exist"
            return (
                document.diagnostic(
                    "RW224", message, at, hint="the path is relative to the folder of the document"
                ),
            )
        if not _is_within(repository_root(path), target):
            return (document.diagnostic("RW224", f"the schema {name[:120]} is outside the repository", at),)
        chosen = self._schema_in(target)
        if chosen.ready is None:
            return chosen.findings
        if at == ("$schema",) and "$schema" not in chosen.ready.properties:
            value = {key: item for key, item in (as_object(value) or {}).items() if key != "$schema"}
        return (*chosen.findings, *chosen.ready.check(document, value))

    def _find_copy(self, address: str, path: Path) -> Path | str:
        """The copy of a schema next to the document at `path`; else what to add to a message: why a file is none."""
        for name in copy_names(address):
            target = path.parent / name
            if target == path or not os.path.isfile(target) or not _is_within(repository_root(path), target):
                continue
            ready = self._schema_in(target).ready
            other = other_id(ready.root, address) if ready is not None else None
            if other is None:
                return target
            return f", and {name} next to the file has another `$id`, {other[:120]}"
        return ""

    def _schema_in(self, path: Path) -> SchemaFile:
        """The schema in a file, JSON or YAML. Raises SourceError when it cannot be read."""
        key = os.path.realpath(path)
        if key not in self.schemas:
            self.schemas[key] = self._read_schema(path)
        return self.schemas[key]

    def _read_schema(self, path: Path) -> SchemaFile:
        documents, findings = read_documents(str(path), read_bytes(path), any_yaml=True)
        if has_errors(findings) or not documents:
            return SchemaFile(None, findings)
        ready = prepare_schema(documents[0].data, beside=self._schemas_beside(path))
        faults = ready.faults_in(documents[0])
        return SchemaFile(None if faults else ready, (*findings, *faults))

    def _schemas_beside(self, path: Path) -> _SchemasBeside:
        return _SchemasBeside(path.parent, repository_root(path))


@dataclass(frozen=True, slots=True)
class _SchemasBeside:
    """Gives the schema in a file near another one, for `$ref`; None when there is none, or outside the
    repository."""

    folder: Path
    root: Path

    def __call__(self, name: str) -> Json:
        target = os.path.realpath(self.folder / name)
        if not _is_within(self.root, Path(target)) or not os.path.isfile(target):
            own = name.removesuffix(".schema.json")
            return load_schema(own) if own in schema_names() else None
        try:
            documents, findings = read_documents(target, read_bytes(Path(target)), any_yaml=True)
        except SourceError:
            return None
        if has_errors(findings) or not documents:
            return None
        return documents[0].data


def _is_within(root: Path, path: Path) -> bool:
    """Whether a path leads into the repository, its links followed."""
    return os.path.commonpath((str(root), os.path.realpath(path))) == str(root)
