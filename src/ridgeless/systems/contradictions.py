"""Which equations contradict one another, where no x solves them all."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from ridgeless.arrays import Dual

_MOST_NAMED = 5
# An equation takes part in the contradiction where it is missed by more than this part of the worst miss.
_TAKES_PART = 1e-3


def worst_equations(missed: Dual, labels: Sequence[Hashable] | None = None) -> str:
    """A sentence that names the equations that contradict one another, five at most: those missed most.

    What the nearest x misses, r = Ax − b for the x of least ‖r‖, is orthogonal to the range of A: the equations,
    weighted with r, add up to 0 = rᵀb ≠ 0. So those with r_i ≠ 0 contradict one another, and the others take no part.

    Args:
        missed: (n,) r.
        labels: (n,) what the equations are called.

    Example:
        >>> worst_equations(np.array([0.5, 0.0, -0.5]), ["mill", "shop", "home"])
        "The equations 0 ('mill') and 2 ('home') contradict one another, missed by 0.5 and 0.5."
        >>> worst_equations(np.array([0.0, 2.0]))
        'Equation 1 has no solution, missed by 2.'
    """
    sizes = np.abs(missed)
    order = [int(i) for i in np.argsort(-sizes, kind="stable") if sizes[i] > _TAKES_PART * sizes.max()]
    shown = sorted(order[:_MOST_NAMED])
    if not shown:
        return ""
    named = [_called(i, labels) for i in shown]
    by = [f"{sizes[i]:.3g}" for i in shown]
    if len(order) == 1:
        return f"Equation {named[0]} has no solution, missed by {by[0]}."
    if len(order) > len(shown):
        worst = f"{_listed(named)}, by {_listed(by)}"
        return f"{len(order)} equations contradict one another; those missed most are {worst}."
    return f"The equations {_listed(named)} contradict one another, missed by {_listed(by)}."


def _called(place: int, labels: Sequence[Hashable] | None) -> str:
    return str(place) if labels is None or labels[place] == place else f"{place} ({labels[place]!r})"


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
