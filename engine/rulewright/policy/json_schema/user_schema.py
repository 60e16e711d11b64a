"""Any JSON Schema, from draft 4 to 2020-12, as something that documents are checked against.

A schema is as little trusted as the document: its patterns run in linear time (RE2) or are refused, it
fetches nothing, the work of checking with it is counted and bounded (`work_budget.py`), and what is wrong with
it is a finding at its own place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urldefrag, urljoin

from jsonschema import Draft202012Validator, validators
from jsonschema_specifications import REGISTRY as META  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import specification_with

from rulewright.policy.diagnostics import ordered
from rulewright.policy.json_schema.bundled_schema import META_SCHEMAS, is_meta_schema
from rulewright.policy.json_schema.errors import collect_violations
from rulewright.policy.json_schema.formats import format_checker
from rulewright.policy.json_schema.local_copy import copy_names, is_address, other_id
from rulewright.policy.json_schema.patterns import compile_cost, pattern_fault, pattern_keywords
from rulewright.policy.json_schema.violation import Violation, format_path
from rulewright.policy.json_schema.work_budget import (
    MOST_DEPTH,
    MOST_UNITS,
    EndlessReferenceError,
    TooDeepError,
    WorkBudget,
    WorkExceededError,
    count_parts,
    count_work,
)
from rulewright.policy.json_types import as_object, as_text, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema import ValidationError

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.json_schema.keyword import SchemaValidator
    from rulewright.policy.json_types import Json, JsonObject, JsonPath

    Beside = Callable[[str], Json]
    """Relative path → the schema in that file, None where there is none."""

MOST_PARTS: Final = 6_000
"""Values in a schema: half a second to two seconds of checking it against its own draft."""
MOST_PATTERNS: Final = 1_000_000
"""Characters of all patterns of a schema, with counted repetitions written out."""
_REPEATS: Final = (
    "remove inner schemas that are combined with themselves, such as `allOf` with one reference twice"
)
_SPLIT: Final = "split the schema, or the document"
_NO_PATTERN_HINT: Final = "rewrite it without nested repetition, look-around and back-references"

_LITERAL: Final = frozenset({"enum", "const", "examples", "default"})
_NAMED_SCHEMAS: Final = (("properties",), ("$defs",), ("definitions",))
"""Last steps of the paths of mappings whose keys are names, and no keywords."""


@dataclass(frozen=True, slots=True)
class UserSchema:
    """A schema that is ready. `faults`: what is wrong with it, at its own places. `validator` is None when it has a
    fault that leaves nothing to check with."""

    faults: tuple[Violation, ...]
    validator: SchemaValidator | None = field(repr=False)
    budget: WorkBudget | None = field(default=None, repr=False)

    @classmethod
    def of(cls, schema: Json, *, beside: Beside | None = None) -> UserSchema:
        """Make a schema ready. `beside(relative path)` gives the schema in another file, None when there is
        none."""
        faults = _check_size(schema) or _check_draft(schema)
        if faults:
            return cls(tuple(faults), None)
        return _make_ready(schema, beside)

    @property
    def root(self) -> Json:
        """The schema itself, without its `$schema`; None where it has a fault."""
        return self.validator.schema if self.validator is not None else None

    @property
    def properties(self) -> Mapping[str, Json]:
        """The properties that the schema names at its root."""
        schema = as_object(self.validator.schema) if self.validator is not None else None
        return as_object((schema or {}).get("properties")) or {}

    def faults_in(self, document: Document, path: JsonPath = ()) -> tuple[Diagnostic, ...]:
        """The schema's faults, in the document that holds it at `path`."""
        return ordered(fault.diagnostic(document, path) for fault in self.faults)

    def check(self, document: Document, value: Json, path: JsonPath = ()) -> tuple[Diagnostic, ...]:
        """What is wrong with `value`, which stands at `path` of the document. A broken schema is a finding
        there."""
        if self.validator is None or self.budget is None:
            fault = self.faults[0]
            where = f" at {format_path(fault.path)}" if fault.path else ""
            message = f"the schema is not valid{where}: {fault.message}"
            return (document.diagnostic(fault.code, message, path, hint=fault.hint),)
        self.budget.start(value)
        try:
            violations = collect_violations(self.validator.iter_errors(value))
        except WorkExceededError:
            message = f"validation against the schema takes more than {MOST_UNITS:,} steps"
            return (document.diagnostic("RW220", message, path, hint=f"{_REPEATS}; {_SPLIT}"),)
        except Unresolvable as error:
            message = f"the schema refers to `{error.ref}`, which does not exist"
            return (document.diagnostic("RW221", message, path, hint="nothing is fetched from the network"),)
        except EndlessReferenceError:
            return (document.diagnostic("RW220", "the schema refers to itself endlessly", path),)
        except TooDeepError:
            message = f"validation against the schema is nested more than {MOST_DEPTH} keywords deep"
            return (document.diagnostic("RW220", message, path, hint=_SPLIT),)
        return ordered(violation.diagnostic(document, path) for violation in violations)

    def fits(self, value: Json) -> bool:
        """Whether a value of no document fits. One that cannot be checked does not."""
        if self.validator is None or self.budget is None:
            return False
        self.budget.start(value)
        try:
            return self.validator.is_valid(value)
        except (Unresolvable, WorkExceededError, TooDeepError):
            return False


