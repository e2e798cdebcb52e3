"""`rl.lazy_limit`: the limit of lazy training, the network replaced by its tangent at the start."""

from __future__ import annotations

import time

import numpy as np

from ridgeless._core.extremes import within_float64
from ridgeless._core.progress import reported
from ridgeless.inits import Init
from ridgeless.inits.base import start
from ridgeless.networks import Network, Theta
from ridgeless.solution import Solution, Status, provenance
from ridgeless.systems import LinearSystem
from ridgeless.verbs._limit_solution import told_of_precision

_TOLERANCE = 1e-10
_SMALLEST = 1e-13


@reported("lazy_limit")
@within_float64
def lazy_limit(system: LinearSystem, network: Network, theta0: Init | Theta, seed: int = 0) -> Solution:
    """Where training of the linearised network ends: x₀ + M₀Aᵀ(A M₀Aᵀ)⁺(b − A x₀), with M₀ = J Jᵀ at theta0.

    This is the limit of `Lazy(network, alpha)` for α → ∞, at a distance O(1/α) (Chizat, Oyallon and Bach 2019). It is
    the solution nearest to x₀ in the metric M₀⁻¹: *not* the minimum-norm solution, unless x₀ lies in the row space
    and M₀ maps the row space into itself (as M₀ ∝ I does). For `Dense`, M₀ = Σ_i L_i L_iᵀ‖R_i‖² with
    L_i = W_1 … W_(i−1) and R_i = W_(i+1) … w.

    Args:
        system: A x = b.
        network: any network; a `Lazy` one stands for its own network.
        theta0: the start, a dict or an init.
        seed: for inits that draw.

    Returns:
        The limit, with the dual ν of x = x₀ + M₀Aᵀν; STALLED where the tangent at theta0 cannot reach b.

    Raises:
        InconsistentSystemError: no x solves the system.
        InvalidInputError: theta0 does not fit the network.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([5.0]))
        >>> lazy_limit(system, rl.networks.Power(depth=2), {"u": np.array([1.0, 0.5])}).x
        array([4., 1.])
    """
    checked = start(theta0, network, system, seed, "lazy_limit")
    system.refuse_inconsistent()
    began = time.perf_counter()
    base = network.inner
    weights = {name: value for name, value in checked.items() if name != "center"}
    initial = np.asarray(base(weights))
    # Orthonormal rows: those of A would bring its condition in squared, and hide small equations behind large ones.
    rows, right = system.row_space.basis(system.b)
    moved = np.stack([base.tangent_metric(weights, row) for row in rows]) if len(rows) else np.zeros_like(rows)
    metric = moved @ rows.T
    along = np.linalg.lstsq((metric + metric.T) / 2, right - rows @ initial, rcond=_SMALLEST)[0]
    x, dual = initial + along @ moved, system.row_space.lift(along)
    residual = system.residual(x, start=initial)
    reached = residual <= _TOLERANCE
    message = (
        "The exact end of training of the linearised network."
        if reached
        else f"The network's tangent at theta0 cannot bring the residual below {residual:.1e}: training it needs "
        "weights that move. Type rl.train, or start from weights that are not 0."
    )
    return Solution(
        x=x,
        status=Status.CONVERGED if reached else Status.STALLED,
        message=message + told_of_precision(system),
        residual=residual,
        method=f"limit of {base} linearised at theta0",
        dual=dual,
        stats={"steps": 0, "run_s": time.perf_counter() - began, "compile_s": 0.0},
        provenance=provenance(seed, verb="lazy_limit", system=system, network=base, init=theta0),
        system=system,
        network=base,
        theta0=weights,
    )
