"""`enclose`, `enclose_limit` and `enclose_vanishing`: rigorous enclosures of the limits of training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool

from ridgeless._core.arrays import Dual, Matrix, Numbers, Vector, whole_number
from ridgeless._core.extremes import within_float64
from ridgeless._core.progress import reported
from ridgeless.certificates._equations import decided
from ridgeless.certificates.enclosure import CALL, LEAST_BITS, Enclosure, checked_question, enclosure_of, stored_matrix
from ridgeless.errors import InvalidInputError, NoEnclosureError
from ridgeless.inits import Vanishing
from ridgeless.networks import Network, Theta
from ridgeless.potentials import WeightedL1
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem

# At this precision, a proof for a few unknowns takes minutes.
MOST_BITS = 32768
# Relative error of prices that a theorem gives in float64; some of them are integrals.
_PRICE_ROUNDING = 1e-11
_VERTEX_BITS = 256


@reported("enclose")
@within_float64
def enclose(solution: Solution, digits: int = 15) -> Enclosure:
    """Rigorous balls around the limit of gradient flow for the start of a solution, independent of its x.

    The x of the solution is only the starting guess of Newton's method: a training stopped early, a STALLED limit and a
    perfect one give the same balls. They hold for A, b and theta0 as stored in float64. Of equations that depend on
    others up to rounding and not exactly, those that the limit leaves out are left out; `system.rank` says how many
    count.

    Args:
        solution: with its system, its network and its start.
        digits: of each ball, at least 1; entries below 10^(−2·digits) of the largest have fewer.

    Raises:
        NoEnclosureError: A is an operator, the network has no mirror map in balls, the equations as stored contradict
            each other, the limit is not unique, or it lies on the edge of its domain.
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
        raise InvalidInputError(f"{CALL}: solution is a {type(solution).__name__}; pass what rl.limit returns.")
    if solution.system is None:
        raise NoEnclosureError(f"{CALL}: the solution was loaded without its system, which was an operator.")
    whole_number(digits, CALL, "digits", least=1)
    prices = None if solution.bias is None else solution.bias.potential
    if solution.theta0 is None and isinstance(prices, WeightedL1):
        return _of_vanishing(solution.system, prices, solution.x)
    if solution.network is None or solution.theta0 is None:
        raise NoEnclosureError(
            f"{CALL}: the solution has no network and theta0 to tell which limit is meant.",
            in_python="Type rl.certificates.enclose_limit(system, network, theta0, start=x).",
        )
    return enclose_limit(solution.system, solution.network, solution.theta0, start=solution.x, digits=digits)


@within_float64
def enclose_limit(
    system: LinearSystem,
    network: Network,
    theta0: Theta,
    start: Numbers | None = None,
    digits: int = 15,
    most_bits: int = MOST_BITS,
) -> Enclosure:
    """Rigorous balls around the limit of gradient flow of a separable network from theta0 on A x = b.

    Each x_i is a known increasing function f_i of z_i = (Aᵀν)_i, and A f(Aᵀν) = b has a unique solution ν. Newton's
    method computes it to many digits, and a Newton–Kantorovich test in ball arithmetic proves it.

    Args:
        system: A x = b, its matrix an array or sparse.
        network: one with a `ball_map`.
        theta0: where training starts, as `init(network, system, seed)` gives it.
        start: (d,) an x near the limit; without one, or far from it, the limit is found by homotopy from larger starts.
        digits: as in `enclose`.
        most_bits: the largest working precision.

    Raises:
        NoEnclosureError: as `enclose`.
        InvalidInputError: something is of the wrong type or shape.
    """
    from ridgeless._core.balls import ball, precision
    from ridgeless.certificates._ball_equations import BallEquations
    from ridgeless.certificates._ball_path import enclosed

    guess = checked_question(system, network, start, digits)
    theta = network.checked(theta0, system.shape[1])
    left_out, system = _counting_equations(system)
    with precision(LEAST_BITS):
        maps = network.ball_map(theta)
        rests = [each.at(ball(0.0))[0] for each in maps if not each.moves]
    if not all(value.is_zero() for value in rests):
        raise NoEnclosureError(f"{CALL}: an entry of {network} rests at another x than 0, which is not supported.")
    moves, kept, forced = _moving_unknowns(stored_matrix(system), system.b, maps)
    if not moves.any():
        return enclosure_of(_placed(maps, moves, forced, []), LEAST_BITS, 0, "no weight is left that moves")
    A = np.ascontiguousarray(stored_matrix(system)[kept][:, moves])
    equations = BallEquations(A, tuple(ball(value) for value in system.b[kept]))
    found = enclosed(
        equations, _maps_at(network, theta, moves), None if guess is None else guess[moves], digits, most_bits
    )
    if found.proof is None:
        raise NoEnclosureError(f"{CALL}: {found.reason}. {_likely_cause(maps)}")
    with precision(found.bits):
        balls = _placed(network.ball_map(theta), moves, forced, found.proof.entries)
    method = "proved by Newton's method and the test of Kantorovich"
    zeros = f"; {int(forced.sum())} entries are 0, forced by the locked signs" if forced.any() else ""
    return enclosure_of(balls, found.bits, found.steps, f"{method}{zeros}{left_out}")


