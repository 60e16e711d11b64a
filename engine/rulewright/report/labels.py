"""Which labels are created or changed on GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.report.document import json_text
from rulewright.report.markdown import code, prose
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.github.labels import LabelChange
    from rulewright.policy.config import Label
    from rulewright.report.terminal import Paint


def labels_text(
    found: Sequence[LabelChange],
    others: Sequence[Label],
    failed: Mapping[str, str],
    dry: str | None,
    paint: Paint,
) -> str:
    """A line for each label that changes, and the numbers."""
    seen = max((len(one.label.name) for one in found), default=0)
    lines = []
    for one in found:
        sign, colour = ("+", "green") if one.kind == "create" else ("~", "yellow")
        told = f"{printable(one.label.name):<{seen}}  {printable('; '.join(_details(one)))}"
        missed = f"  (failed: {printable(failed[one.label.name])})" if one.label.name in failed else ""
        lines.append(f"{paint(sign, colour)} {one.kind:<6}  {told}".rstrip() + missed)
    return "\n".join([*lines, *([""] if lines else []), _numbers(found, others, failed, dry)]) + "\n"


def labels_markdown(
    found: Sequence[LabelChange], others: Sequence[Label], failed: Mapping[str, str], dry: str | None
) -> str:
    """A table, for a job summary."""
    rows = [f"| {one.kind} | {code(one.label.name)} | {prose('; '.join(_details(one)))} |" for one in found]
    table = ["| | label | |", "|---|---|---|", *rows, ""] if rows else []
    return "\n".join(["## rulewright labels", "", *table, prose(_numbers(found, others, failed, dry)), ""])


def labels_json(
    repository: str,
    found: Sequence[LabelChange],
    others: Sequence[Label],
    failed: Mapping[str, str],
    dry: str | None,
) -> str:
    """`changes` with `change`, `name`, `color`, `description`, `before`; `unlisted` are left as they are."""
    changes: list[dict[str, Any]] = [
        {
            "change": one.kind,
            "name": one.label.name,
            "color": one.label.color,
            "description": one.label.description,
            "before": None
            if one.before is None
            else {"name": one.before.name, "color": one.before.color, "description": one.before.description},
            **({"failed": failed[one.label.name]} if one.label.name in failed else {}),
        }
        for one in found
    ]
    document = {"repository": repository, "changes": changes, "unlisted": [one.name for one in others]}
    return json_text(document if dry is None else {**document, "dry_run": dry})


def _details(one: LabelChange) -> Iterator[str]:
    before = one.before
    if before is None:
        yield from (text for text in (one.label.color, one.label.description) if text)
        return
    if one.label.color and one.label.color.lower() != before.color.lower():
        yield f"color {before.color} → {one.label.color.lower()}"
    if one.label.description and one.label.description != before.description:
        yield f"description “{before.description}” → “{one.label.description}”"


def _numbers(
    found: Sequence[LabelChange], others: Sequence[Label], failed: Mapping[str, str], dry: str | None
) -> str:
    done = [one for one in found if one.label.name not in failed]
    created = sum(one.kind == "create" for one in done)
    to = "to " if dry is not None else ""
    parts = [
        f"{created} {to}create{'' if to else 'd'}",
        f"{len(done) - created} {to}update{'' if to else 'd'}",
    ]
    if failed:
        parts.append(f"{len(failed)} failed")
    if others:
        parts.append(f"{len(others)} on GitHub that the label file does not list, left as they are")
    text = ", ".join(parts)
    return f"Dry run, {dry}: {text}." if dry is not None else f"{text[0].upper()}{text[1:]}."
