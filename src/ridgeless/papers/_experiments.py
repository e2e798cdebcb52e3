"""Random systems, trainings of dense networks on them, and what is measured where training ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import chi2

from ridgeless import flows, inits
from ridgeless._core.arrays import norm
from ridgeless.networks import Dense, Network, Theta
from ridgeless.papers.base import Points
from ridgeless.solution import Solution, Status
from ridgeless.systems import LinearSystem
from ridgeless.verbs.train import train

# One shape for nearly everything, because a training is compiled once per shape: 4 equations, 9 unknowns, width 9.
EQUATIONS = 4
UNKNOWNS = 9
FLOW = flows.GradientFlow(coordinates="weights")
_PAPER = 240202454  # arXiv number: this file's draws are no other file's
Scores = Float[np.ndarray, "seeds k"]
PerSeed = Float[np.ndarray, " seeds"]


@dataclass(frozen=True)
class Instance:
    """One random system, the seed of the weights that are drawn for it, and what experiments do with both."""

    system: LinearSystem
    seed: int

    @property
    def rng(self) -> np.random.Generator:
        """A generator for everything but the weights."""
        return np.random.default_rng(np.random.SeedSequence([_PAPER, self.seed]))

    def start(self, init: inits.Init, network: Network) -> Theta:
        """The theta0 that the init draws."""
        return init(network, self.system, self.seed)

    def gaussian(self, hidden: int, scale: float) -> Theta:
        """The Gaussian start of the network of most experiments."""
        return self.start(inits.Gaussian(float(scale)), dense(hidden))

    def trained_in_full(self, network: Network, theta0: Theta, tol: float, flow: flows.Flow = FLOW) -> flows.Run:
        """Training of all weights as they are.

        `rl.train` moves W_1 in the row space of A alone where that is exact; a law that says so must not be tested on
        it.
        """
        return flow.run(network.problem(self.system, theta0), None, tol)

    def gap(self, found: flows.Run | Solution) -> float:
        """‖x − A⁺b‖; NaN where training did not arrive."""
        return arrived(found) * norm(found.x - self.system.min_norm())

    def null_part(self, theta: Theta) -> Float[np.ndarray, "d m"]:
        """P_N W_1."""
        return np.column_stack([self.system.project_null(column) for column in theta["W"][0].T])

    def grown(self, theta0: Theta) -> Float[np.ndarray, " m"]:
        """ŷ ∝ W_1ᵀĝ + w with ĝ ∝ Aᵀb, for h = 1: what a small start grows along first."""
        pull = self.system.rmatvec(self.system.b)
        direction = theta0["W"][0].T @ (pull / norm(pull)) + theta0["w"]
        return direction / norm(direction)

    def endless_norm(self) -> float:
        """‖w∞‖ of an infinitely wide hidden layer of variance 1/m, by a network of width d + 1.

        Training sees the stack Z = (W; wᵀ) through ZZᵀ alone, and ZZᵀ → I: the identity is a stack with that very ZZᵀ.
        """
        unknowns = self.system.shape[1]
        start: Theta = {"W": [np.eye(unknowns, unknowns + 1)], "w": np.eye(unknowns + 1)[-1]}
        return norm((train(self.system, Dense(hidden=1), start, FLOW).theta or {})["w"])


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


def arrived(found: flows.Run | Solution) -> float:
    """1 where training or a limit converged; NaN, which passes no claim when it multiplies a number, elsewhere."""
    return 1.0 if found.status is Status.CONVERGED else float("nan")


def width_law(widths: Points, unknowns: int, endless: PerSeed) -> Points:
    """‖w∞‖·√(median χ²/m), with as many degrees of freedom as the null space: the median gap at width m."""
    return float(np.sqrt(chi2.median(unknowns - EQUATIONS))) * float(np.median(endless)) / np.sqrt(widths)
