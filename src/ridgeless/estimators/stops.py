"""Where a fit stops: early, by a penalty, by the size of the noise, or not before it interpolates."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

from ridgeless.errors import InvalidInputError

# Of numbers within the first two float64 has the squares and the products of a fit; one over a number within the others
# is a number.
LEAST_UNIT, LARGEST_UNIT = 1e-50, 1e50
_BOUNDS = 1e-305, 1e305


class Stop:
    """Where a fit stops."""


@dataclass(frozen=True)
class AtTime(Stop):
    """Training stops at time t of gradient flow on the loss: ½‖Xw − y‖², or the logistic loss of a classifier.

    X and y are centred and weighted as the estimator does, and the loss is a sum over samples. Training that is at its
    limit sooner ends there, and `stop_` has the time at which it does.

    Attributes:
        time: t > 0, as `ridgeless.flows.GradientFlow` counts it.

    Raises:
        InvalidInputError: the time is not a number above 0.

    Example:
        >>> AtTime(2.5)
        AtTime(time=2.5)
    """

    time: float

    def __post_init__(self) -> None:
        _require("AtTime", "time", self.time, *_BOUNDS)


@dataclass(frozen=True)
class Penalty(Stop):
    """The minimum of ½‖Xw − y‖² + λΦ(w), Φ the convex function that training from this start minimises.

    Φ is normalised so that λΦ is (λ/κ)·½‖w‖² for large scales κ, ridge regression with alpha = λ/κ; at depth ≥ 3 it
    is λ‖w‖₁ for small ones, the Lasso with alpha = λ/n; at depth 2 about λ·log(2/κ)·‖w‖₁.

    Attributes:
        lam: λ > 0.

    Raises:
        InvalidInputError: λ is not a number above 0.

    Example:
        >>> Penalty(0.1)
        Penalty(lam=0.1)
    """

    lam: float

    def __post_init__(self) -> None:
        _require("Penalty", "lam", self.lam, *_BOUNDS)


@dataclass(frozen=True)
class Interpolate(Stop):
    """Training never stops: the limit that `ridgeless.limit` computes. It fits the noise too.

    Example:
        >>> Interpolate()
        Interpolate()
    """


@dataclass(frozen=True)
class Discrepancy(Stop):
    """The penalty at which ‖Xw − y‖ = σ√n: what is left is as large as the noise (Morozov 1966).

    It is what users of basis-pursuit denoising ask for: the least Φ(w) with ‖Xw − y‖ ≤ σ√n.

    Attributes:
        sigma: σ > 0, the standard deviation of the noise, in units of y.

    Raises:
        InvalidInputError: σ is not a number above 0.

    Example:
        >>> Discrepancy(0.5)
        Discrepancy(sigma=0.5)
    """

    sigma: float

    def __post_init__(self) -> None:
        _require("Discrepancy", "sigma", self.sigma, LEAST_UNIT, LARGEST_UNIT)


@dataclass(frozen=True)
class Explained(Stop):
    """Training stops as soon as it explains a share of the variance of y on the data it is trained on.

    Where no coefficients explain so much, as with many more samples than features, it ends when it explains all it can,
    and `fit` warns by a ConvergenceWarning.

    Attributes:
        share: R² at which to stop, above 0 and below 1.

    Raises:
        InvalidInputError: the share is not between 0 and 1.

    Example:
        >>> Explained(0.9)
        Explained(share=0.9)
    """

    share: float = 0.9

    def __post_init__(self) -> None:
        _require("Explained", "share", self.share, 0.0, 1.0)


def as_float(value: object) -> float:
    """A real number as float64 has it; NaN for what is no number, truth values among it, or beyond float64."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return float("nan")
    try:
        return float(value)
    except OverflowError:
        return float("nan")


def _require(call: str, name: str, value: object, above: float, below: float) -> None:
    if above < as_float(value) < below:
        return
    raise InvalidInputError(f"{call}({name}={value!r}): {name} is a number above {above:g} and below {below:g}")
