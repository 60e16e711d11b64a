"""Named facts that are computed: `value`, `jmespath`, `label_group`, `choose`. The others are gathered.

Two policies that write the same named fact share one key, so it is computed once per event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.program.closures import build
from rulewright.program.frame import MISSING, FactFailure
from rulewright.program.nodes import paths_read
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rulewright.program.frame import Frame

PURE_SOURCES: Final = frozenset({"value", "jmespath", "label_group", "choose"})


def let_paths(spec: Mapping[str, Any] | None) -> Iterator[int]:
    """The interned paths that a named fact is computed from, those of its `otherwise:` as well."""
    while spec is not None:
        if "path" in spec:
            yield spec["path"]
        for case in spec.get("cases", ()):
            if case["when"] is not None:
                yield from paths_read(case["when"])
        spec = spec.get("otherwise")


def let_cases(spec: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """The cases of every `choose` in a named fact."""
    while spec is not None:
        yield from spec.get("cases", ())
        spec = spec.get("otherwise")


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


OTHERWISE: Final = ".otherwise"
"""What the name of a gathered fact ends in where it stands in the `otherwise:` of another gathered one."""


def external_parts(spec: Mapping[str, Any]) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Every part of a `let:` entry that must be gathered, each in the `otherwise:` of the one before, with the end
    of its name: nothing for the first, then `.otherwise`, `.otherwise.otherwise`."""
    out = []
    ending = ""
    part: Mapping[str, Any] | None = spec
    while part is not None and (part := external_part(part)) is not None:
        out.append((ending, part))
        part, ending = part.get("otherwise"), ending + OTHERWISE
    return tuple(out)


NOT_YET: Final = object()


def build_let(spec: Mapping[str, Any], gathered: str) -> Callable[[Frame], Any]:
    """A closure for one compiled `let:` entry. `gathered` is the frame key of its first external part, and with
    `OTHERWISE` at its end of the next one.

    Where the first source gives nothing, `otherwise:` speaks. What is not gathered yet is unknown: only a null, or
    what could not be had (`MISSING` under `gathered`), gives way to the `otherwise:` of a gathered fact.
    """
    source, arguments = spec["source"], spec["arguments"]
    if source == "value":
        value = arguments["value"]
        return lambda frame: value
    otherwise = spec.get("otherwise")
    own = source not in PURE_SOURCES
    rest = _nothing if otherwise is None else build_let(otherwise, gathered + OTHERWISE if own else gathered)
    if own:

        def external(frame: Frame) -> Any:
            got = frame.get(gathered, NOT_YET)
            if got is not None and got is not MISSING and got is not NOT_YET:
                return got
            value = None if got is NOT_YET else rest(frame)
            if value is None and got is not None:
                frame.touched = True
            return value

        return external
    if source == "choose":
        first = _choice(spec["cases"])
    else:
        first = _expression(spec["path"]) if source == "jmespath" else _label_group(arguments["label_group"])

    def pure(frame: Frame) -> Any:
        value = first(frame)
        return rest(frame) if value is None else value

    return pure


def _nothing(frame: Frame) -> Any:
    return None


def _expression(path: int) -> Callable[[Frame], Any]:
    def computed(frame: Frame) -> Any:
        result = frame[path]
        if result is ERROR:
            raise FactFailure((frame.errors or {}).get(path, "failed"))
        if result is None:
            if frame.waiting is not None and path in frame.waiting:
                frame.touched = True
            else:  # the value was kept before: read again, to learn of facts that are not there
                frame.getters[path](frame)
        return result

    return computed


def _choice(cases: Sequence[Mapping[str, Any]]) -> Callable[[Frame], Any]:
    """The value of the first case that holds; nothing where one before it is not decided."""
    tests = [(None if case["when"] is None else build(case["when"]), case["value"]) for case in cases]

    def value(frame: Frame) -> Any:
        for test, chosen in tests:
            truth = True if test is None else test(frame)
            if truth is True:
                return chosen
            if truth is ERROR:
                raise FactFailure("a condition of `choose` failed")
            if truth is None:
                frame.touched = True
                return None
        return None

    return value


def _label_group(group: str) -> Callable[[Frame], Any]:
    """The value behind `group/` of the subject's first label of that group."""
    wanted, depth = group.casefold(), group.count("/") + 1

    def value(frame: Frame) -> Any:
        subject = frame.get("$subject")
        labels = subject.get("labels") if isinstance(subject, dict) else None
        for label in labels if isinstance(labels, list) else ():
            name = label.get("name") if isinstance(label, dict) else label
            if isinstance(name, str) and name.count("/") >= depth:
                parts = name.split("/", depth)
                if parts[-1] and "/".join(parts[:-1]).casefold() == wanted:
                    return parts[-1]
        return None

    return value
