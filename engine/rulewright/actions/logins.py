"""Logins out of arguments: never from text that anyone can write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.actions.template import Undetermined
from rulewright.program.template import paths_in_argument

if TYPE_CHECKING:
    from rulewright.actions.context import ActionContext
    from rulewright.policy.json_types import Json

# GitHub's own rule: letters, digits, hyphens, 39 characters; enterprise accounts end with `_shortcode`.
_LOGIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:_[A-Za-z0-9]{1,8})?(?:\[bot\])?")


def is_login(text: str) -> bool:
    """Whether a text is a login of GitHub."""
    return _LOGIN.fullmatch(text) is not None


def resolve_logins(arguments: Json, context: ActionContext) -> list[str]:
    """The logins, without `@`. Raises Undetermined for what is no login, or comes from an untrusted fact."""
    written = arguments["users"] if isinstance(arguments, dict) and "users" in arguments else arguments
    for item in written if isinstance(written, list) else (written,):
        for path in paths_in_argument(item):
            if not context.trusted(path):
                raise Undetermined(f"`{path}` is not trusted to choose an assignee", path)
    found = [name.removeprefix("@") for name in context.words(written)]
    if not all(map(is_login, found)):
        raise Undetermined("the value is not a login")
    return found
