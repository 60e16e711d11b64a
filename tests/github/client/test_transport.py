"""Connections: redirects, cuts, silence, size, compression, certificates, proxies."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess

import pytest
from urllib3 import exceptions as failures

from rulewright.github.errors import GitHubError
from rulewright.github.transport import (
    ConnectionBroken,
    NotRetryable,
    NotSent,
    Transport,
    is_same_origin,
    translate_error,
)
from rulewright.github.waiting import RetryPolicy

ONCE = RetryPolicy(attempts=1)


def test_what_every_request_carries(client, server, reply, token):
    server.always = reply(body={})
    client.get("/x")
    client.send("POST", "/x", {"a": "ä"})
    read, write = server.seen
    assert read.headers["authorization"] == f"Bearer {token}"
    assert read.headers["accept"] == "application/vnd.github+json"
    assert read.headers["x-github-api-version"] == "2022-11-28"
    assert read.headers["user-agent"].startswith("rulewright/")
    assert (write.headers["content-type"], write.body) == ("application/json", {"a": "ä"})


def test_one_connection_serves_many_requests(client, server, reply):
    server.script = [
        reply(204),
        reply(404, {}),
        reply(body={}),
        reply(body={}, headers={"ETag": '"1"'}),
        reply(304),
    ]
    client.send("DELETE", "/x")
    with pytest.raises(GitHubError):
        client.get("/x")
    for _ in range(3):
        client.get("/x")
    assert len({seen.peer for seen in server.seen}) == 1


def test_without_a_token_there_is_no_header(make_client, server, reply):
    server.always = reply(body={})
    make_client(token=None).get("/x")
    assert "authorization" not in server.seen[0].headers


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_read_follows_a_redirect_on_the_same_host(status, client, server, reply, token):
    server.script = [reply(status, headers={"Location": "/repositories/1"}), reply(body={"id": 1})]
    assert client.get("/repos/octo-org/old") == {"id": 1}
    assert server.seen[1].path == "/repositories/1"
    assert server.seen[1].headers["authorization"] == f"Bearer {token}"


@pytest.mark.parametrize("port", ["same", "other", "scheme"])
def test_the_token_goes_to_no_other_host(port, client, server, make_server, reply):
    other = make_server()
    number = server.url.rpartition(":")[2]
    place = {
        "same": f"http://localhost:{number}/x",
        "other": other.url,
        "scheme": f"https://127.0.0.1:{number}/x",
    }
    server.script = [reply(302, headers={"Location": place[port]})]
    with pytest.raises(GitHubError, match="another host"):
        client.get("/x")
    assert (len(server.seen), len(other.seen)) == (1, 0)


def test_a_redirect_to_no_address_is_refused(client, server, reply):
    server.script = [reply(302, headers={"Location": "http://[x"})]
    with pytest.raises(GitHubError, match="another host"):
        client.get("/x")


def test_redirects_in_a_circle_end(client, server, reply):
    server.always = reply(302, headers={"Location": "/x"})
    with pytest.raises(GitHubError, match="more than 5 redirects"):
        client.get("/x")
    assert len(server.seen) == 6


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_a_write_follows_no_redirect(method, client, server, reply):
    server.script = [reply(307, headers={"Location": "/y"})]
    with pytest.raises(GitHubError, match="moved") as caught:
        client.send(method, "/x", {})
    assert (caught.value.kind, len(server.seen)) == ("gone", 1)
    assert "new name" in (caught.value.hint or "")


@pytest.mark.parametrize("how", ["hold", "stall"])
def test_silence_ends_in_a_timeout(how, make_client, server, reply):
    client = make_client(read=0.05, retry_policy=ONCE)
    server.always = reply(body=b'{"a":', length=50, **{how: True})
    with pytest.raises(GitHubError, match="response timed out") as caught:
        client.get("/x")
    assert caught.value.kind == "unreachable"


def test_a_head_that_drips_has_an_end():
    """Each byte is in time for the limit between bytes."""
    import socket
    import threading

    from rulewright.github.transport import Timeouts

    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
                while not stop.wait(0.02):
                    try:
                        connection.sendall(b"a")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        transport = Transport(timeouts=Timeouts(5.0, 5.0, 0.3))
        with pytest.raises(ConnectionBroken, match="too long"):
            transport.request("GET", f"http://127.0.0.1:{listening.getsockname()[1]}/x", {})
        stop.set()
        thread.join()
        transport.close()


def test_an_answer_that_drips_has_an_end(server, reply):
    from rulewright.github.transport import Timeouts

    server.always = reply(body=b"x" * 200_000)
    transport = Transport(timeouts=Timeouts(5.0, 5.0, -1.0))
    with pytest.raises(ConnectionBroken, match="too long"):
        transport.request("GET", server.url, {})
    transport.close()


def test_a_huge_answer_is_not_read(make_client, server, reply):
    client = make_client(bound=100_000)
    server.always = reply(body=b'"' + b"a" * 200_000 + b'"')
    with pytest.raises(GitHubError, match="larger than 100000 bytes"):
        client.get("/x")
    assert len(server.seen) == 1


def test_a_bomb_is_not_unpacked(make_client, server, reply):
    client = make_client(bound=100_000)
    bomb = gzip.compress(b'"' + b"a" * 50_000_000 + b'"')
    server.always = reply(body=bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(GitHubError, match="larger than"):
        client.get("/x")


def test_what_is_compressed_is_unpacked(client, server, reply):
    server.always = reply(body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
    assert client.get("/x") == {"a": 1}


def test_what_does_not_unpack_is_a_broken_answer(make_client, server, reply):
    server.always = reply(body=b"no gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(GitHubError) as caught:
        make_client(retry_policy=ONCE).get("/x")
    assert caught.value.kind == "unreachable"


def test_json_of_any_depth_is_no_crash(make_client, server, reply):
    server.always = reply(body=b"[" * 200_000)
    with pytest.raises(GitHubError, match="invalid JSON"):
        make_client(retry_policy=ONCE).get("/x")
    server.always = reply(404, b"[" * 200_000)
    with pytest.raises(GitHubError, match="not found, or the token"):
        make_client(retry_policy=ONCE).get("/x")


def test_an_unknown_certificate_is_refused(make_client, server, tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    what = "req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        [openssl, *what.split(), "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    server.http.handle_error = lambda *_: None
    client = make_client(server.url.replace("http:", "https:"), transport=Transport())
    with pytest.raises(GitHubError, match="not trusted") as caught:
        client.send("POST", "/x", {})
    assert "SSL_CERT_FILE" in (caught.value.hint or "")
    assert (server.seen, caught.value.uncertain) == ([], False)


def test_a_proxy_of_the_environment_is_used(make_server, monkeypatch, reply, clock):
    from rulewright.github.client import Client

    proxy = make_server()
    proxy.always = reply(502)
    monkeypatch.setenv("https_proxy", proxy.url)
    with Client(None, clock=clock, retry_policy=ONCE) as client, pytest.raises(GitHubError, match="proxy"):
        client.get("/x")


def test_messages_to_channels_take_the_proxy(make_server, monkeypatch, reply, clock):
    from rulewright.github.delivery import Poster

    proxy = make_server()
    proxy.always = reply(204)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "internal.example")
    Poster(clock)("http://hooks.example/services/x", {"text": "It crashes."}, "key")
    assert [one.path for one in proxy.seen] == ["http://hooks.example/services/x"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (failures.NewConnectionError(None, "secret"), NotSent),
        (failures.ConnectTimeoutError(None, "secret"), NotSent),
        (failures.NameResolutionError("secret", None, OSError("secret")), NotSent),
        (failures.ProxyError("secret", OSError("secret")), NotSent),
        (failures.ProtocolError("secret"), ConnectionBroken),
        (failures.ReadTimeoutError(None, "secret", "secret"), ConnectionBroken),
        (failures.IncompleteRead(1, 2), ConnectionBroken),
        (failures.DecodeError("secret"), ConnectionBroken),
        (failures.SSLError("EOF secret"), ConnectionBroken),
        (failures.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] secret"), NotRetryable),
        (failures.LocationParseError("secret"), NotRetryable),
    ],
)
def test_an_error_of_the_library_becomes_one_of_ours_without_its_text(error, kind):
    ours = translate_error(error)
    assert type(ours) is kind
    assert "secret" not in str(ours)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a/x", "https://a:443/y", True),
        ("http://a", "http://a:80/", True),
        ("https://A/x", "https://a/x", True),
        ("https://a/x", "http://a/x", False),
        ("https://a/x", "https://b/x", False),
        ("https://a/x", "https://a:8443/x", False),
        ("https://a.evil.example/x", "https://a/x", False),
        ("https://a@evil.example/x", "https://a/x", False),
        ("https://a:x/", "https://a/", False),
    ],
)
def test_same_origin(one, other, same):
    assert is_same_origin(one, other) is same
