"""Local copies of schemas that are named by a network address: nothing is fetched, a copy next to the file is used."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from rulewright.policy.json_types import Json


def is_address(name: str) -> bool:
    """Whether the name of a schema is a network address."""
    return "://" in name and not name.startswith("file://")


def copy_names(address: str) -> tuple[str, ...]:
    """The file names of a copy: the last step of the address, also with `.json`. Empty for an address without one."""
    try:
        name = unquote(urlsplit(address).path).rpartition("/")[2]
    except ValueError:
        return ()
    if not name.strip(".") or "\\" in name or "/" in name or "\0" in name:
        return ()
    return (name,) if name.endswith((".json", ".yaml", ".yml")) else (name, f"{name}.json")


def other_id(schema: Json, address: str) -> str | None:
    """The `$id` of a schema that is no copy of the one at `address`; None for a copy. One without `$id` is a copy."""
    known = as_object(schema) or {}
    own = known.get("$id", known.get("id"))
    if not isinstance(own, str) or own.rstrip("#") == address.partition("#")[0]:
        return None
    return own
