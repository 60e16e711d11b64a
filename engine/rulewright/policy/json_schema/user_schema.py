"""Any JSON Schema, from draft 4 to 2020-12, as something that documents are checked against.

A schema is as little trusted as the document: its patterns run in linear time (RE2) or are refused, it
fetches nothing, the work of checking with it is counted and bounded (`work_budget.py`), and what is wrong with
it is a finding at its own place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urldefrag, urljoin

from rulewright.policy.diagnostics import ordered
from rulewright.policy.json_schema.errors import violations
from rulewright.policy.json_schema.violation import place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document

Path = tuple[str | int, ...]

META_SCHEMAS: Final = (
    "http://json-schema.org/draft-04/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
)
"""What `$schema` of a JSON Schema may name. A document that names one is itself a schema."""

MOST_PARTS: Final = 6_000
"""Values in a schema: half a second to two seconds of checking it against its own draft."""
MOST_PATTERNS: Final = 1_000_000
"""Characters of all patterns of a schema, with counted repetitions written out."""
REPEATS: Final = (
    "look for inner schemas that are combined with themselves, such as `allOf` of one reference twice"
)
SPLIT: Final = "split the schema, or the document"

LITERAL: Final = frozenset({"enum", "const", "examples", "default"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a schema, and where in it."""

    code: str
    message: str
    path: Path = ()
    hint: str | None = None
    key: bool = False


@dataclass(frozen=True, slots=True)
class UserSchema:
    """A schema that is ready. `validator` is None when it has a fault that leaves nothing to check with."""

    faults: tuple[Fault, ...]
    validator: Any = field(repr=False)
    budget: Any = field(default=None, repr=False)

    @classmethod
    def of(cls, schema: Any, *, beside: Callable[[str], Any] | None = None) -> UserSchema:
        """Make a schema ready. `beside(relative path)` gives the schema in another file, None when there is
        none."""
        if not isinstance(schema, (dict, bool)):
            return cls((Fault("RW220", "a schema is a mapping, or true or false"),), None)
        dialect = schema.get("$schema") if isinstance(schema, dict) else None
        if dialect is not None and not is_meta(dialect):
            known = ", ".join(META_SCHEMAS)
            fault = Fault(
                "RW220", "`$schema` of a schema names no known draft", ("$schema",), f"one of {known}"
            )
            return cls((fault,), None)
        return _made(cls, schema, dialect, beside)

    @property
    def properties(self) -> Mapping[str, Any]:
        """The properties that the schema names at its root."""
        schema = self.validator.schema if self.validator is not None else {}
        named = schema.get("properties") if isinstance(schema, dict) else None
        return named if isinstance(named, dict) else {}

    def at_schema(self, document: Document, path: Path = ()) -> tuple[Diagnostic, ...]:
        """The schema's faults, in the document that holds it at `path`."""
        return ordered(
            document.diagnostic(f.code, f.message, (*path, *f.path), key=f.key, hint=f.hint)
            for f in self.faults
        )

    def check(self, document: Document, value: Any, path: Path = ()) -> tuple[Diagnostic, ...]:
        """What is wrong with `value`, which stands at `path` of the document. A broken schema is a finding
        there."""
        if self.validator is None:
            fault = self.faults[0]
            where = f" at {place(fault.path)}" if fault.path else ""
            message = f"the schema is not valid{where}: {fault.message}"
            return (document.diagnostic(fault.code, message, path, hint=fault.hint),)
        from referencing.exceptions import Unresolvable

        from rulewright.policy.json_schema.work_budget import (
            MOST_DEPTH,
            MOST_UNITS,
            EndlessReferenceError,
            TooDeepError,
            WorkExceededError,
        )

        self.budget.start(value)
        try:
            found = violations(self.validator.iter_errors(value))
        except WorkExceededError:
            message = f"checking against the schema takes more than {MOST_UNITS:,} steps"
            return (document.diagnostic("RW220", message, path, hint=f"{REPEATS}; {SPLIT}"),)
        except Unresolvable as error:
            message = f"the schema refers to `{error.ref}`, which is not there"
            return (document.diagnostic("RW221", message, path, hint="nothing is fetched from the network"),)
        except EndlessReferenceError:
            return (document.diagnostic("RW220", "the schema refers to itself without end", path),)
        except TooDeepError:
            message = f"checking against the schema goes more than {MOST_DEPTH} keywords deep"
            return (document.diagnostic("RW220", message, path, hint=SPLIT),)
        return ordered(
            document.diagnostic(v.code, v.message, (*path, *v.path), key=v.key, hint=v.hint) for v in found
        )

    def fits(self, value: Any) -> bool:
        """Whether a value of no document fits. One that cannot be checked does not."""
        from referencing.exceptions import Unresolvable

        from rulewright.policy.json_schema.work_budget import TooDeepError, WorkExceededError

        if self.validator is None:
            return False
        self.budget.start(value)
        try:
            return bool(self.validator.is_valid(value))
        except (Unresolvable, WorkExceededError, TooDeepError):
            return False


def is_meta(dialect: Any) -> bool:
    return isinstance(dialect, str) and dialect.rstrip("#") in META_SCHEMAS


