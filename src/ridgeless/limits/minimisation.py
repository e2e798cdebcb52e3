"""The constrained minimisation that solvers receive, and the dispatch to the solver for its potential.

Solvers register for a class of potential Φ (`@solve.register`) or, for separable Φ, for the class of the profile of its
branches (`separable.solve_branches`). The package imports every module of `ridgeless.limits`, which registers them all.
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
    """The problem of minimising Φ(x) − ⟨offset, x⟩ subject to A x = b.

    Attributes:
        system: A x = b.
        bias: Φ and the offset.
        tol: the residual ‖Ax − b‖/‖b‖ to aim for.
        watch: receives progress reports on a large system, and stores checkpoints.
    """

    system: LinearSystem
    bias: Bias
    tol: float
    watch: Monitor = UNWATCHED

    @cached_property
    def initial(self) -> Vector:
        """(d,) ∇Φ*(offset), the value of x at initialization."""
        return self.bias.potential.conjugate_gradient(self.bias.offset)

    def part(self, potential: Potential, system: Any, offset: Vector, tol: float) -> Minimum:
        """The minimum of a component of a composite potential, over another system and with another offset."""
        inner = replace(self, system=system, bias=replace(self.bias, potential=potential, offset=offset), tol=tol)
        return solve(potential, inner)


@singledispatch
def solve(potential: Any, question: Minimisation) -> Minimum:
    """The minimum, by the solver registered for the class of the potential; by default its own `minimum` method.

    Raises:
        TypeError: no solver is registered, and the potential has no closed form.
    """
    return potential.minimum(question.system, question.bias.offset, question.tol, question.part)


def lifted(system: LinearSystem, found: Minimum) -> Minimum:
    """The minimum with ν converted from the orthonormal basis of the rows to the rows of A itself."""
    # A solver that failed may return a ν that is not finite; ν = 0 then stands in, and the caller checks the result.
    nu: Dual = found.dual
    return replace(found, dual=system.row_space.lift(nu) if np.isfinite(nu).all() else np.zeros(system.shape[0]))