def _counting_equations(system: LinearSystem) -> tuple[str, LinearSystem]:
    """The system without dependent equations that do not count, and a clause for the method that mentions them."""
    stored_matrix(system)
    counting = decided(system)
    fewer = system.shape[0] - counting.shape[0]
    return (f"; {fewer} equations that depend on others to rounding are left out" if fewer else ""), counting


def _moving_unknowns(A: Matrix, b: Dual, maps: Sequence[Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The unknowns that can move, independent rows of the equations on them, and the unknowns forced to 0."""
    from ridgeless.certificates._exact_rows import independent_rows
    from ridgeless.certificates._forced_zeros import forced_zeros

    moves = np.array([each.moves for each in maps])
    signs = np.array([float(each.sign) for each in maps])
    forced = np.zeros(len(maps), dtype=bool)
    while True:
        kept = independent_rows(A[:, moves], b, CALL)
        if not len(kept):
            return np.zeros_like(moves), kept, forced
        zeros = forced_zeros(A[kept][:, moves], b[kept], signs[moves])
        if not zeros.any():
            return moves, kept, forced
        index = np.flatnonzero(moves)[zeros]
        forced[index], moves[index] = True, False


def _placed(maps: Sequence[Any], moves: np.ndarray, forced: np.ndarray, entries: Sequence[Any]) -> list[Any]:
    """All d balls: the proved ones, forced zeros, and entries that do not move."""
    from ridgeless._core.balls import ball

    moving = iter(entries)
    return [
        next(moving) if does else ball(0.0) if is_forced else each.at(ball(0.0))[0]
        for each, does, is_forced in zip(maps, moves, forced, strict=True)
    ]


def _likely_cause(maps: Sequence[Any]) -> str:
    if any(each.sign for each in maps):
        return "Some signs are locked: maybe no solution has them, or only one on the edge, by the last bits of b."
    return "The limit is too near to where its equations are singular."


def _maps_at(network: Network, theta: Theta, moves: np.ndarray) -> Callable[[int], list[Any]]:
    """k ↦ the mirror maps of the unknowns that move, for theta times 2^k."""

    def maps_at(power: int) -> list[Any]:
        grown = {name: _scaled(value, power) for name, value in theta.items()} if power else theta
        return [each for each, does in zip(network.ball_map(grown), moves, strict=True) if does]

    return maps_at


def _scaled(value: Any, power: int) -> Any:
    return [_scaled(each, power) for each in value] if isinstance(value, list) else np.ldexp(value, power)


@within_float64
def enclose_vanishing(
    system: LinearSystem, network: Network, direction: Theta | None = None, start: Numbers | None = None
) -> Enclosure:
    """Rigorous balls around the limit of gradient flow from scale·direction as scale → 0, from rational numbers.

    Args:
        system: A x = b, its matrix an array or sparse.
        network: separable, of two layers or more.
        direction: theta; the start of `inits.Constant(1)` if left out.
        start: (d,) an x near the limit; found by a linear program if left out.

    Raises:
        NoEnclosureError: the weighted ℓ1 norm has several minimisers, or the network has no mirror map in balls.
        InvalidInputError: something is of the wrong type or shape.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 3.0]]), np.array([1.0]))
        >>> rl.certificates.enclose_vanishing(system, rl.networks.Difference(depth=3)).midpoint
        array([0.        , 0.33333333])
    """
    from ridgeless._core.balls import precision
    from ridgeless.certificates._exact_vertex import Prices

    guess = checked_question(system, network, start, 1)
    theta = Vanishing(direction)(network, system)
    if network.homogeneity == 1:
        raise NoEnclosureError(f"{CALL}: {network} has a limit of its own from 0; type enclose_limit with theta at 0.")
    with precision(_VERTEX_BITS):
        maps = network.ball_map(theta)
        upper = [_price(each.ends()[1], each.sign >= 0) for each in maps]
        lower = [_price(-each.ends()[0], each.sign <= 0) for each in maps]
    moves = np.array([each.moves for each in maps])
    return _enclosed_vertex(system, Prices(upper, lower), moves, guess)


def _price(end: Any, is_open: bool) -> Any:
    """The price of a sign, as the |z| at which it appears: the end of the interval, or 1 where it is unbounded."""
    from ridgeless._core.balls import ball

    if end.is_finite():
        return end
    return ball(1.0 if is_open else np.inf)


def _of_vanishing(system: LinearSystem, box: WeightedL1, x: Vector) -> Enclosure:
    """The enclosure of a limit of vanishing starts from its weighted ℓ1 norm, whose prices have rounding errors."""
    from ridgeless._core.balls import around, ball, precision
    from ridgeless.certificates._exact_vertex import Prices

    both = np.concatenate([box.positive, box.negative])
    finite = both[np.isfinite(both)]
    is_even = len(finite) > 0 and np.ptp(finite) == 0
    with precision(_VERTEX_BITS):
        rounding = around(1.0, 0.0 if is_even else _PRICE_ROUNDING)
        prices = Prices(*([ball(price) * rounding for price in side] for side in (box.positive, box.negative)))
    moves = np.isfinite(box.positive) | np.isfinite(box.negative)
    return _enclosed_vertex(system, prices, moves, x)


def _vertex_near(A: Matrix, b: Dual, prices: Any, guess: Vector) -> list[Any] | None:
    """The vertex, if the guess has its support; None otherwise."""
    from ridgeless.certificates._exact_vertex import vertex

    try:
        return vertex(A, b, prices, guess)
    except NoEnclosureError:
        return None


def _enclosed_vertex(
    system: LinearSystem, prices: Any, moves: Bool[np.ndarray, " d"], guess: Vector | None
) -> Enclosure:
    from ridgeless._core.balls import ball, precision
    from ridgeless.certificates._exact_rows import independent_rows
    from ridgeless.certificates._exact_vertex import near_vertex, vertex

    left_out, system = _counting_equations(system)
    stored = stored_matrix(system)
    kept = independent_rows(stored[:, moves], system.b, CALL)
    A, b = np.ascontiguousarray(stored[kept][:, moves]), system.b[kept]
    with precision(_VERTEX_BITS):
        prices = prices.restricted(moves)
        entries = None if guess is None else _vertex_near(A, b, prices, guess[moves])
        entries = vertex(A, b, prices, near_vertex(A, b, prices)) if entries is None else entries
        found = iter(entries)
        balls = [ball(0.0) + (next(found) if does else 0) for does in moves]
    return enclosure_of(balls, _VERTEX_BITS, 0, f"a vertex in rational numbers, the only one by its dual{left_out}")
