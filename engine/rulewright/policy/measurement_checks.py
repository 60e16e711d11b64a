"""What the schema of measurements cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.json_types import as_array, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.json_types import JsonObject, JsonPath


def check_measurement(document: Document) -> tuple[Diagnostic, ...]:
    """Repeated ids of probes, names of both a service and a base, and requests whose base is not clear."""
    data = document.mapping
    names = _base_names(data)
    return (*_check_bases(document, data), *_check_probes(document, data, names))


def _base_names(data: JsonObject) -> list[str]:
    return [*dict.fromkeys((*(as_object(data.get("services")) or {}), *(as_object(data.get("bases")) or {})))]


def _check_bases(document: Document, data: JsonObject) -> Iterator[Diagnostic]:
    services = as_object(data.get("services")) or {}
    for name in as_object(data.get("bases")) or {}:
        if name in services:
            text = f"`{name}` is the name of a service and of a base"
            yield document.diagnostic("RW143", text, ("bases", name), key=True, hint="rename one of them")


def _check_probes(document: Document, data: JsonObject, names: list[str]) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for number, probe in enumerate(as_array(data.get("probes")) or ()):
        if not isinstance(probe, dict):
            continue
        at: JsonPath = ("probes", number)
        ident = as_text(probe.get("id"))
        if ident is not None:
            line = document.span((*at, "id")).line
            if ident in first:
                yield document.diagnostic(
                    "RW230", f"duplicate id `{ident}`; first on line {first[ident]}", (*at, "id")
                )
            first.setdefault(ident, line)
        for kind in ("http", "chat", "memory"):
            request = as_object(probe.get(kind))
            if request is None or "base" in request or "://" in (as_text(request.get("url")) or ""):
                continue
            if len(names) != 1:
                there = f"there are {len(names)}: {', '.join(names)}" if names else "there is none"
                hint = "name one with `base:`" if names else "declare one under `services:` or `bases:`"
                text = f"`base` can be left out if there is exactly one service or base; {there}"
                yield document.diagnostic("RW202", text, (*at, kind), hint=hint)
