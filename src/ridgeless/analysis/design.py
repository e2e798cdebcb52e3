"""From a penalty to the start whose limit minimises it."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector, positive_number, real_array
from ridgeless._core.progress import reported
from ridgeless.analysis import _fit_start
from ridgeless.errors import InvalidInputError, NoExactDesign
from ridgeless.inits import Init, Vanishing, Weights
from ridgeless.networks import Network, Theta
from ridgeless.penalties import KullbackLeibler, WeightedSquares
from ridgeless.potentials import Entropy, Hypentropy, Potential, Quadratic, WeightedL1

# What "large" means for a start that is to act like a square: its gradient is straight to this part.
_STRAIGHT = 1e-6
_MOST_DOUBLINGS = 60
_EQUAL = 1e-12


@reported("design")
def design(penalty: Any, network: Any, reach: float = 1.0, tol: float = 0.01) -> Init:
    """The start of `network` whose limit minimises the penalty over the solutions of A x = b.

    Exactly, where the network has that potential:

    - `potentials.WeightedL1(positive, negative)`: `Difference(D)`, D ≥ 3, vanishing, from U = p^(−1/(D−2)) and
      V = n^(−1/(D−2)); with x ≥ 0 (all n infinite) `Power(D)` too; equal weights at depth 2 as well;
    - `penalties.KullbackLeibler(prior)`: `Power(2)`, or `Difference(2)` with v₀ = 0, from u₀² = p;
    - `potentials.Hypentropy(knee, rate)`: `Difference(2)`, 2|u₀v₀| = k; `Product(2)` and `TwoBranch(2)`;
    - `potentials.Quadratic` and `penalties.WeightedSquares(weights, center)`: `Direct` and depth 1 where all weights
      are equal, and `Difference(2)` from so large a start that its potential is that square within `reach`, to 1e-6.

    Anything else with a `gradient(x)` that acts coordinate by coordinate is fitted: the knees (and at `Difference(2)`
    the tilts) whose ∇Φ, times one positive number, is nearest to the penalty's in least squares on
    1e-3·reach ≤ |x| ≤ reach.

    Args:
        penalty: what to minimise.
        network: what is to be trained.
        reach: the largest |x| that is expected; the fits, and the large starts, hold up to there.
        tol: the largest error of a fitted gradient, as a part of the penalty's largest on that range.

    Returns:
        An init for `rl.limit`, and for `rl.train` unless it is `Vanishing`.

    Raises:
        NoExactDesign: the best start misses the penalty by more than `tol`; its `error` is by how much.
        InvalidInputError: no penalty, one whose numbers make none, or no network.

    Source: Woodworth et al. 2020 and Gunasekar et al. 2017 for the potentials; Zhao et al. 2026, arXiv 2607.12332, for
    the weights of vanishing starts.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> network = rl.networks.Difference(depth=3)
        >>> dear = rl.potentials.WeightedL1(positive=np.array([1.0, 5.0]), negative=np.ones(2))
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> rl.limit(system, network, rl.design(dear, network)).x
        array([2., 0.])
        >>> rl.design(rl.penalties.ElasticNet(l1=1.0, l2=1.0), rl.networks.Difference(depth=2))
        Traceback (most recent call last):
        ridgeless.errors.NoExactDesign: design: the best start of Difference(depth=2) misses ...
    """
    if not isinstance(network, Network):
        raise InvalidInputError(
            f"design: network is {network!r}; pass a network such as rl.networks.Difference(depth=2)."
        )
    penalty = _checked(penalty)
    reach, tol = positive_number(reach, "design", "reach"), positive_number(tol, "design", "tol")
    theta = _exact(penalty, network, reach)
    if theta is not None and isinstance(penalty, WeightedL1):
        return Vanishing(theta)
    if theta is not None:
        return Weights(theta, f"designed for {type(penalty).__name__}")
    theta, error = _fit_start.fit(penalty, network, reach)
    if error > tol:
        raise NoExactDesign(
            f"design: the best start of {network} misses the gradient of {type(penalty).__name__} by {error:.1%} of "
            f"its largest value on |x| ≤ {reach:g} (asked: {tol:.1%}). A mirror map is smooth at 0, and its inverse "
            "bends towards the axis beyond: in least squares no start is nearer.",
            error=error,
            in_python=f"Type tol={1.1 * error:.2g} to accept that, or minimise the penalty itself.",
        )
    return Weights(theta, f"fitted to {type(penalty).__name__} within {error:.1e}")


@singledispatch
def _checked(penalty: Any) -> Any:
    """The penalty, its numbers as floats and arrays; refused where Φ would not be convex, or have two lengths.

    Here and not where potentials are made: those that come from a start are right, and are made by the thousand.
    """
    return penalty


@_checked.register
def _(penalty: WeightedL1) -> WeightedL1:
    up, down = (_field(penalty, name) for name in ("positive", "negative"))
    for name, prices in (("positive", up), ("negative", down)):
        if prices.ndim != 1 or not np.all(prices > 0):
            raise InvalidInputError(
                f"design: {name} of WeightedL1 = {getattr(penalty, name)!r}; type one number above 0 for each unknown, "
                "np.inf where that sign is locked out."
            )
    if up.shape != down.shape:
        raise InvalidInputError(
            f"design: WeightedL1 has {up.size} positive and {down.size} negative prices; type one of each for every "
            "unknown."
        )
    return WeightedL1(up, down)


@_checked.register
def _(penalty: Hypentropy) -> Hypentropy:
    knee = _field(penalty, "knee")
    if knee.ndim > 1 or not np.all((knee > 0) & np.isfinite(knee)):
        raise InvalidInputError(
            f"design: knee of Hypentropy = {penalty.knee!r}; type a finite number above 0, or one for every unknown."
        )
    return Hypentropy(knee, positive_number(penalty.rate, "design", "rate of Hypentropy"))


@_checked.register
def _(penalty: Entropy) -> Entropy:
    sign = _field(penalty, "sign")
    if sign.ndim != 1 or not np.all(np.abs(sign) == 1):
        raise InvalidInputError(f"design: sign of Entropy = {penalty.sign!r}; type +1 or -1 for every unknown.")
    return Entropy(sign, positive_number(penalty.rate, "design", "rate of Entropy"))


@_checked.register
def _(penalty: Quadratic) -> Quadratic:
    return Quadratic(positive_number(penalty.rate, "design", "rate of Quadratic"))


def _field(penalty: Any, name: str) -> np.ndarray:
    return real_array(getattr(penalty, name), "design", f"{name} of {type(penalty).__name__}")


@singledispatch
def _exact(penalty: Any, network: Network, reach: float) -> Theta | None:  # noqa: ARG001
    """The start that has the penalty for its potential, or None."""
    return None


@_exact.register(Entropy)
@_exact.register(Hypentropy)
@_exact.register(WeightedL1)
def _(penalty: Potential, network: Network, reach: float) -> Theta | None:  # noqa: ARG001
    return network.start_for(penalty)


@_exact.register
def _(penalty: KullbackLeibler, network: Network, reach: float) -> Theta | None:  # noqa: ARG001
    """x·log(x/p) − x is the entropy less log(p)·x."""
    prior = np.asarray(penalty.prior)
    return network.start_for(Entropy(np.ones_like(prior), rate=1.0), np.log(prior))


@_exact.register
def _(penalty: Quadratic, network: Network, reach: float) -> Theta | None:  # noqa: ARG001
    return _exact(WeightedSquares(), network, reach)


@_exact.register
def _(penalty: WeightedSquares, network: Network, reach: float) -> Theta | None:
    """Equal weights are plain regression; others are where a hypentropy with large knees is a square."""
    weights, center = np.broadcast_arrays(np.asarray(penalty.weights), np.asarray(penalty.center))
    largest = float(np.max(weights))
    if float(np.ptp(weights)) <= _EQUAL * largest:
        found = network.start_for(Quadratic(), center)
        if found is not None:
            return found
    if not _fit_start.has_tilts(network):
        return None
    knee = _straight_knee(weights / largest, center, reach)
    return network.start_for(Hypentropy(knee, rate=4.0), np.arcsinh(center / knee) / 4)


def _straight_knee(weights: Vector, center: Vector, reach: float) -> Vector:
    """The knee √((S/w)² − c²), with S doubled until asinh(x/k) − asinh(c/k) is straight on |x| ≤ reach."""
    size = max(reach, float(np.max(np.abs(center))))
    points = np.linspace(-size, size, 41)[:, None]
    total = 4 * size
    knee = np.sqrt((total / weights) ** 2 - center**2)
    for _ in range(_MOST_DOUBLINGS):
        knee = np.sqrt((total / weights) ** 2 - center**2)
        # S·(asinh(x/k) − asinh(c/k))/w against x − c
        slope = total / weights * (np.arcsinh(points / knee) - np.arcsinh(center / knee))
        if float(np.max(np.abs(slope - (points - center)))) <= _STRAIGHT * size:
            break
        total *= 2
    return knee
