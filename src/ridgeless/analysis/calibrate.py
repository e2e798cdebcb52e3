"""The largest scale of the start whose limit is nearly ℓ1-minimal: measured, and predicted to first order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Dual, positive_number
from ridgeless._core.extremes import within_float64
from ridgeless._core.numbers import counted
from ridgeless._core.progress import reported
from ridgeless.analysis._off_support import off_support_entries
from ridgeless.errors import InvalidInputError, NoScaleError
from ridgeless.inits import Vanishing
from ridgeless.inits.base import check_question
from ridgeless.inits.vanishing import checked_direction
from ridgeless.networks import Network, Theta, scaled
from ridgeless.potentials import Bias, SeparablePotential, WeightedL1
from ridgeless.solution import Solution, Status
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

# The search: in units of max|A⁺b|^(1/D), from lazy to as far as limits are computed.
_LARGEST, _SMALLEST = 1e2, 1e-140
_FIRST_GUESS = 1e-2
_MOST_TRIALS = 40
_WITHIN = 0.02
_LONGEST_STRIDE = 1e8
_TIGHT = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(float):
    """A scale of starts, as a float, with the search that found it.

    Attributes:
        scale: the number itself, as a plain float.
        excess: measured at this scale, at most what was asked for.
        predicted: the scale that the first order in the entries off the support asks for; NaN where the limit
            leaves no entry off its support, is not the only one (`NOT_UNIQUE`), or none was computed.
        trials: (k, 2) the scales that were tried, and their excess.
        ratio: predicted/measured scale.
    """

    scale: float
    excess: float
    predicted: float
    trials: np.ndarray

    def __new__(cls, scale: float, excess: float, predicted: float, trials: np.ndarray) -> Calibration:  # noqa: ARG004
        """The scale as a float; the fields are what `__init__` keeps."""
        return super().__new__(cls, scale)

    def __reduce__(self) -> tuple[type[Calibration], tuple[float, float, float, np.ndarray]]:
        """Copies and pickles are made from the fields."""
        return type(self), (self.scale, self.excess, self.predicted, self.trials)

    @property
    def ratio(self) -> float:
        """The predicted scale over the measured one."""
        return self.predicted / self.scale

    def __repr__(self) -> str:
        return (
            f"Calibration({self.scale:.6g}: excess {self.excess:.3g}; predicted {self.predicted:.3g}, "
            f"{self.ratio:.3g} of it; {counted(len(self.trials), 'limit')})"
        )


@reported("calibrate")
@within_float64
def calibrate(
    system: LinearSystem, network: Network, excess: float = 0.01, direction: Theta | None = None
) -> Calibration:
    """The largest scale whose limit costs at most 1 + `excess` times the limit of vanishing starts.

    The cost is the weighted ℓ1 norm Φ₀ that scale → 0 minimises, and the excess Φ₀(x_scale)/Φ₀(x₀) − 1. It is
    measured by `rl.limit` on both sides of the scale. The prediction takes the first order in the entries off the
    support S of x₀: with ν that fits x₀ on S and moves the others least, x_i = f_i((Aᵀν)_i), and the excess is
    Σ_(i∉S) (price_i − sign(x_i)·s_i)·|x_i|/Φ₀(x₀), where s = Aᵀν₀ with the dual ν₀ of x₀. Where several solutions
    cost as little as x₀ (`NOT_UNIQUE`) there is no such order: the prediction is NaN, and the scale measured as ever.

    Args:
        system: A x = b.
        network: separable, of degree D ≥ 2.
        excess: above 0.
        direction: theta whose multiples are the starts, as for `rl.inits.Vanishing`.

    Returns:
        The scale, a float that carries the excess measured there, the predicted scale, and the trials.

    Raises:
        NoScaleError: every scale meets the excess, or none down to 1e-140 does; or a limit on the way failed.
        NoExactLimit: no theorem covers the network.
        InvalidInputError: arguments of the wrong kind; b = 0; a network whose small starts have no ℓ1 limit.

    Source: Matt and Stöger 2025, arXiv 2506.01143, for the rates that the prediction refines.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0, 0.5]]), np.array([2.0]))
        >>> network = rl.networks.Difference(depth=2)
        >>> scale = rl.calibrate(system, network, excess=0.01)
        >>> x = rl.limit(system, network, rl.inits.Constant(scale)).x
        >>> bool(0.0098 < np.abs(x).sum() - 1 <= 0.01)
        True
    """
    check_question(network, system, 0, "calibrate")
    excess = positive_number(excess, "calibrate", "excess")
    question = _question(system, network, direction)
    search = _Search(question, excess)
    predicted = _predicted(question, excess)
    scale = search.run(predicted if np.isfinite(predicted) else question.unit * _FIRST_GUESS)
    trials = np.array(sorted(search.trials.items()))
    return Calibration(scale, search.trials[scale], predicted, trials)


@dataclass(frozen=True, eq=False)
class _Question:
    """The limit at scale 0, its ℓ1 norm and cost, and the unit of scales."""

    system: LinearSystem
    network: Network
    direction: Theta
    vanishing: Solution
    dual: Dual
    norm: WeightedL1
    cost: float
    unit: float

    def start(self, scale: float) -> Theta:
        return scaled(self.direction, scale)

    def measured(self, scale: float) -> float:
        found = limit(self.system, self.network, self.start(scale), tol=_TIGHT)
        if not found.success and found.residual > 1e-9:
            raise NoScaleError(f"calibrate: the limit at scale {scale:.1e} is {found.status.name}: {found.message}")
        return self.norm.value(found.x) / self.cost - 1


def _question(system: LinearSystem, network: Network, direction: Theta | None) -> _Question:
    theta = checked_direction(direction, network, system, "calibrate")
    vanishing = limit(system, network, Vanishing(theta))
    norm = None if vanishing.bias is None else vanishing.bias.potential
    if not isinstance(norm, WeightedL1):
        raise InvalidInputError(
            f"calibrate: small starts of {network} tend to the solution of least Euclidean norm, whatever the scale "
            "is worth; pass a network of depth 2 or more, such as rl.networks.Difference(depth=2)."
        )
    cost = norm.value(vanishing.x)
    if cost == 0:
        raise InvalidInputError("calibrate: b = 0, and x = 0 costs nothing; pass a system with b ≠ 0.")
    if vanishing.status not in (Status.CONVERGED, Status.NOT_UNIQUE):
        raise NoScaleError(f"calibrate: the limit at scale 0 is {vanishing.status.name}: {vanishing.message}")
    unit = float(np.abs(vanishing.x).max()) ** (1 / (network.homogeneity or 1))
    return _Question(system, network, theta, vanishing, np.asarray(vanishing.dual), norm, cost, unit)


class _Search:
    """Secants on log(excess) against log(scale), kept between the best scales known."""

    def __init__(self, question: _Question, excess: float) -> None:
        self.question, self.excess = question, excess
        self.trials: dict[float, float] = {}

    def run(self, guess: float) -> float:
        """The largest scale found with an excess in [(1 − 2 %)·asked, asked]."""
        unit = self.question.unit
        scale = float(np.clip(guess, _SMALLEST * unit, _LARGEST * unit))
        for _ in range(_MOST_TRIALS):
            self.trials[scale] = self.question.measured(scale)
            if (1 - _WITHIN) * self.excess <= self.trials[scale] <= self.excess:
                return scale
            below = [each for each, found in self.trials.items() if found <= self.excess]
            above = [each for each, found in self.trials.items() if found > self.excess]
            low, high = max(below, default=None), min(above, default=None)
            self._refuse_ends(low, high)
            scale = self._next(low, high, scale)
        return self._best()

    def _refuse_ends(self, low: float | None, high: float | None) -> None:
        unit = self.question.unit
        if high is None and low is not None and low >= _LARGEST * unit:
            raise NoScaleError(
                f"calibrate: even at scale {low:.1e} the excess is {self.trials[low]:.1e}, below the {self.excess:g} "
                "asked for: the minimum-norm solution costs as little, and any scale will do."
            )
        if low is None and high is not None and high <= _SMALLEST * unit:
            raise NoScaleError(
                f"calibrate: at scale {high:.1e} the excess is still {self.trials[high]:.3g}, above the "
                f"{self.excess:g} asked for; depth 2 closes in only logarithmically where several solutions cost "
                "nearly the same. Ask for more, type a deeper network, or take the limit rl.inits.Vanishing()."
            )

    def _next(self, low: float | None, high: float | None, scale: float) -> float:
        unit = self.question.unit
        if low is None or high is None:
            stride = self._stride(scale)
            moved = scale / stride if low is None else scale * stride
            return float(np.clip(moved, _SMALLEST * unit, _LARGEST * unit))
        rise = np.log(self.trials[high] / max(self.trials[low], _TIGHT)) / np.log(high / low)
        aim = np.log((1 - _WITHIN / 2) * self.excess / max(self.trials[low], _TIGHT)) / rise
        share = np.clip(aim / np.log(high / low), 0.1, 0.9)
        return float(low * (high / low) ** share)

    def _stride(self, scale: float) -> float:
        """The factor to go beyond the trials: what a slope of one would need, capped, and more with every trial."""
        off = abs(np.log10(max(self.trials[scale], _TIGHT) / self.excess))
        return float(10 ** min(max(off, 0.1) * len(self.trials), np.log10(_LONGEST_STRIDE)))

    def _best(self) -> float:
        below = [each for each, found in self.trials.items() if found <= self.excess]
        if not below:
            raise NoScaleError(f"calibrate: no scale among {len(self.trials)} met the excess of {self.excess:g}.")
        return max(below)


def _predicted(question: _Question, excess: float) -> float:
    """The scale at which the first order off the support amounts to the excess, by secants in logarithms."""
    x = question.vanishing.x
    if question.vanishing.status is Status.NOT_UNIQUE or not np.any(x == 0):
        return float("nan")
    s = question.system.rmatvec(question.dual)
    # At depth D ≥ 3 entries off the support are of the order scale^D; at depth 2, of scale^(2 − 2ϱ).
    logs = np.log(question.unit) + np.log(_FIRST_GUESS) * np.array([1.0, 1.5])
    values = [_log_excess(question, s, log) - np.log(excess) for log in logs]
    for _ in range(_MOST_TRIALS):
        if not np.isfinite(values).all() or values[1] == values[0]:
            return float("nan")
        new = logs[1] - values[1] * (logs[1] - logs[0]) / (values[1] - values[0])
        new = float(np.clip(new, logs[1] - 20, logs[1] + 2))
        logs, values = np.array([logs[1], new]), [values[1], _log_excess(question, s, new) - np.log(excess)]
        if abs(values[1]) < 1e-3:
            return float(np.exp(new))
    return float("nan")


def _log_excess(question: _Question, s: np.ndarray, log_scale: float) -> float:
    """Logarithm of Σ_(i∉S) (price_i·|x_i| − s_i·x_i)/Φ₀(x₀) at the restricted dual solution."""
    theta = question.network.checked(question.start(float(np.exp(log_scale))), question.system.shape[1])
    found = question.network.theorem(theta, question.system)
    if not isinstance(found, Bias) or not isinstance(found.potential, SeparablePotential):
        return float("nan")
    x = off_support_entries(question.system, found, question.vanishing.x, question.dual)
    with np.errstate(invalid="ignore"):
        terms = np.where(x == 0, 0.0, np.abs(x) * np.where(x > 0, question.norm.positive, question.norm.negative))
    total = float(np.sum((terms - s * x)[question.vanishing.x == 0]))
    return float(np.log(total) - np.log(question.cost)) if total > 0 else float("nan")
