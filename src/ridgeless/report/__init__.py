"""HTML reports of studies and of reproduced papers. matplotlib loads with the first report."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ridgeless.errors import MissingDependencyError

if TYPE_CHECKING:
    from ridgeless.report.paper.writer import write_paper_report
    from ridgeless.report.study.writer import write_preview, write_report

_HOMES = {
    "write_paper_report": "paper.writer",
    "write_preview": "study.writer",
    "write_report": "study.writer",
}
__all__ = ["write_paper_report", "write_preview", "write_report"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ridgeless.report' has no attribute {name!r}")
    try:
        member = getattr(importlib.import_module(f"ridgeless.report.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f'reports need {error.name}, which is not installed; type: pip install "ridgeless[lab]"'
        ) from error
    globals()[name] = member
    return member
