"""Gradient flow, training with infinitely small steps: in dual coordinates where they exist, else in the weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from ridgeless._core.arrays import Vector, whole_number
from ridgeless.errors import InvalidInputError, NoDualCoordinatesError
from ridgeless.flows import _jax
from ridgeless.flows._driver import Target, driven, numbers_along, run_at_rest
from ridgeless.flows._dual import DualFlow
from ridgeless.flows._stopwatch import Stopwatch
from ridgeless.flows._weights import WeightFlow
from ridgeless.flows.base import Flow, Run, refuse_orthogonal
from ridgeless.networks import Theta, TrainingProblem
from ridgeless.potentials import Bias

Coordinates = Literal["auto", "weights", "dual"]


@dataclass(frozen=True)
class GradientFlow(Flow):
    """θ' = −∇L(θ) for L = ½‖A x(θ) − b‖², integrated until the residual is within tolerance.

    Dual coordinates: x = ∇Φ*(offset + Aᵀν) with ν' = b − Ax, n equations instead of one per weight, exact at starts
    as small as 1e-40; SciPy's implicit BDF method with the analytic Jacobian. Weight coordinates: every weight by
    itself, by diffrax's explicit Dopri8 and, where the flow turns stiff, by BDF; they share no formula with the
    limits, which makes them their test.

    Attributes:
        coordinates: "dual", "weights", or "auto": dual where the theorem gives them.
        max_steps: the budget of integration steps.

    Example:
        >>> GradientFlow(coordinates="weights").max_steps
        100000
    """

    keeps_row_space: ClassVar[bool] = True
    is_continuous: ClassVar[bool] = True

    coordinates: Coordinates = "auto"
    max_steps: int = 100_000

    @classmethod
    def examples(cls) -> tuple[GradientFlow, ...]:  # noqa: D102
        return cls(), cls(coordinates="weights")

    def __post_init__(self) -> None:
        if self.coordinates not in get_args(Coordinates):
            raise InvalidInputError(
                f"flows.GradientFlow: coordinates = {self.coordinates!r}; type one of {get_args(Coordinates)}."
            )
        whole_number(self.max_steps, "flows.GradientFlow", "max_steps", least=1)

    @property
    def never_rises(self) -> bool:  # noqa: D102
        return True

    def along(self, problem: TrainingProblem, tol: float, look: Callable[[Theta], float]) -> tuple[Vector, Vector]:
        """In weight coordinates, with a look at the weights at each mark."""
        with _jax.double_precision():
            return numbers_along(WeightFlow(Target.of_flow(problem, tol)), self.max_steps, look)

    def run(self, problem: TrainingProblem, bias: Bias | None, tol: float) -> Run:
        """Integrate; the theorem, where there is one, gives the dual coordinates."""
        refuse_orthogonal(problem.network, "gradient flow")
        has_dual = bias is not None and bias.is_mirror_flow
        if self.coordinates == "dual" and not has_dual:
            raise NoDualCoordinatesError(
                f"train: gradient flow of {problem.network} from this start is no mirror flow and has no dual "
                'coordinates; type rl.flows.GradientFlow(coordinates="weights").'
            )
        goal = Target.of_flow(problem, tol)
        with _jax.double_precision(), Stopwatch() as watch:
            if _jax.is_stationary(problem):
                return run_at_rest(goal, "time", "gradient flow")
            is_dual = has_dual and self.coordinates != "weights"
            method = DualFlow(goal, bias) if is_dual and bias is not None else WeightFlow(goal)
            return driven(method, self.max_steps, watch)
