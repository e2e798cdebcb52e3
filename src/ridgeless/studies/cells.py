"""The grid that a configuration describes, and the outcome of each of its cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ridgeless.certificates import Certificate
from ridgeless.networks import Network, Theta
from ridgeless.solution import Solution
from ridgeless.studies.config import Configuration
from ridgeless.studies.schema import (
    NetworkChoice,
    chosen_network,
    chosen_problem,
    network_label,
    start_seed,
    start_weights,
)
from ridgeless.systems import LinearSystem, Problem, read_system
from ridgeless.verbs.limit import limit
from ridgeless.verbs.train import train

LIMIT, FLOW, DESCENT = METHODS = ("limit", "gradient flow", "gradient descent")

# How a cell ended, where no Status tells it.
NOT_RUN = "NOT RUN"
NO_EXACT_LIMIT = "NO EXACT LIMIT"
REFUSED = "REFUSED"

Solver = Callable[[LinearSystem, Network, Theta], Solution]


@dataclass(frozen=True)
class Grid:
    """The system, networks, scales and methods that a configuration describes.

    Attributes:
        configuration: the checked configuration.
        system: what is solved.
        problem: where the system comes from; None for the user's own files.
        true_picture: the picture that the truth stands for; None where x is no picture.
        networks: what is trained, by label.
        scales: where training starts, descending.
        solvers: how it is solved, by method: those that the configuration asks for.
    """

    configuration: Configuration
    system: LinearSystem
    problem: Problem | None
    true_picture: np.ndarray | None
    networks: dict[str, tuple[NetworkChoice, Network]]
    scales: tuple[float, ...]
    solvers: dict[str, Solver]

    def start(self, network: str, scale: float) -> Theta:
        """theta0 of the network with this label."""
        choice, chosen = self.networks[network]
        return start_weights(choice, chosen, self.system, scale, start_seed(self.configuration.seed))

    def cells(self) -> Iterator[Cell]:
        """The cells to run: each limit before the trainings that are measured against it."""
        smallest = self.configuration.descent.smallest_scale * (1 - 1e-12)
        for network in self.networks:
            for scale in self.scales:
                for method in self.solvers:
                    if method != DESCENT or scale >= smallest:
                        yield Cell(network, method, scale)


@dataclass(frozen=True)
class Cell:
    """One computation: a network, by its label, a method and a scale."""

    network: str
    method: str
    scale: float

    def __str__(self) -> str:
        return f"{self.network}, scale {self.scale:.3g}: {self.method}"


@dataclass(frozen=True)
class Outcome:
    """The outcome of one cell.

    Attributes:
        status: name of the solution's Status, or NOT_RUN, NO_EXACT_LIMIT, REFUSED.
        message: one sentence for a person.
        solution: None where nothing was computed.
        certificate: of the solution.
    """

    status: str
    message: str
    solution: Solution | None = None
    certificate: Certificate | None = None


def make_grid(configuration: Configuration) -> Grid:
    """The system is made or read, and every start tried, before anything is run.

    Raises:
        RidgelessError: the system cannot be had or has no solution, or a start does not fit its network.
    """
    problem = chosen_problem(configuration.system)
    system = _own_system(configuration) if problem is None else problem.system(configuration.seed)
    system.refuse_inconsistent()
    networks = {network_label(choice): (choice, chosen_network(choice)) for choice in configuration.networks}
    scales = configuration.scales.grid()
    picture = None if problem is None or system.truth is None else problem.picture(system.truth)
    grid = Grid(configuration, system, problem, picture, networks, scales, _solvers(configuration))
    for label in networks:
        grid.start(label, scales[0])
    return grid


def _own_system(configuration: Configuration) -> LinearSystem:
    choice = configuration.system
    return read_system(
        choice.path,
        choice.right_hand_side,
        matrix_name=choice.matrix,
        vector_name=choice.vector,
        index=choice.index,
    )


def _solvers(configuration: Configuration) -> dict[str, Solver]:
    """The methods asked for, with their settings."""
    flow, descent = configuration.flow, configuration.descent
    tol, seed = configuration.tol, configuration.seed
    solvers: dict[str, Solver] = {LIMIT: limit}
    if not (flow.run or descent.run):
        return solvers
    from ridgeless.flows import Flow, GradientDescent, GradientFlow  # loads JAX

    def training(by: Flow) -> Solver:
        return lambda system, network, theta0: train(system, network, theta0, by, tol, seed)

    if flow.run:
        solvers[FLOW] = training(GradientFlow(max_steps=flow.max_steps))
    if descent.run:
        settings = {"momentum": descent.momentum, "max_steps": descent.max_steps}
        solvers[DESCENT] = training(GradientDescent(step_size=descent.step_size, **settings))
    return solvers
