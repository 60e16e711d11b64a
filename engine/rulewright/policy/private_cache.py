"""Files in the user's cache folder that only the user can have written: each begins with a keyed hash of the rest."""

from __future__ import annotations

import os
import stat
from _thread import get_ident
from typing import Final

from rulewright.policy.sha256 import sha256

BLOCK: Final = 64
"""Bytes of a block of SHA-256, to which HMAC fills its key up."""


KEY_SIZE: Final = 32


OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


if hasattr(os, "geteuid"):

    def _is_mine(owner: int) -> bool:
        return owner == os.geteuid()

else:  # Windows has neither owners nor modes; a user's folders are closed to others there

    def _is_mine(owner: int) -> bool:
        return True


def cache_folder() -> str:
    """`RULEWRIGHT_CACHE_DIR`, else the user's cache folder."""
    own = os.environ.get("RULEWRIGHT_CACHE_DIR")
    if own:
        return own
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "rulewright")


def is_private(folder: str) -> bool:
    """Whether `folder` is a folder, not a link to one, of the user who runs, where nobody else may write."""
    try:
        found = os.lstat(folder)
    except (OSError, ValueError):
        return False
    if not stat.S_ISDIR(found.st_mode) or not _is_mine(found.st_uid):
        return False
    return os.name == "nt" or not found.st_mode & OTHERS_WRITE


def read_entry(kind: str, name: str) -> bytes | None:
    """What `write_entry` wrote under this name; None where there is none that can be believed."""
    folder = os.path.join(cache_folder(), kind)
    key = _read_key() if is_private(folder) else None
    found = _read_own(os.path.join(folder, name)) if key is not None else None
    if key is None or found is None:
        return None
    told, _, data = found.partition(b"\n")
    return data if _signed(key, data) == told else None


def write_entry(kind: str, name: str, data: bytes) -> bool:
    """Keep `data` in the cache's folder `kind`: whole, or not at all. False where that cannot be done (full disk, no
    permission, a folder that is not private)."""
    folder = os.path.join(cache_folder(), kind)
    if not (_make_private(cache_folder()) and _make_private(folder)):
        return False
    key = _read_key() or _make_key()
    return key is not None and _write_own(os.path.join(folder, name), _signed(key, data) + b"\n" + data)


def _make_private(folder: str) -> bool:
    try:
        os.makedirs(os.path.dirname(os.path.abspath(folder)), exist_ok=True)
        os.mkdir(folder, 0o700)
    except FileExistsError:
        pass
    except (OSError, ValueError):
        return False
    return is_private(folder)


def _key_file() -> str:
    return os.path.join(cache_folder(), "key")


def _read_key() -> bytes | None:
    key = _read_own(_key_file()) if is_private(cache_folder()) else None
    return key if key is not None and len(key) == KEY_SIZE else None


def _make_key() -> bytes | None:
    """A new key; entries under the one before are not believed any more."""
    return _read_key() if _write_own(_key_file(), os.urandom(KEY_SIZE)) else None


def _signed(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256 by hand: `hmac` imports OpenSSL, which is a twentieth of a warm run."""
    filled = key.ljust(BLOCK, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in filled) + data).digest()
    return sha256(bytes(byte ^ 0x5C for byte in filled) + inner).hexdigest().encode()


def _read_own(path: str) -> bytes | None:
    """The bytes of a regular file that only the user who runs can read or write; of nothing else, and of no link."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(number, "rb") as stream:
            found = os.fstat(number)
            if not stat.S_ISREG(found.st_mode) or not _is_mine(found.st_uid):
                return None
            if os.name != "nt" and found.st_mode & OTHERS:
                return None
            return stream.read()
    except (OSError, ValueError):
        return None


def _write_own(path: str, data: bytes) -> bool:
    scratch = f"{path}.{os.getpid()}.{get_ident()}.tmp"
    try:
        number = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with open(number, "wb") as stream:
            stream.write(data)
        os.replace(scratch, path)
    except (OSError, ValueError):
        try:
            os.unlink(scratch)
        except (OSError, ValueError):
            return False
        return False
    return True
