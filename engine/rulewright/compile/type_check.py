"""What a matcher asks of a value, against the JSON types that its path can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rulewright.compile.context import Context, PathUse
    from rulewright.policy.model import Match


def misfit(match: Match, path: PathUse, wanted: set[str], context: Context, what: str) -> bool:
    """Report and return True when the path can never hold one of the wanted JSON types."""
    types = {"number" if kind == "integer" else kind for kind in path.types} - {"null"}
    if not types or types & wanted:
        return False
    found = " or ".join(_WORDS[kind] for kind in sorted(types))
    hint = _member(match.path, context) if types == {"object"} else None
    context.report("RW406", f"`{match.path}` is {found}; {what}", match.span, hint=hint)
    return True


def _member(path: str, context: Context) -> str | None:
    """What of an object is likely meant: the login of a user, the title of a milestone."""
    from rulewright.policy.event_catalog import PathInfo, describe

    for name in ("login", "title", "name", "full_name"):
        found = describe((*path.split("."), name), tuple(context.policy.on), context.policy.let)
        if isinstance(found, PathInfo) and "string" in found.types:
            return f"did you mean `{path}.{name}`?"
    return None


_WORDS: Final = {
    "array": "a list",
    "boolean": "a boolean",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}
