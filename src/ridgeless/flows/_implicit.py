"""Implicit integration of stiff flows by SciPy's BDF, with a tolerance that allows for rounding.

Where the equations force an entry of x to 0, its weight falls as a power of time for ever: the pull on it sinks towards
the rounding of the other weights, while steps grow with time. No step is then known to 1e-12 of each weight, however
short. An error test that asks for it sees noise, and shrinks steps that have nothing to gain from being short.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.integrate import BDF

from ridgeless._core.arrays import Vector

Velocity = Callable[[Vector], Vector]
Jacobian = Callable[[Vector], Float[np.ndarray, "p p"]]

# Newton's method stops at this part of the tolerance; SciPy's own choice for all but the finest ones.
_NEWTON = 0.03
# Roundings that the error test lets pass: Newton's method ends at 6 of them. With fewer than 100 noise still fails
# steps (up to 50 000 of them down to a residual of 1e-10 for two unknowns, one forced to 0, at depths 2 to 4); from
# 200 to 2000 the count stays within a tenth, at 1400 to 5200.
_ROUNDINGS = 200
_PROBES = 2


class ImplicitFlow:
    """Flow y' = velocity(y) by BDF, to `relative` of each weight and `absolute`, or to what rounding leaves.

    Attributes:
        solver: where it is.
    """

    def __init__(
        self, velocity: Velocity, jacobian: Jacobian, at: float, weights: Vector, relative: float, absolute: float
    ) -> None:
        self.velocity, self.absolute = velocity, absolute
        self.solver = BDF(
            lambda _, y: velocity(y), at, weights, np.inf, rtol=relative, atol=absolute, jac=lambda _, y: jacobian(y)
        )
        self.solver.newton_tol = _NEWTON
        signs = np.random.default_rng(0).choice([-1.0, 1.0], (_PROBES, len(weights)))
        self.roundings = 1 + np.finfo(float).eps * signs

    def step(self) -> bool:
        """One step; whether the integrator is fine."""
        self.solver.step()
        if self.solver.LU is not None:
            self.solver.atol = self.absolute + _ROUNDINGS * self._rounding()
        return self.solver.status != "failed"

    def _rounding(self) -> Vector:
        """The effect of rounded weights on a step like the last: |(1 − cJ)⁻¹ c·(f(y + εy) − f(y))|."""
        solver = self.solver
        length = solver.h_abs / solver.alpha[solver.order]
        calm = self.velocity(solver.y)
        noise = [length * (self.velocity(solver.y * each) - calm) for each in self.roundings]
        if not np.isfinite(noise).all():
            return np.zeros_like(calm)  # at the edge of the finite numbers the integrator finds its own end
        return np.max([np.abs(solver.solve_lu(solver.LU, each)) for each in noise], axis=0)
