"""E7: lazy training approaches its limit as 1/α, with a predicted constant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ridgeless._core.arrays import Vector, norm
from ridgeless.networks import Lazy, Theta
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._derivatives import flat, layers_of, orders, product, pulled, pulled_along, unflat
from ridgeless.papers._experiments import FLOW, UNKNOWNS, Instance, PerSeed, Scores, arrived, dense, instances
from ridgeless.papers._text import short_median
from ridgeless.papers.base import Claim, Figure, PaperProgress, Points, Section
from ridgeless.systems import LinearSystem
from ridgeless.verbs.lazy_limit import lazy_limit
from ridgeless.verbs.train import train

ALPHAS = np.geomspace(10.0, 1000.0, 5)
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class LazyRuns:
    """Lazy training at one depth.

    Attributes:
        hidden: h.
        errors: (seeds, alphas) ‖x_α − x_lazy‖.
        constants: (seeds,) the limit of α·‖x_α − x_lazy‖, predicted.
        distances: (seeds,) ‖x_lazy − A⁺b‖/‖A⁺b‖.
        row_space: (seeds,) the same from a start whose M₀ maps the row space into itself.
    """

    hidden: int
    errors: Scores
    constants: PerSeed
    distances: PerSeed
    row_space: PerSeed


def run(seeds: int, progress: PaperProgress, depths: tuple[int, ...] = (1, 2)) -> list[LazyRuns]:
    """The trainings of E7, depth by depth."""
    return [
        LazyRuns(hidden, *_sweeps.over_seeds(partial(_measured, hidden), instances(7, seeds)))
        for hidden in _sweeps.announced(progress, "E7: lazy training, h = {}", depths)
    ]


def _measured(hidden: int, one: Instance) -> tuple[list[float], float, float, float]:
    system, network, theta0 = one.system, dense(hidden), one.gaussian(hidden, 1.0)
    limit = lazy_limit(system, network, theta0)
    errors = []
    for alpha in ALPHAS:
        found = train(system, Lazy(network, float(alpha)), theta0, FLOW, tol=_TOLERANCE)
        errors.append(arrived(found) * norm(found.x - limit.x))
    shortest = system.min_norm()
    nearest = lazy_limit(system, network, _orthogonal_start(one, hidden))
    return (
        errors,
        norm(first_order(system, theta0)),
        norm(limit.x - shortest) / norm(shortest),
        norm(nearest.x - shortest) / norm(shortest),
    )


def _orthogonal_start(one: Instance, hidden: int) -> Theta:
    """Orthogonal layers, and w such that x₀ lies in the row space: M₀ = ‖w‖²·h·I + I."""
    rng = one.rng
    matrices = [np.linalg.qr(rng.standard_normal((UNKNOWNS, UNKNOWNS)))[0] for _ in range(hidden)]
    vector = one.system.project_rows(rng.standard_normal(UNKNOWNS))
    for matrix in matrices:
        vector = matrix.T @ vector
    return {"W": matrices, "w": vector}


def first_order(system: LinearSystem, theta0: Theta) -> Vector:
    """The limit of α·(x_α − x_lazy), by expanding lazy training in 1/α.

    With θ = θ₀ + δ/α, K = A M₀Aᵀ and r(t) = e^{−Kt}r(0), δ = JᵀAᵀs + O(1/α) where s' = r. To the next order x moves
    by p = ½H[δ, δ] + J∫H[δ, ·]ᵀAᵀr dt, and by M₀Aᵀν so that A x = b still. In the eigenvectors of K,
    ∫s_i r_j dt = r_i r_j/(k_j(k_i + k_j)).
    """
    layers, rows = layers_of(theta0), system.rows()
    pulls = [flat(pulled(layers, row)) for row in rows]
    sizes, vectors = np.linalg.eigh(np.array(pulls) @ np.array(pulls).T)
    images, directions = vectors.T @ rows, vectors.T @ np.array(pulls)
    right = vectors.T @ (system.b - rows @ product(layers))
    settled = unflat((right / sizes) @ directions, layers)
    wandered = np.zeros(directions.shape[1])
    for i, direction in enumerate(directions):
        weights = right[i] * right / (sizes * (sizes[i] + sizes))
        wandered += pulled_along(layers, unflat(direction, layers), weights @ images)
    moved = orders(layers, settled)[2] + orders(layers, unflat(wandered, layers))[1]
    dual = (images @ moved) / sizes
    return moved - orders(layers, unflat(dual @ directions, layers))[1]


def section(all_runs: list[LazyRuns]) -> Section:
    """E7."""
    seeds = len(all_runs[0].constants)
    slopes = {runs.hidden: _claims.slopes(ALPHAS, runs.errors) for runs in all_runs}
    told = ", ".join(f"{np.median(values):.4f} for h = {hidden}" for hidden, values in slopes.items())
    far = ", ".join(f"{short_median(runs.distances)} for h = {runs.hidden}" for runs in all_runs)
    figure = Figure(
        "Lazy training nears its limit as 1/α, with the constant that the second derivative gives",
        "α",
        "‖x_α − x_lazy‖",
        _curves.with_laws(
            (f"h = {runs.hidden}", ALPHAS, runs.errors, float(np.median(runs.constants)) / ALPHAS) for runs in all_runs
        ),
        "Medians over seeds with 95 % bands. The lines are computed from the start alone, by the expansion of training "
        "to first order in 1/α.",
    )
    return Section(
        "E7",
        "Where does lazy training end, and how lazy must it be?",
        f"The network is seen through x = x₀ + α(F(θ) − F(θ₀)), with the loss divided by α², from {seeds} Gaussian "
        "starts of scale 1. As α grows the weights hardly move, and x ends at x₀ + M₀Aᵀ(AM₀Aᵀ)⁻¹(b − Ax₀), the limit "
        f"of the network linearised at its start. Slopes of the distance against α: {told}. The limit is not the "
        f"minimum-norm solution: its median distance from A⁺b, in units of ‖A⁺b‖, is {far}. From orthogonal layers "
        "with x₀ in the row space of A, where M₀ is a multiple of the identity, it is.",
        (figure,),
        claims=tuple(claim for runs in all_runs for claim in _claims_of(runs, slopes[runs.hidden])),
    )


def _claims_of(runs: LazyRuns, slopes: Points) -> list[Claim]:
    depth, products = f"h = {runs.hidden}", runs.errors * ALPHAS
    return [
        _claims.median(f"slope of log ‖x_α − x_lazy‖ against log α, {depth}", -1.0, slopes, 0.03),
        _claims.median(
            f"α·‖x_α − x_lazy‖ at the largest α over that at the last but one, {depth}",
            1.0,
            products[:, -1] / products[:, -2],
            0.03,
        ),
        _claims.median(
            f"α·‖x_α − x_lazy‖ at the largest α over its predicted limit, {depth}",
            1.0,
            products[:, -1] / runs.constants,
            0.03,
        ),
        _claims.least(f"‖x_lazy − A⁺b‖/‖A⁺b‖: lazy is not min-norm, {depth}", 0.1, runs.distances),
        _claims.worst(f"‖x_lazy − A⁺b‖/‖A⁺b‖ where M₀ ∝ I and x₀ is in the row space, {depth}", runs.row_space, 1e-10),
    ]
