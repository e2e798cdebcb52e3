"""The gap between a trained answer and the minimum-norm solution, split by cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ridgeless._core.arrays import Vector, norm
from ridgeless._core.brief import brief
from ridgeless._core.extremes import within_float64
from ridgeless._core.pictures import drawn
from ridgeless._core.progress import reported
from ridgeless.errors import InvalidInputError, RidgelessError
from ridgeless.networks import Dense, Direct, Theta
from ridgeless.networks._dense.later_layers import later_layers
from ridgeless.potentials.radial import positive_root
from ridgeless.solution import Solution
from ridgeless.systems import LinearSystem

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TIGHT = 1e-12
_LOOSE = 1e-9
_MOST_STEPS = 1_000_000


class NoExplanationError(RidgelessError):
    """A run that a part of the gap is computed from did not reach its tolerance."""


@dataclass(frozen=True)
class Part:
    """The contribution of one cause to the gap.

    Attributes:
        vector: (d,) its part of x − A⁺b.
        share: ⟨vector, gap⟩/‖gap‖, signed; the shares of all causes sum to ‖gap‖.
    """

    vector: Vector
    share: float

    __repr__ = brief


@dataclass(frozen=True)
class Explanation:
    """The gap g = x − A⁺b of a training run, as a sum over causes, in this order.

    * stopping: x − x∞, with x∞ the end of the same method run on to a residual of 1e-12;
    * drift: P_N(W_1(∞) − W_1(0))·q∞, zero unless the method leaves the row space of A;
    * step size: the rest of x∞ − x_flow, with x_flow the end of gradient flow from the same theta0;
    * imbalance: x_flow − x_bal, with x_bal the limit of the balanced chain with the same initial x;
    * null component: x_bal − A⁺b.

    Attributes:
        parts: cause → its `Part`.
        total: ‖g‖.
        residuals: of the runs that were made to find the parts.
    """

    parts: dict[str, Part]
    total: float
    residuals: dict[str, float]

    def plot(self, ax: Axes | None = None) -> Axes:
        """The gap, cause by cause, as bars: `rl.plots.gap_by_cause`.

        Args:
            ax: where to draw; None for a figure of its own, which a notebook shows.

        Raises:
            MissingDependencyError: matplotlib is not installed.
        """
        return drawn("gap_by_cause", self, ax)

    def __repr__(self) -> str:
        lines = [f"Explanation: the gap to the minimum-norm solution is {self.total:.6g}"]
        lines += [f"  {name:14} {part.share:+.3e}" for name, part in self.parts.items()]
        return "\n".join(lines)


@reported("explain")
@within_float64
def explain(solution: Solution) -> Explanation:
    """Split the gap between a trained answer and the minimum-norm solution by cause.

    The gap telescopes over counterfactual end points from the same theta0: the method run on, gradient flow in its
    place, and the balanced chain with the same initial x, whose limit is exact:
    x_bal = A⁺b + s^(h/2)·P_N w₀ with w₀ = ‖x₀‖^(1/(h+1))·x₀/‖x₀‖ and (s − ‖P_N w₀‖²)·s^h = ‖A⁺b‖²
    (A⁺b where x₀ = 0). Two trainings are run.

    Args:
        solution: what `rl.train` returned for a `Dense` or a `Direct` network.

    Raises:
        InvalidInputError: a solution of another network, a limit, or a solution that has lost its system.
        NoExplanationError: the method, run on, or gradient flow, did not reach a residual of 1e-9.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 0.0]]), np.array([1.0]))
        >>> start = {"x": np.array([0.0, 3.0])}
        >>> found = rl.train(system, rl.networks.Direct(), start, rl.flows.GradientDescent(), tol=1e-12)
        >>> print(explain(found))
        Explanation: the gap to the minimum-norm solution is 3
          stopping       +0.000e+00
          drift          +0.000e+00
          step size      +0.000e+00
          imbalance      +0.000e+00
          null component +3.000e+00
    """
    system, network, theta0 = _asked(solution)
    after = _run_on(solution)
    flowed = _flowed(solution)
    shortest = system.min_norm()
    end = _weights(after)
    moved = system.project_null((_first(end) - _first(theta0)) @ _rest(end))
    balanced = _balanced(system, np.asarray(network(theta0)), _depth(theta0))
    vectors = {
        "stopping": solution.x - after.x,
        "drift": moved,
        "step size": after.x - flowed.x - moved,
        "imbalance": flowed.x - balanced,
        "null component": balanced - shortest,
    }
    gap = solution.x - shortest
    total = norm(gap)
    shares = {name: float(vector @ gap) / total if total > 0 else 0.0 for name, vector in vectors.items()}
    parts = {name: Part(vector, shares[name]) for name, vector in vectors.items()}
    return Explanation(parts, total, {"run on": after.residual, "gradient flow": flowed.residual})


def _asked(solution: Any) -> tuple[LinearSystem, Any, Theta]:
    if not isinstance(solution, Solution):
        raise InvalidInputError(f"explain: got a {type(solution).__name__}; pass what rl.train returned.")
    if not isinstance(solution.network, (Dense, Direct)):
        raise InvalidInputError(
            f"explain: the causes are known for Dense and Direct networks; this solution is of {solution.network}."
        )
    if solution.theta0 is None or solution.flow is None:
        raise InvalidInputError("explain: the solution is no training; pass what rl.train returned.")
    if solution.system is None:
        raise InvalidInputError(
            "explain: the solution was loaded without its system, which was given as an operator; train anew."
        )
    return solution.system, solution.network, solution.theta0


def _run_on(solution: Solution) -> Solution:
    """The same method from the same start, to a tight tolerance."""
    if solution.residual <= _TIGHT:
        return solution
    return _trained(solution, _with_more_steps(solution.flow), "the same method, run on,")


def _with_more_steps(flow: Any) -> Any:
    """The flow with a budget of a million steps or more; that of its last part, where it has parts."""
    if hasattr(flow, "then"):
        return replace(flow, then=_with_more_steps(flow.then))
    return replace(flow, max_steps=max(flow.max_steps, _MOST_STEPS)) if hasattr(flow, "max_steps") else flow


def _flowed(solution: Solution) -> Solution:
    from ridgeless.flows import GradientFlow

    flow = GradientFlow(coordinates="weights", max_steps=_MOST_STEPS)
    if isinstance(solution.flow, GradientFlow) and solution.residual <= _TIGHT:
        return solution
    return _trained(solution, flow, "gradient flow")


def _trained(solution: Solution, flow: Any, what: str) -> Solution:
    from ridgeless.verbs.train import train

    found = train(*_asked(solution), flow, tol=_TIGHT)
    if found.residual > _LOOSE:
        raise NoExplanationError(
            f"explain: {what} ended at residual {found.residual:.1e} ({found.status.name}), and without its end the "
            f"parts are not known; pass a training that settles. {found.message}"
        )
    return found


def _weights(solution: Solution) -> Theta:
    """The trained weights; of plain regression in dual coordinates, which keep none, x itself."""
    if solution.theta is not None:
        return solution.theta
    return {"x": solution.x} if isinstance(solution.network, Direct) else {"W": [], "w": solution.x}


def _first(theta: Any) -> np.ndarray:
    """W_1; for plain regression, and for h = 0, the vector itself as a matrix."""
    if theta.get("W"):
        return theta["W"][0]
    return np.reshape(theta["w"] if "w" in theta else theta["x"], (-1, 1))


def _rest(theta: Any) -> np.ndarray:
    """q = W_2 … W_h w, and 1 where W_1 is all there is."""
    return later_layers(theta) if theta.get("W") else np.ones(1)


def _depth(theta: Theta) -> int:
    return len(theta.get("W", ()))


def _balanced(system: LinearSystem, initial: Vector, hidden: int) -> Vector:
    """The limit of the balanced chain with h hidden layers whose initial x is `initial`."""
    shortest = system.min_norm()
    size = norm(initial)
    if size == 0:
        return shortest
    kept = system.project_null(size ** (1 / (hidden + 1)) * initial / size)
    floor, target = float(kept @ kept), norm(shortest)
    square = positive_root(np.zeros(hidden), floor, target) if target > 0 else floor
    return shortest + square ** (hidden / 2) * kept
