"""Rigorous balls around a limit: where x∞ is, for the A, b and theta0 as they are stored, every rounding counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator

from ridgeless.arrays import Matrix, Vector, real_array, whole_number
from ridgeless.errors import InvalidInputError, NoEnclosureError
from ridgeless.networks import Network, Theta
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem

_CALL = "certificates.enclose"
# Beyond, what a proof needs is a matter of minutes for a few unknowns.
MOST_BITS = 32768
_SHOWN = 3
_LEAST_BITS = 128


@dataclass(frozen=True, eq=False)
class Enclosure:
    """Balls that hold x∞: |x_i∞ − midpoint_i| ≤ radius_i for every i, proved.

    Attributes:
        midpoint: (d,) in float64.
        radius: (d,) in float64, rounded outward. It covers the rounding of the midpoint to float64, so that it is
            hardly ever below 1e-16 of it.
        bits: precision that the proof was made at.
        steps: Newton steps that led there.
        method: how it was proved.
        balls: (d,) the same as `flint.arb`, with all the digits that were proved.

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
        from ridgeless.balls import ball

        vector = self._fitting(x, "contains")
        if not np.isfinite(vector).all():
            return False
        return all(
            abs(ball(value) - ball(middle)) <= ball(radius)
            for value, middle, radius in zip(vector, self.midpoint, self.radius, strict=True)
        )

    def distance(self, x: ArrayLike) -> tuple[float, float]:
        """Lower and upper bound on ‖x − x∞‖/‖x‖; both infinite for x = 0 or an x that is not finite, unless x∞ = x.

        Raises:
            InvalidInputError: x has another shape.
        """
        from ridgeless.balls import ball, length, precision, rounded_down, rounded_up

        vector = self._fitting(x, "distance")
        if not np.isfinite(vector).all():
            return np.inf, np.inf
        with precision(max(self.bits, _LEAST_BITS)):
            values = [ball(value) for value in vector]
            size, error = length(values), length([v - there for v, there in zip(values, self.balls, strict=True)])
            if not size > 0:
                return (0.0, 0.0) if error.is_zero() else (np.inf, np.inf)
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

    def _fitting(self, x: ArrayLike, call: str) -> Vector:
        vector = real_array(x, f"Enclosure.{call}", "x")
        if vector.shape != self.midpoint.shape:
            raise InvalidInputError(f"Enclosure.{call}: x needs shape {self.midpoint.shape}; it has {vector.shape}.")
        return vector


def enclose(solution: Any, digits: Any = 15) -> Enclosure:
    """Rigorous balls around the end of gradient flow that a solution stands for, whatever its own x is.

    The x of the solution is only where Newton's method starts: a training stopped early, a STALLED limit and a perfect
    one are given the same balls. They are for A, b and theta0 as they are stored in float64.

    Args:
        solution: with its system, its network and where it started.
        digits: that each ball is to have, at least 1; entries below 10^(−2·digits) of the largest have fewer.

    Raises:
        NoEnclosureError: no ball can be had: A is an operator, the network has no mirror map in balls, the equations
            contradict each other as they are stored, the limit is not unique or lies on the edge of its domain.
        InvalidInputError: something else than a `Solution`, or digits below 1.
        MissingDependencyError: python-flint is not installed.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0, 3.0]]), np.array([3.0]))
        >>> start = rl.inits.Constant(1e-40)
        >>> limit = rl.limit(system, rl.networks.Difference(depth=5), start)
        >>> found = rl.certificates.enclose(limit, digits=40)
        >>> found.balls[2].str(40, radius=False)[:10], found.distance(limit.x)[1] < 1e-14
        ('1.00000000', True)
    """
    if not isinstance(solution, Solution):
        raise InvalidInputError(f"{_CALL}: solution is a {type(solution).__name__}; pass what rl.limit returns.")
    if solution.system is None:
        raise NoEnclosureError(f"{_CALL}: the solution was loaded without its system, which was an operator.")
    if solution.network is None or solution.theta0 is None:
        raise NoEnclosureError(
            f"{_CALL}: the solution has no network and theta0 to tell which limit is meant.",
            in_python="Type rl.certificates.enclose_limit(system, network, theta0, start=x).",
        )
    return enclose_limit(solution.system, solution.network, solution.theta0, start=solution.x, digits=digits)


