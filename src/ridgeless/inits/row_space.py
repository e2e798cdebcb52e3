"""The first layer in the row space of A: training ends at the minimum-norm solution, whatever the scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ridgeless._core.arrays import positive_number
from ridgeless.errors import IncompatibleInitError, InvalidInputError
from ridgeless.inits._dense import projected_on_rows
from ridgeless.inits.base import Init
from ridgeless.inits.gaussian import Gaussian
from ridgeless.networks import Dense, Direct, Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class RowSpace(Init):
    """Gaussian layers, the first projected on the row space of A, W_1 = P_A·G: training ends at A⁺b, at any scale.

    The part P_N W_1 of the first layer never moves, and x∞ = A⁺b + P_N W_1·q∞: nothing is left where it starts at
    0. For `Dense` of any depth and widths (for hidden = 0, w = P_A·G) and for `Direct` (x = P_A·G).

    Attributes:
        scale: above 0, in units of x^(1/D).

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([5.0]))
        >>> network = rl.networks.Dense(hidden=3, width=2)
        >>> rl.limit(system, network, rl.inits.RowSpace(1.0)).x.round(6)
        array([1., 2.])
    """

    scale: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", positive_number(self.scale, "inits.RowSpace", "scale"))

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:
        """theta0, the Gaussian start of the same seed with its first layer projected."""
        trained = network.inner
        if not isinstance(trained, (Dense, Direct)):
            raise IncompatibleInitError(
                f"inits.RowSpace makes no start for {network}: its weights do not move along the rows of A. "
                "Type rl.networks.Dense(hidden=1) or rl.networks.Direct(), or rl.inits.Gaussian(scale)."
            )
        return project_rows(Gaussian(self.scale)(trained, system, seed), system)


def project_rows(theta0: Theta, system: LinearSystem) -> Theta:
    """Any start of a dense network, repaired: its first layer projected on the row space of A, P_N W_1 = 0.

    Training from there ends at A⁺b, by gradient flow and by every method whose steps are Aᵀ times something. A start
    whose first layer lies wholly in the null space is projected to 0.

    Args:
        theta0: {"W": [W_1, …, W_h], "w": w} of `Dense` (for h = 0, w itself is projected), or {"x": x} of `Direct`.
        system: A x = b; b is not looked at.

    Returns:
        Fresh arrays, all but the first layer equal to those of theta0.

    Raises:
        InvalidInputError: no such dict, or arrays that do not fit the system or each other.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[0.0, 2.0]]), np.array([1.0]))
        >>> project_rows({"W": [np.ones((2, 1))], "w": np.array([3.0])}, system)
        {'W': [array([[0.], [1.]])], 'w': array([3.])}
    """
    if not isinstance(system, LinearSystem):
        raise InvalidInputError(f"project_rows: system is a {type(system).__name__}; pass rl.LinearSystem(A, b).")
    theta = _network_of(theta0).checked(theta0, system.shape[1])
    if "x" in theta:
        return {"x": projected_on_rows(theta["x"][:, None], system)[:, 0]}
    if not theta["W"]:
        return {"W": [], "w": projected_on_rows(theta["w"][:, None], system)[:, 0]}
    first, *later = theta["W"]
    return {"W": [projected_on_rows(first, system), *later], "w": theta["w"]}


def _network_of(theta0: object) -> Dense | Direct:
    """The network whose theta this is, by its keys."""
    if isinstance(theta0, Mapping) and set(theta0) == {"x"}:
        return Direct()
    if isinstance(theta0, Mapping) and set(theta0) == {"W", "w"} and isinstance(theta0["W"], (list, tuple)):
        return Dense(hidden=len(theta0["W"]))
    came = f"a dict with the keys {sorted(theta0, key=str)}" if isinstance(theta0, Mapping) else repr(type(theta0))
    raise InvalidInputError(
        f"project_rows: theta0 is {came}; pass {{'W': [W_1, …], 'w': w}} of rl.networks.Dense, or {{'x': x}} of "
        "rl.networks.Direct. Other networks have no layer that moves along the rows of A."
    )
