"""`rulewright model bench`: figures of a model that the tests write, and what is said where there is none."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.cli.main import main
from rulewright.cli.model_bench import as_text, chosen
from rulewright.models.local import benchmark
from rulewright.models.local.benchmark import benchmark_model
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from rulewright.models.local.messages import LlamaSettings

CONFIG = """\
apiVersion: rulewright/v1
kind: Model
metadata: {{ name: tiny }}
file: tiny.gguf
sha256: {sha256}
quantisation: F32
context: 4096
threads: 1
"""


@pytest.fixture
def folder(tiny_settings: LlamaSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model configuration with the tiny model beside it."""
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(tmp_path)
    shutil.copy(tiny_settings.path, tmp_path / "tiny.gguf")
    (tmp_path / "tiny.yaml").write_text(CONFIG.format(sha256=tiny_settings.sha256))
    return tmp_path


@pytest.mark.slow
def test_every_figure_is_there_and_says_what_it_cost(tiny_settings: LlamaSettings) -> None:
    found = benchmark_model(tiny_settings, repeat=2)
    assert found["format"] == "rulewright/model-bench-v1"
    assert found["model"]["sha256"] == tiny_settings.sha256
    assert [sorted(one) for one in found["load"]] == [["file_cached", "seconds"]] * 2
    assert found["load"][1]["file_cached"] in (None, 1.0)
    assert (found["prefill"]["tokens"], found["decode"]["tokens"]) == (512, 32)
    costs = {name: one for name, one in found["classify"].items() if name != "labels"}
    assert found["classify"]["labels"] == 12
    for one in (found["prefill"], found["decode"], *costs.values()):
        assert len(one["seconds"]) == 2
        assert min(one["seconds"]) <= one["median"] <= max(one["seconds"])
        assert min(one["seconds"]) > 0
    tokens = {name: one["tokens"] for name, one in costs.items()}
    # What is held is not evaluated again: the rules by two of them, the report too by the last.
    assert tokens["second_question"] < tokens["warm_prefix"] < tokens["cold_prefix"]
    assert abs(tokens["saved_prefix"] - tokens["warm_prefix"]) < 10
    assert found["peak_memory"] is None or found["peak_memory"] > 1 << 20


def test_a_small_context_gets_shorter_prompts_or_says_what_does_not_fit(tiny_settings: LlamaSettings) -> None:
    with pytest.raises(SourceError, match="cannot classify"):
        benchmark_model(tiny_settings._replace(context=128), repeat=1)


def test_a_model_that_is_not_there_is_said(tiny_settings: LlamaSettings, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not pulled; run rulewright model pull tiny"):
        benchmark_model(tiny_settings._replace(path=str(tmp_path / "no.gguf")))


@pytest.mark.slow
def test_the_command_in_text_and_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "bench", "tiny.yaml", "--repeat", "1", "--format", "json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["model"]["name"] == "tiny"
    assert said.err == "measuring tiny …\n"
    (folder / "rulewright.yaml").write_text(
        "apiVersion: rulewright/v1\nkind: Config\n"
        "providers: { own: { kind: local, model: tiny.yaml }, other: { kind: examples } }\n"
    )
    assert [one.name for one in chosen("own")] == [one.name for one in chosen(None)] == ["tiny"]
    assert main(["model", "bench", "--repeat", "1", "--format", "text"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.match(r"tiny  \d+\.\d kB, \d+ of \d+ cores, ", lines[0])
    assert sum(" of the file in memory before" in line for line in lines) == 2
    assert sum("tokens/s" in line for line in lines) == 2
    assert sum("tokens evaluated" in line for line in lines) == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "rulewright.yaml has no local provider"),
        (["minilm"], "the model minilm is not pulled; run rulewright model pull minilm"),
        (["no.yaml"], "no.yaml"),
        (["not a name"], "not a name"),
    ],
)
def test_what_cannot_be_measured(
    words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model", "bench", *words]) in (2, 4)
    out, err = capsys.readouterr()
    assert said in err
    assert out == ""


def test_a_file_that_was_read_is_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(1 << 20))
    path.read_bytes()
    share = benchmark.measure_cached_share(str(path))
    if share is None:
        pytest.skip("the system does not tell what it holds")
    assert share == 1.0
    benchmark.evict_from_page_cache(str(path))
    assert benchmark.measure_cached_share(str(path)) <= 1.0  # type: ignore[operator]
    assert benchmark.measure_cached_share(str(tmp_path / "none")) is None
    benchmark.evict_from_page_cache(str(tmp_path / "none"))
    (tmp_path / "empty").write_bytes(b"")
    assert benchmark.measure_cached_share(str(tmp_path / "empty")) is None


def test_what_cannot_be_known_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"x")
    monkeypatch.setattr("os.geteuid", lambda: (tmp_path / "file").stat().st_uid + 1)
    assert benchmark.measure_cached_share(str(tmp_path / "file")) is None
    monkeypatch.delattr("os.posix_fadvise")
    benchmark.evict_from_page_cache(str(tmp_path / "file"))
    from rulewright.models.local.benchmark import _read_peak_memory

    assert _read_peak_memory(None) is None


@pytest.mark.slow
@pytest.mark.usefixtures("minilm_cache")
def test_minilm_is_measured_as_an_encoder() -> None:
    from rulewright.models.local.llama_settings import describe_unusable_model, read_llama_settings

    settings = read_llama_settings({"model": "minilm"})
    assert describe_unusable_model(settings) is None
    found: dict[str, Any] = benchmark_model(settings, repeat=1)
    assert found["embed"]["report"]["tokens"] > 10 * found["embed"]["title"]["tokens"] > 0
    assert "embed report" in as_text(found)
