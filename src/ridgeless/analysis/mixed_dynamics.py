"""`rl.mixed_dynamics`: the loss curve of a wide two-layer linear network, before training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.integrate import solve_ivp

from ridgeless._core.arrays import Numbers, Vector, finite_array, norm
from ridgeless._core.brief import brief
from ridgeless._core.extremes import within_float64
from ridgeless._core.progress import reported
from ridgeless.errors import InvalidInputError
from ridgeless.inits import Gaussian, Init
from ridgeless.inits.base import start
from ridgeless.networks import Dense, Network
from ridgeless.networks.base import Answers, reference_of
from ridgeless.solution import History
from ridgeless.systems import LinearSystem

Times = Float[np.ndarray, " k"]
Coordinates = Float[np.ndarray, " r"]

_RELATIVE = 1e-10
_ABSOLUTE = 1e-12
_LOOK = "mixed_dynamics(system, rl.networks.Dense(hidden=1, width=1024), rl.inits.Gaussian(0.3), times)"


@dataclass(frozen=True)
class MixedDynamics(History):
    """The predicted training of a wide two-layer linear network, at the times that were asked for.

    Attributes:
        clock: "time", that of gradient flow θ' = −∇L.
        at: (k,) the times.
        loss: (k,) ½‖Ax − b‖².
        residual: (k,) ‖Ax − b‖/‖b‖.
        l1_norm: (k,) ‖x‖₁.
        l2_norm: (k,) ‖x‖₂.
        x: (k, d) the x of the network.
    """

    x: Any  # pyright: ignore[reportGeneralTypeIssues]

    __repr__ = brief


@reported("mixed_dynamics")
@within_float64
def mixed_dynamics(system: LinearSystem, network: Network, init: Init, times: Numbers, seed: int = 0) -> MixedDynamics:
    """Loss curve of a wide `Dense(hidden=1)` under gradient flow from Gaussian weights, before training.

    x = W w with W (d, m) and w (m,) drawn from N(0, σ²) moves by x' = −(W Wᵀg + ‖w‖²g), g = Aᵀ(Ax − b). As the width m
    grows with c = σ²m fixed, both factors become functions of x:

        x' = −[√(x xᵀ + c²I) g + √(‖x‖² + c²) g].

    Where c ≫ ‖x‖ this is x' = −2c g, lazy training; where c ≪ ‖x‖, the active dynamics from balanced weights; between
    them large directions of x are active while small ones are lazy. The error of x(t) falls about as m^(−1/2): with 6
    equations and m = 1024 the loss is within 2 % of L(0) of the trained one at all times.

    √(x xᵀ + c²I) g = c g + x⟨x, g⟩/(√(‖x‖² + c²) + c), so that x moves in the span of its start and the rows of A: as
    many equations are integrated as A has rank, and one more.

    Args:
        system: A x = b.
        network: `Dense(hidden=1)`; its width counts for x(0) alone.
        init: `rl.inits.Gaussian(scale)`: σ² = scale²/m, and c = scale².
        times: (k,) at least 0, ascending; those of a training are its `history.at`.
        seed: of the weights, whose product W w is x(0).

    Returns:
        The predicted x and loss at these times, with the fields of `Solution.history`.

    Raises:
        InconsistentSystemError: no x solves the system.
        InvalidInputError: another network or init, or times that are negative or do not ascend.

    Source:
        Tu, Aranguri and Jacot 2024, "Mixed dynamics in linear networks: unifying the lazy and active regimes",
        arXiv 2405.17580.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0], [2.0, 0.0]]) / 2, np.array([1.0, -1.0]))
        >>> network, init = rl.networks.Dense(hidden=1, width=2000), rl.inits.Gaussian(0.5)
        >>> trained = rl.train(system, network, init, rl.flows.GradientFlow())
        >>> predicted = rl.mixed_dynamics(system, network, init, trained.history.at)
        >>> bool(np.abs(predicted.loss - trained.history.loss).max() < 0.02 * trained.history.loss[0])
        True
    """
    at, scale = _checked(network, init, times)
    theta0 = start(init, network, system, seed, "mixed_dynamics")
    system.refuse_inconsistent()
    x = _integrated(system, np.asarray(network(theta0)), scale**2, at)
    misfits = np.stack([system.matvec(each) - system.b for each in x])
    sizes = np.linalg.norm(misfits, axis=1)
    reference = reference_of(system, x[0])
    return MixedDynamics(
        clock="time",
        at=at,
        loss=sizes**2 / 2,
        residual=sizes / reference if reference > 0 else sizes,
        l1_norm=np.abs(x).sum(axis=1),
        l2_norm=np.linalg.norm(x, axis=1),
        x=x,
    )


def _checked(network: object, init: object, times: Numbers) -> tuple[Times, float]:
    """The times, and the scale of the start."""
    if not isinstance(network, Dense) or network.hidden != 1:
        raise InvalidInputError(f"mixed_dynamics: {network} has other than two layers, W and w; type {_LOOK}.")
    if not isinstance(init, Gaussian):
        raise InvalidInputError(f"mixed_dynamics: init is {init!r}, and not Gaussian weights; type {_LOOK}.")
    at = finite_array(times, "mixed_dynamics", "times", ndim=1)
    if not len(at) or at[0] < 0 or np.any(np.diff(at) <= 0):
        raise InvalidInputError(
            "mixed_dynamics: times must ascend from 0 or later; type np.geomspace(1e-3, 1e3, 50), or the history.at "
            "of a training."
        )
    return at, init.scale


def _integrated(system: LinearSystem, x0: Vector, c: float, at: Times) -> Answers:
    """(k, d) the x at the times, from its coordinates along the rows of A and along the part of x₀ across them."""
    rows, _ = system.row_space.basis(system.b)
    across = x0 - rows.T @ (rows @ x0)
    frame = np.vstack([rows, across / (norm(across) or 1.0)])
    matrix = np.stack([system.matvec(direction) for direction in frame], axis=1)

    def velocity(_: float, along: Coordinates) -> Coordinates:
        pull = matrix.T @ (matrix @ along - system.b)
        size = np.sqrt(along @ along + c * c)
        return -(c + size) * pull - (along @ pull) / (size + c) * along

    absolute = _ABSOLUTE * max(norm(system.min_norm()), norm(x0))
    span, begun = (0.0, float(at[-1])), frame @ x0
    if span[1] == 0:
        return np.tile(begun @ frame, (len(at), 1))
    found = solve_ivp(velocity, span, begun, method="LSODA", t_eval=at, rtol=_RELATIVE, atol=absolute)
    if not found.success:
        raise InvalidInputError(f"mixed_dynamics: the integrator stopped ({found.message}); type earlier times.")
    return found.y.T @ frame
