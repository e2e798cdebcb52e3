"""The weights that each training of a study starts from."""

from __future__ import annotations

import numpy as np

from ridgeless import inits
from ridgeless.networks import Network, Theta
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
    return inits.start(chosen_init(choice.start, scale), network, system, seed, "study")
