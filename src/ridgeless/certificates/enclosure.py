"""Rigorous balls around a limit: where x∞ is, for the A, b and theta0 as they are stored, every rounding counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator

from ridgeless.arrays import Vector, real_array, whole_number
from ridgeless.errors import InvalidInputError, NoEnclosureError
from ridgeless.networks import Network, Theta
from ridgeless.systems import LinearSystem

_CALL = "certificates.enclose"
MOST_BITS = 32768


@dataclass(frozen=True, eq=False)
class Enclosure:
    """Balls that hold x∞: |x_i∞ − midpoint_i| ≤ radius_i for every i, proved.

    Attributes:
        midpoint: (d,) in float64.
        radius: (d,) in float64, rounded outward; it covers the rounding of the midpoint to float64.
        bits: precision that the proof was made at.
        steps: Newton steps that led there.
        method: how it was proved.
        balls: (d,) the same as `flint.arb`, with all the digits that were proved.
    """

    midpoint: Vector
    radius: Vector
    bits: int
    steps: int
    method: str
    balls: tuple[Any, ...] = field(repr=False, default=())

    def contains(self, x: ArrayLike) -> bool:
        """Whether every x_i lies in its ball.

        Raises:
            InvalidInputError: x has another shape.
        """
        from ridgeless.balls import ball

        vector = self._fitting(x, "contains")
        if not np.isfinite(vector).all():
            return False
        return all(
            abs(ball(value) - ball(middle)) <= ball(radius)
            for value, middle, radius in zip(vector, self.midpoint, self.radius, strict=True)
        )

    def distance(self, x: ArrayLike) -> tuple[float, float]:
        """Lower and upper bound on ‖x − x∞‖/‖x‖; infinite for x = 0, unless x∞ = 0 is proved.

        Raises:
            InvalidInputError: x has another shape.
        """
        from ridgeless.balls import ball, precision
        from ridgeless.balls.arithmetic import rounded_down, rounded_up

        vector = self._fitting(x, "distance")
        if not np.isfinite(vector).all():
            return np.inf, np.inf
        with precision(max(self.bits, 128)):
            values = [ball(value) for value in vector]
            size = sum((value**2 for value in values), ball(0.0)).sqrt()
            error = sum(((value - there) ** 2 for value, there in zip(values, self.balls, strict=True)), ball(0.0))
            error = error.nonnegative_part().sqrt()
            if not size > 0:
                return (0.0, 0.0) if error.is_zero() else (np.inf, np.inf)
            return rounded_down(error / size), rounded_up(error / size)

    def __repr__(self) -> str:
        largest = float(np.max(self.radius, initial=0.0))
        size = float(np.max(np.abs(self.midpoint), initial=0.0))
        relative = largest / size if size > 0 else largest
        return (
            f"Enclosure: {len(self.midpoint)} entries, each proved to ±{largest:.1e} or better "
            f"({relative:.1e} of the largest)\n  {self.method}; {self.bits} bits, {self.steps} Newton steps"
        )

    def _fitting(self, x: ArrayLike, call: str) -> Vector:
        vector = real_array(x, f"Enclosure.{call}", "x")
        if vector.shape != self.midpoint.shape:
            raise InvalidInputError(
                f"Enclosure.{call}: x needs shape {self.midpoint.shape}; it has {vector.shape}."
            )
        return vector


def enclose(solution: Any, digits: int = 15) -> Enclosure:
    """Balls around the limit that `solution` stands for."""
    return enclose_limit(solution.system, solution.network, solution.theta0, start=solution.x, digits=digits)


def enclose_limit(
    system: LinearSystem,
    network: Network,
    theta0: Theta,
    start: ArrayLike | None = None,
    digits: int = 15,
    most_bits: int = MOST_BITS,
) -> Enclosure:
    """Balls around the end of gradient flow from theta0 on A x = b."""
    from ridgeless.balls import precision
    from ridgeless.balls.arithmetic import ball, rounded_up
    from ridgeless.certificates._ball_equations import BallEquations
    from ridgeless.certificates._ball_path import enclosed

    whole_number(digits, _CALL, "digits", least=1)
    A = _stored(system)
    with precision(64):
        moves = np.array([each.moves for each in network.ball_map(theta0)])
    equations = BallEquations(np.ascontiguousarray(A[:, moves]), [ball(value) for value in system.b])

    def maps_at(power: int) -> list[Any]:
        grown = {name: _grown(value, power) for name, value in theta0.items()} if power else theta0
        maps = network.ball_map(grown)
        return [each for each, does in zip(maps, moves, strict=True) if does]

    guess = None if start is None else np.asarray(start, dtype=float)[moves]
    found = enclosed(equations, maps_at, guess, digits, most_bits)
    if found.proof is None:
        raise NoEnclosureError(f"{_CALL}: {found.reason}.")
    with precision(found.bits):
        fixed = network.ball_map(theta0)
        moving = iter(found.proof.entries)
        balls = [next(moving) if does else each.at(ball(0.0))[0] for each, does in zip(fixed, moves, strict=True)]
        midpoint = np.array([float(each.mid()) for each in balls])
        radius = np.array([rounded_up(abs(each - ball(middle))) for each, middle in zip(balls, midpoint, strict=True)])
    return Enclosure(midpoint, radius, found.bits, found.steps, "Newton and Kantorovich's test on the dual", tuple(balls))


def _grown(value: Any, power: int) -> Any:
    return [_grown(each, power) for each in value] if isinstance(value, list) else np.ldexp(value, power)


def _stored(system: LinearSystem) -> np.ndarray:
    if isinstance(system.A, np.ndarray):
        return system.A
    if sp.issparse(system.A):
        return system.rows()
    if isinstance(system.A, LinearOperator):
        raise NoEnclosureError(f"{_CALL}: A is an operator, whose entries are not stored; pass an array.")
    raise NoEnclosureError(f"{_CALL}: A is read in blocks; pass an array.")
