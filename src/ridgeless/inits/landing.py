"""Starts from which training ends at a solution chosen beforehand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ridgeless._core.arrays import Numbers, Vector, finite_array, norm, positive_number
from ridgeless.errors import InvalidInputError
from ridgeless.inits._dense import last_width, one_hidden_layer, random_unit
from ridgeless.inits.base import Init, generator
from ridgeless.networks import Network, Theta
from ridgeless.networks._dense.theorem import vector_growth
from ridgeless.systems import LinearSystem

_SOLVES = 1e-8
_ROUNDINGS = 16


@dataclass(frozen=True)
class Landing(Init):
    """The start from which gradient flow ends at `target`: W = (target − θ*)·wᵀ/(c‖w‖²), w = scale·v, v random.

    θ* = A⁺b. From P_A W = 0 the vector keeps its direction and grows by c = √(½(1 + √(1 + 4‖θ*‖²/‖w‖⁴))), while
    P_N W stands still, so that x∞ = θ* + c·W w. Every solution of A x = b can be prescribed, the shortest one and any
    other; fitting the data says nothing about which. For `Dense(hidden=1)`. Gradient descent lands beside the
    target, off by O(step): type `rl.flows.GradientFlow()`, or a step far below the default.

    Attributes:
        target: (d,) a solution of A x = b; kept as a tuple.
        scale: ‖w‖, above 0, in units of x^½; where training lands does not depend on it.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([5.0]))
        >>> rl.limit(system, rl.networks.Dense(hidden=1), rl.inits.Landing([-7.0, 6.0])).x.round(6)
        array([-7.,  6.])
    """

    target: Numbers
    scale: float = 1.0

    @classmethod
    def examples(cls) -> tuple[Landing, ...]:
        """One with a target of three entries; `suited_to` gives it a solution of the system at hand."""
        return (cls(target=(0.5, -0.25, 0.75), scale=0.3),)

    def suited_to(self, system: LinearSystem) -> Landing:
        """With a solution of this system for target: the shortest one, moved along the null space."""
        target = system.min_norm()
        if not system.is_unique:
            target += system.project_null(np.random.default_rng(system.shape).standard_normal(len(target)))
        return replace(self, target=target)

    def __post_init__(self) -> None:
        target = finite_array(self.target, "inits.Landing", "target", ndim=1)
        object.__setattr__(self, "target", tuple(target.tolist()))
        object.__setattr__(self, "scale", positive_number(self.scale, "inits.Landing", "scale"))

    def __call__(self, network: Network, system: LinearSystem, seed: int = 0) -> Theta:
        """theta0; the seed draws the direction of w and nothing else.

        Raises:
            IncompatibleInitError: a network other than `Dense(hidden=1)`.
            InvalidInputError: the target does not solve the system.
        """
        width = last_width(one_hidden_layer(network, "inits.Landing"), system.shape[1])
        shortest = system.min_norm()
        difference = self._solution(system) - shortest
        # Twice: what rounding leaves in the row space would be no null-space start where target ≈ A⁺b.
        difference = system.project_null(system.project_null(difference))
        direction = random_unit(generator(seed), width)
        growth = vector_growth(shortest, self.scale**2)
        return {"W": [np.outer(difference / (growth * self.scale), direction)], "w": self.scale * direction}

    def _rounding(self, system: LinearSystem, target: Vector) -> float:
        """The residual that a solution as large as the target may have in float64."""
        size = norm(system.b)
        return _ROUNDINGS * np.finfo(float).eps * system.frobenius_norm * norm(target) / size if size > 0 else 0.0

    def _solution(self, system: LinearSystem) -> Vector:
        target, unknowns = np.array(self.target), system.shape[1]
        if target.shape != (unknowns,):
            raise InvalidInputError(
                f"inits.Landing: target has {len(target)} entries and {system!r} {unknowns} unknowns; "
                "pass a solution of this system."
            )
        misfit = system.residual(target)
        if misfit > max(_SOLVES, self._rounding(system, target)):
            raise InvalidInputError(
                f"inits.Landing: target does not solve {system!r}: its residual is {misfit:.1e}, and training ends at "
                "solutions only. Type system.min_norm() + system.project_null(target) for the nearest one."
            )
        return target
