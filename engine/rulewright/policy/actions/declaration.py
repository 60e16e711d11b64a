"""What is declared of an action, as data: everything that is known about it without a subject.

How an action behaves is in `rulewright.actions`, how it is written to GitHub in `rulewright.github.writes`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rulewright.policy.config import Config
    from rulewright.policy.json_types import Json, JsonObject

ReferenceKind = Literal["text", "template", "fact", "rule", "label", "login", "channel"]
"""What the text of an argument names; `text` may hold `{{ path }}`, and so may a label or a login."""

PermissionScope = Literal["none", "subject", "assignees", "issues", "projects", "channel"]
"""Where an action writes: on its subject, on any issue of the repository, on a board, by a channel. `assignees` is
`subject`, and what a coding agent asks for where one is assigned."""

Memory = Literal["none", "change", "lasting"]
"""Whether an effect on the subject shows that the rule ran: not at all, only as long as something new is there, or by
something that stays on the subject. Its notifications are remembered by that."""

Claim = tuple[str, "Json"]
"""A field and the value that it should have: `("label:bug", True)`, `("state", "closed")`."""

ConfiguredName = tuple[str, "Json", "Iterable[str]"]
"""What a name is (`milestone`), the name, and the names that rulewright.yaml declares."""

EMITTED: Final = frozenset({"channel", "issues", "output", "verdict"})
"""Members of `ActionDeclaration.changes` that are no part of a subject."""


class ActionDeclaration(NamedTuple):
    """One action. The schemas of policies, plans and tests, and docs/actions.md, are generated from these."""

    name: str
    description: str
    arguments: JsonObject
    """JSON Schema of the arguments as a policy writes them."""
    examples: tuple[Json, ...]
    """Arguments as a policy writes them; None is the action's name alone."""
    effect: JsonObject
    """JSON Schema of the arguments of a planned effect."""
    changes: frozenset[str]
    """The parts of a snapshot that an effect may change, or members of `EMITTED`."""
    short_form: str = ""
    """The argument that a value stands for where the arguments are no mapping."""
    refers_to: Mapping[str, ReferenceKind] = MappingProxyType({})
    """Argument → what its text names. An argument that is not here holds no template and names nothing."""
    forbids_marked_text: Mapping[str, str] = MappingProxyType({})
    """Argument → what text that anyone, or a model, may have written may not do in it."""
    item_argument: str = ""
    """The argument that is a list, with one claim for each of its items in their order."""
    permission: PermissionScope = "none"
    role: Literal["read", "triage", "write"] = "read"
    """The repository role that a person needs besides the permission of a token."""
    reads: frozenset[str] = frozenset()
    """The parts of a payload that a plan must have seen: what is there already, and what people did."""
    memory: Memory = "none"
    notifies_people: bool = False
    """Whether GitHub sends notifications of the change, which are limited more strictly than other writes."""
    annotation: Literal["error", "warning", "notice"] | None = None
    """The level of the annotation that a run in GitHub Actions shows for an effect, with its words."""
    undo: str = ""
    """What undoing an effect does, for docs/actions.md; empty for what cannot be undone."""
    claims: Callable[[Mapping[str, Json]], Iterator[Claim]] = lambda arguments: iter(())
    """The claims of an effect's arguments. The static analysis asks with those arguments of a policy that are written
    out, valid or not, so any of them may be absent."""
    changes_only_claims: bool = False
    """Whether an effect does nothing but what it claims."""
    configured_names: Callable[[Mapping[str, Json], Config], Iterator[ConfiguredName]] = (
        lambda arguments, config: iter(())
    )
    """The names among written-out arguments that rulewright.yaml (second argument) may declare."""

    @property
    def emission(self) -> bool:
        """Whether an effect changes nothing of the subject; then it happens at least once, not once."""
        return self.changes <= EMITTED

    @property
    def stays_in_run(self) -> bool:
        """Whether an effect reaches nobody outside the run."""
        return self.permission == "none"

    def named(self, arguments: Json) -> Mapping[str, Json]:
        """The arguments as a mapping: the short form is written under its name. None gives no arguments."""
        if isinstance(arguments, dict) and set(arguments) != {"fact"}:
            return arguments
        return {} if arguments is None else {self.short_form: arguments}
