"""Square layers at multiples of the identity, and the last vector in the row space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import positive_number
from ridgeless.errors import IncompatibleInitError
from ridgeless.inits._dense import dense_network
from ridgeless.inits.base import Init, generator
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class Identity(Init):
    """Identity layers W_i = scale·I, and w = scale·Aᵀg/‖Aᵀg‖, g Gaussian: exact flow ends at A⁺b, at any scale.

    P_N W_1 = scale·P_N is not 0, but nothing ever enters the null space: along gradient flow, and descent, every layer
    stays a multiple of the identity there, and W_2 … W_h w stays in the row space. The sign of g is such that
    ⟨Aᵀg, Aᵀb⟩ ≥ 0: from the other side, layers of one size may shrink together into the saddle x = 0. The set of such
    weights is kept, but not always stable: with several hidden layers and a scale well above that of the answer,
    training in float64 may be led past a saddle and leave it (STALLED tells); `RowSpace` has no such end. For `Dense`
    with square layers: width None or the number of unknowns.

    Attributes:
        scale: above 0, in units of x^(1/D).

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([1.0]))
        >>> theta0 = rl.inits.Identity(0.5)(rl.networks.Dense(hidden=1), system)
        >>> theta0["W"][0]
        array([[0.5, 0. ],
               [0. , 0.5]])
        >>> np.abs(theta0["w"]).round(12)
        array([0.3, 0.4])
    """

    scale: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive_number(self.scale, "inits.Identity", "scale"))

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:
        """theta0; the seed draws the direction of w and nothing else."""
        unknowns = system.shape[1]
        trained = dense_network(network, "inits.Identity")
        widths = trained.width if isinstance(trained.width, tuple) else (trained.width,)
        if trained.hidden and any(width not in (None, unknowns) for width in widths):
            raise IncompatibleInitError(
                f"inits.Identity makes no start for {network}: its layers are square, of width {unknowns} for this "
                f"system. Type rl.networks.Dense(hidden={trained.hidden}, width={unknowns}), or, at any width, "
                "rl.inits.RowSpace(scale)."
            )
        drawn = generator(seed).standard_normal(system.shape[0])
        towards = system.rmatvec(drawn)
        pull = -towards if float(towards @ system.rmatvec(system.b)) < 0 else towards
        size = float(np.linalg.norm(pull))
        vector = self.scale * (pull / size) if size > 0 else pull  # A = 0: its row space is {0}
        return {"W": [self.scale * np.eye(unknowns) for _ in range(trained.hidden)], "w": vector}
