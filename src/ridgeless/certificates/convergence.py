"""Convergence rates of gradient flow: certified before training, at the current weights, and for small starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.arrays import Matrix, norm, whole_number
from ridgeless._core.extremes import within_float64
from ridgeless._core.progress import reported
from ridgeless.errors import InvalidInputError
from ridgeless.inits import Init
from ridgeless.inits.base import start
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class SmallStart:
    """The loss near the end of training W_1 … W_h w from a small start.

    Attributes:
        sharpness: λ_max(A M∞ Aᵀ), the largest eigenvalue of the loss's Hessian at the end.
        rate: 2·λ_min(A M∞ Aᵀ), with L(t) ~ e^(−rate·t) at the end.
        layer_norm: ‖θ*‖^(1/(h+1)), the spectral norm of every layer at the end.
    """

    sharpness: float
    rate: float
    layer_norm: float


@reported("convergence_rate")
@within_float64
def convergence_rate(system: LinearSystem, network: Network, theta0: Init | Theta) -> float:
    """A certified rate ρ with L(t) ≤ L(0)·e^(−ρt) at all times of gradient flow; 0 where none is known.

    ρ = 2·σ_min(A)²·μ, where μ is a lower bound on the eigenvalues of the tangent metric M, x' = M Aᵀ(b − Ax), at all
    times.

    - `Dense(hidden=1)`: μ = λ_max(w wᵀ − W_1ᵀW_1) at the start, where that is positive: it bounds ‖w(t)‖² ≤ M.
    - `Dense` of any depth, from rank-one chains with δ_j ≥ 0 that start nearer to b than 0 is: μ = c^(2h/(h+1)) with
      c = (‖b‖ − ‖Ax₀ − b‖)/σ_max(A), which bounds ‖x(t)‖ (Arora, Cohen, Golowich and Hu 2019).
    - Diagonal networks: a bound by their conserved quantities, such as 8·min|u₀v₀| for `Difference(2)`.

    σ_min is the least singular value that is not 0, since b − Ax never leaves the range of A.

    Args:
        system: A x = b.
        network: the network.
        theta0: its start, a dict or an init (seed 0).

    Returns:
        ρ ≥ 0, in units of one over time.

    Raises:
        InvalidInputError: theta0 does not fit the network.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[2.0, 0.0]]), np.array([1.0]))
        >>> theta0 = {"W": [np.zeros((2, 3))], "w": np.array([3.0, 0.0, 0.0])}
        >>> convergence_rate(system, rl.networks.Dense(hidden=1), theta0)
        72.0
    """
    checked = start(theta0, network, system, 0, "convergence_rate")
    return 2 * system.least_singular_value**2 * network.metric_floor(checked, system)


@within_float64
def tangent_spectrum(system: LinearSystem, network: Network, theta: Any) -> np.ndarray:
    """Eigenvalues of A M Aᵀ at theta, ascending, shape (rank,): the rates at which Ax − b decays.

    At a solution these are the eigenvalues of the loss's Hessian that are not 0: the last is the sharpness, and
    twice the first the final rate of the loss.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[2.0, 0.0]]), np.array([1.0]))
        >>> tangent_spectrum(system, rl.networks.Direct(), {"x": np.zeros(2)})
        array([4.])
    """
    kernel = _kernel(system, network, start(theta, network, system, 0, "tangent_spectrum"))
    return np.linalg.eigvalsh(kernel)[len(kernel) - system.rank :]


@within_float64
def tangent_kernel(system: LinearSystem, network: Network, theta: Init | Theta) -> Matrix:
    """The tangent kernel A M Aᵀ at theta, shape (n, n): gradient flow has (A x)' = A M Aᵀ(b − A x).

    M = J Jᵀ, J = ∂x/∂θ, is never formed: n of its products are. Training is lazy where the kernel hardly changes, and
    its end is then that of `rl.lazy_limit` (Chizat, Oyallon and Bach 2019); ‖K(θ) − K(θ₀)‖/‖K(θ₀)‖ tells how far it
    is from that.

    Args:
        system: A x = b.
        network: any network.
        theta: where, a dict or an init (seed 0).

    Raises:
        InvalidInputError: theta does not fit the network.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[2.0, 1.0]]), np.array([1.0]))
        >>> tangent_kernel(system, rl.networks.Power(depth=2), {"u": np.array([1.0, 3.0])})  # M = diag(4u²)
        array([[52.]])
    """
    return _kernel(system, network, start(theta, network, system, 0, "tangent_kernel"))


def _kernel(system: LinearSystem, network: Network, theta: Theta) -> Matrix:
    rows = system.rows()
    return rows @ np.stack([network.tangent_metric(theta, row) for row in rows]).T


@within_float64
def small_start(system: LinearSystem, hidden: int) -> SmallStart:
    """Sharpness, rate and layer norm at the end of training W_1 … W_h w from a vanishing start.

    They follow from the tangent metric M∞ = ‖θ*‖^(2−2/(h+1))·(I + h·θ̂θ̂ᵀ) at the limit.

    Args:
        system: A x = b.
        hidden: h ≥ 0.

    Raises:
        InvalidInputError: b = 0, where a small start stays small.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> small_start(rl.LinearSystem(np.array([[1.0, 0.0]]), np.array([4.0])), hidden=1)
        SmallStart(sharpness=8.0, rate=16.0, layer_norm=2.0)
    """
    whole_number(hidden, "small_start", "hidden", least=0)
    if not isinstance(system, LinearSystem):
        raise InvalidInputError(f"small_start: system is a {type(system).__name__}; pass rl.LinearSystem(A, b).")
    shortest = system.min_norm()
    size = norm(shortest)
    if size == 0:
        raise InvalidInputError("small_start: b = 0, so that a small start stays small; pass a system with b ≠ 0.")
    rows = system.rows()
    along = rows @ (shortest / size)
    metric = size ** (2 - 2 / (hidden + 1)) * (rows @ rows.T + hidden * np.outer(along, along))
    spectrum = np.linalg.eigvalsh(metric)[len(rows) - system.rank :]
    return SmallStart(float(spectrum[-1]), 2 * float(spectrum[0]), size ** (1 / (hidden + 1)))
