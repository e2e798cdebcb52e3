"""The look of every network and of every method that trains, the same in all figures of a study."""

from __future__ import annotations

import xarray as xr

from ridgeless.plots._style import LineStyle, line_styles
from ridgeless.report.study.cells import DESCENT, FLOW, labels
from ridgeless.studies.cells import LIMIT

_MARKERS = {FLOW: ("o", 4.6), DESCENT: ("s", 7.6)}
_OTHER_MARKERS = ("^", "D", "v", "P")


def network_styles(dataset: xr.Dataset) -> dict[str, LineStyle]:
    """The networks of the dataset, each with its own look."""
    return line_styles(labels(dataset, "network"))


def method_markers(dataset: xr.Dataset) -> dict[str, tuple[str, float]]:
    """Marker and size of every method that trains; larger ones are drawn first, so that none hides another."""
    trained = [method for method in labels(dataset, "method") if method != LIMIT]
    others = [method for method in trained if method not in _MARKERS]
    spare = {method: (_OTHER_MARKERS[i % len(_OTHER_MARKERS)], 5.0) for i, method in enumerate(others)}
    return {method: _MARKERS.get(method) or spare[method] for method in trained}
