"""How much memory is free, and how an amount of it is written."""

from __future__ import annotations

import os
from pathlib import Path

_TOLD_BY_LINUX = Path("/proc/meminfo")
_OWN_BY_LINUX = Path("/proc/self/statm")


def available_bytes() -> int | None:
    """Memory that a new computation can have without swapping; all that there is where only this is told; else None."""
    try:
        lines = _TOLD_BY_LINUX.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) * 1024
    except (OSError, StopIteration):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def resident_bytes() -> int | None:
    """Memory that this process holds now: interpreter, libraries and data; None where the system does not tell."""
    try:
        pages = int(_OWN_BY_LINUX.read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def gibibytes(size: int) -> str:
    """An amount of memory in words.

    Example:
        >>> gibibytes(3 * 2**30)
        '3.0 GiB'
    """
    return f"{size / 2**30:.1f} GiB"
