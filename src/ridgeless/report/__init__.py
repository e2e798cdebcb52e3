"""A study's results as one page that a stranger can read. matplotlib lives here, and loads with the first report."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ridgeless.report.writer import write_report

__all__ = ["write_report"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'ridgeless.report' has no attribute {name!r}")
    member = getattr(importlib.import_module("ridgeless.report.writer"), name)
    globals()[name] = member
    return member
