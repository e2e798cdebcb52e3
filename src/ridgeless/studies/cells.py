"""Cells: one computation each, with its address, and the row of results that it leaves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any

import numpy as np

from ridgeless import inits, networks, systems
from ridgeless.errors import InvalidConfigurationError
from ridgeless.studies.choices import LAZY_LIMIT as LAZY_LIMIT
from ridgeless.studies.choices import LIMIT as LIMIT
from ridgeless.studies.choices import Choice, flow_of, init_of, is_training, network_of, problem_of, shortest

# How a cell ended, where no Status tells it.
NOT_RUN = "NOT RUN"
NO_EXACT_LIMIT = "NO EXACT LIMIT"
REFUSED = "REFUSED"
FAILED = "FAILED"

# The packages that decide the digits of a result.
_DECIDING = ("ridgeless", "numpy", "scipy", "jax", "jaxlib", "diffrax", "optax")


@dataclass(frozen=True)
class Cell:
    """One computation: a system, a network, a start and a method.

    Attributes:
        at: its position along the dimensions of the study.
        problem: where the system comes from.
        seed: of the problem and the start.
        network: what is trained.
        init: where training starts.
        method: how x is found.
        tol: the residual at which training stops.
    """

    at: tuple[int, ...]
    problem: Choice
    seed: int
    network: Choice
    init: Choice
    method: Choice
    tol: float

    @property
    def kind(self) -> tuple[Any, ...]:
        """What is made for this cell: equal for cells that differ in their position alone."""
        return self.problem, self.network, self.init, self.method

    @property
    def label(self) -> str:
        """The cell in words."""
        swept = [f"{name}={shortest(value)}" for name, value in self.problem.fields if name in self.problem.swept]
        where = ", ".join([f"{self.network.label()} from {self.init.label()}", *swept, f"seed {self.seed}"])
        return f"{where}: {self.method.label()}"

    def token(self) -> dict[str, Any]:
        """The whole configuration of the cell, ready for JSON."""
        rooms = {
            "problem": systems.FOUND,
            "network": networks.FOUND,
            "init": inits.FOUND,
            "method": _flows(self.method),
        }
        parts = {name: getattr(self, name).token(found) for name, found in rooms.items()}
        return {**parts, "seed": self.seed, "tol": self.tol.hex()}

    def refuse_unusable(self) -> None:
        """Make what the cell is made of.

        Raises:
            InvalidConfigurationError: an unknown name, or a field that cannot have its value.
        """
        problem_of(self.problem)
        network_of(self.network)
        init_of(self.init)
        if is_training(self.method):
            flow_of(self.method, self.seed)
        elif self.method.fields:
            raise InvalidConfigurationError(
                f"configuration: {self.method.label()}: {self.method.name} takes no fields; type {self.method.name!r}."
            )


@dataclass(frozen=True, eq=False)
class Row:
    """What a cell leaves.

    Attributes:
        texts: status, verdict and message.
        numbers: by the name of their variable; what is missing is not known.
        arrays: x, theta and others that are kept.
        seconds: what the clock said, which no seed decides.
    """

    texts: Mapping[str, str]
    numbers: Mapping[str, float] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


def _flows(method: Choice) -> Mapping[str, Any]:
    """The classes of flows, which load JAX; none for a formula."""
    if not is_training(method):
        return {}
    from ridgeless import flows

    return flows.FOUND


def unanswered(status: str, message: str) -> Row:
    """The row of a cell that has no solution."""
    return Row({"status": status, "verdict": "", "message": message})


def address(cell: Cell, recorded: Mapping[str, Any]) -> str:
    """The name of a result: a digest of the cell's configuration, of what is recorded, and of the versions that matter.

    Two cells with one address have the same result, to the last bit where they were computed in the same company.
    """
    what = {"cell": cell.token(), "recorded": dict(recorded), "versions": versions()}
    text = json.dumps(what, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def versions() -> dict[str, str]:
    """The versions of the packages that decide the digits of a result."""
    found = {}
    for name in _DECIDING:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
