"""What is given in the wrong option is not shown: it may be a token, and logs are public."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rulewright.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

TOKENS = (
    "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345",
    "github_pat_" + "11AAAAAAA0" * 4,
    "gho_" + "a1" * 18,
    "sk-" + "not-a-real-key-" * 2,
    "AKIA" + "IOSFODNN7ABCDEFG",
    "correct-horse-battery-staple",
    "0123456789abcdef" * 4,
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rulewright.yaml").write_text(
        "apiVersion: rulewright/v1\nkind: Config\nstate: { git_ref: refs/rulewright/state }\n"
    )


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `journal verify` says with these options, which are wrong."""
    assert main(["journal", "verify", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "form", ["{}", "https://x-access-token:{}@github.com/octo-org/demo", "octo-org/demo {}"]
)
def test_repo(capsys: pytest.CaptureFixture[str], token: str, form: str) -> None:
    err = told(capsys, "--repo", form.format(token))
    assert "the value of --repo is not a repository name\nhint: write it as owner/name" in err
    assert token not in err


@pytest.mark.parametrize("token", TOKENS)
def test_the_variable_for_the_repository(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", token)
    err = told(capsys)
    assert "the value of the variable GITHUB_REPOSITORY" in err
    assert token not in err


@pytest.mark.parametrize("token", TOKENS)
def test_token_env(capsys: pytest.CaptureFixture[str], token: str) -> None:
    err = told(capsys, "--repo", "octo-org/demo", "--token-env", token)
    assert "no token: the variable that --token-env names is empty" in err
    assert token not in err


def test_the_name_of_a_variable_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no token: BOT_TOKEN_2 is empty" in told(capsys, "--repo", "a/b", "--token-env", "BOT_TOKEN_2")
    assert "no token: GITHUB_TOKEN and GH_TOKEN are empty" in told(capsys, "--repo", "a/b")


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "form",
    [
        "https://x:{}@api.github.com",
        "https://{}@api.github.com",
        "https://api.github.com?token={}",
        "https://api.github.com#{}",
        "http://{}",
        "{}",
    ],
)
def test_api_url(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, token: str, form: str
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "x" * 8)
    err = told(capsys, "--repo", "a/b", "--api-url", form.format(token))
    assert "not one that a token can be sent to" in err
    assert token not in err


@pytest.mark.parametrize("token", TOKENS)
def test_anchor(capsys: pytest.CaptureFixture[str], token: str) -> None:
    assert token not in told(capsys, "--anchor", token)