def _check_size(schema: Json) -> list[Violation]:
    """What keeps a value from being looked at as a schema: its type, an unknown draft, its size."""
    if not isinstance(schema, dict | bool):
        return [Violation("RW220", "a schema must be a mapping, true or false", ())]
    dialect = schema.get("$schema") if isinstance(schema, dict) else None
    if dialect is not None and not is_meta_schema(dialect):
        hint = f"use one of {', '.join(META_SCHEMAS)}"
        return [
            Violation("RW220", "`$schema` does not name a known JSON Schema draft", ("$schema",), hint=hint)
        ]
    if count_parts(schema, MOST_PARTS) > MOST_PARTS:
        return [Violation("RW220", f"the schema has more than {MOST_PARTS:,} parts", (), hint=_SPLIT)]
    if sum(map(compile_cost, {text for _, text in _patterns_in(schema)})) > MOST_PATTERNS:
        return [
            Violation(
                "RW222", "the patterns of the schema are too large", (), hint="reduce the repetition counts"
            )
        ]
    return []


def _check_draft(schema: Json) -> list[Violation]:
    """What a schema does not meet of the schema of its own draft."""
    base: Any = validators.validator_for(schema, default=Draft202012Validator)  # type: ignore[arg-type]
    errors: Iterator[ValidationError] = base(base.META_SCHEMA).iter_errors(schema)
    return [replace(violation, code="RW220") for violation in collect_violations(errors)]


def _make_ready(schema: Json, beside: Beside | None) -> UserSchema:
    """A schema that its draft allows, with its references and patterns checked."""
    base: Any = validators.validator_for(schema, default=Draft202012Validator)  # type: ignore[arg-type]
    meta = base.META_SCHEMA
    specification = specification_with(meta.get("$id") or meta["id"])
    plain = _without_dialect(schema)
    budget = WorkBudget(plain)
    retrieve = _Retriever(_folder_of(schema), beside, budget, specification)
    registry: Any = Registry(retrieve=retrieve).combine(META)  # type: ignore[call-arg]
    resource = specification.create_resource(plain)
    # Crawled once: else each look at an `$anchor` or `$id` would go through the whole schema.
    crawled = registry.with_resource(resource.id() or "", resource).crawl()
    resolver = crawled.resolver(base_uri=resource.id() or "")
    faults = [*_check_references(schema, resolver), *_check_patterns(schema)]
    if faults:
        return UserSchema(tuple(faults), None)
    keywords = {**base.VALIDATORS, **pattern_keywords()}
    checked = validators.extend(base, count_work(keywords, budget))  # type: ignore[no-untyped-call]
    validator = checked(plain, registry=crawled, format_checker=format_checker(), _resolver=resolver)
    return UserSchema((), cast("SchemaValidator", validator), budget)


