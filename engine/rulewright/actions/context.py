"""What an action may look at while it is planned: the subject, the facts, templates and channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.escape import normalise_text
from rulewright.actions.outgoing import PLAIN, OutgoingFilter
from rulewright.actions.plan import Effect, effect_key
from rulewright.actions.template import Undetermined, render, trust_no_path
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.lazy import defer_pattern
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from rulewright.actions.template import Form
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json


class ActionContext(NamedTuple):
    """`value(path)` is None where the path is missing; `rule` is `policy/rule`."""

    target: str
    snapshot: Snapshot | None
    rule: str
    value: Callable[[str], Json]
    templates: Mapping[str, str] = {}
    channels: Container[str] | None = None
    trusted: Callable[[str], bool] = trust_no_path
    marked: Callable[[str], bool] = trust_no_path
    """Whether anyone, or a model, may have written the text that a path leads to."""
    kind: str = "issue"
    """What the subject is: `issue`, `pull_request`, `discussion`, or another thing."""
    outgoing: OutgoingFilter = PLAIN

    def render(self, text: str, form: Form = "markdown") -> str:
        """Raises Undetermined when a value is missing."""
        return render(text, self.value, form=form, trusted=self.trusted, outgoing=self.outgoing)

    def line(self, text: str) -> str:
        """The text rendered as one plain line. Raises Undetermined when a value is missing."""
        return " ".join(self.render(text, "plain").split())

    def template(self, name: str, form: Form = "markdown") -> str:
        """The template of that name, rendered."""
        if name not in self.templates:
            raise Undetermined(f"unknown template `{name}`")
        return self.render(self.templates[name], form)

    def body(self, arguments: Mapping[str, Json], form: Form = "markdown") -> str:
        """The text of `{template}` or of `{text}` / `{body}`."""
        if "template" in arguments:
            return self.template(str(arguments["template"]), form)
        return self.render(str(arguments["text" if "text" in arguments else "body"]), form)

    def read(self, value: Json) -> Json:
        """A value as written: `{fact: path}` or text with `{{ path }}` becomes what it stands for."""
        path = _path(value)
        if path and isinstance(value, dict) and len(value) == 1:
            found = self.value(path)
            if found is None:
                raise Undetermined(f"`{path}` is missing", path)
            return found if self.trusted(path) else self._cleaned(found)
        return self.render(value, "raw") if isinstance(value, str) else value

    def _cleaned(self, found: Json) -> Json:
        if isinstance(found, str):
            return self.outgoing.mask_value(normalise_text(found))
        return [self._cleaned(item) for item in found] if isinstance(found, list) else found

    def word(self, value: Json) -> str:
        """One line of text out of a value as written."""
        return _line(self.read(value), value)

    def words(self, value: Json) -> list[str]:
        """One or many texts, each once (case aside), in the order written; a fact may bring a list."""
        out: dict[str, str] = {}
        for item in value if isinstance(value, list | tuple) else (value,):
            found = self.read(item)
            for one in found if isinstance(found, list | tuple) else (found,):
                text = _line(one, item)
                out.setdefault(text.casefold(), text)
        return list(out.values())

    def effect(self, action: str, arguments: Mapping[str, Json]) -> Effect:
        """An effect of this rule on this target, with its key."""
        key = effect_key(action, self.target, self.rule, arguments)
        emission = ACTION_DECLARATIONS[action].emission
        return Effect(action, self.target, arguments, self.rule, emission=emission, key=key)


_BREAKS: Final = defer_pattern(r"[^\S ]+")
"""Blanks other than the plain one, such as line breaks."""


def _line(found: Json, written: Json) -> str:
    place = f"`{_path(written)}`" if _path(written) else "the value"
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise Undetermined(f"{place} is not text", _path(written))
    # Names are kept as they are, double blanks too: GitHub has labels with them.
    line = _BREAKS.sub(" ", normalise_text(str(found))).strip()
    if not line:
        raise Undetermined(f"{place} is empty", _path(written))
    return line


def _path(value: Json) -> str:
    path = value.get("fact") if isinstance(value, dict) else None
    return path if isinstance(path, str) else ""
