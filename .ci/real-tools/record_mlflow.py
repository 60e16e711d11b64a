"""Records what MLflow's server, its SQLite file and its old file store say of the same runs. Usage: FOLDER [COMMAND…]

The command is run while the server is up, with its URL in RULEWRIGHT_MLFLOW_URL.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
KEPT_TAGS = {"mlflow.source.git.commit", "mlflow.runName"}
"""The others tell of the machine."""
COMMIT = "1f0c6b0e7d5a4c3b2a19087f6e5d4c3b2a190870"


def main(out: Path, command: list[str]) -> int:
    """Write the store and the answers; nothing of this machine stays in them."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    work = out / "work"
    work.mkdir()
    started = os.getcwd()
    os.chdir(work)
    log_runs("sqlite:///mlflow.db", "runs")
    log_runs(f"file:{work / 'mlruns'}", "files")
    status = record_answers(out, command, started)
    shutil.copy(work / "mlflow.db", out / "mlflow.db")
    make_small(out / "mlflow.db")
    shutil.copytree(
        work / "mlruns", out / "mlruns", ignore=shutil.ignore_patterns("models", ".trash", "artifacts")
    )
    for meta in (out / "mlruns").rglob("meta.yaml"):
        text = meta.read_text().replace(str(work), "/store")
        meta.write_text(re.sub(r"(?m)^user_id: .*$", "user_id: user", text))
    for tag in (out / "mlruns").rglob("tags/*"):
        if tag.name not in KEPT_TAGS:
            tag.unlink()
    os.chdir(out)
    shutil.rmtree(work)
    return status


def log_runs(uri: str, experiment: str) -> None:
    """Three finished runs, a failed one, one that still runs and a deleted one."""
    import mlflow

    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("chat")
    client = mlflow.tracking.MlflowClient()
    for number in range(3):
        tags = {"mlflow.source.git.commit": COMMIT}
        with mlflow.start_run(run_name=f"night-{number}", tags=tags):
            for step in range(4):
                mlflow.log_metric("accuracy", 0.90 + number / 100 + step / 1000, step=step)
            mlflow.log_metric("loss", math.nan if number == 2 else 0.25)
            mlflow.log_metric("perplexity", math.inf if number == 2 else 9.5)
    for name, status in (("failed", "FAILED"), ("running", None), ("deleted", "FINISHED")):
        run = mlflow.start_run(run_name=name)
        mlflow.log_metric("accuracy", 0.5)
        mlflow.end_run(status or "FINISHED")
        if status is None:
            client.update_run(run.info.run_id, status="RUNNING")
    client.delete_run(run.info.run_id)


def record_answers(out: Path, then: list[str], folder: str) -> int:
    """The answers of the REST API, as its server gives them. Returns the status of the command."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", "sqlite:///mlflow.db"]
    with Path("server.txt").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"], stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}/api/2.0/mlflow"
        wait_for(f"http://127.0.0.1:{port}/health", process)
        ask = Recorder(url, out)
        experiment = ask("experiment", "experiments/get-by-name", {"experiment_name": "chat"})
        ids = [experiment["experiment"]["experiment_id"]]
        search = {"experiment_ids": ids, "run_view_type": "ALL", "max_results": 100}
        runs = ask("runs", "runs/search", body=search)["runs"]
        ask("runs-page", "runs/search", body={**search, "max_results": 2})
        by_name = {run["info"]["run_name"]: run["info"]["run_id"] for run in runs}
        ask("run", "runs/get", {"run_id": by_name["night-0"]})
        ask("run-not-finite", "runs/get", {"run_id": by_name["night-2"]})
        ask("unknown-run", "runs/get", {"run_id": "0" * 32})
        history = {"run_id": by_name["night-0"], "metric_key": "accuracy"}
        ask("history", "metrics/get-history", history)
        ask("history-page", "metrics/get-history", {**history, "max_results": "2"})
        ask("unknown-metric", "metrics/get-history", {**history, "metric_key": "unknown"})
        ask("history-nan", "metrics/get-history", {"run_id": by_name["night-2"], "metric_key": "loss"})
        environment = {**os.environ, "RULEWRIGHT_MLFLOW_URL": url.removesuffix("/api/2.0/mlflow")}
        return subprocess.run(then, check=False, cwd=folder, env=environment).returncode if then else 0
    finally:
        process.terminate()
        process.wait(60)


class Recorder:
    """Asks a server and keeps each answer under a name."""

    def __init__(self, url: str, out: Path) -> None:
        self.url, self.out = url, out

    def __call__(self, name: str, path: str, query: dict | None = None, body: dict | None = None) -> dict:
        request = Request(f"{self.url}/{path}" + (f"?{urlencode(query)}" if query else ""))
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("content-type", "application/json")
        try:
            with urlopen(request, timeout=60) as answer:
                data = answer.read()
        except HTTPError as error:
            data = error.read()
        answer = json.loads(data)
        for run in (*answer.get("runs", ()), *([answer["run"]] if "run" in answer else ())):
            run["info"].update(user_id="user", artifact_uri="mlflow-artifacts:/1")
            run["data"]["tags"] = [tag for tag in run["data"].get("tags", ()) if tag["key"] in KEPT_TAGS]
        if "experiment" in answer:
            answer["experiment"]["artifact_location"] = "mlflow-artifacts:/1"
        (self.out / f"{name}.json").write_text(json.dumps(answer, indent=1) + "\n")
        return answer


def wait_for(url: str, process: subprocess.Popen) -> None:
    """Until the server answers; it takes a minute."""
    end = time.monotonic() + 300
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.5)
    raise SystemExit(Path("server.txt").read_text()[-3000:])


def make_small(database: Path) -> None:
    """Leave out what the tests do not read: the file is kept in the repository."""
    import sqlite3

    with sqlite3.connect(database, isolation_level=None) as connection:
        kept = {"experiments", "runs", "metrics", "latest_metrics", "tags", "alembic_version"}
        connection.execute("PRAGMA foreign_keys = OFF")
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for name in names:
            if name not in kept:
                connection.execute(f'DROP TABLE "{name}"')
        connection.execute("UPDATE runs SET user_id = '', artifact_uri = '', source_name = ''")
        connection.execute("UPDATE experiments SET artifact_location = ''")
        connection.execute("DELETE FROM tags WHERE key NOT IN ('mlflow.source.git.commit', 'mlflow.runName')")
        connection.execute("VACUUM")
    connection.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), sys.argv[2:]))
