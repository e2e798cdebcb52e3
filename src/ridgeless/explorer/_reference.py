"""The numbers of the library that a page carries, so that it can compare its own with them.

They are stored, since computing them takes longer than making a page; `_computed_reference` makes them.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

FILE = "reference.json"


def stored_reference() -> dict[str, Any]:
    """The numbers as the package carries them.

    Example:
        >>> sorted(stored_reference())
        ['dynamics', 'limits', 'system', 'vanishing']
    """
    return json.loads((files("ridgeless.explorer") / FILE).read_text(encoding="utf-8"))
