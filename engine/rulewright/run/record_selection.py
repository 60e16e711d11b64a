"""Which records of a journal a command takes, and what the journal has instead if there are none."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.diagnostics import UsageError
from rulewright.policy.suggestions import did_you_mean, list_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LISTED_NAMES: Final = 8
SHOWN_HASH: Final = 12
"""Characters of a plan's hash in a hint, as in reports."""


class RecordFilter(NamedTuple):
    """What a record must have; None takes all.

    `number` is that of the issue or pull request, `rule` is `policy/rule` or the rule alone, `plan` a hash's beginning.
    """

    kind: str | None = None
    number: int | None = None
    rule: str | None = None
    plan: str | None = None

    @property
    def names(self) -> dict[str, str]:
        """What the filter names, by word: `rule`, `subject` and `plan`."""
        named = {"rule": self.rule, "subject": self.number, "plan": self.plan}
        return {word: str(value) for word, value in named.items() if value is not None}

    def takes(self, content: Mapping[str, object]) -> bool:
        if self.kind is not None and content.get("kind") != self.kind:
            return False
        return all(_has_name(content, word, name) for word, name in self.names.items())


def select_records(
    contents: Iterable[Mapping[str, object]], chosen: RecordFilter
) -> Iterator[Mapping[str, object]]:
    """The contents that the filter takes, in order.

    None is no mistake if the journal has other kinds of records of the subject or plan: nothing was done for it.
    Otherwise raises UsageError if the filter names a rule, subject or plan and takes nothing.
    """
    remaining = iter(contents)
    passed: list[Mapping[str, object]] = []
    for content in remaining:
        if chosen.takes(content):
            return chain((content,), filter(chosen.takes, remaining))
        if chosen.names:
            passed.append({key: content[key] for key in ("kind", "target", "rule", "plan") if key in content})
    of_any_kind = chosen._replace(kind=None)
    if chosen.names and (chosen.rule is not None or not any(map(of_any_kind.takes, passed))):
        raise _explain_no_record(passed, chosen)
    return iter(())


def _name_in(content: Mapping[str, object], word: str) -> str:
    """The rule, subject or plan of a record; empty where it has none."""
    if word == "subject":
        return str(content.get("target", "")).rpartition("#")[2]
    return str(content.get(word, ""))


def _has_name(content: Mapping[str, object], word: str, name: str) -> bool:
    own = _name_in(content, word)
    if word == "plan":
        return own.startswith(name)
    return name == own or (word == "rule" and name == own.rpartition("/")[2])


def _explain_no_record(passed: list[Mapping[str, object]], chosen: RecordFilter) -> UsageError:
    for word, name in chosen.names.items():
        kinds = {content.get("kind") for content in passed if _has_name(content, word, name)}
        if not kinds:
            return _explain_unknown_name(passed, word, name)
        if word == "rule" and chosen.kind is not None and chosen.kind not in kinds:
            return UsageError(
                f"no `{chosen.kind}` record names a rule",
                hint="records of kind `effect` do: use --kind effect",
            )
    given = " and ".join(f"{word} `{name[:80]}`" for word, name in chosen.names.items())
    return UsageError(
        f"the journal has no record of {given}",
        hint="it has records of each of them, but not of all together",
    )


def _explain_unknown_name(passed: list[Mapping[str, object]], word: str, name: str) -> UsageError:
    message = f"the journal has no record of {word} `{name[:80]}`"
    known = _known_names(passed, word)
    if not known:
        return UsageError(message, hint=f"none of its records names a {word}")
    bare = [each.rpartition("/")[2] for each in known] if word == "rule" else []
    near = did_you_mean(name[:SHOWN_HASH] if word == "plan" else name, [*known, *bare])
    words = "plans, the last first" if word == "plan" else f"{word}s"
    return UsageError(message, hint=f"it has the {words}: {list_names(known, limit=LISTED_NAMES)}{near}")


def _known_names(contents: Iterable[Mapping[str, object]], word: str) -> list[str]:
    names = dict.fromkeys(name for content in contents if (name := _name_in(content, word)))
    if word == "plan":
        return [name[:SHOWN_HASH] for name in reversed(names)]
    return sorted(names, key=lambda name: (len(name), name) if word == "subject" else (0, name))
