"""Names of labels and assignees: sets without regard to case, in the order that the subject has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from rulewright.actions.plan import Effect
    from rulewright.policy.config import Config
    from rulewright.policy.json_types import Json


def fold_names(names: Iterable[str]) -> frozenset[str]:
    """The names in the form in which they compare."""
    return frozenset(name.casefold() for name in names)


def missing_names(wanted: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those of `wanted` that are not among `names`."""
    present = fold_names(names)
    return [name for name in wanted if name.casefold() not in present]


def present_names(wanted: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those of `names` that are among `wanted`, as `names` spells them."""
    folded = fold_names(wanted)
    return [name for name in names if name.casefold() in folded]


def add_names(names: Sequence[str], added: Iterable[str]) -> tuple[str, ...]:
    """`names` and after them what of `added` is new."""
    return (*names, *missing_names(added, names))


def remove_names(names: Iterable[str], removed: Iterable[str]) -> tuple[str, ...]:
    """`names` without `removed`."""
    return tuple(missing_names(names, removed))


def group_members(names: Iterable[str], group: str) -> list[str]:
    """Those names that stand in the group: `group/…`."""
    prefix = group.casefold() + "/"
    return [name for name in names if name.casefold().startswith(prefix)]


def declared_labels(config: Config) -> frozenset[str] | None:
    """The labels that the repository declares, in the form in which they compare; None where it declares none."""
    return None if config.labels is None else fold_names(label.name for label in config.labels)


def drop_undeclared(
    effects: Iterable[Effect], names: Container[str]
) -> tuple[tuple[Effect, ...], tuple[str, ...]]:
    """The effects with only those labels that are declared, and the labels that are not.

    What is written in a policy is looked up at load; a label that a value makes is known only here.
    """
    kept: list[Effect] = []
    unknown: dict[str, None] = {}
    for effect in effects:
        if effect.action == "set_label":
            written = [effect.text("label")]
        elif effect.action in ("add_labels", "create_issue"):
            written = effect.texts("labels")
        else:
            written = []
        undeclared = [name for name in written if name.casefold() not in names]
        unknown.update(dict.fromkeys(undeclared))
        left: list[Json] = [name for name in written if name not in undeclared]
        if not undeclared:
            kept.append(effect)
        elif effect.action == "create_issue":
            kept.append(effect._replace(arguments={**effect.arguments, "labels": left}))
        elif left:
            kept.append(effect.with_arguments({"labels": left}))
    return tuple(kept), tuple(unknown)
