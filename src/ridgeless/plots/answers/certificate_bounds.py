"""The bounds of a certificate beside what was asked for: the picture of `certificate.plot()`."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from ridgeless._core.numbers import number
from ridgeless.certificates import Certificate, Verdict
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _style

_CALL = "plots.certificate_bounds"
_WIDTH, _HEIGHT, _LABELS = 6.2, 2.0, 1.9
# Of the axis; a number beyond it stands at its end, and its value beside it.
_LEAST, _MOST, _NEAR_THE_END = 1e-18, 1e2, 1e-3
_DISTANCE = "distance of x to the limit,\nas a part of ‖x‖: at most"
_EQUATION = "worst equation of A x = b,\nas a part of its terms"
_COLOURS = {Verdict.CERTIFIED: "#009e73", Verdict.REFUTED: "#d55e00", Verdict.INCONCLUSIVE: "#0072b2"}
_BAND, _MARK = 7.0, 7.0


@_style.applied()
def certificate_bounds(certificate: Certificate, ax: Axes | None = None) -> Axes:
    """How far the answer can be from the limit, and how far its worst equation is from holding, on one axis.

    Each bound must lie on the left of the line, which is what was asked for. Where a point refutes the answer, a bar
    from the least to the largest distance that is possible.

    Args:
        certificate: what `rl.certify` returned.
        ax: where to draw; None for a figure of its own, which a notebook shows.

    Raises:
        InvalidInputError: something else than a `Certificate`.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> found = rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(1e-8))
        >>> ax = certificate_bounds(rl.certify(found))
        >>> [text.get_text().split()[0] for text in ax.get_legend().get_texts()]
        ['certified:', 'asked']
    """
    if not isinstance(certificate, Certificate):
        raise InvalidInputError(f"{_CALL}: got a {type(certificate).__name__}; pass what rl.certify returned.")
    ax = _style.axes_or_new(ax, _CALL, _WIDTH, _HEIGHT)
    colour = _COLOURS[certificate.verdict]
    witness = certificate.witness
    least = witness.value if witness is not None and witness.kind == "point" else None
    _row(ax, 1, certificate.distance, colour, least)
    _row(ax, 0, certificate.feasibility, colour, None)
    asked = {"color": _style.INK, "linestyle": "--", "linewidth": 1.2}
    ax.axvline(certificate.within, zorder=1, **asked)
    ax.axvspan(_LEAST, certificate.within, color=_style.GRID, alpha=0.35, zorder=0, linewidth=0)
    verdict = {"linestyle": "none", "marker": "o", "markersize": _MARK, "color": colour}
    _axes.told_once(ax, f"{certificate.verdict}: {certificate.reason}", **verdict)
    _axes.told_once(ax, f"asked for: at most {number(certificate.within)}", **asked)
    ax.set(xscale="log", xlim=(_LEAST, _MOST), ylim=(-0.6, 1.6))
    ax.xaxis.set(major_locator=LogLocator(numticks=11), minor_locator=NullLocator(), major_formatter=_axes.AS_NUMBER)
    ax.set_yticks([1, 0], [_DISTANCE, _EQUATION])
    ax.set(xlabel="bound (dimensionless)", ylabel="bound on")
    ax.grid(visible=False, axis="y")
    _axes.own_legend(ax, _LABELS)
    return ax


def _row(ax: Axes, height: int, bound: float, colour: str, least: float | None) -> None:
    """A mark at the bound with its value, and a bar that leads to it from the least that is possible."""
    shown = float(np.clip(bound, 2 * _LEAST, _MOST / 2)) if bound == bound else _MOST / 2
    start = _LEAST if least is None else float(np.clip(least, _LEAST, shown))
    ax.hlines(height, start, shown, color=colour, linewidth=_BAND, alpha=0.25, zorder=2)
    ax.plot(shown, height, "o" if np.isfinite(bound) else ">", color=colour, markersize=_MARK, zorder=3)
    told = number(bound) if np.isfinite(bound) else "no bound known"
    told = told if least is None or number(least) == told else f"{number(least)} to {told}"
    side = {"ha": "right", "xytext": (-8, 8)} if shown > _NEAR_THE_END else {"ha": "left", "xytext": (4, 8)}
    ax.annotate(told, (shown, height), textcoords="offset points", fontsize="small", color=colour, **side)
