"""Requests go through the proxy that the environment names, over real HTTP."""

from __future__ import annotations

import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from urllib3.exceptions import ProxyError

from rulewright.policy.connection_pool import ConnectionPool, Proxy, find_proxy
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Without a proxy of the machine that runs the tests."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


@pytest.fixture
def proxy() -> Iterator[Any]:
    """A proxy on loopback that answers GET by itself, and refuses tunnels. `asked`: (method, target, login)."""
    asked: list[tuple[str, str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.command, self.path, self.headers["proxy-authorization"]))
            self.send_response(200 if self.command == "GET" else 502)
            self.send_header("content-length", "0")
            self.end_headers()

        do_CONNECT = do_GET

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = asked  # type: ignore[attr-defined]
    server.place = f"127.0.0.1:{server.server_address[1]}"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_requests_take_the_proxy_with_its_login(proxy: Any, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HTTP_PROXY", f"http://octo:p%40ss@{proxy.place}")
    environment.setenv("HTTPS_PROXY", proxy.place)
    environment.setenv("NO_PROXY", "internal.example")
    with ConnectionPool(retries=False) as pool:
        assert pool.request("GET", "http://models.example/v1?a=b").status == 200
        with pytest.raises(ProxyError):
            pool.request("GET", "https://models.example/v1")
        # The proxy itself is a server on this machine, and is reached directly.
        assert pool.request("GET", f"http://{proxy.place}/direct").status == 200
    login = f"Basic {b64encode(b'octo:p@ss').decode()}"
    assert proxy.asked == [
        ("GET", "http://models.example/v1?a=b", login),
        ("CONNECT", "models.example:443", None),
        ("GET", "/direct", None),
    ]


@pytest.mark.parametrize(
    ("variables", "url", "found"),
    [
        ({}, "https://models.example", None),
        ({"HTTPS_PROXY": "http://p:3128"}, "https://models.example", "http://p:3128"),
        (
            {"https_proxy": "http://q:1", "HTTPS_PROXY": "http://p:3128"},
            "https://models.example",
            "http://q:1",
        ),
        ({"HTTPS_PROXY": " p:3128 "}, "https://models.example", "http://p:3128"),
        ({"HTTPS_PROXY": "http://[::2]:3128/"}, "https://models.example", "http://[::2]:3128"),
        ({"HTTPS_PROXY": "http://p"}, "http://models.example", None),
        ({"HTTP_PROXY": "http://p"}, "http://models.example", "http://p"),
        ({"HTTP_PROXY": "http://p"}, "http://localhost:8080", None),
        ({"HTTP_PROXY": "http://p"}, "http://[::1]:8080", None),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "*"}, "http://models.example", None),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "a, .example"}, "http://models.example:80", None),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "models.example:8080"}, "http://models.example:8080", None),
        ({"HTTP_PROXY": "http://p", "NO_PROXY": "other.example"}, "http://models.example", "http://p"),
    ],
)
def test_the_proxy_of_an_address(
    environment: pytest.MonkeyPatch, variables: dict[str, str], url: str, found: str | None
) -> None:
    for name, value in variables.items():
        environment.setenv(name, value)
    assert find_proxy(url) == (None if found is None else Proxy(found))


@pytest.mark.parametrize(
    "written", ["socks5://p:1080", "http://", "http://p:port", "http://[::1", "ftp://u:secret@p"]
)
def test_an_address_that_is_no_proxy_is_reported_without_its_login(
    environment: pytest.MonkeyPatch, written: str
) -> None:
    environment.setenv("HTTPS_PROXY", written)
    with pytest.raises(UsageError, match="HTTPS_PROXY is not the address of a proxy") as caught:
        find_proxy("https://models.example")
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"
