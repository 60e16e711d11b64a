"""What the compilation of one policy knows and collects: its facts and lists, interned paths, findings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from rulewright.compile.taint import reads_labels
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import Diagnostic, Severity, Span
from rulewright.policy.event_catalog import PathInfo, UnknownPath, describe_path, event_actions, known_roots
from rulewright.policy.kinds import KINDS
from rulewright.policy.suggestions import list_names, nearest
from rulewright.program.expression import ExpressionError, check_expression, parse_expression, root_paths
from rulewright.program.paths import PathTable, reads_everything, rewrite

if TYPE_CHECKING:
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import Policy
    from rulewright.program.expression.syntax_tree import Ast


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
    config: Config = field(default_factory=Config)

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

    def list_named(self, name: str, span: Span) -> tuple[Json, ...] | None:
        """A list of the policy, marked as used; None after reporting that there is none of that name."""
        values = self.policy.lists.get(name)
        if values is None:
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
        try:
            ast = parse_expression(text)
        except ExpressionError as error:
            self.report(
                "RW401",
                f"`{text}` is not a valid expression: {error.message}",
                span,
                hint=error.hint or _parse_position_hint(text, error.position),
            )
            return None
        problems = check_expression(ast)
        if reads_everything(ast):
            problems.append("`@` is the whole event, which a condition cannot depend on; use a path")
        for problem in problems:
            self.report("RW409", f"`{text}`: {problem}", span)
        infos = self._check_paths(ast, span, code)
        if problems or infos is None:
            return None
        number = self.table.number(rewrite(ast, self.lets, self.policy.lists))
        use = PathUse(
            number,
            untrusted=any(info.untrusted for _, info in infos),
            is_label=text in LABELS,
            label=reads_labels(root_paths(ast), self.policy.let),
        )
        return self._describe(use, ast, *infos[0]) if len(infos) == 1 else use

    def _check_paths(self, ast: Ast, span: Span, code: str) -> list[tuple[tuple[str, ...], PathInfo]] | None:
        """The segments and the meaning of each path in an expression; None after reporting those that nothing has."""
        is_known = True
        infos = []
        for segments in filter(None, map(tuple, root_paths(ast))):
            if segments[0] in self.lets:
                self.used_lets.add(segments[0])
            if segments[0] == "lists" and len(segments) > 1:
                is_known = self.list_named(segments[1], span) is not None and is_known
                if len(segments) > 2:
                    continue
            info = describe_path(segments, tuple(self.policy.on), self.policy.let)
            if isinstance(info, UnknownPath):
                self.report(code, f"unknown path `{info.path}`", span, hint=self._neighbours(info))
                is_known = False
            else:
                infos.append((segments, info))
        return infos if is_known else None

    def _describe(self, use: PathUse, ast: Ast, segments: tuple[str, ...], info: PathInfo) -> PathUse:
        """The use of an expression that reads one path, with what is known of that path's values."""
        folded = info.compare == "casefold"
        is_projection = _is_projection(ast)
        if is_projection is None:
            return replace(use, ci=folded) if _is_element(ast) else use
        elements = info.types - {"null"} if is_projection and "array" not in info.types else frozenset()
        return replace(
            use,
            types=frozenset({"array"}) if is_projection else info.types,
            format=info.format,
            ci=folded,
            values=info.values or (self._actions() if segments == ("action",) else frozenset()),
            items=info.items or elements,
        )

    def _neighbours(self, unknown: UnknownPath) -> str:
        """What may have been meant by a path that nothing has."""
        if unknown.suggestions:
            return f"did you mean `{unknown.suggestions[0]}`?"
        if unknown.path in OF_RULES:
            return f"`{unknown.path}:` is a key of the rule; indent it like `when:`"
        first = unknown.path.partition(".")[0]
        known = [*self.policy.let, *known_roots(tuple(self.policy.on))]
        return f"no event of this policy has `{first}`; paths begin with {list_names(known, limit=12)}"

    def _actions(self) -> frozenset[str]:
        """The actions of the events that the policy takes; none where one of them may have any."""
        found: set[str] = set()
        for trigger in self.policy.on:
            name, dot, action = trigger.partition(".")
            try:
                found.update([action] if dot else event_actions(name))
            except KeyError:
                return frozenset()
        return frozenset() if "*" in found else frozenset(found)


def _is_projection(ast: Ast) -> bool | None:
    """False for a dotted path, True for a projection of one (`a[].b`, a list), None for any other expression."""
    kind = ast["type"]
    if kind == "field":
        return False
    if kind == "subexpression":
        parts = [_is_projection(child) for child in ast["children"]]
        return None if None in parts else any(parts)
    if kind == "index_expression":
        return None
    if kind == "projection":
        left, right = ast["children"]
        inner = left["children"][0] if left["type"] == "flatten" else left
        ok = _is_projection(inner) is not None and (
            right["type"] == "identity" or _is_projection(right) is not None
        )
        return True if ok else None
    return None


def _is_element(ast: Ast) -> bool:
    """A path with an index in it, such as `labels[0]`: one element of a list."""
    kind = ast["type"]
    if kind == "index_expression":
        base, step = ast["children"]
        return step["type"] == "index" and _is_projection(base) is not None
    return kind == "subexpression" and all(
        _is_projection(child) is not None or _is_element(child) for child in ast["children"]
    )


def _parse_position_hint(text: str, position: int | None) -> str | None:
    if position is None:
        return None
    near = text[position : position + 12]
    return f"unexpected `{near}` at character {position + 1}" if near else "unexpected end of the expression"
