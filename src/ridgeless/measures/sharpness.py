"""The sharpness of the loss where training ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless._core.arrays import Vector, positive_number
from ridgeless.errors import MissingDependencyError, RidgelessError
from ridgeless.measures._lanczos import Eigenvalue, largest_eigenvalue
from ridgeless.measures.base import Measure, Measured
from ridgeless.networks import Network, Theta
from ridgeless.solution import Solution

_NOTHING = Eigenvalue(np.nan, np.nan, np.nan)
_TOL = 1e-8


@dataclass(frozen=True)
class Sharpness(Measure):
    """The sharpness λ_max(∇²L) at theta, the largest eigenvalue of the Hessian of the loss L = ½‖A x(theta) − b‖².

    Gradient descent of step size η is stable where the sharpness is below 2/η, and tends to train up to there. Where
    A x = b it is λ_max(A M Aᵀ) with the tangent kernel M = J Jᵀ. By Lanczos' method on Hessian-vector products: no
    matrix of the size of theta is made. For `Lazy` L is the loss that is trained, divided by α².

    NaN where no weights were trained, where layers must stay orthogonal or are not trained, and where 512 products
    leave a residual above the tolerance.

    Attributes:
        tolerance: on the residual ‖H z − λ z‖, ‖z‖ = 1, which bounds the error, relative to ‖H‖; above 0.

    Raises:
        InvalidInputError: a tolerance that is no number above 0.
        MissingDependencyError: JAX or matfree is not installed (on `value`).

    Source: Cohen et al. 2021, "Gradient descent on neural networks typically occurs at the edge of stability".

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> found = rl.train(system, rl.networks.Direct(), {"x": np.zeros(2)}, rl.flows.GradientDescent())
        >>> round(Sharpness().value(Measured(found, system)), 6)  # ‖A‖²
        25.0
    """

    long_name: ClassVar[str] = "sharpness, λ_max of the Hessian of ½‖Ax − b‖²"
    equation_degree: ClassVar[int] = 2

    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        checked = positive_number(self.tolerance, "measures.Sharpness", "tolerance")
        object.__setattr__(self, "tolerance", checked)

    def value(self, measured: Measured) -> float:  # noqa: D102
        found = self.with_residual(measured)
        return found.value if found.is_within(self.tolerance) else np.nan

    def with_residual(self, measured: Measured) -> Eigenvalue:
        """The sharpness as it was found, with the residual that bounds its error; all NaN where it does not apply.

        Raises:
            MissingDependencyError: JAX or matfree is not installed.
        """
        solution, theta = measured.solution, measured.theta
        if solution.network is None or solution.theta0 is None or theta is None:
            return _NOTHING
        if not _is_free(solution.network, len(measured.x)):
            return _NOTHING
        try:
            with np.errstate(all="ignore"):
                problem = solution.network.problem(measured.system, solution.theta0)
                return largest_eigenvalue(problem.network, theta, problem.system, self.tolerance)
        except MissingDependencyError:
            raise
        except RidgelessError:  # A is too large to be expanded
            return _NOTHING


def sharpness_along(solution: Solution, tolerance: float = 1e-6) -> tuple[Vector, Vector]:
    """The sharpness λ_max(∇²L) along a training, at the times or steps of its history.

    The weights on the way are not kept: the same training is done anew, alone, and looked at as it goes. That takes as
    long as the training took, and some tens of products with the Hessian a look.

    Args:
        solution: what `rl.train` returned, with its system, network and flow.
        tolerance: as for `Sharpness`; NaN where a sharpness is not known so well.

    Returns:
        (at, values), shape (k,) each; both empty for limits, and for trainings that move no free weights, such as
        gradient flow in dual coordinates.

    Raises:
        MissingDependencyError: JAX or matfree is not installed.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> flow = rl.flows.GradientDescent(step_size=0.01)
        >>> at, values = sharpness_along(rl.train(system, rl.networks.Difference(2), rl.inits.Constant(0.1), flow))
        >>> at[:4], values[[0, -1]].round(3)
        (array([0., 1., 2., 3.]), array([ 8.164, 15.61 ]))
    """
    nothing = np.zeros(0), np.zeros(0)
    system, network, flow, theta0 = solution.system, solution.network, solution.flow, solution.theta0
    if system is None or network is None or flow is None or theta0 is None or solution.theta is None:
        return nothing
    if not _is_free(network, len(solution.x)):
        return nothing
    problem = network.problem(system, theta0)
    problem = problem.reduced() if flow.keeps_row_space else problem

    def look(theta: Theta) -> float:
        found = largest_eigenvalue(problem.network, theta, problem.system, tolerance)
        return found.value if found.is_within(tolerance) else np.nan

    with np.errstate(all="ignore"):
        return flow.along(problem, _tol_of(solution), look)


def _tol_of(solution: Solution) -> float:
    """The residual that a training was asked for, as its record tells; the default of `rl.train` where it has none."""
    return float(solution.provenance.get("configuration", {}).get("tol", _TOL))


def _is_free(network: Network, unknowns: int) -> bool:
    """Whether every layer is trained, and bound by no constraint."""
    entries = network.layout(unknowns).values()
    layers = [layer for entry in entries for layer in (entry if isinstance(entry, list) else [entry])]
    return not any(layer.is_orthogonal or not layer.is_trained for layer in layers)
