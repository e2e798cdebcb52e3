"""`rl.solve`: a sparse solution of A x = b in one line, or of A x ≈ b where b is noisy."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, overload

import numpy as np

from ridgeless import limits
from ridgeless._core.arrays import Numbers, positive_number
from ridgeless._core.progress import reported
from ridgeless.errors import InvalidInputError
from ridgeless.inits import Constant, Init
from ridgeless.networks import Difference, Network, Theta
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem
from ridgeless.verbs._discrepancy import checked_noise, discrepancy_solution
from ridgeless.verbs.limit import limit


@overload
def solve(
    A: LinearSystem,
    b: None = None,
    network: Network | None = None,
    init: Init | Theta | None = None,
    *,
    noise: float | None = None,
    tol: float = 1e-10,
    progress: Callable[[limits.Progress], object] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Solution: ...


@overload
def solve(
    A: Any,
    b: Numbers,
    network: Network | None = None,
    init: Init | Theta | None = None,
    *,
    noise: float | None = None,
    tol: float = 1e-10,
    progress: Callable[[limits.Progress], object] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Solution: ...


@reported("solve")
def solve(
    A: Any,
    b: Numbers | None = None,
    network: Network | None = None,
    init: Init | Theta | None = None,
    *,
    noise: float | None = None,
    tol: float = 1e-10,
    progress: Callable[[limits.Progress], object] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Solution:
    """A sparse solution of A x = b, in one line: the limit of training a deep linear network.

    Args:
        A: (n, d) array, DataFrame, sparse matrix or operator; or a `LinearSystem`, which holds b as well.
        b: (n,) right-hand side; left out with a `LinearSystem`.
        network: `Difference(depth=2)` unless given.
        init: `Constant(1e-4·√max|A⁺b|)` unless given: small enough to be sparse, in the units of the data. With noise,
            the ridge regression x that fits b as closely as the answer will is taken for A⁺b, and networks of D ≥ 4
            layers start at `Constant(1e-5^(1/(D−2))·max|x|^(1/D))`, if that is more: smaller starts end `STALLED`,
            since float64 does not tell the answer from its dual coordinates.
        noise: σ, the standard deviation of the noise in each entry of b (in each real and each imaginary part, where b
            is complex). x then fits b to ‖Ax − b‖ = σ√n and no closer; A x = b need not have a solution.
        tol: on the residual ‖Ax − b‖/‖b‖; with noise, on |‖Ax − b‖ − σ√n| and on what is left of the optimality,
            relative to the misfit of the start.
        progress: as for `limit`.
        checkpoint: as for `limit`.

    Returns:
        The limit, where no noise is given, or 0: x interpolates b, noise included.

        With noise, the x that minimises the potential Φ − ⟨offset, ·⟩ of the start over ‖Ax − b‖ ≤ σ√n (basis-pursuit
        denoising, for a small start). It minimises ½‖Ax − b‖² + λ(Φ − ⟨offset, ·⟩) too, for the λ that
        `stats["penalty"]` tells, and `dual` is ν = (b − Ax)/λ. `stats["stationarity"]` is what the solver left of
        Ax + λν = b relative to ‖b‖, and `stats["distance"]` a bound, rounding not counted, on the distance to the exact
        minimiser for that λ, relative to ‖x‖. Where the start fits b to σ√n already (σ ≥ ‖b‖/√n for a small start),
        x is the start, λ = ∞. `rl.certify` judges solutions of A x = b, and refutes this x, which solves A x ≈ b.

    Raises:
        NoExactLimit: with noise, a network whose potential does not act entry by entry.
        RidgelessError: as `limit`, and for an A or b that is no linear system.

    Source: Morozov 1966 for the discrepancy principle; Chen, Donoho and Saunders 1998, "Atomic decomposition by basis
    pursuit", for the ℓ1 norm.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> rng = np.random.default_rng(0)
        >>> A = rng.standard_normal((20, 60))
        >>> truth = np.zeros(60)
        >>> truth[[3, 14, 15]] = 1.0, -2.0, 3.0
        >>> bool(np.allclose(rl.solve(A, A @ truth).x, truth, atol=1e-3))
        True
        >>> noisy = A @ truth + 0.1 * rng.standard_normal(20)
        >>> found = rl.solve(A, noisy, noise=0.1)
        >>> bool(np.isclose(np.linalg.norm(A @ found.x - noisy), 0.1 * np.sqrt(20)))
        True
    """
    tol = positive_number(tol, "solve", "tol")
    system = _as_system(A, b)
    network = Difference(depth=2) if network is None else network
    if noise is not None and checked_noise(noise) > 0:
        _refuse_watching(progress, checkpoint)
        return discrepancy_solution(system, network, init, checked_noise(noise), tol)
    init = default_init(system) if init is None else init
    found = limit(system, network, init, tol, progress=progress, checkpoint=checkpoint)
    note = " x interpolates b, noise included: split off a test set before you trust it on new data."
    record = {**found.provenance, "configuration": {**found.provenance["configuration"], "verb": "'solve'"}}
    return replace(found, message=found.message + note, provenance=record)


def _refuse_watching(progress: object, checkpoint: object) -> None:
    if progress is not None or checkpoint is not None:
        raise InvalidInputError(
            "solve: progress and checkpoint are for limits, and with noise there is no homotopy to watch or to resume; "
            "leave them out."
        )


def _as_system(A: Any, b: Numbers | None) -> LinearSystem:
    if not isinstance(A, LinearSystem):
        if b is None:
            raise InvalidInputError(f"solve: b is missing; type rl.solve(A, b). A is a {type(A).__name__}.")
        return LinearSystem(A, b)
    if b is not None:
        raise InvalidInputError(
            "solve: A is a LinearSystem, which has a b of its own, and b is given too; type rl.solve(system), or "
            "rl.solve(system.A, b)."
        )
    return A


def default_init(system: LinearSystem) -> Constant:
    """The start of `solve`: Constant(1e-4·√max|θ*|), or 1e-4 where θ* = 0."""
    largest = float(np.abs(system.min_norm()).max())
    return Constant(1e-4 * np.sqrt(largest) if largest > 0 else 1e-4)
