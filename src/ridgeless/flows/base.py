"""What a flow is: a way to train, run by one driver."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from ridgeless.arrays import Dual, Vector
from ridgeless.networks import Network, Theta
from ridgeless.potentials import Bias
from ridgeless.solution import History, Status
from ridgeless.systems import LinearSystem


@dataclass(frozen=True)
class Run:
    """What training left behind.

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
    theta: Theta | None = None
    dual: Dual | None = None
    stats: dict[str, float | int] = field(default_factory=dict)


class Flow(ABC):
    """A way to train. Frozen dataclasses; a subclass in a file of this folder is found by being there."""

    @abstractmethod
    def run(self, system: LinearSystem, network: Network, theta0: Theta, bias: Bias | None, tol: float) -> Run:
        """Train from theta0 until ‖Ax − b‖/‖b‖ ≤ tol, or until the budget ends."""
