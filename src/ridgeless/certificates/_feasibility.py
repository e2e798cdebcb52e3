"""How far x is from solving A x = b: the worst equation, relative to its own terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.arrays import Dual, Matrix, Vector, norm
from ridgeless._core.extremes import beyond_float64
from ridgeless.systems import LinearSystem

# Rounding error of an entry of x, in units of rounding of the largest entry.
_ROUNDINGS = 2.0
# Products of A and x stay within float64 up to this size.
_LARGE = 1e140


@dataclass(frozen=True)
class Feasibility:
    """The worst equation of A x = b.

    Attributes:
        share: the largest |Ax − b|_i/(|A||x| + |b|)_i, beyond the rounding of the largest entry of x.
        equation: its i.
        refutes: whether an equation is missed by more than `within` in a way that no solution near x explains.
    """

    share: float
    equation: int
    refutes: bool

    @property
    def missed(self) -> str:
        """The worst equation in words."""
        return f"equation {self.equation} is missed by {self.share:.1e} of its terms |A||x| + |b|"


def feasibility_of(system: LinearSystem, x: Vector, within: float) -> Feasibility:
    """The largest |Ax − b|_i/(|A||x| + |b|)_i over all equations, and whether any above `within` refutes x.

    The error of an x computed in float64 is the rounding of its largest entry, and misfits of that size do not count:
    they occur in equations whose entries of x should be 0. Where b_i = 0 the terms are those of x alone, and may all
    be tiny; such an equation refutes x only where no solution is nearer than `within`, that is for
    |Ax|_i > within·‖a_i‖‖x‖.

    Args:
        system: A x = b.
        x: (d,) finite.
        within: as for `certify`.
    """
    rows = system.rows() if system.is_expandable else None
    if max(_largest(x), _largest(system.b), 0.0 if rows is None else _largest(rows)) > _LARGE:
        x, b, product, rows = _in_units(system, x, rows)
    else:
        b, product = system.b, system.matvec(x)
    missed = np.abs(product - b)
    if rows is None:
        terms, rounding, reach = _largest(product), 0.0, np.zeros(len(missed))
    else:
        sizes = np.abs(rows)
        terms, rounding = sizes @ np.abs(x), _ROUNDINGS * np.finfo(float).eps * _largest(x) * sizes.sum(axis=1)
        reach = within * norm(x) * np.sqrt(np.einsum("ij,ij->i", sizes, sizes))
    missed = np.maximum(missed - rounding, 0.0)
    share = np.where(missed > 0, missed / (terms + np.abs(b)), 0.0)
    if np.isnan(missed).any() or np.isnan(share).any():
        raise beyond_float64("certify", "A x is no number")
    worst = int(np.argmax(share))
    refutes = np.any((share > within) & ((system.b != 0) | (missed > reach)))
    return Feasibility(float(share[worst]), worst, bool(refutes))


def _in_units(system: LinearSystem, x: Vector, rows: Matrix | None) -> tuple[Vector, Dual, Dual, Matrix | None]:
    """x, b, A x and A scaled by powers of two, so that no product overflows and all ratios stay exactly the same."""
    of_x, of_b, of_rows = (_exponent(values) for values in (x, system.b, 1.0 if rows is None else rows))
    unit = max(of_x + of_rows, of_b)
    small = np.ldexp(x, -of_x)
    b = np.ldexp(system.b, -unit)
    if rows is None:
        return small, b, np.ldexp(system.matvec(small), of_x - unit), None
    rows = np.ldexp(rows, of_x - unit)
    return small, b, rows @ small, rows


def _exponent(values: Any) -> int:
    return int(np.frexp(_largest(values))[1])


def _largest(values: Any) -> float:
    return float(np.max(np.abs(values), initial=0.0))
