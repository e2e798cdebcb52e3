"""HTML reports of studies and of reproduced papers. matplotlib loads with the first report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ridgeless._core.first_use import on_first_use

if TYPE_CHECKING:
    from ridgeless.report.paper.writer import write_paper_report
    from ridgeless.report.study.writer import write_preview, write_report

_HOMES = {
    "write_paper_report": f"{__name__}.paper.writer",
    "write_preview": f"{__name__}.study.writer",
    "write_report": f"{__name__}.study.writer",
}
__all__ = ["write_paper_report", "write_preview", "write_report"]

__getattr__, __dir__ = on_first_use(__name__, _HOMES, "report")
