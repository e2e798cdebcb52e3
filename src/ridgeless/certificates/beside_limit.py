"""The certificate of a training by the exact limit from the same start, where that one is known and certified.

x∞ is determined by the system, the network and the start, whatever computes it. Where x̄ is known with ‖x̄ − x∞‖ ≤ r,

    ‖x − x̄‖ − r ≤ ‖x − x∞‖ ≤ ‖x − x̄‖ + r

by the triangle inequality: a difference of two vectors, where `certify` takes Newton steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector, norm
from ridgeless._core.brief import brief
from ridgeless.certificates.arguments import fitting_within
from ridgeless.certificates.certificate import WITHIN, Certificate, Verdict, decided_by, no_solution, ratio
from ridgeless.errors import InvalidInputError
from ridgeless.networks import Network, Theta
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem


@dataclass(frozen=True, eq=False)
class KnownLimit:
    """A limit with a bound on its error, and what it is the limit of.

    Attributes:
        x: (d,) the limit as it was computed.
        distance: bound on ‖x − x∞‖/‖x‖, from its certificate; ∞ where there is none.
        relative_gap: likewise.
        system: A x = b.
        network: how x is parametrised.
        theta0: where training starts.
    """

    x: Vector
    distance: float
    relative_gap: float
    system: LinearSystem
    network: Network
    theta0: Theta

    __repr__ = brief


# A bound that overflows is infinite, and therefore still valid.
@np.errstate(over="ignore", invalid="ignore")
def certify_beside(solution: Solution, limit: KnownLimit, within: float = WITHIN) -> Certificate | None:
    """`certify(solution)` by the triangle inequality with a known limit; None where that does not decide.

    The equations are checked as `certify` does. The norms and their difference are rounded outwards. Of the points
    behind the bound only the relative gap is known, and `gap` is NaN.

    Args:
        solution: of a training.
        limit: the exact limit from the same start on the same system.
        within: as for `certify`.

    Returns:
        A certificate that is certified or refuted; None where `limit` has no bound or one too large to tell, where
        nothing was trained, and where the flow ends elsewhere by a theorem of its own.

    Raises:
        InvalidInputError: the limit is that of another system, network or start.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system, network = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0])), rl.networks.Difference()
        >>> exact = rl.limit(system, network, rl.inits.Constant(1.0))
        >>> proof = rl.certify(exact)
        >>> limit = KnownLimit(exact.x, proof.distance, proof.relative_gap, system, network, exact.theta0)
        >>> trained = rl.train(system, network, rl.inits.Constant(1.0), rl.flows.GradientDescent())
        >>> certify_beside(trained, limit).verdict.value
        'refuted'
    """
    bound = fitting_within(within, "certify_beside")
    if solution.system is None or solution.network is None or solution.theta0 is None:
        raise InvalidInputError(
            "certify_beside: this solution does not tell its system, network and start; type certify(system, x, bias)."
        )
    _refuse_other(solution, limit)
    if solution.flow is None or solution.flow.own_bias(solution.theta0) is not None:
        return None
    refuted, feasible = no_solution(solution.system, solution.x, bound)
    if refuted is not None:
        return refuted
    least, distance = _bounds(solution.x, limit)
    found = decided_by((least, distance), feasible.share, (np.nan, limit.relative_gap), limit.x, bound)
    # What is near the limit and misses an equation whose terms are small is left to `certify`.
    is_open = found is not None and found.verdict is Verdict.CERTIFIED and feasible.share > bound
    return None if is_open else found


def _bounds(x: Vector, limit: KnownLimit) -> tuple[float, float]:
    """Bounds on ‖x − x∞‖/‖x‖, from below and from above."""
    if not np.isfinite(limit.distance):
        return 0.0, np.inf
    # A norm of d numbers has a relative error below (d + 8)·u, each difference one of u, and no sum cancels.
    slack = 4 * (len(x) + 8) * float(np.finfo(float).eps)
    apart, radius = norm(x - limit.x), limit.distance * norm(limit.x) * (1 + slack)
    size = norm(x)
    least = max(apart * (1 - slack) - radius, 0.0) * (1 - slack)
    return ratio(least, size), ratio((apart + radius) * (1 + slack), size)


def _refuse_other(solution: Solution, limit: KnownLimit) -> None:
    """Raise unless the limit is that of the solution's system, network and start."""
    if not _same_equations(solution.system, limit.system):
        what = "system"
    elif solution.network != limit.network:
        what = "network"
    elif not _same_weights(solution.theta0, limit.theta0):
        what = "start"
    else:
        return
    raise InvalidInputError(
        f"certify_beside: the limit is that of another {what} than the solution's; type certify(solution)."
    )


def _same_equations(one: Any, other: LinearSystem) -> bool:
    if one is other:
        return True
    if one.shape != other.shape or not np.array_equal(one.b, other.b):
        return False
    if one.A is other.A:
        return True
    # Two operators show no entries that could be compared.
    return one.is_expandable and other.is_expandable and np.array_equal(one.rows(), other.rows())


def _same_weights(one: Any, other: Theta) -> bool:
    if one.keys() != other.keys():
        return False
    return all(_same_entries(one[name], other[name]) for name in one)


def _same_entries(one: Any, other: Any) -> bool:
    """Whether two layers, or two lists of layers, have the same entries."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(np.array_equal, one, other))
    return not isinstance(one, list) and not isinstance(other, list) and bool(np.array_equal(one, other))
