"""Servers that are asked for measurements: which host, with which token, and what their answers may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from measurements.answering_server import Asked, Given, serve
from measurements.reading import choose, refuse
from rulewright.github.transport import Timeouts, Transport
from rulewright.measurements.reader import UnusableSource
from rulewright.policy.config import SourceHost
from rulewright.run.measurement_servers import build_query, build_send

TOKEN = "metrics-reader-31415926"
ANSWER = b'{"status": "success", "data": {"resultType": "scalar", "result": [1, "3"]}}'


def ask(host: SourceHost, environment: dict[str, str] | None = None, **limits: int) -> bytes:
    """The body of the answer to a GET, or UnusableSource."""
    return build_send(environment or {}, Transport(**limits))(host, "GET", "/api", None).body


def refuse_answer(
    host: SourceHost, environment: dict[str, str] | None = None, **limits: int
) -> tuple[str, str]:
    return refuse(lambda _, __: ask(host, environment, **limits), b"", choose())  # type: ignore[arg-type, return-value]


def test_the_token_goes_to_its_host_and_is_masked_in_answers() -> None:
    asked: list[Asked] = []

    def answer(request: Asked) -> Given:
        asked.append(request)
        return Given(200, f"you sent {request.headers['authorization']}".encode())

    with serve(answer) as url:
        body = ask(SourceHost(f"{url}/metrics/", "READER"), {"READER": f" {TOKEN}\n"})
    assert body == b"you sent Bearer ***"
    assert [(one.method, one.path) for one in asked] == [("GET", "/metrics/api")]


def test_without_a_variable_no_token_is_sent() -> None:
    with serve(lambda request: Given(200, str("authorization" in request.headers).encode())) as url:
        assert ask(SourceHost(url), {"READER": TOKEN}) == b"False"


@pytest.mark.parametrize("environment", [{}, {"READER": ""}, {"READER": " "}])
def test_a_variable_that_is_not_set_is_named(environment: dict[str, str]) -> None:
    code, reason = refuse_answer(SourceHost("http://127.0.0.1:1", "READER"), environment)
    assert (code, "variable READER with the token" in reason) == ("unsuitable", True)


def test_a_token_with_invalid_characters_is_not_shown() -> None:
    code, reason = refuse_answer(SourceHost("http://127.0.0.1:1", "READER"), {"READER": "two words"})
    assert (code, reason) == ("unsuitable", "READER: the token has invalid characters")


def test_redirects_stay_on_the_host() -> None:
    reached: list[Asked] = []

    def elsewhere(request: Asked) -> Given:
        reached.append(request)
        return Given(200, ANSWER)

    def here(request: Asked) -> Given:
        if request.path == "/api":
            return Given(302, b"", {"location": "/moved"})
        return Given(200, request.headers["authorization"].encode())

    environment = {"READER": TOKEN}
    with serve(elsewhere) as other, serve(here) as url:
        assert ask(SourceHost(url, "READER"), environment) == b"Bearer ***"
        with serve(lambda _: Given(302, b"", {"location": f"{other}/api"})) as leading:
            code, reason = refuse_answer(SourceHost(leading, "READER"), environment)
    assert code == "unreadable"
    assert reason == f"{leading}: redirect to another host is not followed"
    assert not reached


def test_a_host_without_connection_is_no_source() -> None:
    with serve(lambda _: Given(200, b"")) as url:
        pass
    assert refuse_answer(SourceHost(url)) == ("no_source", f"{url}: no connection")


def test_an_answer_beyond_bounds_is_refused() -> None:
    with serve(lambda _: Given(200, b"x" * 2000)) as url:
        code, reason = refuse_answer(SourceHost(url), bound=1000)
    assert (code, reason) == ("unreadable", f"{url}: the response is larger than 1000 bytes")


def test_a_connection_that_breaks_is_tried_once_more() -> None:
    asked: list[Asked] = []

    def answer(request: Asked) -> Given:
        asked.append(request)
        # The first answer promises more than it sends.
        return Given(200, b"ab", {"content-length": "9"} if len(asked) == 1 else {})

    transport = Transport(timeouts=Timeouts(connect=5, read=0.5, whole=5))
    with serve(answer) as url:
        assert build_send({}, transport)(SourceHost(url), "GET", "/", None).body == b"ab"
    assert len(asked) == 2


def test_paths_stay_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside.json").write_bytes(ANSWER)
    (tmp_path / "inside/link.json").symlink_to(tmp_path / "outside.json")
    (tmp_path / "inside/answer.json").write_bytes(ANSWER)
    query = build_query({}, str(tmp_path / "inside"), "2026-11-29T21:00:00Z")

    def read(path: str) -> object:
        return query("prometheus", {"prometheus": {"query": {"response": path}}}, choose())

    assert read("answer.json") is not None
    for path, code in (
        ("../outside.json", "unreadable"),
        ("link.json", "unreadable"),
        (str(tmp_path / "outside.json"), "unreadable"),
        ("absent.json", "no_source"),
    ):
        with pytest.raises(UnusableSource) as caught:
            read(path)
        assert caught.value.code == code
        assert path in caught.value.reason


def test_other_kinds_are_not_asked(tmp_path: Path) -> None:
    query = build_query({}, str(tmp_path), "2026-11-29T21:00:00Z")
    assert query("json", {"json": {"total": "a", "bad": "b"}}, choose()) is None
