"""The coefficients of a regression over features that are numbers: wavelengths, times, positions."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ridgeless._core.arrays import Numbers
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _style
from ridgeless.plots.models import _features

_CALL = "plots.coefficient_spectrum"
_WIDTH, _HEIGHT = 5.6, 3.0
# In points: stems of many features are thin.
_THICKEST, _THINNEST, _INK = 2.0, 0.5, 200.0


@_style.applied()
def coefficient_spectrum(
    coefficients: ArrayLike,
    at: Numbers | None = None,
    feature: str = "feature (number, from 0)",
    ax: Axes | None = None,
) -> Axes:
    """Coefficients over wavelength or any other number of each feature, a stem from 0 for each.

    The legend says how many features hold nine tenths of Σ|w|.

    Args:
        coefficients: (p,) of one target.
        at: (p,) the number of each feature; None for 0, 1, ….
        feature: what these numbers are, with their unit: "wavelength (nm)".
        ax: where to draw; None for a figure of its own, `coefficient_spectrum(...).figure`.

    Raises:
        InvalidInputError: shapes that do not fit, or numbers that are not finite.

    Example:
        >>> ax = coefficient_spectrum([0.0, 3.0, -1.0], at=[1100, 1102, 1104], feature="wavelength (nm)")
        >>> ax.get_xlabel(), ax.get_legend().get_texts()[0].get_text()
        ('wavelength (nm)', '2 of 3 features hold 90 % of Σ|coefficient|')
    """
    values = _features.checked_coefficients(coefficients, _CALL)
    positions = np.arange(float(len(values))) if at is None else _features.checked_positions(at, _CALL)
    if not isinstance(feature, str):
        raise InvalidInputError(f"{_CALL}: feature = {feature!r}; type what at counts, as 'wavelength (nm)'.")
    if positions.shape != values.shape or not np.isfinite(positions).all():
        raise InvalidInputError(
            f"{_CALL}: {values.size} coefficients at numbers of shape {positions.shape}; pass a finite one for each."
        )
    ax = _style.axes_or_new(ax, _CALL, _WIDTH, _HEIGHT)
    _features.zero_line(ax)
    told = _features.concentration(values)
    look = _style.free_styles([told], ax)[told]
    width = float(np.clip(_INK / len(values), _THINNEST, _THICKEST))
    ax.vlines(positions, 0.0, values, color=look.colour, linewidth=width, zorder=2)
    _axes.told_once(ax, told, color=look.colour, linestyle="-", linewidth=_THICKEST)
    ax.set_xlabel(feature)
    _axes.label_vertically(ax, _features.COEFFICIENT)
    _axes.own_legend(ax)
    return ax
