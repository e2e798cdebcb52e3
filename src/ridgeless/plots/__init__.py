"""Figures of answers, studies, trainings and models. Each takes `ax`, returns the Axes, and changes no setting.

A function in a file of its own name in `answers`, `grids`, `models` or `trainings` is found by being there. matplotlib
loads with the first.
"""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING

from ridgeless._core.first_use import on_first_use
from ridgeless.plots.intervals import Interval, wilson_interval
from ridgeless.plots.jumps import jump_times

if TYPE_CHECKING:
    from ridgeless.plots.answers.certificate_bounds import certificate_bounds
    from ridgeless.plots.answers.gap_by_cause import gap_by_cause
    from ridgeless.plots.answers.left_out_predictions import left_out_predictions
    from ridgeless.plots.answers.limits_along_scale import limits_along_scale
    from ridgeless.plots.answers.solution_entries import solution_entries
    from ridgeless.plots.grids.double_descent import double_descent
    from ridgeless.plots.grids.effective_scale_along_step_size import effective_scale_along_step_size
    from ridgeless.plots.grids.half_width_diagram import half_width_diagram
    from ridgeless.plots.grids.measure_along import measure_along
    from ridgeless.plots.grids.phase_diagram import phase_diagram
    from ridgeless.plots.grids.training_against_prediction import training_against_prediction
    from ridgeless.plots.models.coefficient_path import coefficient_path
    from ridgeless.plots.models.coefficient_spectrum import coefficient_spectrum
    from ridgeless.plots.models.cross_validation_diagram import cross_validation_diagram
    from ridgeless.plots.models.largest_coefficients import largest_coefficients
    from ridgeless.plots.trainings.loss_along_time import loss_along_time
    from ridgeless.plots.trainings.norms_along_time import norms_along_time
    from ridgeless.plots.trainings.sharpness_along_time import sharpness_along_time
    from ridgeless.plots.trainings.singular_values_along_time import singular_values_along_time

_HOMES = {
    info.name: f"{__name__}.{room}.{info.name}"
    for room in ("answers", "grids", "models", "trainings")
    for info in pkgutil.iter_modules([f"{__path__[0]}/{room}"])
    if not info.name.startswith("_")
}
__all__ = [
    "Interval",
    "certificate_bounds",
    "coefficient_path",
    "coefficient_spectrum",
    "cross_validation_diagram",
    "double_descent",
    "effective_scale_along_step_size",
    "gap_by_cause",
    "half_width_diagram",
    "jump_times",
    "largest_coefficients",
    "left_out_predictions",
    "limits_along_scale",
    "loss_along_time",
    "measure_along",
    "norms_along_time",
    "phase_diagram",
    "sharpness_along_time",
    "singular_values_along_time",
    "solution_entries",
    "training_against_prediction",
    "wilson_interval",
]

__getattr__, __dir__ = on_first_use(__name__, _HOMES, "plots", __all__)
