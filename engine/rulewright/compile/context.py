"""What the compilation of one policy knows and collects: its facts and lists, interned paths, findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.diagnostics import Diagnostic, Severity, Span
from rulewright.policy.kinds import KINDS
from rulewright.program.paths import PathTable, reads_everything, rewrite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.event_catalog import Unknown
    from rulewright.policy.model import Policy


@dataclass(frozen=True, slots=True)
class PathUse:
    """A path as a condition uses it. `types`: JSON types it may have (empty: not known); `format`: `duration`,
    `date-time`, `login` …; `ci`: compared without case; `untrusted`: anyone can write it; `values`: the only texts that
    it holds, where there is a closed list."""

    number: int
    types: frozenset[str] = frozenset()
    format: str | None = None
    ci: bool = False
    untrusted: bool = False
    values: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    """JSON types of a list's elements (empty: not known)."""
    is_label: bool = False
    """Whether its values are names of labels."""
    label: bool = False
    """Whether it reads labels, which a model may have chosen."""

    @property
    def is_list(self) -> bool:
        """Always a list, as far as the schema tells."""
        return bool(self.types) and self.types <= {"array", "null"} and "array" in self.types


OF_RULES: Final = frozenset({"then", "stop", "id", "description", "when"})
"""Keys of a rule, which are no paths."""
LABELS: Final = frozenset(
    {"labels", "label.name", "label", "issue.labels[].name", "pull_request.labels[].name"}
)
"""Paths whose values are names of labels."""


