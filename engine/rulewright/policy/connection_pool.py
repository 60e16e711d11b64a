"""Connections over HTTP, through the proxy that the environment names: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`.

Every request to GitHub, models, channels and servers of measurements goes through here. Probes of `measure` do not:
they measure the service and not the way to it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

import urllib3

from rulewright.policy.diagnostics import UsageError
from rulewright.policy.web_address import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self


class Proxy(NamedTuple):
    """A proxy's address without its login, and the login as user:password, empty for none."""

    url: str
    login: str = ""


class ConnectionPool:
    """Connections that stay open between requests. `options` are those of `urllib3.PoolManager`; `pool_classes`:
    scheme → class of the connections to one host."""

    def __init__(self, pool_classes: Mapping[str, Any] | None = None, **options: Any) -> None:
        self._pool_classes = pool_classes
        self._options = options
        self._managers: dict[Proxy | None, urllib3.PoolManager] = {}

    def request(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """The answer. Raises the library's errors, and UsageError for a proxy that cannot be used."""
        return self._manager(find_proxy(url)).request(method, url, **options)

    def clear(self) -> None:
        """Close the connections; later requests open new ones."""
        for manager in self._managers.values():
            manager.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def _manager(self, proxy: Proxy | None) -> urllib3.PoolManager:
        if proxy not in self._managers:
            manager: urllib3.PoolManager
            if proxy is None:
                manager = urllib3.PoolManager(**self._options)
            else:
                login = urllib3.make_headers(proxy_basic_auth=proxy.login) if proxy.login else None
                manager = urllib3.ProxyManager(proxy.url, proxy_headers=login, **self._options)
            if self._pool_classes is not None:
                manager.pool_classes_by_scheme = dict(self._pool_classes)
            self._managers[proxy] = manager
        return self._managers[proxy]


def find_proxy(url: str) -> Proxy | None:
    """The proxy for a request to `url`; None for this machine and for the hosts of `NO_PROXY`. Raises UsageError for an
    address that is none."""
    parts = urlsplit(url)
    named = os.environ.get(f"{parts.scheme}_proxy") or os.environ.get(f"{parts.scheme.upper()}_PROXY")
    if not named or parts.hostname in LOOPBACK:
        return None
    from urllib.request import proxy_bypass

    return None if proxy_bypass(parts.netloc.rpartition("@")[2]) else _read_proxy(named, parts.scheme)


def _read_proxy(written: str, scheme: str) -> Proxy:
    address = written.strip()
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("http", "https"):
        # The address may hold a password.
        raise UsageError(
            f"{scheme.upper()}_PROXY is not the address of a proxy",
            hint="write it as http://proxy.example.com:3128; SOCKS is not supported",
        )
    named = f"[{host}]" if ":" in host else host
    login = "" if parts.username is None else f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(f"{parts.scheme}://{named}" + (f":{port}" if port else ""), login)
