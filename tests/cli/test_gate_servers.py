"""`rulewright gate` with sources that are asked: the report, the evidence, and what becomes of the token."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from measurements.answering_server import Asked, Given, serve
from measurements.reading import RECORDED
from rulewright.cli.main import main

TOKEN = "metrics-reader-31415926"
GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: chat, owner: serving }
objectives:
  - id: errors
    source: { prometheus: { bad: errors, total: requests } }
    unit: ratio
    aggregate: rate
    pass: { lt: 2% }
  - id: accuracy
    source: { mlflow: { store: mlflow.db, experiment: chat }, select: accuracy }
    aggregate: last
    pass: { gte: 0.9 }
"""
CONFIG = """\
apiVersion: rulewright/v1
kind: Config
sources:
  hosts:
    prometheus: { url: "URL", token_env: READER }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(RECORDED / "mlflow/mlflow.db", tmp_path / "mlflow.db")
    (tmp_path / "gate.yaml").write_text(GATE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("READER", TOKEN)
    return tmp_path


def judge(
    folder: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, tuple[str, str]], str]:
    """The exit code, objective → (verdict, code), and everything that was written."""
    (folder / "rulewright.yaml").write_text(CONFIG.replace("URL", url))
    code = main(
        [
            "gate",
            "gate.yaml",
            "--evidence",
            "evidence.json",
            "--format",
            "json",
            "--now",
            "2026-11-29T21:00:00Z",
        ]
    )
    out, err = capsys.readouterr()
    (gate,) = json.loads(out)["gates"]
    verdicts = {each["id"]: (each["verdict"], each["code"]) for each in gate["objectives"]}
    return code, verdicts, out + err + (folder / "evidence.json").read_text()


def respond(asked: Asked) -> Given:
    """Prometheus with 10 errors in 1000 requests."""
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    number = "10" if "query=errors" in asked.path else "1000"
    result = [{"metric": {}, "value": [1795984113, number]}]
    body = {
        "status": "success",
        "data": {"resultType": "vector", "result": result},
        "infos": [f"for {TOKEN}"],
    }
    return Given(200, json.dumps(body).encode())


def test_servers_and_stores_are_judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(respond) as url:
        code, verdicts, written = judge(folder, url, capsys)
    assert (code, verdicts) == (0, {"errors": ("PASS", ""), "accuracy": ("PASS", "")})
    assert TOKEN not in written
    assert "for ***" in written


def test_a_server_that_is_away_leaves_the_other_objectives_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(respond) as url:
        pass
    code, verdicts, written = judge(folder, url, capsys)
    assert code == 3
    assert verdicts == {"errors": ("NO_DATA", "no_source"), "accuracy": ("PASS", "")}
    assert f"{url}: no connection" in written


def test_a_server_that_refuses_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(lambda asked: Given(403, asked.headers["authorization"].encode())) as url:
        code, verdicts, written = judge(folder, url, capsys)
    assert (code, verdicts["errors"]) == (4, ("ERROR", "unreadable"))
    assert "status 403: check `token_env` of the host" in written
    assert TOKEN not in written


def test_a_host_that_is_not_listed_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "gate.yaml").write_text(GATE.replace("bad: errors", 'host: "http://127.0.0.1:1", bad: errors'))
    with serve(respond) as url:
        code, verdicts, written = judge(folder, url, capsys)
    assert (code, verdicts["errors"]) == (4, ("ERROR", "unsuitable"))
    assert "has no host `http://127.0.0.1:1`; there is `prometheus`" in written
