"""What a page of the manual takes for granted, for the build and for the tests, which run the same blocks."""

from __future__ import annotations

import re

# What a reader has at hand: an A and a b of one's own.
READER = """\
import numpy as np

rng = np.random.default_rng(0)
A = rng.standard_normal((8, 20))
b = A[:, 3] - 2 * A[:, 14]
"""

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ASSIGNED = re.compile(r"^(?:A|b)(?:, \w+)* = |^A\b.*, b = ", re.MULTILINE)


def setup_of(text: str) -> str:
    """The code that a page takes for granted: A and b, unless its first use of them makes them, or it has none."""
    code = "".join(BLOCK.findall(text))
    used = re.search(r"\b[Ab]\b(?!=)", re.sub(r"#.*|\"[^\"\n]*\"", "", code))
    return READER if used and not _ASSIGNED.search(code) else ""
