"""Labels as a set of names without case, in the order that the subject has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.actions.action import effect_key

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from rulewright.actions.plan import Effect


def held(names: Iterable[str]) -> frozenset[str]:
    """The names in the form in which they compare."""
    return frozenset(name.casefold() for name in names)


def lacking(wanted: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those of `wanted` that are not among `names`."""
    present = held(names)
    return [name for name in wanted if name.casefold() not in present]


def plus(names: Sequence[str], added: Iterable[str]) -> tuple[str, ...]:
    """`names` and after them what of `added` is new."""
    return (*names, *lacking(added, names))


def minus(names: Iterable[str], removed: Iterable[str]) -> tuple[str, ...]:
    """`names` without `removed`."""
    return tuple(lacking(names, removed))


def of_group(names: Iterable[str], group: str) -> list[str]:
    """Those names that stand in the group: `group/…`."""
    prefix = group.casefold() + "/"
    return [name for name in names if name.casefold().startswith(prefix)]


def claim(name: str) -> str:
    """The field that stands for one label."""
    return f"label:{name.casefold()}"


def label_names(config: Mapping[str, Any]) -> frozenset[str] | None:
    """The labels that the repository declares, in the form in which they compare; None where it declares none."""
    listed = config.get("labels")
    return None if listed is None else held(label["name"] for label in listed)


def drop_undeclared(
    effects: Iterable[Effect], names: Container[str]
) -> tuple[tuple[Effect, ...], tuple[str, ...]]:
    """The effects with only those labels that are declared, and the labels that are not.

    What is written in a policy is looked up at load; a label that a value makes is known only here.
    """
    kept: list[Effect] = []
    unknown: dict[str, None] = {}
    for effect in effects:
        key = "label" if effect.action == "set_label" else "labels"
        if effect.action not in ("add_labels", "set_label", "create_issue") or key not in effect.arguments:
            kept.append(effect)
            continue
        wanted = effect.arguments[key]
        wanted = [wanted] if isinstance(wanted, str) else list(wanted)
        lacks = [name for name in wanted if name.casefold() not in names]
        unknown.update(dict.fromkeys(lacks))
        left = [name for name in wanted if name not in lacks]
        if not lacks:
            kept.append(effect)
        elif effect.action == "create_issue":
            kept.append(effect._replace(arguments={**effect.arguments, "labels": left}))
        elif left:
            key_of = effect_key(effect.action, effect.target, effect.rule, {"labels": left})
            kept.append(effect._replace(arguments={"labels": left}, key=key_of))
    return tuple(kept), tuple(unknown)
