"""How much of a file the system holds in memory: what a load costs depends on it more than on anything else.

Linux only; elsewhere nothing is known, and nothing is done.
"""

from __future__ import annotations

import ctypes
import mmap
import os


def evict_from_page_cache(path: str) -> None:
    """Ask the system to forget a file's pages. It may not: what another process has mapped stays."""
    if not hasattr(os, "posix_fadvise"):
        return
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    except OSError:
        pass
    finally:
        os.close(file)


def measure_cached_share(path: str) -> float | None:
    """The share of a file's pages that are in memory, between 0 and 1; None where that cannot be known.

    By mincore(2), which tells the truth to the file's owner only, and says "all" to others.
    """
    try:
        mincore = ctypes.CDLL(None, use_errno=True).mincore
        with open(path, "rb") as stream:
            if os.geteuid() not in (0, os.fstat(stream.fileno()).st_uid):
                return None
            # Private and writable, only because ctypes asks for it: nothing is written.
            held = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
    except (AttributeError, OSError, ValueError):
        return None
    pages = -(-len(held) // mmap.PAGESIZE)
    found = (ctypes.c_ubyte * pages)()
    first = ctypes.c_char.from_buffer(held)
    try:
        failed = mincore(ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(len(held)), found)
    finally:
        del first
        held.close()
    return None if failed else sum(one & 1 for one in found) / pages
