"""Starts learned from systems whose solutions are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import ArrayLike

from ridgeless._core.arrays import Vector, finite_array, norm, positive_number, whole_number
from ridgeless._core.progress import reported
from ridgeless.analysis.sensitivity import sensitivity
from ridgeless.errors import InvalidInputError
from ridgeless.inits import Constant, Init, Weights
from ridgeless.inits.base import start
from ridgeless.networks import Network, Theta
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

# Small enough to find sparse solutions, large enough for the limit to move smoothly with its start.
_SCALE = 1e-2
_FARTHEST = 12.0
_RIGHT = 1e-30
# A gradient of which no digit is known leads nowhere.
_KNOWN = 0.1


@reported("learn")
def learn(
    systems: Sequence[LinearSystem],
    truths: ArrayLike | None,
    network: Network,
    init: Init | Theta | None = None,
    held_out: float = 0.25,
    max_steps: int = 40,
    pull: float = 1e-3,
) -> Weights:
    """The start, one scale for each coordinate, whose limits come nearest to the truth on a family of systems.

    Minimised over s ∈ ℝᵈ, all weights of coordinate i multiplied by exp(s_i), by L-BFGS:

        mean ‖x∞(s) − truth‖²/‖truth‖² + pull·‖s − mean(s)‖²/d.

    Every limit is exact and so is its gradient (`rl.sensitivity`): no training is run. The steps are judged by the
    systems that are held out, and the best of them is returned; if none beats the first, that is the init itself.

    Args:
        systems: the family, each with the same unknowns; the numbers of equations may differ.
        truths: (k, d) solutions, or None where every system has its `truth`.
        network: `Difference`, `Power`, `Product(2)`, `TwoBranch`: one whose limit is differentiable.
        init: where s = 0; unless given, `Constant` at 1e-2·m^(1/D), with m the median of max|truth|. Depth 3 from 0.1
            teaches well: `Vanishing(found.theta)` then has the learned prices, exactly.
        held_out: the part of the systems, the last ones, that judges and does not teach: above 0 and below 1, and
            at least one system.
        max_steps: of L-BFGS.
        pull: at least 0, towards equal scales, for coordinates that the family says little about.

    Returns:
        An init; its `origin` tells the error on the systems that were held out, before and after.

    Raises:
        NoExactLimit, InfeasibleSignsError: as `rl.limit`, at the first start.
        InvalidInputError: fewer than two systems, truths that do not fit, or a number out of its range.

    Source: bilevel learning of regularizers (Kunisch and Pock 2013), with the regularizer in the start.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> rng = np.random.default_rng(0)
        >>> truths = rng.standard_normal((8, 12)) * (np.arange(12) < 4)  # the support is among the first four
        >>> systems = [rl.LinearSystem(A, A @ x) for x in truths for A in [rng.standard_normal((5, 12))]]
        >>> init = rl.learn(systems, truths, rl.networks.Difference(depth=2), max_steps=10)
        >>> bool(init.theta["u"][:4].min() > init.theta["u"][4:].max())
        True
    """
    family = _asked(systems, truths, network)
    whole_number(max_steps, "learn", "max_steps", least=1)
    if positive_number(held_out, "learn", "held_out") >= 1:
        raise InvalidInputError(
            f"learn: held_out = {held_out!r} leaves no system to learn from; type a part, above 0 and below 1."
        )
    if isinstance(pull, bool) or not (isinstance(pull, Real) and 0 <= pull < np.inf):
        raise InvalidInputError(f"learn: pull = {pull!r}; type a finite number of at least 0.")
    first = _first(family, network, init)
    count = min(max(1, round(held_out * len(family.systems))), len(family.systems) - 1)
    taught, judged = family.part(slice(None, -count)), family.part(slice(-count, None))
    trial = _Trial(network, first, taught, judged, float(pull))
    trial.judge(np.zeros(family.unknowns))
    scipy.optimize.minimize(
        trial.loss,
        np.zeros(family.unknowns),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_FARTHEST, _FARTHEST)] * family.unknowns,
        callback=trial.judge,
        options={"maxiter": max_steps, "maxcor": 20},
    )
    before, after = trial.errors[0], min(trial.errors)
    origin = f"learned from {len(taught.systems)} systems; error on {count} others {before:.3g} → {after:.3g}"
    return Weights(_scaled(first, trial.best), origin)


@dataclass(frozen=True, eq=False)
class _Family:
    """Systems and their solutions."""

    systems: list[LinearSystem]
    truths: np.ndarray

    @property
    def unknowns(self) -> int:
        return self.truths.shape[1]

    def part(self, which: slice) -> _Family:
        return _Family(self.systems[which], self.truths[which])


class _Trial:
    """One run of L-BFGS: its loss, and its best step so far on the systems held out."""

    def __init__(self, network: Network, first: Theta, taught: _Family, judged: _Family, pull: float) -> None:
        self.network, self.first, self.taught, self.judged, self.pull = network, first, taught, judged, pull
        self.errors: list[float] = []
        self.best = np.zeros(taught.unknowns)

    def loss(self, logs: Vector) -> tuple[float, Vector]:
        """The loss and its gradient by s."""
        theta = _scaled(self.first, logs)
        total, gradient, count = 0.0, np.zeros_like(logs), len(self.taught.systems)
        for system, truth in zip(self.taught.systems, self.taught.truths, strict=True):
            error, slope = _error_of(limit(system, self.network, theta), truth)
            total, gradient = total + error / count, gradient + slope / count
        spread = logs - logs.mean()
        return total + self.pull * float(np.mean(spread**2)), gradient + 2 * self.pull * spread / len(logs)

    def judge(self, logs: Vector) -> None:
        """Keep s if the systems held out like it better than all before."""
        theta = _scaled(self.first, logs)
        pairs = zip(self.judged.systems, self.judged.truths, strict=True)
        error = float(np.mean([_relative(limit(system, self.network, theta).x, truth) for system, truth in pairs]))
        if not self.errors or error < min(self.errors):
            self.best = np.array(logs)
        self.errors.append(error)


def _error_of(found: Solution, truth: Vector) -> tuple[float, Vector]:
    """‖x − truth‖²/‖truth‖² and its gradient by s; flat where the limit did not converge, or is ill-conditioned."""
    if not found.success:
        return _relative(found.x, truth), np.zeros_like(truth)
    moves, cotangent = sensitivity(found), 2 * (found.x - truth) / max(norm(truth) ** 2, _RIGHT)
    if moves.is_ill_conditioned:
        pulled = {name: each.value * (each.relative <= _KNOWN) for name, each in moves.gradient(cotangent).items()}
    else:
        pulled = moves.vjp(cotangent)
    slopes = [np.reshape(value, (-1, len(truth))) for name, value in pulled.items() if name.startswith("log_")]
    return _relative(found.x, truth), np.sum(np.concatenate(slopes), axis=0)


def _relative(x: Vector, truth: Vector) -> float:
    return norm(x - truth) ** 2 / max(norm(truth) ** 2, _RIGHT)


def _scaled(theta: Theta, logs: Vector) -> Theta:
    """Every weight of coordinate i times exp(s_i)."""
    return {name: value * np.exp(logs) for name, value in theta.items()}


def _asked(systems: Any, truths: Any, network: Any) -> _Family:
    if not isinstance(network, Network):
        raise InvalidInputError(
            f"learn: network is {network!r}; pass a network such as rl.networks.Difference(depth=2)."
        )
    several = list(systems) if isinstance(systems, Sequence) and not isinstance(systems, str) else []
    if len(several) < 2 or not all(isinstance(system, LinearSystem) for system in several):
        raise InvalidInputError(
            "learn: systems must be a list of two or more rl.LinearSystem(A, b), truths beside them."
        )
    if len({system.shape[1] for system in several}) > 1:
        raise InvalidInputError(
            f"learn: the systems have {sorted({s.shape[1] for s in several})} unknowns; pass one kind."
        )
    if truths is None:
        if any(system.truth is None for system in several):
            raise InvalidInputError("learn: truths is None, and a system has no truth; pass truths of shape (k, d).")
        truths = np.stack([system.truth for system in several])
    known = finite_array(truths, "learn", "truths", ndim=2)
    if known.shape != (len(several), several[0].shape[1]):
        raise InvalidInputError(
            f"learn: truths needs shape {(len(several), several[0].shape[1])}, one row a system; it has {known.shape}."
        )
    return _Family(several, known)


def _first(family: _Family, network: Network, init: Init | Theta | None) -> Theta:
    size = float(np.median(np.abs(family.truths).max(axis=1)))
    default = Constant(_SCALE * size ** (1 / (network.homogeneity or 1))) if size > 0 else Constant(_SCALE)
    theta0 = start(default if init is None else init, network, family.systems[0], 0, "learn")
    found = limit(family.systems[0], network, theta0)
    names = sensitivity(found).response.shifts
    if not all(name.startswith("log_") for name in names):
        raise InvalidInputError(f"learn: the limit of {network} does not depend on scales; type a depth of 2 or more.")
    return theta0
