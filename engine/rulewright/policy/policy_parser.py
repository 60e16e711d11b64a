"""One document → one `Policy`. What the schema refused is left out here without another word."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.condition_parser import parse_condition
from rulewright.policy.diagnostics import Diagnostic, ordered
from rulewright.policy.fact_sources import LET_SOURCES
from rulewright.policy.json_types import as_array, as_object, as_objects, as_text
from rulewright.policy.kinds import KINDS
from rulewright.policy.model import (
    ActionUse,
    FactSpec,
    Objective,
    Policy,
    Rule,
    Skip,
    Template,
    Transition,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.diagnostics import Span
    from rulewright.policy.document import Document
    from rulewright.policy.include import Included
    from rulewright.policy.json_types import Json, JsonObject, JsonPath
    from rulewright.policy.model import Condition

RESERVED: Final = frozenset(
    (
        "labels", "title", "body", "author", "sender", "state", "age", "now", "lists", "fact", "event",
        "payload", "subject", "action", "number", "changes", "issue", "pull_request", "discussion",
        "comment", "comments", "review", "label", "assignee", "milestone", "repository", "organization",
        "installation", "enterprise", "workflow", "workflow_run", "workflow_job", "check_run",
        "check_suite", "deployment", "deployment_status", "release", "ref", "commits",
        "measurement", "measurements", "promotion", "artifact", "timeline", "projects",
    )
)  # fmt: skip
"""First words of paths that every condition may use: short names and the roots of payloads."""


def parse_policy(
    document: Document, included: Included | None = None
) -> tuple[Policy | None, tuple[Diagnostic, ...]]:
    """The policy of a document, with what its schema cannot say: repeated ids, reserved names.

    None when the document has no known kind or no name. Never raises for what the document holds.
    `included` are the templates, lists and facts of its libraries; the policy's own names go first.
    """
    data = document.mapping
    metadata = _mapping(data, "metadata")
    declaration, name = KINDS.get(_text(data, "kind")), _text(metadata, "name")
    if declaration is None or not name:
        return None, ()
    reader = _SectionReader(document)
    on = reader.texts("on")
    policy = Policy(
        kind=declaration.name,
        name=name,
        file=document.file,
        span=document.span(("metadata", "name")),
        sha256=_digest_with(document, included),
        owner=_text(metadata, "owner"),
        description=_text(metadata, "description"),
        mode="observe" if data.get("mode") == "observe" else "enforce",
        is_decided_once=data.get("evaluate") == "once",
        on=tuple(word for word, _ in on) if "on" in data else declaration.default_on,
        on_spans=tuple(document.span(path) for _, path in on),
        let=reader.facts(included),
        lists=reader.lists(included),
        templates=reader.templates(included),
        skip=tuple(reader.skips()),
        rules=tuple(reader.rules(need_actions=declaration.rules_need_actions)),
        objectives=tuple(reader.objectives()),
        artifact=_mapping(data, "artifact"),
        environments=_mapping(data, "environments"),
        transitions=tuple(reader.transitions()),
        source=document,
        complete=reader.complete,
    )
    return policy, ordered(reader.findings)


def _digest_with(document: Document, included: Included | None) -> str:
    """SHA-256 over the document's own text and the text of every library that gave it a name."""
    if included is None:
        return document.sha256
    shared = (*included.let.values(), *included.lists.values(), *included.templates.values())
    parts = [document.sha256, *sorted({origin.sha256 for _, origin, _ in shared})]
    return document.sha256 if len(parts) == 1 else sha256("\n".join(parts).encode()).hexdigest()


def _text(value: JsonObject, key: str) -> str:
    return as_text(value.get(key)) or ""


def _mapping(value: JsonObject, key: str) -> JsonObject:
    return as_object(value.get(key)) or {}


