"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from typing import BinaryIO


class WholeFile:
    """A temporary file next to its target, renamed to it when it is complete."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.part = f"{path}.{os.getpid()}.part"
        # A pipe or device (`/dev/stdout`, a shell's `>(…)`) cannot be replaced by a rename.
        self.direct = os.path.exists(path) and not os.path.isfile(path)
        try:
            self.stream: BinaryIO = open(path if self.direct else self.part, "wb")  # noqa: SIM115 — closed by close()
        except OSError as error:
            raise _cannot_write(path, error) from error

    def write(self, data: bytes) -> None:
        try:
            self.stream.write(data)
        except OSError as error:
            self.close(keep=False)
            raise _cannot_write(self.path, error) from error

    def close(self, *, keep: bool) -> None:
        """Rename the file to its target, or remove it."""
        try:
            self.stream.close()
            if keep and not self.direct:
                os.replace(self.part, self.path)
        except OSError as error:
            keep = False
            raise _cannot_write(self.path, error) from error
        finally:
            if not keep and not self.direct and os.path.exists(self.part):
                os.unlink(self.part)


def _cannot_write(path: str, error: OSError) -> SourceError:
    return SourceError(f"cannot write {path}: {error.strerror or error}", hint="the file was not changed")


def write_whole(path: str, data: bytes) -> None:
    """Write a file atomically. Raises SourceError with the reason."""
    whole = WholeFile(path)
    whole.write(data)
    whole.close(keep=True)
