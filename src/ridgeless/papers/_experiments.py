"""What the experiments on dense networks share: random systems, trainings, and medians with their bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from ridgeless import flows
from ridgeless._core.arrays import Vector, norm
from ridgeless.networks import Dense, Theta
from ridgeless.papers.base import Claim, Curve, Points, confidence
from ridgeless.solution import Status
from ridgeless.systems import LinearSystem

# One shape for nearly everything, because a training is compiled once per shape: 4 equations, 9 unknowns, width 9.
EQUATIONS = 4
UNKNOWNS = 9
FLOW = flows.GradientFlow(coordinates="weights")
# Between marks side by side, in units of the distance between abscissas.
APART = 0.2
# 95 % of a Gaussian lie within so many standard deviations.
_GAUSSIAN = 1.96
_PAPER = 240202454  # arXiv number: this file's draws are no other file's
Scores = Float[np.ndarray, "seeds k"]
PerSeed = Float[np.ndarray, " seeds"]


@dataclass(frozen=True)
class Instance:
    """One random system, and the seed of the weights that are drawn for it."""

    system: LinearSystem
    seed: int

    @property
    def rng(self) -> np.random.Generator:
        """For what else the experiment draws."""
        return np.random.default_rng(np.random.SeedSequence([_PAPER, self.seed]))


def instances(experiment: int, count: int, unknowns: int = UNKNOWNS, length: float = 1.0) -> list[Instance]:
    """`count` Gaussian systems with entries N(0, 1/d), b Gaussian and scaled so that ‖A⁺b‖ = length."""
    return [_instance(np.random.SeedSequence([_PAPER, experiment, index]), unknowns, length) for index in range(count)]


def _instance(sequence: np.random.SeedSequence, unknowns: int, length: float) -> Instance:
    rng = np.random.default_rng(sequence)
    A = rng.standard_normal((EQUATIONS, unknowns)) / np.sqrt(unknowns)
    shortest = np.linalg.pinv(A) @ rng.standard_normal(EQUATIONS)
    system = LinearSystem(A, A @ (length / np.linalg.norm(shortest) * shortest))
    return Instance(system, int(sequence.generate_state(1)[0]))


def dense(hidden: int) -> Dense:
    """The network of most experiments: every width equal to the number of unknowns."""
    return Dense(hidden=hidden, width=UNKNOWNS)


def trained_in_full(system: LinearSystem, network: Any, theta0: Theta, flow: Any, tol: float) -> flows.Run:
    """Training of all weights as they are.

    `rl.train` moves W_1 in the row space of A alone where that is exact; a law that says so must not be tested on it.
    """
    return flow.run(network.problem(system, theta0), None, tol)


def gap(system: LinearSystem, found: Any) -> float:
    """‖x − A⁺b‖; NaN, which passes no claim, where training did not arrive."""
    return norm(found.x - system.min_norm()) if found.status is Status.CONVERGED else float("nan")


def null_part(system: LinearSystem, theta: Any) -> Float[np.ndarray, "d m"]:
    """P_N W_1."""
    return np.column_stack([system.project_null(column) for column in theta["W"][0].T])


def rest(theta: Any) -> Vector:
    """q = W_2 … W_h w, so that x = W_1 q."""
    q = theta["w"]
    for matrix in reversed(theta["W"][1:]):
        q = matrix @ q
    return q


def median_curve(label: str, x: Points, scores: Scores) -> Curve:
    """Medians over seeds, with the 95 % band of each."""
    bands = [confidence(column) for column in scores.T]
    low, high = (np.array(ends) for ends in zip(*bands, strict=True))
    return Curve(label, np.asarray(x, dtype=float), np.median(scores, axis=0), "measured", low, high)


def predicted_curve(label: str, x: Points, y: Points) -> Curve:
    """What a law says."""
    return Curve(label, np.asarray(x, dtype=float), np.asarray(y, dtype=float), "predicted")


def side_by_side(curves: Sequence[Curve]) -> list[Curve]:
    """Curves over the same abscissas, moved a little to either side, so that no mark or band hides another."""
    spacing = curves[0].x[1] / curves[0].x[0]
    moves = (np.arange(len(curves)) - (len(curves) - 1) / 2) * APART
    return [replace(curve, x=curve.x * spacing**move) for curve, move in zip(curves, moves, strict=True)]


def diagonal(label: str, values: Points) -> Curve:
    """Measured = predicted, over the range of the values."""
    ends = np.array([values.min(), values.max()])
    return predicted_curve(label, ends, ends)


def median_claim(
    statement: str,
    expected: float,
    values: Sequence[float] | Points,
    tolerance: float,
    sense: Literal["near", "at least", "at most"] = "near",
) -> Claim:
    """The median over seeds must lie within the tolerance, or on its side of a bound."""
    points = np.asarray(values, dtype=float)
    return Claim(statement, expected, float(np.median(points)), tolerance, confidence(points), sense)


def worst_claim(statement: str, errors: Sequence[float] | Float[np.ndarray, "..."], tolerance: float) -> Claim:
    """The largest error over seeds must lie within the tolerance of 0."""
    points = np.ravel(np.asarray(errors, dtype=float))
    return Claim(statement, 0.0, float(np.max(points)), tolerance)


def mean_claim(statement: str, expected: float, values: PerSeed, error: float) -> Claim:
    """The mean must lie within three of its standard errors, which theory gives; their Gaussian makes the band."""
    mean, told = float(np.mean(values)), f"mean over {len(values)}, within three standard errors"
    band = (mean - _GAUSSIAN * error, mean + _GAUSSIAN * error)
    return Claim(f"{statement}: {told}", expected, mean, 3 * error, band)


def least_claim(statement: str, bound: float, values: Sequence[float] | Points) -> Claim:
    """Every seed must reach the bound."""
    return Claim(f"{statement}, least over seeds", bound, float(np.min(np.asarray(values))), sense="at least")


def count_claim(statement: str, holds: Sequence[bool] | np.ndarray, least: int | None = None) -> Claim:
    """So many of the seeds must do so: all of them, unless fewer are asked for."""
    total, found = len(holds), float(np.sum(np.asarray(holds, dtype=bool)))
    if least is None:
        return Claim(f"{statement}: all of {total}", float(total), found)
    return Claim(f"{statement}: at least {least} of {total}", float(least), found, sense="at least")


def short(value: float) -> str:
    """Three significant digits."""
    return f"{value:.3g}"


def infinitely_wide(unknowns: int) -> Theta:
    """The start of an infinitely wide layer of variance 1/m, in a network of width d + 1.

    Training sees the stack Z = (W; wᵀ) through ZZᵀ alone, and ZZᵀ → I: the identity is a stack with that very ZZᵀ.
    """
    return {"W": [np.eye(unknowns, unknowns + 1)], "w": np.eye(unknowns + 1)[-1]}
