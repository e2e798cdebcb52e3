"""A minimisation as it is asked of a solver, and how the solver that fits it is found.

A solver registers itself, by the class of Φ (`@solve.register`) or, where Φ is a sum over branches, by the shape of
those (`separable.solve_branches`). Every module of `ridgeless.limits` is imported with the package, so that a solver is
found by being there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, singledispatch
from typing import Any

import numpy as np

from ridgeless._core.arrays import Dual, Vector
from ridgeless.limits.checkpoint import UNWATCHED, Monitor
from ridgeless.potentials import Bias, Potential
from ridgeless.potentials.minimum import Minimum
from ridgeless.systems import LinearSystem


@dataclass(frozen=True, eq=False)
class Minimisation:
    """The minimum of Φ(x) − ⟨offset, x⟩ over A x = b, as it is asked of a solver.

    Attributes:
        system: A x = b.
        bias: Φ and the offset.
        tol: the residual ‖Ax − b‖/‖b‖ to aim for.
        watch: who is told of the steps on a large system, and where its state is kept.
    """

    system: LinearSystem
    bias: Bias
    tol: float
    watch: Monitor = UNWATCHED

    @cached_property
    def initial(self) -> Vector:
        """(d,) ∇Φ*(offset), the x at which the start stands."""
        return self.bias.potential.conjugate_gradient(self.bias.offset)

    def part(self, potential: Potential, system: Any, offset: Vector, tol: float) -> Minimum:
        """The minimum of another potential, of which this one is made."""
        inner = replace(self, system=system, bias=replace(self.bias, potential=potential, offset=offset), tol=tol)
        return solve(potential, inner)


@singledispatch
def solve(potential: Any, question: Minimisation) -> Minimum:
    """What the solver for potentials of this class finds; here the potential's own closed form.

    Raises:
        TypeError: none is known.
    """
    return potential.minimum(question.system, question.bias.offset, question.tol, question.part)


def lifted(system: LinearSystem, found: Minimum) -> Minimum:
    """What was found with the orthonormal rows of A, its ν being read for A itself."""
    # A solver that broke down returns what it has; the caller finds it wanting.
    nu: Dual = found.dual
    return replace(found, dual=system.row_space.lift(nu) if np.isfinite(nu).all() else np.zeros(system.shape[0]))
