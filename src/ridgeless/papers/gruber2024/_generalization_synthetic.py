"""Held-out error of interpolating solutions where the truth is known: sparse and dense, with and without noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq, linprog

from ridgeless import inits
from ridgeless._core.arrays import Vector, norm
from ridgeless.networks import Dense, Difference
from ridgeless.papers import _sweeps
from ridgeless.papers._experiments import PerSeed
from ridgeless.papers.base import PaperProgress, Points
from ridgeless.papers.gruber2024._generalization_baselines import baselines
from ridgeless.solution import Status
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

EQUATIONS = 40
UNKNOWNS = 200
NONZEROS = 3
NOISES = (0.0, 0.3)
DEPTHS = (1, 2, 3)
# Of x: u = v = scale^(1/D), so that networks of different depth are compared at starts of the same product.
SPARSE_SCALES = np.geomspace(1e-7, 1e2, 10)
HIDDEN = (0, 1, 2, 3)
DENSE_SCALES = np.array([0.001, 0.01, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0])
# Later layers of a chain over its first.
_RATIO = 2.0
_SEED = 240202454  # arXiv number: this file's draws are no other file's


@dataclass(frozen=True)
class Swept:
    """Interpolating limits of one network over scales.

    Attributes:
        parameter: depth D of `Difference`, or h of `Dense`.
        errors: (seeds, scales) ‖x − x*‖²/‖x*‖².
        residuals: (seeds, scales) ‖Ax − b‖/‖b‖; NaN where the limit was not certified.
    """

    parameter: int
    errors: Float[np.ndarray, "seeds scales"]
    residuals: Float[np.ndarray, "seeds scales"]


@dataclass(frozen=True)
class Synthetic:
    """One kind of truth at one level of noise.

    Attributes:
        noise: standard deviation of what is added to b, whose own is 1.
        scales: the abscissas.
        swept: network by network.
        shortest: (seeds,) error of A⁺b.
        others: error of what chooses its regularization by cross-validation (seeds,), by name.
        exponents: (seeds,) 2(1 − ϱ), the power of the scale with which the error of depth 2 vanishes, predicted; NaN
            where there is noise, or no sparse truth.
    """

    noise: float
    scales: Float[np.ndarray, " scales"]
    swept: list[Swept]
    shortest: PerSeed
    others: dict[str, PerSeed]
    exponents: PerSeed


def sparse(seeds: int, progress: PaperProgress) -> list[Synthetic]:
    """`Difference` networks, whose small starts prefer sparse solutions, where the truth is sparse."""
    found = []
    for noise in _sweeps.announced(progress, "Generalization: sparse truth, noise {:g}", NOISES):
        systems = [_system(index, noise, NONZEROS) for index in range(seeds)]
        swept = []
        for depth in DEPTHS:
            starts = [inits.Constant(float(scale ** (1 / depth))) for scale in SPARSE_SCALES]
            swept.append(_swept(depth, Difference(depth), systems, starts))
        exponents = np.array([_exponent(system) if noise == 0 else float("nan") for system in systems])
        found.append(_compared(noise, SPARSE_SCALES, swept, systems, exponents))
    return found


def dense(seeds: int, progress: PaperProgress) -> list[Synthetic]:
    """`Dense` networks from rank-one chains, whose limits have closed forms, where all entries of the truth count."""
    found = []
    for noise in _sweeps.announced(progress, "Generalization: dense truth, noise {:g}", NOISES):
        systems = [_system(index, noise, UNKNOWNS) for index in range(seeds)]
        starts = [inits.Chain(float(scale), _RATIO) for scale in DENSE_SCALES]
        swept = [_swept(hidden, Dense(hidden=hidden, width=1), systems, starts) for hidden in HIDDEN]
        found.append(_compared(noise, DENSE_SCALES, swept, systems, np.full(seeds, np.nan)))
    return found


def _system(index: int, noise: float, nonzeros: int) -> LinearSystem:
    """Entries of A from N(0, 1), ‖x*‖ = 1, and b = A x* + noise: the same A and support at every level of noise."""
    rng = np.random.default_rng(np.random.SeedSequence([_SEED, 12, nonzeros, index]))
    design = rng.standard_normal((EQUATIONS, UNKNOWNS))
    truth = np.zeros(UNKNOWNS)
    chosen = rng.choice(UNKNOWNS, nonzeros, replace=False)
    truth[chosen] = rng.choice([-1.0, 1.0], nonzeros) if nonzeros < UNKNOWNS else rng.standard_normal(nonzeros)
    truth /= norm(truth)
    return LinearSystem(design, design @ truth + noise * rng.standard_normal(EQUATIONS), truth)


def error(system: LinearSystem, x: Vector, intercept: float = 0.0) -> float:
    """Mean squared error on new equations without noise, rows from N(0, I), in units of their variance ‖x*‖² = 1."""
    return norm(x - np.asarray(system.truth)) ** 2 + intercept**2


def _swept(parameter: int, network: Any, systems: list[LinearSystem], starts: list[Any]) -> Swept:
    errors, residuals = [], []
    for seed, system in enumerate(systems):
        row = [limit(system, network, start, seed=seed) for start in starts]
        errors.append([error(system, found.x) for found in row])
        residuals.append([checked_residual(found) for found in row])
    return Swept(parameter, np.array(errors), np.array(residuals))


def checked_residual(found: Any) -> float:
    """The residual of a certified limit, and NaN, which passes no claim, of any other."""
    return found.residual if found.status is Status.CONVERGED else float("nan")


def _compared(
    noise: float, scales: Points, swept: list[Swept], systems: list[LinearSystem], exponents: PerSeed
) -> Synthetic:
    shortest = np.array([error(system, system.min_norm()) for system in systems])
    rows = [
        {name: error(system, *fitted) for name, fitted in baselines(system.rows(), system.b).items()}
        for system in systems
    ]
    others = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Synthetic(noise, scales, swept, shortest, others, exponents)


def shortest_law(noise: float) -> float:
    """Mean of ‖A⁺b − x*‖² over Gaussian A: 1 − n/d + σ²·n/(d − n − 1), with ‖x*‖ = 1."""
    return 1 - EQUATIONS / UNKNOWNS + noise**2 * EQUATIONS / (UNKNOWNS - EQUATIONS - 1)


def chain_law(hidden: int, noise: float, scales: Points) -> Points:
    """The error of a chain at each scale, from n, d and σ alone: that of A⁺b plus the squared gap.

    The gap is a^h·‖P_N w₀‖ with a² = s + δ and (s − ‖P_N w₀‖²)(s + δ)^h = ‖A⁺b‖²; its direction is random, so that it
    adds to the error of A⁺b, in the mean, as if the two were orthogonal.
    """
    share = 1 - EQUATIONS / UNKNOWNS
    target = 1 - share + noise**2 * EQUATIONS / (UNKNOWNS - EQUATIONS - 1)
    gaps = []
    for scale in scales:
        null, imbalance = scale**2 * share, scale**2 * (_RATIO**2 - 1)
        size = _chain_size(null, imbalance, hidden, target)
        gaps.append((size + imbalance) ** hidden * null)
    return shortest_law(noise) + np.array(gaps)


def _chain_size(null: float, imbalance: float, hidden: int, target: float) -> float:
    """The root s of (s − null)(s + imbalance)^h = target."""
    found: Any = brentq(lambda s: (s - null) * (s + imbalance) ** hidden - target, null, null + target + 1)
    return float(found)


def _exponent(system: LinearSystem) -> float:
    """2(1 − ϱ): the squared error of depth 2 vanishes as this power of the scale of x (Matt and Stöger 2025).

    ϱ = min over ν with A_Sᵀν = sign(x*_S) of max|(Aᵀν)_i| off the support S, a linear program.
    """
    truth = np.asarray(system.truth)
    rows, support = system.rows(), np.flatnonzero(truth)
    off = np.delete(rows, support, axis=1).T
    bound = -np.ones((len(off), 1))
    found = linprog(
        np.concatenate([np.zeros(EQUATIONS), [1.0]]),
        A_ub=np.block([[off, bound], [-off, bound]]),
        b_ub=np.zeros(2 * len(off)),
        A_eq=np.column_stack([rows[:, support].T, np.zeros(len(support))]),
        b_eq=np.sign(truth[support]),
        bounds=[(None, None)] * EQUATIONS + [(0, None)],
    )
    return 2 * (1 - float(found.fun))
