"""Folders that others may still be writing into."""

from __future__ import annotations

import errno
import shutil
import time
from pathlib import Path

# Writes that were under way when a call broke off end within moments: each is of one file.
_PATIENCE_S = 5.0
_PAUSE_S = 0.02
# What is told of a folder in which files come and go.
_OTHERS = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it, also what threads of an earlier call are about to write there.

    zarr writes in threads. Where one of several writes fails, the call ends, and the others go on to their ends: a file
    that appears while its folder is emptied makes the removal fail, so that it begins again.

    Raises:
        OSError: it cannot be removed, or is still being written into after five seconds.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError as error:
            if error.errno not in _OTHERS or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)
