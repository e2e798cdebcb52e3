"""PyTorch's default initialization of linear layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless.errors import IncompatibleInitError
from ridgeless.inits.base import Init, generator
from ridgeless.networks import Dense, Direct, Layer, Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class TorchDefault(Init):
    """Independent entries, uniform between ±1/√fan_in: what `torch.nn.Linear(fan_in, …, bias=False)` draws.

    PyTorch calls it `kaiming_uniform_(a=√5)`. The inputs of the network are the rows of A, so that
    x = W_1 … W_h w is `Linear(d, m_1)`, `Linear(m_1, m_2)`, …, `Linear(m_h, 1)`, with W_i the transposed weight of
    the i-th: fan_in is the number of *rows* of W_i, d for W_1, and the length of w. (`Gaussian` divides by the columns
    instead.) `Direct` is `Linear(d, 1)`. Diagonal layers have one input for each output: fan_in = 1, entries in ±1.
    The distribution is PyTorch's; its stream of random numbers is not.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.ones((1, 100)), np.ones(1))
        >>> theta0 = rl.inits.TorchDefault()(rl.networks.Dense(hidden=1, width=25), system)
        >>> [float(np.abs(layer).max().round(1)) for layer in (theta0["W"][0], theta0["w"])]
        [0.1, 0.2]
    """

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:
        """theta0, the entries drawn in the order of the network's layout."""
        rng = generator(seed)
        reads_rows = isinstance(network.inner, (Dense, Direct))

        def drawn(layer: Layer) -> np.ndarray:
            if layer.is_orthogonal:
                raise IncompatibleInitError(
                    f"inits.TorchDefault makes no start for {network}: independent entries make no orthogonal layer. "
                    "Type rl.inits.Gaussian(scale)."
                )
            bound = 1 / np.sqrt(layer.shape[0] if reads_rows else layer.fan_in)
            return rng.uniform(-bound, bound, layer.shape)

        layout = network.layout(system.shape[1])
        return {
            name: drawn(entry) if isinstance(entry, Layer) else [drawn(layer) for layer in entry]
            for name, entry in layout.items()
        }