def enclose_limit(
    system: Any,
    network: Any,
    theta0: Any,
    start: Any = None,
    digits: Any = 15,
    most_bits: int = MOST_BITS,
) -> Enclosure:
    """Rigorous balls around the end of gradient flow of a separable network from theta0 on A x = b.

    Each x_i follows z_i = (Aᵀν)_i by a known increasing f_i, and A f(Aᵀν) = b has one solution ν. Newton's method
    finds it to many digits, and a test of Newton–Kantorovich kind, evaluated in ball arithmetic, proves it.

    Args:
        system: A x = b, its matrix an array or sparse.
        network: one with a `ball_map`.
        theta0: where training starts, as `init(network, system, seed)` gives it.
        start: (d,) an x near the limit; left out, or far from it, the limit is found from larger starts on.
        digits: as in `enclose`.
        most_bits: of precision, before it is given up.

    Raises:
        NoEnclosureError: as `enclose`.
        InvalidInputError: something is of the wrong type or shape.
    """
    from ridgeless.balls import ball, precision
    from ridgeless.certificates._ball_equations import BallEquations
    from ridgeless.certificates._ball_path import enclosed

    guess = _checked(system, network, start, digits)
    theta = network.checked(theta0, system.shape[1])
    with precision(_LEAST_BITS):
        maps = network.ball_map(theta)
    moves, kept, forced = _what_moves(_stored(system), system.b, maps)
    if not moves.any():
        return made(_placed(maps, moves, forced, []), _LEAST_BITS, 0, "no weight is left that moves")
    A = np.ascontiguousarray(_stored(system)[kept][:, moves])
    equations = BallEquations(A, tuple(ball(value) for value in system.b[kept]))
    found = enclosed(
        equations, _maps_at(network, theta, moves), None if guess is None else guess[moves], digits, most_bits
    )
    if found.proof is None:
        raise NoEnclosureError(f"{_CALL}: {found.reason}. {_why_none(maps)}")
    with precision(found.bits):
        balls = _placed(network.ball_map(theta), moves, forced, found.proof.entries)
    method = "proved by Newton's method and the test of Kantorovich"
    return made(balls, found.bits, found.steps, f"{method}{_told(forced)}")


def _what_moves(A: Matrix, b: Vector, maps: Sequence[Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which unknowns move, which independent rows they leave, and which the signs force to 0."""
    from ridgeless.certificates._exact_rows import independent_rows
    from ridgeless.certificates._forced_zeros import forced_zeros

    moves = np.array([each.moves for each in maps])
    signs = np.array([float(each.sign) for each in maps])
    forced = np.zeros(len(maps), dtype=bool)
    while True:
        kept = independent_rows(A[:, moves], b, _CALL)
        if not len(kept):
            return np.zeros_like(moves), kept, forced
        zeros = forced_zeros(A[kept][:, moves], b[kept], signs[moves])
        if not zeros.any():
            return moves, kept, forced
        index = np.flatnonzero(moves)[zeros]
        forced[index], moves[index] = True, False


def _placed(maps: Sequence[Any], moves: np.ndarray, forced: np.ndarray, entries: Sequence[Any]) -> list[Any]:
    """All d balls: those proved, zeros that are forced, and what does not move."""
    from ridgeless.balls import ball

    moving = iter(entries)
    return [
        next(moving) if does else ball(0.0) if is_forced else each.at(ball(0.0))[0]
        for each, does, is_forced in zip(maps, moves, forced, strict=True)
    ]


def _told(forced: np.ndarray) -> str:
    return f"; {int(forced.sum())} entries are 0, forced by the locked signs" if forced.any() else ""


def _why_none(maps: Sequence[Any]) -> str:
    if any(each.sign for each in maps):
        return "Some signs are locked: maybe no solution has them, or only one on the edge, by the last bits of b."
    return "The limit is too near to where its equations are singular."


def made(balls: list[Any], bits: int, steps: int, method: str) -> Enclosure:
    """The enclosure of these balls, in float64 rounded outward."""
    from ridgeless.balls import ball, rounded_up

    midpoint = np.array([float(each.mid()) for each in balls])
    if not np.isfinite(midpoint).all():
        raise NoEnclosureError(f"{_CALL}: x has entries beyond the range of float64.")
    radius = np.array([rounded_up(abs(each - ball(middle))) for each, middle in zip(balls, midpoint, strict=True)])
    return Enclosure(midpoint, radius, bits, steps, method, tuple(balls))


def _checked(system: Any, network: Any, start: Any, digits: Any) -> Vector | None:
    if not isinstance(system, LinearSystem):
        raise InvalidInputError(f"{_CALL}: system is a {type(system).__name__}; pass rl.LinearSystem(A, b).")
    if not isinstance(network, Network):
        raise InvalidInputError(
            f"{_CALL}: network is {network!r}; pass a network such as rl.networks.Difference(depth=2)."
        )
    whole_number(digits, _CALL, "digits", least=1)
    if start is None:
        return None
    guess = real_array(start, _CALL, "start")
    if guess.shape != (system.shape[1],):
        raise InvalidInputError(f"{_CALL}: start needs shape ({system.shape[1]},); it has {guess.shape}.")
    return guess if np.isfinite(guess).all() else None


def _maps_at(network: Network, theta: Theta, moves: np.ndarray) -> Callable[[int], list[Any]]:
    """The maps, of the unknowns that move, of theta times a power of two."""

    def maps_at(power: int) -> list[Any]:
        grown = {name: _grown(value, power) for name, value in theta.items()} if power else theta
        return [each for each, does in zip(network.ball_map(grown), moves, strict=True) if does]

    return maps_at


def _grown(value: Any, power: int) -> Any:
    return [_grown(each, power) for each in value] if isinstance(value, list) else np.ldexp(value, power)


def _stored(system: LinearSystem) -> Matrix:
    if isinstance(system.A, np.ndarray) or sp.issparse(system.A):
        return system.rows()
    kind = "an operator" if isinstance(system.A, LinearOperator) else "read block by block"
    raise NoEnclosureError(
        f"{_CALL}: A is {kind}, and its entries are not stored as numbers.",
        in_python="Pass rl.LinearSystem(A, b) with A an array or a sparse matrix.",
    )
