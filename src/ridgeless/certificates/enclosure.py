"""`Enclosure`: rigorous balls around the entries of a limit, and the validation of what is to be enclosed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import Matrix, Vector, whole_number
from ridgeless.certificates.arguments import fitting_vector
from ridgeless.errors import NoEnclosureError
from ridgeless.inits.base import check_question
from ridgeless.systems import LinearSystem

CALL = "certificates.enclose"
_SHOWN = 3
LEAST_BITS = 128


@dataclass(frozen=True, eq=False)
class Enclosure:
    """Balls that are proved to contain x∞: |x_i∞ − midpoint_i| ≤ radius_i for every i.

    Attributes:
        midpoint: (d,) in float64.
        radius: (d,) in float64, rounded outward. It covers the rounding of the midpoint to float64, so that it is
            hardly ever below 1e-16 of it.
        bits: working precision of the proof.
        steps: number of Newton steps.
        method: how it was proved.
        balls: (d,) the same balls as `flint.arb`, with all digits that were proved.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> found = rl.certificates.enclose(rl.limit(system, rl.networks.Direct(), {"x": np.zeros(2)}))
        >>> found.midpoint, found.contains(np.array([0.4, 0.8])), found.contains(np.array([0.4, 0.8 + 1e-12]))
        (array([0.4, 0.8]), True, False)
    """

    midpoint: Vector
    radius: Vector
    bits: int
    steps: int
    method: str
    balls: tuple[Any, ...] = field(repr=False, default=())

    def contains(self, x: ArrayLike) -> bool:
        """Whether every x_i lies in its ball of the given midpoint and radius.

        Raises:
            InvalidInputError: x has another shape.
        """
        from ridgeless._core.balls import ball

        vector = fitting_vector(x, len(self.midpoint), "Enclosure.contains", "x")
        if not np.isfinite(vector).all():
            return False
        return all(
            abs(ball(value) - ball(middle)) <= ball(radius)
            for value, middle, radius in zip(vector, self.midpoint, self.radius, strict=True)
        )

    def distance(self, x: ArrayLike) -> tuple[float, float]:
        """Lower and upper bound on ‖x − x∞‖/‖x‖.

        For x = 0 both are infinite where x∞ ≠ 0 is proved, and they are 0 and ∞ where x∞ may be 0; both are infinite
        for an x that is not finite.

        Raises:
            InvalidInputError: x has another shape.
        """
        from ridgeless._core.balls import ball, length, precision, rounded_down, rounded_up

        vector = fitting_vector(x, len(self.midpoint), "Enclosure.distance", "x")
        if not np.isfinite(vector).all():
            return np.inf, np.inf
        with precision(max(self.bits, LEAST_BITS)):
            values = [ball(value) for value in vector]
            size, error = length(values), length([v - there for v, there in zip(values, self.balls, strict=True)])
            if not size > 0:
                least = np.inf if error > 0 else 0.0
                return (0.0, 0.0) if error.is_zero() else (least, np.inf)
            return rounded_down(error / size), rounded_up(error / size)

    def __repr__(self) -> str:
        size, largest = np.abs(self.midpoint), float(np.max(self.radius, initial=0.0))
        share = largest / size.max() if size.any() else largest
        order = np.argsort(-size, kind="stable")[:_SHOWN]
        shown = ", ".join(f"x[{i}] = {self.midpoint[i]:.16g} ± {self.radius[i]:.1e}" for i in order)
        return (
            f"Enclosure: {len(size)} entries, every radius at most {largest:.1e}, {share:.1e} of the largest entry\n"
            f"  {shown}{', …' if len(size) > _SHOWN else ''}\n"
            f"  {self.method}, at {self.bits} bits, {self.steps} Newton steps"
        )

    def __getstate__(self) -> dict[str, Any]:
        """The fields, with the balls as integers, since a `flint.arb` can be neither copied nor pickled."""
        from ridgeless._core.balls import stored

        return {**vars(self), "balls": tuple(stored(each) for each in self.balls)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from ridgeless._core.balls import restored

        vars(self).update(state, balls=tuple(restored(each) for each in state["balls"]))


def enclosure_of(balls: Sequence[Any], bits: int, steps: int, method: str) -> Enclosure:
    """The enclosure made of these balls, rounded outward to float64."""
    from ridgeless._core.balls import ball, rounded_up

    midpoint = np.array([float(each.mid()) for each in balls])
    if not np.isfinite(midpoint).all():
        raise NoEnclosureError(f"{CALL}: x has entries beyond the range of float64.")
    radius = np.array([rounded_up(abs(each - ball(middle))) for each, middle in zip(balls, midpoint, strict=True)])
    return Enclosure(midpoint, radius, bits, steps, method, tuple(balls))


def checked_question(system: Any, network: Any, start: Any, digits: Any) -> Vector | None:
    """The starting guess, or None where there is none or it is not finite, after a check of all arguments.

    Raises:
        InvalidInputError: something is of the wrong type or shape.
    """
    check_question(network, system, 0, CALL)
    whole_number(digits, CALL, "digits", least=1)
    if start is None:
        return None
    guess = fitting_vector(start, system.shape[1], CALL, "start")
    return guess if np.isfinite(guess).all() else None


def stored_matrix(system: LinearSystem) -> Matrix:
    """The entries of A as stored, in float64.

    Raises:
        NoEnclosureError: A is an operator, or is read block by block.
    """
    if isinstance(system.A, np.ndarray) or sp.issparse(system.A):
        return system.rows()
    kind = "an operator" if isinstance(system.A, LinearOperator) else "read block by block"
    raise NoEnclosureError(
        f"{CALL}: A is {kind}, and its entries are not stored as numbers.",
        in_python="Pass rl.LinearSystem(A, b) with A an array or a sparse matrix.",
    )
