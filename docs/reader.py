"""What a page of the manual takes for granted, for the build and for the tests, which run the same blocks."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

import ridgeless

# What a reader has at hand: an A and a b of one's own.
READER = """\
import numpy as np

rng = np.random.default_rng(0)
A = rng.standard_normal((8, 20))
b = A[:, 3] - 2 * A[:, 14]
"""

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Comments and strings are no code, and `system.A` is no A of the page.
_SAID = re.compile(r'#.*|"""(?s:.*?)"""|"[^"\n]*"')
_USED = re.compile(r"(?<![\w.])[Ab]\b(?!=)")
_ASSIGNED = re.compile(r"^(?:A|b)(?:, \w+)* = |^A\b.*, b = ", re.MULTILINE)


def setup_of(text: str) -> str:
    """The code that a page takes for granted: A and b, unless its first use of them makes them, or it has none."""
    code = "".join(BLOCK.findall(text))
    return READER if uses(code) and not _ASSIGNED.search(_SAID.sub("", code)) else ""


def uses(code: str) -> bool:
    """Whether code names the A or the b of the page."""
    return bool(_USED.search(_SAID.sub("", code)))


@cache
def fingerprint() -> str:
    """A hash of the whole package: pages are run again when anything changed that they may show."""
    found = hashlib.sha256()
    for path in sorted(Path(ridgeless.__file__).parent.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]
