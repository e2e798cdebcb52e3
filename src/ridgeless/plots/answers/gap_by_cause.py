"""The gap to the minimum-norm solution, cause by cause: the picture of `explanation.plot()`."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ridgeless._core.numbers import number
from ridgeless.analysis.explain import Explanation
from ridgeless.errors import InvalidInputError
from ridgeless.plots import _axes, _style
from ridgeless.plots.models import _features

_CALL = "plots.gap_by_cause"
_WIDTH, _HEIGHT, _LABELS = 5.8, 2.9, 1.9
_WORDS = {
    "stopping": "stopped before the end",
    "drift": "left the row space of A",
    "step size": "finite steps",
    "imbalance": "start not balanced",
    "null component": "start not in the row space of A",
}
_ALL = "the whole gap"
_THICK = 0.6


@_style.applied()
def gap_by_cause(explanation: Explanation, ax: Axes | None = None) -> Axes:
    """Bars that lead from 0 to ‖x − A⁺b‖: each begins where the one above it ends, and the last is the whole gap.

    Args:
        explanation: what `rl.explain` returned.
        ax: where to draw; None for a figure of its own, which a notebook shows.

    Raises:
        InvalidInputError: something else than an `Explanation`.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 0.0]]), np.array([1.0]))
        >>> start = {"x": np.array([0.0, 3.0])}
        >>> found = rl.train(system, rl.networks.Direct(), start, rl.flows.GradientDescent(), tol=1e-12)
        >>> ax = gap_by_cause(rl.explain(found))
        >>> ax.get_yticklabels()[-1].get_text(), float(ax.patches[-1].get_width())
        ('the whole gap', 3.0)
    """
    if not isinstance(explanation, Explanation):
        raise InvalidInputError(f"{_CALL}: got a {type(explanation).__name__}; pass what rl.explain returned.")
    shares = np.array([part.share for part in explanation.parts.values()])
    ends = np.cumsum(shares)
    ax = _style.axes_or_new(ax, _CALL, _WIDTH, _HEIGHT)
    _features.zero_line(ax, is_upright=True)
    adds, takes, whole = "adds to the gap", "takes from it", f"‖x − A⁺b‖ = {number(explanation.total)}"
    looks = _style.line_styles([adds, takes])
    for row, (share, end) in enumerate(zip(shares, ends, strict=True)):
        colour = looks[adds if share >= 0 else takes].colour
        ax.barh(row, share, left=end - share, height=_THICK, color=colour, zorder=2)
        _value(ax, row, max(end, end - share), share)
    ax.barh(len(shares), explanation.total, height=_THICK, color=_style.INK, zorder=2)
    for told, is_shown in ((adds, bool(np.any(shares > 0))), (takes, bool(np.any(shares < 0)))):
        if is_shown:
            _axes.told_once(ax, told, color=looks[told].colour, linestyle="-", linewidth=7)
    _axes.told_once(ax, whole, color=_style.INK, linestyle="-", linewidth=7)
    names = [f"{name}:\n{_WORDS[name]}" if name in _WORDS else name for name in explanation.parts]
    ax.set_yticks(range(len(names) + 1), [*names, _ALL])
    ax.set(ylim=(len(names) + 0.6, -0.6), xlabel="share of the gap (units of x)", ylabel="cause")
    ax.use_sticky_edges = False
    ax.margins(x=0.26)
    ax.grid(visible=False, axis="y")
    _axes.own_legend(ax, _LABELS)
    return ax


def _value(ax: Axes, row: int, end: float, share: float) -> None:
    """The share, in digits, at the right end of its bar: most are too small to be seen beside the largest."""
    told = number(share) if share < 0 or share == 0 else f"+{number(share)}"
    ax.annotate(told, (end, row), (4, 0), textcoords="offset points", va="center", fontsize="small")
