"""The limit of vanishing starts as a `Solution`: its status, its saddles, what it says."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from ridgeless.arrays import Dual, Vector, norm
from ridgeless.certificates import CERTIFIED_TO, stationarity
from ridgeless.errors import NoExactLimit
from ridgeless.inits import Vanishing
from ridgeless.limits import minimise
from ridgeless.limits.faces import least_entropy, optimal_face
from ridgeless.limits.signs import require_feasible_signs
from ridgeless.limits.vanishing import Path, saddle_to_saddle
from ridgeless.networks import Network, Theta
from ridgeless.potentials import Bias, WeightedL1
from ridgeless.solution import Saddles, Solution, Status, provenance
from ridgeless.systems import LinearSystem

_NO_PATH = "no saddles: the limit is a closed form"


@dataclass(frozen=True)
class _End:
    """What was found: x, its dual, whether it is the only minimiser, and how it came."""

    x: Vector
    dual: Dual
    is_unique: bool
    history: Saddles | None
    steps: int
    method: str


def vanishing_limit(system: LinearSystem, network: Network, init: Vanishing, tol: float, seed: int) -> Solution:
    """`rl.limit` for `rl.inits.Vanishing`, its arguments checked.

    Raises:
        NoExactLimit: no theorem covers the direction.
        InconsistentSystemError: no x solves the system.
        InfeasibleSignsError: no solution has the signs that the direction locks.
    """
    direction: Theta = network.checked(init(network, system, seed), system.shape[1])
    began = time.perf_counter()
    found = network.vanishing_theorem(direction, system)
    if not isinstance(found, Bias):
        raise NoExactLimit(
            f"limit: no theorem tells where vanishing starts of {network} go: {found.reason}.",
            in_python="Type rl.inits.Gaussian(scale) with a small scale, and train it.",
            at_command_line="Type another --network, --depth or --init.",
        )
    end = _end(system, found, network.homogeneity, tol)
    run_s = time.perf_counter() - began
    residual = system.residual(end.x, start=end.x)
    optimality = stationarity(system, end.x, found, end.dual)
    status = _status(residual, optimality, tol, end.is_unique)
    return Solution(
        x=end.x,
        status=status,
        message=_message(status, residual, optimality, tol),
        residual=residual,
        method=f"limit of {network} as the start vanishes: {end.method}",
        dual=end.dual,
        bias=found,
        history=end.history,
        stats={"steps": end.steps, "run_s": run_s, "compile_s": 0.0, "stationarity": optimality},
        provenance=provenance(seed, verb="limit", system=system, network=network, init=init, tol=tol),
        system=system,
        network=network,
    )


def _end(system: LinearSystem, found: Bias, degree: int, tol: float) -> _End:
    box = found.potential
    if not isinstance(box, WeightedL1):
        minimum = minimise(system, found, tol)
        return _End(minimum.x, minimum.dual, True, None, minimum.steps, minimum.method)
    is_frozen = np.isinf(box.positive) & np.isinf(box.negative)
    signs = np.isfinite(box.positive).astype(float) - np.isfinite(box.negative)
    require_feasible_signs(system, signs, is_frozen)
    A = system.rows()
    path = saddle_to_saddle(A, system.b, box)
    if path.residuals[-1] > 0:
        _refuse_inconsistent(system, path)
    s = system.rmatvec(path.nu)
    face = optimal_face(A, path.x, box.reach(s), s)
    x = path.x
    if not face.is_point and found.ties is not None:
        x = least_entropy(system, face, found.ties, tol)
    method = f"{len(path.at) - 1} jumps from saddle to saddle"
    return _End(x, path.nu, face.is_point, _history(system, path, degree), len(path.at) - 1, method)


def _refuse_inconsistent(system: LinearSystem, path: Path) -> None:
    """A walk that ends short of b has met what A does not reach, or rounding: the factorisation tells which."""
    if norm(system.matvec(path.x) - system.b) > 1e-9 * norm(system.b):
        system.min_norm()


def _history(system: LinearSystem, path: Path, degree: int) -> Saddles:
    size = norm(system.b)
    points = path.points
    absolute = abs(points)
    return Saddles(
        clock="time / log(1/scale)" if degree == 2 else f"time · scale^{degree - 2}",
        at=path.at,
        loss=path.residuals**2 / 2,
        residual=path.residuals / size if size > 0 else np.zeros_like(path.residuals),
        l1_norm=np.asarray(absolute.sum(axis=1)).ravel(),
        l2_norm=np.sqrt(np.asarray((absolute * absolute).sum(axis=1)).ravel()),
        coordinate=path.coordinate,
        points=points,
    )


def _status(residual: float, optimality: float, tol: float, is_unique: bool) -> Status:
    if not (np.isfinite(residual) and residual <= tol and optimality <= CERTIFIED_TO):
        return Status.STALLED
    return Status.CONVERGED if is_unique else Status.NOT_UNIQUE


def _message(status: Status, residual: float, optimality: float, tol: float) -> str:
    if status is Status.CONVERGED:
        return f"The limit of gradient flow as its start vanishes; {status.value}."
    if status is Status.NOT_UNIQUE:
        return (
            "The weighted ℓ1 norm has more than one minimiser on A x = b; x is the one that starts of this direction "
            "tend to, the minimiser of the next order's entropy among them. Another direction picks another."
        )
    return (
        f"The walk from saddle to saddle stopped at residual {residual:.1e} (asked: {tol:.0e}) and stationarity "
        f"{optimality:.1e} (asked: {CERTIFIED_TO:.0e}): x is not the limit. Rescale the equations to one size, or "
        "type rl.inits.Constant(1e-8)."
    )
