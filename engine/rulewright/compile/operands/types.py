"""What a matcher asks of a value, against the JSON types that its path can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.compile.operands.operand import OperandError
from rulewright.policy.event_catalog import PathInfo, describe_path

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rulewright.compile.context import Context, PathUse
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import Match

_JSON_TYPES: Final = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    list: "array",
    dict: "object",
}
_WORDS: Final = {
    "array": "a list",
    "boolean": "a boolean",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}
_PLURALS: Final = {"string": "texts", "number": "numbers", "boolean": "booleans"}
_TEXT_MEMBERS: Final = {
    "labels": "name",
    "assignees": "login",
    "reviewers": "login",
    "teams": "slug",
    "files": "filename",
}


def json_type(value: Json) -> str:
    """The JSON type of a value of YAML: dates and other scalars are strings."""
    return _JSON_TYPES.get(type(value), "string")


def require_type(match: Match, path: PathUse, wanted: set[str], context: Context, reason: str) -> None:
    """Raises OperandError when the path can never hold one of the wanted JSON types."""
    types = _known_types(path.types)
    if not types or types & wanted:
        return
    held = " or ".join(_WORDS[kind] for kind in sorted(types))
    hint = _likely_member(match.path, context) if types == {"object"} else None
    raise OperandError("RW406", f"`{match.path}` is {held}; {reason}", hint)


def _known_types(types: Collection[str]) -> set[str]:
    return {"number" if kind == "integer" else kind for kind in types} - {"null"}


def _likely_member(path: str, context: Context) -> str | None:
    """What of an object is likely meant: the login of a user, the title of a milestone."""
    for name in ("login", "title", "name", "full_name"):
        info = describe_path((*path.split("."), name), tuple(context.policy.on), context.policy.let)
        if isinstance(info, PathInfo) and "string" in info.types:
            return f"did you mean `{path}.{name}`?"
    return None


def require_members(match: Match, values: Sequence[Json], path: PathUse) -> None:
    """Raises OperandError for what no element of the list, or no part of the text, can be: it never holds, and its
    negation always does."""
    known = _known_types(path.items if path.is_list else path.types)
    if path.is_list and known == {"object"}:
        refuse_objects(match, path)
    if not known or known & {"array", "object"}:
        return
    for value in values:
        kind = json_type(value)
        if value is not None and kind not in known:
            held = " or ".join(sorted(_PLURALS[one] for one in known))
            hint = f'write `"{value}"`' if known == {"string"} and kind == "number" else None
            raise OperandError("RW406", f"`{match.path}` contains {held}, and {value!r} is a {kind}", hint)


def refuse_objects(match: Match, path: PathUse) -> None:
    """Raises OperandError for a list of objects, which a text is never among."""
    if not path.is_list or path.items - {"null"} != {"object"}:
        return
    member = next((name for end, name in _TEXT_MEMBERS.items() if match.path.endswith(end)), None)
    raise OperandError(
        "RW406",
        f"`{match.path}` is a list of objects, but `{match.matcher}` compares text",
        f"write `{match.path}[].{member}`" if member else "use a key of the objects, as in `PATH[].name`",
    )
