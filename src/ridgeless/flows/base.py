"""The base class of training methods, and the run that they return."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from ridgeless._core.arrays import Dual, Vector
from ridgeless._core.brief import brief
from ridgeless._core.discovery import Exemplified
from ridgeless._core.on_demand import OnDemand
from ridgeless.errors import InvalidInputError
from ridgeless.networks import Layer, Network, Theta, TrainingProblem
from ridgeless.potentials import Bias
from ridgeless.solution import History, Status


@dataclass(frozen=True)
class Run:
    """The result of training.

    Attributes:
        x: (d,) the end point.
        status: how training ended.
        message: one sentence for a person.
        history: log-spaced snapshots.
        method: the flow and its settings, in a few words.
        theta: the trained weights, as NumPy arrays; None in dual coordinates.
        dual: (n,) ν in dual coordinates; None in weight coordinates.
        stats: steps, run_s, compile_s and what else the method counts.
    """

    x: Vector
    status: Status
    message: str
    history: History
    method: str
    theta: Any = OnDemand(default=None)  # noqa: RUF009 - a descriptor
    dual: Dual | None = None
    stats: dict[str, float | int] = field(default_factory=dict)

    __repr__ = brief


class Flow(Exemplified, ABC):
    """A training method. Frozen dataclasses; a subclass in a file of this folder is found by being there.

    Attributes:
        keeps_row_space: whether steps depend on the weights through inner products alone, so that W_1 moves along
            Aᵀ and the reduced problem trains like the whole one. Not so for methods that look at single entries.
        is_continuous: whether this is gradient flow itself, which theorems speak of, and not a method in steps.
        rests_at_solutions: whether a start that solves the system already is the answer.
        asks_theorem: whether the theorem that covers the start is looked for: `run` is given it, and where
            `is_continuous`, the end is compared with it. Where not, training spares itself the search, and `run` is
            given None.
        citation: source of the method, author and year; empty where it is folklore.
    """

    citation: ClassVar[str] = ""
    keeps_row_space: ClassVar[bool] = False
    is_continuous: ClassVar[bool] = False
    asks_theorem: ClassVar[bool] = True
    rests_at_solutions: ClassVar[bool] = True

    @property
    def is_plain_descent(self) -> bool:
        """Whether each step is −η_k·JᵀAᵀr_k, with J = ∂x/∂θ at the current weights: no memory, no scaling by entry.

        r_k is any combination of equations: the misfit of all of them, of a few, or with noise. What such steps do to
        the limit is known exactly for some networks: `Network.effective_start`, `rl.predict`.
        """
        return False

    @property
    def never_rises(self) -> bool:
        """Whether every step is downhill: no memory, no noise, no steps by entry."""
        return False

    def settles_on(self, network: Network) -> bool:
        """Whether it trains this network to any residual, and does not refuse it or hover above.

        By default every network whose weights are free; not one with orthogonal layers.
        """
        return not any(layer.is_orthogonal for layer in layers_of(network))

    def limited_to(self, steps: int) -> Flow:
        """The same method with another budget."""
        made: Any = self
        return replace(made, max_steps=steps)

    def own_bias(self, theta0: Theta) -> Bias | None:  # noqa: ARG002 - the default knows none
        """The theorem on where this method ends from theta0, where it is another than that of gradient flow."""
        return None

    def along(
        self,
        problem: TrainingProblem,  # noqa: ARG002 - the default knows no weights
        tol: float,  # noqa: ARG002
        look: Callable[[Theta], float],  # noqa: ARG002
    ) -> tuple[Vector, Vector]:
        """The same training once more, with a number taken of the weights at each mark of its history.

        Args:
            problem: what is trained.
            tol: as for `run`.
            look: weights ↦ the number.

        Returns:
            (times or steps, numbers); both empty, as by default, for a method that does not say its weights.
        """
        return np.zeros(0), np.zeros(0)

    @abstractmethod
    def run(self, problem: TrainingProblem, bias: Bias | None, tol: float) -> Run:
        """Train until ‖Ax − b‖/‖b‖ ≤ tol, or until the budget ends; the theorem is that of the problem's network."""

    def run_all(self, problems: Sequence[TrainingProblem], biases: Sequence[Bias | None], tol: float) -> list[Run]:
        """`run` for each problem."""
        return self.run_together([self] * len(problems), problems, biases, tol)

    @classmethod
    def run_together(
        cls,
        flows: Sequence[Flow],
        problems: Sequence[TrainingProblem],
        biases: Sequence[Bias | None],
        tol: float,
    ) -> list[Run]:
        """`run` of each flow, all of this class, on its problem; one after another, unless a class knows better."""
        return [flow.run(problem, bias, tol) for flow, problem, bias in zip(flows, problems, biases, strict=True)]


def refuse_orthogonal(network: Network, method: str) -> None:
    """Raise where a method that knows no constraint would take layers off the orthogonal matrices."""
    if any(layer.is_orthogonal for layer in layers_of(network)):
        raise InvalidInputError(
            f"train: {method} would take the layers of {network} off the orthogonal matrices; type "
            "rl.flows.RiemannianFlow() or rl.flows.RiemannianDescent()."
        )


def layers_of(network: Network) -> list[Layer]:
    """Every layer of a network of two unknowns, whatever it is called."""
    entries = network.layout(2).values()
    return [layer for entry in entries for layer in (entry if isinstance(entry, list) else [entry])]
