"""Where requests of probes go: to this machine, and to the hosts that rulewright.yaml lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from rulewright.policy.diagnostics import UsageError
from rulewright.policy.json_types import as_object, as_text
from rulewright.policy.suggestions import did_you_mean, list_names
from rulewright.policy.web_address import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.json_types import Json

PORTS: Final = {"http": 80, "https": 443}
Origin = tuple[str, str, int]
"""Scheme, host, port."""


class Addresses(NamedTuple):
    """The bases of requests. `services`: name → address of a process that was started here; `bases`: those of the
    document; `hosts`: those of rulewright.yaml; `environ`: the variables that bases and headers name."""

    services: Mapping[str, str] = {}
    bases: Mapping[str, Json] = {}
    hosts: Mapping[str, str] = {}
    environ: Mapping[str, str] = {}

    def resolve(self, url: str, base: str | None) -> str:
        """The address of a request. Raises UsageError for a base that does not exist and for a host that is not
        allowed."""
        if "://" in url:
            return self._check(url)
        named = base if base is not None else next(iter((*self.services, *self.bases)), "")
        address = self._find(named)
        if not url.startswith("/"):
            raise UsageError(f"the url `{url}` is neither an address nor a path", hint="begin it with `/`")
        return f"{address.rstrip('/')}{url}"

    def read_headers(self, headers: Json) -> dict[str, str]:
        """Headers with the values of the variables that they name. Raises UsageError for one that is not set."""
        written = as_object(headers) or {}
        return {name.lower(): read_value(value, self.environ) for name, value in written.items()}

    def _find(self, name: str) -> str:
        if name in self.services:
            return self.services[name]
        if name in self.bases:
            return self._check(read_value(self.bases[name], self.environ))
        if name in self.hosts:
            return self.hosts[name]
        known = [*self.services, *self.bases, *self.hosts]
        raise UsageError(
            f"there is no base `{name}`{did_you_mean(name, known)}",
            hint=f"known: {list_names(known)}" if known else "declare it under `services:` or `bases:`",
        )

    def _check(self, url: str) -> str:
        origin = _split(url)
        if origin is None:
            raise UsageError("an address of a measurement is no address of http or https")
        if origin[1] not in LOOPBACK and origin not in {_split(address) for address in self.hosts.values()}:
            raise UsageError(
                f"requests to {origin[1]} are not allowed",
                hint="list the host under `sources.hosts` in rulewright.yaml",
            )
        return url


def read_value(value: Json, environ: Mapping[str, str]) -> str:
    """A text, or that of the variable in `{"env": NAME}`. Raises UsageError for a variable that is not set."""
    name = as_text((as_object(value) or {}).get("env"))
    if name is None:
        return str(value)
    found = environ.get(name)
    if not found:
        raise UsageError(f"the environment variable {name} is not set")
    return found


def _split(url: str) -> Origin | None:
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