@dataclass(slots=True, eq=False)
class _Retriever:
    """Finds the schema of a reference in the files beside a schema whose own `$id` is in `folder`."""

    folder: str
    beside: Beside | None
    budget: WorkBudget
    specification: Any
    known: dict[str, Any] = field(default_factory=dict)

    def __call__(self, uri: str) -> Any:
        """The resource. Raises NoSuchResource where there is none."""
        if uri not in self.known:
            schema = self._read(uri)
            if schema is None:
                raise NoSuchResource(ref=uri)  # type: ignore[call-arg]
            contents = _without_dialect(schema)
            self.budget.add_schema(contents)
            self.known[uri] = Resource.from_contents(contents, default_specification=self.specification)
        return self.known[uri]

    def _read(self, uri: str) -> Json:
        """The schema of a reference in a file beside: by its path, or a copy of what is at a network address."""
        name = uri.removeprefix(self.folder)
        if self.beside is None or name.startswith("/"):
            return None
        if not is_address(name):
            return self.beside(name)
        copies = (self.beside(copy) for copy in copy_names(name))
        return next((copy for copy in copies if copy is not None and other_id(copy, name) is None), None)


def _folder_of(schema: Json) -> str:
    """The folder of the schema's own absolute `$id`; empty where it has none."""
    known = as_object(schema) or {}
    own = known.get("$id", known.get("id"))
    return urljoin(own, ".") if isinstance(own, str) and "://" in own else ""


def _without_dialect(schema: Json) -> Json:
    """The schema without its `$schema`: jsonschema would pick another validator class by it half-way."""
    return (
        {key: value for key, value in schema.items() if key != "$schema"}
        if isinstance(schema, dict)
        else schema
    )


def _walk(schema: Json, path: JsonPath = ()) -> Iterator[tuple[JsonPath, JsonObject]]:
    """Every mapping of a schema that can be a schema, with its path; literal values are left out."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            if key not in _LITERAL or path[-1:] == ("properties",):
                yield from _walk(value, (*path, key))
    elif isinstance(schema, list):
        for number, value in enumerate(schema):
            yield from _walk(value, (*path, number))


def _patterns_in(schema: Json) -> Iterator[tuple[JsonPath, str]]:
    """Every regular expression of a schema, with its place."""
    for path, node in _walk(schema):
        if path[-1:] in _NAMED_SCHEMAS:
            continue
        if (text := as_text(node.get("pattern"))) is not None:
            yield (*path, "pattern"), text
        for text in as_object(node.get("patternProperties")) or ():
            yield (*path, "patternProperties", text), text


def _check_patterns(schema: Json) -> Iterator[Violation]:
    """Patterns that cannot be used."""
    for path, text in _patterns_in(schema):
        if (fault := pattern_fault(text)) is not None:
            yield Violation("RW222", fault, path, hint=_NO_PATTERN_HINT)


def _check_references(schema: Json, resolver: Any) -> Iterator[Violation]:
    """References that lead nowhere. Those below an `$id` of their own are left to the moment they are
    followed."""
    for path, node in _walk(schema):
        ref = node.get("$ref")
        if not isinstance(ref, str) or path[-1:] in _NAMED_SCHEMAS:
            continue
        if any(isinstance(part.get("$id", part.get("id")), str) for part in _ancestors(schema, path)):
            continue
        try:
            resolver.lookup(ref)
        except Unresolvable:
            is_far = "://" in urldefrag(ref).url
            message = f"`{ref}` is a network address" if is_far else f"`{ref}` cannot be resolved"
            hint = "save a copy of the schema next to this one; nothing is fetched" if is_far else None
            yield Violation("RW221", message, (*path, "$ref"), hint=hint)


def _ancestors(schema: Json, path: JsonPath) -> Iterator[JsonObject]:
    """The mappings on the way to a part of the schema, its own included, the root excluded."""
    for step in path:
        schema = value_at(schema, (step,))
        if isinstance(schema, dict):
            yield schema