class _SectionReader:
    """One pass over a document. `findings` collects; `complete` is false once a broken part was left out."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.data = document.mapping
        self.findings: list[Diagnostic] = []
        self.ids: dict[str, Span] = {}
        self.complete = True

    def texts(self, section: str) -> list[tuple[str, JsonPath]]:
        entries = as_array(self.data.get(section)) or ()
        return [(word, (section, n)) for n, word in enumerate(entries) if isinstance(word, str)]

    def entries(self, section: str) -> Iterator[tuple[str, JsonObject, JsonPath]]:
        """Every mapping of a list that has an id, with its path. A repeated id is reported and kept."""
        for number, item in enumerate(as_array(self.data.get(section)) or ()):
            path: JsonPath = (section, number)
            entry = as_object(item) or {}
            name = _text(entry, "id")
            if not name:
                self.complete = False
                continue
            at = (*path, "id")
            first = self.ids.setdefault(name, self.document.span(at))
            if first != self.document.span(at):
                self.findings.append(
                    self.document.diagnostic(
                        "RW230",
                        f"duplicate id `{name}`; first on line {first.line}",
                        at,
                        hint="use unique ids for the skips, rules, objectives and transitions of a policy",
                    )
                )
            yield name, entry, path

    def condition(self, entry: JsonObject, path: JsonPath) -> Condition | None:
        if "when" not in entry:
            self.complete = False
            return None
        return self.parse_condition(self.document, (*path, "when"))

    def parse_condition(self, document: Document, path: JsonPath) -> Condition | None:
        condition, findings, is_whole = parse_condition(document, path)
        self.findings.extend(findings)
        self.complete = self.complete and is_whole
        return condition

    def skips(self) -> Iterator[Skip]:
        for name, entry, path in self.entries("skip"):
            when = self.condition(entry, path)
            if when is not None:
                yield Skip(name, when, self.document.span((*path, "id")), _text(entry, "description"))

    def rules(self, *, need_actions: bool) -> Iterator[Rule]:
        """The rules of the document. One that does nothing is reported where `need_actions`."""
        for name, entry, path in self.entries("rules"):
            when = self.condition(entry, path)
            if when is not None:
                then = tuple(self.actions(entry, path))
                stop = entry.get("stop") is True
                # `then:` below `when:` is told as that
                if (
                    need_actions
                    and "then" not in entry
                    and not stop
                    and "then" not in _mapping(entry, "when")
                ):
                    message = f"the rule `{name}` has neither actions nor `stop: true`"
                    hint = "add actions under `then:`"
                    self.findings.append(self.document.diagnostic("RW202", message, path, hint=hint))
                yield Rule(
                    name, when, then, self.document.span((*path, "id")), _text(entry, "description"), stop
                )

    def actions(self, entry: JsonObject, path: JsonPath) -> Iterator[ActionUse]:
        for number, use in enumerate(as_array(entry.get("then")) or ()):
            at = (*path, "then", number)
            if isinstance(use, str) and use in ACTION_DECLARATIONS:
                yield ActionUse(use, None, self.document.span(at))
            elif isinstance(use, dict) and len(use) == 1 and next(iter(use)) in ACTION_DECLARATIONS:
                ((name, arguments),) = use.items()
                yield ActionUse(name, arguments, self.document.span((*at, name), key=True))
            else:
                self.complete = False

    def facts(self, included: Included | None) -> dict[str, FactSpec]:
        own = _mapping(self.data, "let")
        shared = included.let if included is not None else {}
        places = {name: (value, document, path) for name, (value, document, path) in shared.items()}
        places |= {name: (value, self.document, ("let", name)) for name, value in own.items()}
        out = {}
        for name, (written, document, path) in places.items():
            value = as_object(written) or {}
            source = next((source for source in LET_SOURCES if source in value), None)
            if source is None:
                self.complete = False
                continue
            if name in RESERVED:
                message = f"`{name}` is the name of a built-in path"
                hint = f"choose another name, such as `own_{name}`"
                self.findings.append(document.diagnostic("RW233", message, path, key=True, hint=hint))
            chosen = tuple(self.chosen(document, value, path))
            out[name] = FactSpec(name, source, value, document.span(path, key=True), chosen)
        return out

    def chosen(
        self, document: Document, value: JsonObject, path: JsonPath
    ) -> Iterator[tuple[Condition | None, ...]]:
        """The conditions of each `choose` of a fact; a broken one is left out, and the policy is not complete."""
        cases = as_array(value.get("choose"))
        if cases is not None:
            yield tuple(
                self.parse_condition(document, (*path, "choose", number, "when"))
                if isinstance(case, dict) and "when" in case
                else None
                for number, case in enumerate(cases)
            )
        if (otherwise := as_object(value.get("otherwise"))) is not None:
            yield from self.chosen(document, otherwise, (*path, "otherwise"))

    def lists(self, included: Included | None) -> dict[str, tuple[Json, ...]]:
        shared = (
            {name: value for name, (value, _, _) in included.lists.items()} if included is not None else {}
        )
        every = {**shared, **_mapping(self.data, "lists")}
        return {name: tuple(values) for name, values in every.items() if isinstance(values, list)}

    def templates(self, included: Included | None) -> dict[str, Template]:
        out = {}
        if included is not None:
            for name, (value, document, path) in included.templates.items():
                if isinstance(value, str):
                    out[name] = Template(name, value, document.span(path, key=True))
        for name, value in _mapping(self.data, "templates").items():
            if isinstance(value, str):
                out[name] = Template(name, value, self.document.span(("templates", name), key=True))
        return out

    def objectives(self) -> Iterator[Objective]:
        for name, entry, path in self.entries("objectives"):
            if not entry.keys() & {"pass", "baseline", "budget"}:
                self.findings.append(
                    self.document.diagnostic(
                        "RW232",
                        f"the objective `{name}` has no limit, so it can neither pass nor fail",
                        (*path, "id"),
                        hint="add `pass: { lte: … }`, a `baseline` or a `budget`",
                    )
                )
                self.complete = False
                continue
            yield Objective(name, entry, self.document.span((*path, "id")), _text(entry, "description"))

    def transitions(self) -> Iterator[Transition]:
        for name, entry, path in self.entries("transitions"):
            requires, target = as_array(entry.get("requires")), _text(entry, "to")
            parts = as_objects(requires)
            if not target or requires is None or len(parts) != len(requires):
                self.complete = False
                continue
            conditions = tuple(
                self.parse_condition(self.document, (*path, "requires", number))
                if not part.keys() & {"evidence", "soak", "approvals"}
                else None
                for number, part in enumerate(parts)
            )
            yield Transition(
                name,
                _text(entry, "from"),
                target,
                tuple(parts),
                self.document.span((*path, "id")),
                _text(entry, "description"),
                tuple(self.actions(entry, path)),
                conditions,
                tuple(self.document.span((*path, "requires", number)) for number in range(len(parts))),
            )
