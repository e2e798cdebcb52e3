"""One instance: a system, a network and a start, all drawn from (seed, index)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import ridgeless as rl
from benchmarks.attack.kinds import KINDS, WHOLE

_MOST_EQUATIONS, _MOST_UNKNOWNS = 8, 24
_LOG_SCALES = (-60.0, 3.0)
_VANISHING = 0.1


@dataclass(frozen=True, eq=False)
class Instance:
    """What is asked.

    Attributes:
        seed: of the attack.
        index: of the instance.
        kind: of A.
        system: A x = b, with a solution that the network's signs allow.
        network: whose training is asked about.
        init: where it starts.
    """

    seed: int
    index: int
    kind: str
    system: Any
    network: Any
    init: Any

    def __str__(self) -> str:
        return f"({self.seed}, {self.index}) {self.kind} {self.system.shape}: {self.network} from {self.init}"


def instance(seed: int, index: int) -> Instance:
    """The instance of this number: kinds take turns, all else is drawn."""
    kind = list(KINDS)[index % len(KINDS)]
    rng = np.random.default_rng(np.random.SeedSequence([seed, index]))
    n = int(rng.integers(1, _MOST_EQUATIONS + 1))
    d = int(rng.integers(n + 1, min(_MOST_UNKNOWNS, 4 * n + 4) + 1))
    A = KINDS[kind](rng, n, d)
    network = _network(rng)
    is_positive = isinstance(network, rl.networks.Power)
    x = _truth(rng, A.shape[1], kind, is_positive=is_positive)
    system = rl.LinearSystem(A, A @ x)
    return Instance(seed, index, kind, system, network, _init(rng))


def _network(rng: np.random.Generator) -> Any:
    kinds = (rl.networks.Difference, rl.networks.Power, rl.networks.TwoBranch, rl.networks.Product)
    kind = kinds[int(rng.integers(len(kinds)))]
    # Products of five and more equal layers have no closed mirror map to hold against.
    deepest = 4 if kind is rl.networks.Product else 6
    return kind(depth=int(rng.integers(2, deepest + 1)))


def _init(rng: np.random.Generator) -> Any:
    if rng.random() < _VANISHING:
        return rl.inits.Vanishing()
    scale = float(10.0 ** rng.uniform(*_LOG_SCALES))
    return rl.inits.Constant(scale)


def _truth(rng: np.random.Generator, unknowns: int, kind: str, *, is_positive: bool) -> np.ndarray:
    """A sparse or a dense x, of few digits where A may have dependent rows."""
    x = rng.integers(1, 9, unknowns) / 4 if kind in WHOLE else rng.uniform(0.25, 2.0, unknowns)
    if not is_positive:
        x = x * rng.choice([-1.0, 1.0], unknowns)
    if rng.random() < 0.5 or kind == "forced zeros":
        off = rng.choice(unknowns, int(rng.integers(1, unknowns)), replace=False) if unknowns > 1 else []
        x[off] = 0.0
    return x
