"""The picture of an answer, looked up when it is asked for: plots stand above what they draw."""

from __future__ import annotations

import importlib
from typing import Any


def drawn(plot: str, answer: Any, ax: Any) -> Any:
    """The Axes on which the function `plot` of `ridgeless.plots` drew the answer.

    Raises:
        InvalidInputError: ax is something else than Axes or None.
        MissingDependencyError: matplotlib is not installed.
    """
    return getattr(importlib.import_module("ridgeless.plots"), plot)(answer, ax=ax)
