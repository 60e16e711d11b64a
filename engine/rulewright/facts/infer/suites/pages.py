"""A file's pages in the kernel's page cache: dropped, and counted. Linux; elsewhere nothing is promised."""

from __future__ import annotations

import ctypes
import mmap
import os

__all__ = ["drop", "resident"]


def drop(path: str) -> bool:
    """Ask the kernel to forget the file's pages; whether it could be asked. Pages that others map stay."""
    advise = getattr(os, "posix_fadvise", None)
    if advise is None:
        return False
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)  # a page that is not written yet is not dropped
        advise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    except OSError:
        return False
    finally:
        os.close(file)
    return True


def resident(path: str) -> float | None:
    """The share of the file's pages that are in memory, by mincore(2); None where that cannot be seen."""
    size = os.path.getsize(path)
    if not size:
        return None
    with open(path, "rb") as file, mmap.mmap(file.fileno(), size, access=mmap.ACCESS_COPY) as held:
        try:
            mincore = ctypes.CDLL(None, use_errno=True).mincore
        except (AttributeError, OSError):
            return None
        count = (size + mmap.PAGESIZE - 1) // mmap.PAGESIZE
        vector = (ctypes.c_ubyte * count)()
        first = ctypes.c_char.from_buffer(held)
        failed = mincore(ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(size), vector)
        del first  # or the map could not be closed
        return None if failed else sum(one & 1 for one in vector) / count
