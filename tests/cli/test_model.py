"""`rulewright model`: from labelled issues to labels, and the files of models, without a network."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rulewright.cli.main import main
from rulewright.cli.model import SUBCOMMANDS

pytest.importorskip("numpy", reason="numpy comes with the learn extra")

TITLES = {"bug": "{} crashes", "feature": "Add {}", "question": "How does {} work?"}
WORDS = ("login", "search", "export", "sync", "printing", "the parser", "dark mode", "upload")


def lines(*issues: Any) -> str:
    return "".join(f"{issue if isinstance(issue, str) else json.dumps(issue)}\n" for issue in issues)


def issues() -> list[dict[str, Any]]:
    pairs = [(label, word) for word in WORDS for label in TITLES]
    return [
        {"id": number, "title": TITLES[label].format(word), "body": None, "kind": label}
        for number, (label, word) in enumerate(pairs)
    ]


@pytest.fixture
def classifier(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """A classifier of the issues, in an empty cache, so by words only."""
    (folder / "issues.jsonl").write_text(lines(*issues()))
    arguments = ["model", "fit", "--from", "issues.jsonl", "--label-field", "kind", "--output", "kinds.rwc"]
    assert main([*arguments, "--format", "text"]) == 0
    return "kinds.rwc"


def test_fit_says_what_it_learnt_and_by_what(
    folder: Path, classifier: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(
            [
                "model",
                "fit",
                "--from",
                "issues.jsonl",
                "--label-field",
                "kind",
                "--output",
                "b",
                "--format",
                "json",
            ]
        )
        == 0
    )
    said = capsys.readouterr()
    found = json.loads(said.out.splitlines()[-1])
    assert found["labels"] == ["bug", "feature", "question"]
    assert found["examples"] == {"bug": 8, "feature": 8, "question": 8}
    assert "using words only" in said.err
    assert (folder / "b").read_bytes() == (folder / classifier).read_bytes()


def test_classify_in_json_and_text(
    folder: Path, classifier: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = lines(
        {"id": "x", "title": "Backup crashes"},
        "{",
        {"id": 2, "title": "How does \x1b[31m backup work?", "body": ""},
    )
    (folder / "new.jsonl").write_text(given)
    assert main(["model", "classify", "new.jsonl", "--model", classifier, "--format", "json"]) == 4
    said = capsys.readouterr()
    found = [json.loads(line) for line in said.out.splitlines()[-2:]]
    assert [(one["id"], one["label"]) for one in found] == [("x", "bug"), (2, "question")]
    for one in found:
        assert sum(one["probabilities"].values()) == pytest.approx(1, abs=0.002)
        assert max(one["probabilities"], key=one["probabilities"].get) == one["label"]
    assert "new.jsonl:2: the line is not valid JSON" in said.err

    class Stdin:
        buffer = io.BytesIO(given.encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert main(["model", "classify", "-", "--model", classifier, "--format", "text"]) == 4
    text = capsys.readouterr().out
    assert "Backup crashes" in text
    assert "\x1b" not in text


def test_one_bad_line_does_not_stop_learning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "issues.jsonl").write_text(lines(*issues(), {"id": 99, "title": "without a label"}))
    arguments = ["--from", "issues.jsonl", "--label-field", "kind", "--output", "kinds.rwc", "--words-only"]
    assert main(["model", "fit", *arguments]) == 4
    said = capsys.readouterr()
    assert "issues.jsonl:25: `kind` is missing" in said.err
    assert (folder / "kinds.rwc").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["classify", "issues.jsonl", "--model", "absent.rwc"], "classifier absent.rwc does not exist"),
        (["classify", "absent.jsonl", "--model", "kinds.rwc"], "there is no file absent.jsonl"),
    ],
)
def test_missing_files(
    classifier: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model", *arguments]) == 4
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["classify", "issues.jsonl", "--model", "issues.jsonl"], "issues.jsonl is not a classifier"),
        (["fit", "--from", "issues.jsonl", "--output", "b"], "0 labels"),
        (["pull", "unknown"], "no model named 'unknown'"),
        (["info", "minilm"], "the model minilm is not pulled"),
        (["verify", "minilm"], "the model minilm is not pulled"),
    ],
)
def test_usage_errors(
    classifier: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_files_of_models(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "list", "--format", "text"]) == 0
    assert capsys.readouterr().out == "minilm  not pulled; run rulewright model pull minilm\n"
    from rulewright.models.model_store import store_model

    models = folder / "cache" / "models"
    models.mkdir(parents=True)
    (models / "part").write_bytes(b"GGUF")
    store_model("tiny", str(models / "part"), {"licence": "MIT"})
    assert main(["model", "list", "--format", "json"]) == 0
    assert [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()] == ["tiny", "minilm"]
    assert main(["model", "info", "tiny", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["licence"] == "MIT"
    assert main(["model", "verify"]) == 0
    (models / "tiny.gguf").write_bytes(b"GGUX")
    assert main(["model", "verify"]) == 4
    assert "is not the pulled file" in capsys.readouterr().err


def test_a_configuration_names_its_own_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from hashlib import sha256

    (folder / "a.gguf").write_bytes(b"GGUF")
    text = (
        "apiVersion: rulewright/v1\nkind: Model\nmetadata: {{ name: own }}\nfile: a.gguf\n"
        "sha256: {}\nquantisation: Q8_0\ncontext: 512\n"
    )
    (folder / "own.yaml").write_text(text.format(sha256(b"GGUF").hexdigest()))
    assert main(["model", "pull", "own.yaml", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == 4
    (folder / "own.yaml").write_text(text.format("a" * 64))
    assert main(["model", "pull", "own.yaml"]) == 4
    assert "SHA-256" in capsys.readouterr().err


def test_every_subcommand_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for name in SUBCOMMANDS:
        assert main(["model", name, "--help"]) == 0
        assert "Options" in capsys.readouterr().out


def test_the_group_imports_no_library() -> None:
    code = (
        "import sys\nfrom rulewright.cli.main import main\nmain(['model', '--help'])\n"
        "print([name for name in ('numpy', 'llama_cpp', 'urllib3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
