"""The limit of ever smaller starts, scale → 0 along a direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ridgeless.errors import IncompatibleInitError, InvalidInputError
from ridgeless.inits.base import Init
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem


@dataclass(frozen=True, eq=False)
class Vanishing(Init):
    """The limit scale → 0 of the starts scale·direction, which is no start itself.

    `rl.limit(system, network, rl.inits.Vanishing())` is the weighted ℓ1 solution that such starts tend to, with the
    saddles on the way in its `history`. Training needs a scale, and refuses it; `rl.calibrate` finds one.

    Depth 2 forgets the direction, but for the signs that it locks. From depth 3 on it gives the weights of the ℓ1 norm:
    with u₀ = scale·U and v₀ = scale·V they are U_i^(2−D) for x_i > 0 and V_i^(2−D) for x_i < 0.

    Attributes:
        direction: theta as a dict. Left out: the start of `Constant(1)`, where x₀ = 0 and no sign is locked.

    Source: Zhao et al. 2026, arXiv 2607.12332; Pesme and Flammarion 2023, arXiv 2304.00488.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> found = rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Vanishing())
        >>> found.x, found.history.at
        (array([0., 1.]), array([0.   , 0.125]))
        >>> dear = {"u": np.array([1.0, 0.1]), "v": np.ones(2)}  # a small weight makes x_2 > 0 expensive
        >>> rl.limit(system, rl.networks.Difference(depth=3), rl.inits.Vanishing(dear)).x
        array([2., 0.])
    """

    is_limit: ClassVar[bool] = True

    direction: Theta | None = None

    def __eq__(self, other: object) -> bool:
        """Whether both mean the same direction, entry by entry."""
        if not isinstance(other, Vanishing):
            return NotImplemented
        one, two = self.direction, other.direction
        if one is None or two is None:
            return one is two
        return set(one) == set(two) and all(np.array_equal(one[name], two[name]) for name in one)

    def __hash__(self) -> int:
        return hash((type(self), None if self.direction is None else tuple(sorted(self.direction))))

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:  # noqa: ARG002
        """The direction, as theta at scale 1; the same for every seed."""
        if self.direction is not None:
            return network.checked(self.direction, system.shape[1])
        try:
            return network.constant(1.0, system.shape[1])
        except IncompatibleInitError as error:
            raise IncompatibleInitError(
                f"inits.Vanishing has no direction of its own for {network}.",
                in_python="Type rl.inits.Vanishing(theta), or rl.inits.RowSpace(scale): exact at every scale.",
                at_command_line="Type another --init, for one --init RowSpace --scale 0.1.",
            ) from error


def checked_direction(direction: Theta | None, network: Network, system: LinearSystem, call: str) -> Theta:
    """The direction that was passed to a verb, or the network's own; refused in the name of the verb.

    Raises:
        IncompatibleInitError: none was passed, and the network has none of its own.
        InvalidInputError: theta of another form.
    """
    try:
        return network.checked(Vanishing(direction)(network, system), system.shape[1])
    except IncompatibleInitError as error:
        raise IncompatibleInitError(
            f"{call}: {network} has no direction of its own.",
            in_python="Pass direction=theta, a dict, or a network such as rl.networks.Difference(depth=2).",
        ) from error
    except InvalidInputError as error:
        raise InvalidInputError(f"{call}: direction is no theta at scale 1. {error}") from error
