"""The weights that each training of a study starts from."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ridgeless import inits
from ridgeless.networks import Dense, Layer, Network, Theta
from ridgeless.studies.schema import NetworkChoice, chosen_init
from ridgeless.systems import LinearSystem


def start_seed(seed: int) -> int:
    """The seed of the starts of a study: whatever the system draws from `seed`, a start draws something else."""
    return int(np.random.SeedSequence((seed, 1)).generate_state(1)[0])


def start_weights(choice: NetworkChoice, network: Network, system: LinearSystem, scale: float, seed: int) -> Theta:
    """theta0 of the chosen network at this scale, the same directions at every scale.

    Raises:
        IncompatibleInitError: the init makes no sense for the network.
    """
    init = chosen_init(choice.start, scale)
    if init is None:
        init = chain(network, system.shape[1], scale, seed)
    return inits.start(init, network, system, seed, "study")


def chain(network: Network, unknowns: int, scale: float, seed: int) -> Theta:
    """A rank-one start of a dense network whose limit has a closed form, since every δ_j > 0.

    W_1 = scale·g y₁ᵀ, W_(j+1) = a·y_j y_(j+1)ᵀ, w = a·y_h with a = 2·scale·‖g‖: g (d,) is Gaussian of variance
    1/d, and the y_j are random unit vectors, so that δ_j = a² − ‖W_1‖² = 3·scale²‖g‖².

    Args:
        network: a `Dense` one with a hidden layer.
        unknowns: d.
        scale: above 0.
        seed: of g and the y_j.
    """
    rng = inits.generator(seed)
    direction = rng.standard_normal(unknowns) / np.sqrt(unknowns)
    axes = [_unit(rng.standard_normal(width)) for width in _widths(network, unknowns)]
    amount = 2 * scale * np.linalg.norm(direction)
    first = scale * np.outer(direction, axes[0])
    later = [amount * np.outer(left, right) for left, right in pairwise(axes)]
    return {"W": [first, *later], "w": amount * axes[-1]}


def _widths(network: Network, unknowns: int) -> list[int]:
    matrices = network.layout(unknowns)["W"] if isinstance(network, Dense) else []
    return [layer.shape[1] for layer in matrices] if not isinstance(matrices, Layer) else []


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
