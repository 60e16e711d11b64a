"""Named facts that are computed from other facts: `value`, `jmespath`, `label_group`. The others are gathered.

Two policies that write the same named fact share one key, so it is computed once per event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.frame import FactFailure
from rulewright.compile.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.compile.frame import Frame

__all__ = ["PURE_SOURCES", "build_let", "external_part"]

PURE_SOURCES: Final = frozenset({"value", "jmespath", "label_group"})


def external_part(spec: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The part of a `let:` entry that must be gathered: all of it, its `otherwise:`, or nothing (None).

    `spec` is `{"source": …, "arguments": {…}}`.
    """
    while spec["source"] in PURE_SOURCES:
        otherwise = spec.get("otherwise")
        if otherwise is None:
            return None
        spec = otherwise
    return spec


def build_let(spec: Mapping[str, Any], gathered: str) -> Callable[[Frame], Any]:
    """A closure for one compiled `let:` entry. `gathered` is the frame key of its external part."""
    source = spec["source"]
    if source == "value":
        value = spec["arguments"]["value"]
        return lambda frame: value
    if source == "jmespath":
        path = spec["path"]

        def computed(frame: Frame) -> Any:
            result = frame[path]
            if result is ERROR:
                raise FactFailure((frame.errors or {}).get(path, "failed"))
            return result

        return computed
    if source == "label_group":
        return _label_group(spec["arguments"]["label_group"], spec.get("otherwise"), gathered)

    def external(frame: Frame) -> Any:
        return frame.get(gathered)

    return external


def _label_group(group: str, otherwise: Mapping[str, Any] | None, gathered: str) -> Callable[[Frame], Any]:
    """The value behind `group/` of the subject's first label of that group, else what `otherwise` gives."""
    prefix = group.casefold() + "/"
    rest = build_let(otherwise, gathered) if otherwise is not None else None

    def value(frame: Frame) -> Any:
        subject = frame.get("$subject")
        labels = subject.get("labels") if isinstance(subject, dict) else None
        for label in labels if isinstance(labels, list) else ():
            name = label.get("name") if isinstance(label, dict) else label
            if isinstance(name, str) and name.casefold().startswith(prefix):
                return name[len(prefix) :]
        return rest(frame) if rest is not None else None

    return value