def _made(
    cls: type[UserSchema], schema: Any, dialect: str | None, beside: Callable[[str], Any] | None
) -> UserSchema:
    from jsonschema import Draft202012Validator, ValidationError, validators
    from jsonschema_specifications import REGISTRY as META  # type: ignore[import-untyped]
    from referencing import Registry, Resource
    from referencing.exceptions import NoSuchResource
    from referencing.jsonschema import lookup_recursive_ref, specification_with

    from rulewright.policy.json_schema.formats import format_checker
    from rulewright.policy.json_schema.patterns import compile_cost, pattern_fault, pattern_keywords
    from rulewright.policy.json_schema.work_budget import Budget, count_work, parts

    if parts(schema, MOST_PARTS) > MOST_PARTS:
        return cls((Fault("RW220", f"the schema has more than {MOST_PARTS:,} parts", hint=SPLIT),), None)
    if sum(compile_cost(text) for text in {text for _, text in patterns(schema)}) > MOST_PATTERNS:
        return cls(
            (Fault("RW222", "the patterns of the schema are too large", hint="repeat less in them"),), None
        )
    base = validators.validator_for(schema, default=Draft202012Validator)
    faults = [
        Fault("RW220", v.message, v.path, v.hint, v.key)
        for v in violations(base(base.META_SCHEMA).iter_errors(schema))
    ]
    if faults:
        return cls(tuple(faults), None)
    meta: Any = base.META_SCHEMA
    specification = specification_with(meta.get("$id") or meta["id"])
    own = schema.get("$id", schema.get("id")) if isinstance(schema, dict) else None
    folder = urljoin(own, ".") if isinstance(own, str) and "://" in own else ""

    plain = without_dialect(schema)
    budget = Budget(plain, lookup_recursive_ref, ValidationError)
    resources: dict[str, Any] = {}

    def retrieve(uri: str) -> Any:
        if uri not in resources:
            resources[uri] = fetched(uri)
        return resources[uri]

    def fetched(uri: str) -> Any:
        name = uri.removeprefix(folder)
        found = (
            beside(name) if beside is not None and "://" not in name and not name.startswith("/") else None
        )
        if found is None:
            raise NoSuchResource(ref=uri)  # type: ignore[call-arg]
        contents = without_dialect(found)
        budget.add_schema(contents)
        return Resource.from_contents(contents, default_specification=specification)

    registry: Any = Registry(retrieve=retrieve).combine(META)  # type: ignore[call-arg]
    resource = specification.create_resource(plain)
    # Crawled once: else each look at an `$anchor` or `$id` would go through the whole schema.
    crawled = registry.with_resource(resource.id() or "", resource).crawl()
    resolver = crawled.resolver(base_uri=resource.id() or "")
    problems = [
        *reference_faults(schema, resolver),
        *(
            Fault("RW222", fault, path, "write it without nested repetition, look-around and back-references")
            for path, text in patterns(schema)
            if (fault := pattern_fault(text)) is not None
        ),
    ]
    if problems:
        return cls(tuple(problems), None)
    keywords = {**base.VALIDATORS, **pattern_keywords()}
    checked = validators.extend(base, count_work(keywords, budget))  # type: ignore[no-untyped-call]
    validator = checked(plain, registry=crawled, format_checker=format_checker(), _resolver=resolver)
    return cls((), validator, budget)


def without_dialect(schema: Any) -> Any:
    """The schema without its `$schema`: jsonschema would pick another validator class by it half-way."""
    return {k: v for k, v in schema.items() if k != "$schema"} if isinstance(schema, dict) else schema


def walk(schema: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every mapping of a schema that can be a schema, with its path; literal values are left out."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            if key not in LITERAL or path[-1:] == ("properties",):
                yield from walk(value, (*path, key))
    elif isinstance(schema, list):
        for number, value in enumerate(schema):
            yield from walk(value, (*path, number))


def patterns(schema: Any) -> Iterator[tuple[Path, str]]:
    """Every regular expression of a schema, with its place."""
    for path, node in walk(schema):
        if path[-1:] in (("properties",), ("$defs",), ("definitions",)):
            continue
        if isinstance(node.get("pattern"), str):
            yield (*path, "pattern"), node["pattern"]
        by_pattern = node.get("patternProperties")
        if isinstance(by_pattern, dict):
            for text in by_pattern:
                yield (*path, "patternProperties", text), text


def reference_faults(schema: Any, resolver: Any) -> Iterator[Fault]:
    """References that lead nowhere. Those below an `$id` of their own are left to the moment they are
    followed."""
    from referencing.exceptions import Unresolvable

    for path, node in walk(schema):
        ref = node.get("$ref")
        if not isinstance(ref, str) or path[-1:] in (("properties",), ("$defs",), ("definitions",)):
            continue
        if any(isinstance(part.get("$id", part.get("id")), str) for part in ancestors(schema, path)):
            continue
        try:
            resolver.lookup(ref)
        except Unresolvable:
            target = urldefrag(ref).url
            far = "://" in target
            message = f"`{ref}` is on the network" if far else f"`{ref}` leads nowhere"
            hint = "nothing is fetched: copy the schema beside this one" if far else None
            yield Fault("RW221", message, (*path, "$ref"), hint)


def ancestors(schema: Any, path: Path) -> Iterator[Mapping[str, Any]]:
    node = schema
    for part in path:
        node = node[part]
        if isinstance(node, dict):
            yield node