@dataclass(slots=True)
class Context:
    """One per policy. `lets`: name → frame key; `table` is shared by the whole program."""

    policy: Policy
    table: PathTable
    lets: dict[str, str] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)
    used_lets: set[str] = field(default_factory=set)
    used_lists: set[str] = field(default_factory=set)
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def gate(self) -> bool:
        """Gates and promotions: what is not known blocks."""
        return KINDS[self.policy.kind].blocks_on_unknown

    def span_of(self, *path: str | int) -> Span:
        """The place of a part of the policy; the policy's own where it was not read from a document."""
        source = self.policy.source
        return self.policy.span if source is None else source.span(path)

    def report(
        self, code: str, message: str, span: Span, *, hint: str | None = None, severity: Severity = "error"
    ) -> None:
        """Collect a finding, with the source line it points at."""
        document = self.policy.source
        source = (
            document.source_line(span.line) if document is not None and span.file == document.file else None
        )
        self.findings.append(Diagnostic(code, message, span, severity, hint, source))

    def list_named(self, name: str, span: Span) -> tuple[Any, ...] | None:
        """A list of the policy, marked as used; None after reporting that there is none of that name."""
        values = self.policy.lists.get(name)
        if values is None:
            from rulewright.policy.suggestions import nearest

            near = nearest(name, self.policy.lists)
            hint = f"did you mean `lists.{near}`?" if near else "declare it under `lists:`"
            self.report("RW303", f"unknown list `lists.{name}`", span, hint=hint)
            return None
        self.used_lists.add(name)
        return values

    def path(self, text: str, span: Span, *, code: str = "RW301") -> PathUse | None:
        """Parse, check and intern a path or expression; None after reporting what is wrong with it.

        Every name in it is checked against the events' schema, the facts and the lists of the policy; an unknown
        one is reported under `code`.
        """
        from rulewright.compile.taint import reads_labels
        from rulewright.program.expression import (
            ExpressionError,
            check_expression,
            parse_expression,
            root_paths,
        )

        try:
            ast = parse_expression(text)
        except ExpressionError as error:
            self.report(
                "RW401",
                f"`{text}` is not an expression: {error.message}",
                span,
                hint=error.hint or _pointer(text, error.position),
            )
            return None
        problems = check_expression(ast)
        if reads_everything(ast):
            problems.append(
                "`@` is all that is known of an event, and no condition may depend on that; name a path"
            )
        for problem in problems:
            self.report("RW409", f"`{text}`: {problem}", span)
        info = self._describe(ast, span, code)
        if problems or info is None:
            return None
        number = self.table.number(rewrite(ast, self.lets, self.policy.lists))
        return PathUse(
            number, *info, is_label=text in LABELS, label=reads_labels(root_paths(ast), self.policy.let)
        )

    def _neighbours(self, unknown: Unknown) -> str:
        """What may have been meant by a path that nothing has."""
        from rulewright.policy.event_catalog import roots
        from rulewright.policy.suggestions import list_names

        if unknown.suggestions:
            return f"did you mean `{unknown.suggestions[0]}`?"
        if unknown.path in OF_RULES:
            return f"`{unknown.path}:` belongs to the rule: indent it as `when:` is"
        first = unknown.path.partition(".")[0]
        known = [*self.policy.let, *roots(tuple(self.policy.on))]
        return f"no event of this policy has `{first}`; paths begin with {list_names(known, limit=12)}"

    def _actions(self) -> frozenset[str]:
        """The actions of the events that the policy takes; none where one of them may have any."""
        from rulewright.policy.event_catalog import actions

        found: set[str] = set()
        for trigger in self.policy.on:
            name, dot, action = trigger.partition(".")
            try:
                found.update([action] if dot else actions(name))
            except KeyError:
                return frozenset()
        return frozenset() if "*" in found else frozenset(found)

    def _describe(
        self, ast: Any, span: Span, code: str
    ) -> tuple[frozenset[str], str | None, bool, bool, frozenset[str], frozenset[str]] | None:
        """(types, format, ci, untrusted, values, items) of an expression after checking each path in it."""
        from rulewright.policy.event_catalog import Unknown, describe
        from rulewright.program.expression import root_paths

        triggers = tuple(self.policy.on)
        known = True
        untrusted = False
        infos = []
        for segments in root_paths(ast):
            if not segments:
                continue
            root = segments[0]
            if root in self.lets:
                self.used_lets.add(root)
            if root == "lists" and len(segments) > 1:
                if self.list_named(segments[1], span) is None:
                    known = False
                if len(segments) > 2:
                    continue
            info = describe(tuple(segments), triggers, self.policy.let)
            if isinstance(info, Unknown):
                hint = self._neighbours(info)
                self.report(code, f"unknown path `{info.path}`", span, hint=hint)
                known = False
                continue
            infos.append((segments, info))
            untrusted = untrusted or info.untrusted
        if not known:
            return None
        plain = _plain(ast)
        if plain is not None and len(infos) == 1:
            info = infos[0][1]
            types = frozenset({"array"}) if plain else info.types
            items = info.items or (
                info.types - {"null"} if plain and "array" not in info.types else frozenset()
            )
            values = info.values or (self._actions() if tuple(infos[0][0]) == ("action",) else frozenset())
            return types, info.format, info.compare == "casefold", untrusted, values, items
        if len(infos) == 1 and _element(ast):
            return frozenset(), None, infos[0][1].compare == "casefold", untrusted, frozenset(), frozenset()
        return frozenset(), None, False, untrusted, frozenset(), frozenset()


def _plain(ast: Any) -> bool | None:
    """False for a dotted path, True for a projection of one (`a[].b`, a list), None for any other expression."""
    kind = ast["type"]
    if kind == "field":
        return False
    if kind == "subexpression":
        parts = [_plain(child) for child in ast["children"]]
        return None if None in parts else any(parts)
    if kind == "index_expression":
        return None
    if kind == "projection":
        left, right = ast["children"]
        inner = left["children"][0] if left["type"] == "flatten" else left
        ok = _plain(inner) is not None and (right["type"] == "identity" or _plain(right) is not None)
        return True if ok else None
    return None


def _element(ast: Any) -> bool:
    """A path with an index in it, such as `labels[0]`: one element of a list."""
    kind = ast["type"]
    if kind == "index_expression":
        base, step = ast["children"]
        return step["type"] == "index" and _plain(base) is not None
    return kind == "subexpression" and all(
        _plain(each) is not None or _element(each) for each in ast["children"]
    )


def _pointer(text: str, position: int | None) -> str | None:
    if position is None:
        return None
    near = text[position : position + 12]
    return f"reading stopped at `{near}` (character {position + 1})" if near else "the text ends too early"
