"""From a theorem to its number: argmin Φ(x) − ⟨offset, x⟩ over A x = b, by the solver that fits Φ."""

from __future__ import annotations

import numpy as np

from ridgeless.limits.checkpoint import UNWATCHED, Monitor
from ridgeless.limits.finish import finished
from ridgeless.limits.minimisation import Minimisation, solve
from ridgeless.potentials import Bias
from ridgeless.potentials.minimum import Minimum
from ridgeless.systems import LinearSystem


def minimise(system: LinearSystem, bias: Bias, tol: float, watch: Monitor = UNWATCHED) -> Minimum:
    """argmin Φ(x) − ⟨offset, x⟩ over A x = b.

    Args:
        system: the constraint.
        bias: Φ and the offset.
        tol: the residual ‖Ax − b‖/‖b‖ to aim for; the caller checks it.
        watch: who is told of the steps of a large system, and where its state is kept.

    Raises:
        InconsistentSystemError: the constraint has no solution.
        InfeasibleSignsError: no solution lies in the domain of Φ.

    Example:
        >>> import numpy as np
        >>> from ridgeless.potentials import Bias, Quadratic
        >>> system = LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> minimise(system, Bias(Quadratic(), np.zeros(2), "projection"), tol=1e-10).x
        array([3., 4.])
    """
    question = Minimisation(system, bias, tol, watch)
    # What a solver loses on its way shows in what it finds.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return finished(question, solve(bias.potential, question))
