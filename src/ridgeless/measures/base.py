"""The base class of measures, and what a measure looks at."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from ridgeless._core.arrays import Vector, norm
from ridgeless._core.brief import brief
from ridgeless._core.discovery import Exemplified
from ridgeless.errors import RidgelessError
from ridgeless.inits import Vanishing
from ridgeless.networks import Difference, Network, Theta
from ridgeless.solution import Solution, Status
from ridgeless.systems import LinearSystem
from ridgeless.verbs.lazy_limit import lazy_limit
from ridgeless.verbs.limit import limit

# Studies measure many solutions of one system; the entry goes with the system.
_LEAST_L1_NORMS: WeakKeyDictionary[LinearSystem, float | None] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Measured:
    """A solution and what it is compared with. References that several measures share are computed once.

    Attributes:
        solution: the end of a training, or a limit.
        system: the system that was solved.
        limit: (d,) x of the exact limit from the same start; None where it is not known, or where the solution is
            that limit.
        picture: the problem's function from x to the 2-D picture that it stands for; None where x is no picture.
    """

    solution: Solution
    system: LinearSystem
    limit: Vector | None = None
    picture: Callable[[Vector], np.ndarray | None] | None = None

    __repr__ = brief

    @property
    def x(self) -> Vector:
        """(d,) the solution's x."""
        return self.solution.x

    @cached_property
    def is_finite(self) -> bool:
        """Whether every entry of x is a finite number; not so after a training that diverged far."""
        return bool(np.isfinite(self.x).all())

    @cached_property
    def network(self) -> Network | None:
        """The network whose weights are trained: that inside `Lazy`; None where the solution knows no network."""
        return None if self.solution.network is None else self.solution.network.inner

    @cached_property
    def theta0(self) -> Theta | None:
        """The weights at the start; None where the solution knows none."""
        return self._weights(self.solution.theta0)

    @cached_property
    def theta(self) -> Theta | None:
        """The trained weights; None for a limit, in dual coordinates, and where they or x are not finite."""
        return self._weights(self.solution.theta) if self.is_finite else None

    @cached_property
    def min_norm(self) -> Vector | None:
        """(d,) A⁺b; None where no x solves the system."""
        try:
            return self.system.min_norm()
        except RidgelessError:
            return None

    @cached_property
    def lazy(self) -> Vector | None:
        """(d,) x of `rl.lazy_limit` from theta0; None where the tangent at theta0 cannot reach b."""
        if self.network is None or self.theta0 is None:
            return None
        try:
            found = lazy_limit(self.system, self.network, self.theta0)
        except RidgelessError:
            return None
        return found.x if found.success else None

    @cached_property
    def least_l1_norm(self) -> float | None:
        """min{‖z‖₁ : A z = b}, computed once a system; None where no x solves it, or the solver did not converge."""
        if self.system not in _LEAST_L1_NORMS:
            _LEAST_L1_NORMS[self.system] = _least_l1_norm(self.system)
        return _LEAST_L1_NORMS[self.system]

    def distance_to(self, reference: Vector | None) -> float:
        """‖x − reference‖₂/‖reference‖₂; NaN where x is not finite, or the reference is unknown or 0."""
        return np.nan if reference is None else relative_distance(self.x, reference)

    def _weights(self, theta: Theta | None) -> Theta | None:
        """Theta without what it carries beside weights; None where there is none, or entries are not finite."""
        if self.solution.network is None or theta is None:
            return None
        weights = {name: entry for name, entry in theta.items() if name not in self.solution.network.carried}
        arrays = [array for entry in weights.values() for array in (entry if isinstance(entry, list) else [entry])]
        return weights if all(np.isfinite(array).all() for array in arrays) else None


def relative_distance(x: Vector, reference: Vector) -> float:
    """‖x − reference‖₂/‖reference‖₂; NaN where x is not finite, or the reference is 0 or not finite.

    Example:
        >>> relative_distance(np.array([3.0, 0.0]), np.array([2.0, 0.0]))
        0.5
    """
    # In units of the reference: squares, and differences of the largest numbers, would leave float64.
    unit = float(np.abs(reference).max(initial=0.0))
    if not (0 < unit < np.inf and np.isfinite(x).all()):
        return np.nan
    with np.errstate(over="ignore"):
        return norm(x / unit - reference / unit) / norm(reference / unit)


class Measure(Exemplified, ABC):
    """A number that says something about a solution. A subclass in a file of this folder is found by being there.

    Measures are frozen dataclasses; their parameters, if they have any, are fields with defaults. A solution that the
    measure does not apply to gets NaN.

    Attributes:
        long_name: what it is, in a few words or as a formula: the label of an axis.
        unit: its unit; "1" for a number without one.
        by_default: whether a study that names no measures takes it.
        equation_degree: the power of c by which it grows where A and b are multiplied by c: 0 for what x and the
            weights tell, 2 for what the loss tells.
    """

    long_name: ClassVar[str]
    unit: ClassVar[str] = "1"
    by_default: ClassVar[bool] = False
    equation_degree: ClassVar[int] = 0

    @property
    def name(self) -> str:
        """The name of the class in snake case, which is the name of the variable in a study."""
        return snake_case(type(self).__name__)

    @abstractmethod
    def value(self, measured: Measured) -> float:
        """The number: NaN, with no exception and no warning, where it does not apply or x is not finite."""


def snake_case(name: str) -> str:
    """A name in words that are joined by underscores.

    Example:
        >>> snake_case("ExcessL1Norm"), snake_case("Psnr")
        ('excess_l1_norm', 'psnr')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _least_l1_norm(system: LinearSystem) -> float | None:
    """Of the limit of a vanishing start of a diagonal network, which is a solution of least ‖x‖₁."""
    try:
        found = limit(system, Difference(depth=2), Vanishing())
    except RidgelessError:
        return None
    # Where several solutions have the least norm, the status says that the limit is not unique; its norm is.
    return float(np.abs(found.x).sum()) if found.status in (Status.CONVERGED, Status.NOT_UNIQUE) else None
