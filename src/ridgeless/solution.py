"""`Solution`, which every verb returns: x, how the computation ended, and what is needed to check and repeat it."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache, cached_property
from importlib import metadata
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ridgeless._core import storage
from ridgeless._core.arrays import Vector, norm, whole_number
from ridgeless._core.bibliography import Citations, citations
from ridgeless._core.brief import brief
from ridgeless._core.cards import card, stems
from ridgeless._core.on_demand import OnDemand, Pending, is_pending
from ridgeless._core.pictures import drawn
from ridgeless._core.shown import shown
from ridgeless.errors import InvalidInputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ridgeless.flows import Flow
    from ridgeless.networks import Network, Theta
    from ridgeless.potentials import Bias
    from ridgeless.systems import LinearSystem

# Entries that a summary names.
_LISTED = 5


class Status(Enum):
    """How a computation ended; the value is a sentence for messages."""

    CONVERGED = "the residual is within tolerance"
    MAX_STEPS = "the budget of steps ended before the residual was within tolerance"
    DIVERGED = "the loss rose or left the finite numbers"
    STALLED = "no further progress was possible before the residual was within tolerance"
    NOT_UNIQUE = "the limit is not unique"


@dataclass(frozen=True)
class History:
    """Snapshots along training, log-spaced.

    Attributes:
        clock: what `at` counts: "time" (gradient flow) or "step".
        at: (k,) when.
        loss: (k,) ½‖Ax − b‖².
        residual: (k,) ‖Ax − b‖/‖b‖.
        l1_norm: (k,) ‖x‖₁.
        l2_norm: (k,) ‖x‖₂.
        further: (k,) each, what else the method tells, by name: of `EdgeFlow` "sharpness" and "magnitude".
    """

    clock: str
    at: Vector
    loss: Vector
    residual: Vector
    l1_norm: OnDemand[Vector] = OnDemand()  # noqa: RUF009 - a descriptor
    l2_norm: OnDemand[Vector] = OnDemand()  # noqa: RUF009 - a descriptor
    further: dict[str, Vector] = field(default_factory=dict, kw_only=True)

    __repr__ = brief


@dataclass(frozen=True)
class Saddles(History):
    """The saddles that training from a vanishing start visits; the arrays of `History` are read on them.

    Attributes:
        clock: what `at` counts: time in units that the scale sets, so that ν' = b − A x.
        at: (k,) when each saddle is reached: 0 for x = 0, then the jump times.
        coordinate: (k,) the coordinate whose arrival at its edge led to the saddle; −1 for the first.
        points: (k, d) the saddles, the rows of a sparse matrix; the last one solves A x = b.
    """

    coordinate: np.ndarray  # pyright: ignore[reportGeneralTypeIssues]
    points: Any  # pyright: ignore[reportGeneralTypeIssues]

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Theorem(Pending):
    """The theorem that covers a start, or None; at 10⁵ unknowns the search for it lasts longer than a training."""

    network: Network
    theta0: Theta
    system: LinearSystem

    __repr__ = brief

    def value(self) -> Bias | None:
        """The bias of the network."""
        return self.network.bias(self.theta0, self.system)


class Invariant(NamedTuple):
    """A quantity that exact gradient flow conserves, at both ends of a training.

    Attributes:
        initial: at theta0.
        final: at theta.
        drift: ‖final − initial‖, over the entries that are finite at both ends.
    """

    initial: np.ndarray
    final: np.ndarray
    drift: float

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Solution:
    """A solution of A x = b, or the point where the computation stopped, and why.

    Attributes:
        x: (d,) the answer.
        status: how the computation ended.
        message: one sentence for a person.
        residual: ‖Ax − b‖/‖b‖.
        method: what computed x.
        theta: the trained weights, in the form of theta0; None for a limit.
        dual: ν (n,) with ∇Φ(x) ≈ offset + Aᵀν; None where no theorem gives Φ.
        bias: the theorem that applies to the start; None where none is known. After a training it is looked for when
            it is asked for, and then kept; so are `theta` and the norms of `history`.
        history: snapshots of training; `Saddles` for the limit of a vanishing start; None for other limits.
        stats: `steps` (Newton steps for a limit), `run_s`, `compile_s`, and what else the method counts; of a training
            `setup_s` before its first step and `lift_s` to tell x from what was trained; `compile_s` is apart from all.
        provenance: versions, seed, configuration.
        system: the system that was solved; None after loading one that was given as an operator.
        network: how x was parametrised; None after loading one that is a function of the user's own.
        theta0: where it started.
        flow: how it was trained; None for a limit.
        other: (d,) where `status` is NOT_UNIQUE, another x that minimises the same over A x = b; None elsewhere.
    """

    x: Vector
    status: Status
    message: str
    residual: float
    method: str
    theta: OnDemand[Theta | None] = OnDemand(default=None)  # noqa: RUF009 - a descriptor
    dual: np.ndarray | None = None
    bias: OnDemand[Bias | None] = OnDemand(default=None)  # noqa: RUF009 - a descriptor
    history: History | None = None
    stats: dict[str, float | int] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    system: LinearSystem | None = None
    network: Network | None = None
    theta0: Theta | None = None
    flow: Flow | None = None
    other: np.ndarray | None = None

    @cached_property
    def invariants(self) -> dict[str, Invariant]:
        """What exact gradient flow conserves, by name, and how far this training let it drift.

        Empty where no weights were trained: for a limit, and in dual coordinates.

        Example:
            >>> import numpy as np, ridgeless as rl
            >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
            >>> init, flow = rl.inits.Gaussian(0.5), rl.flows.GradientDescent(step_size=0.01)
            >>> found = rl.train(system, rl.networks.Dense(hidden=1, width=3), init, flow)
            >>> list(found.invariants)
            ['P_N W_1', 'W_1ᵀW_1 − W_2W_2ᵀ']
            >>> found.invariants["P_N W_1"].drift < 1e-14
            True
        """
        if self.theta is None or self.theta0 is None or self.system is None or self.network is None:
            return {}
        first = self.network.invariants(self.theta0, self.system)
        last = self.network.invariants(self.theta, self.system)
        return {name: _invariant(first[name], last[name]) for name in first if name in last}

    @property
    def success(self) -> bool:
        """Whether the residual is within tolerance, on finite numbers."""
        return self.status is Status.CONVERGED

    @property
    def names(self) -> tuple[str, ...] | None:
        """(d,) what the entries of x are called, as the system was told; None where it was not."""
        return getattr(self.system, "names", None)

    @property
    def signal(self) -> np.ndarray:
        """What x stands for: complex where A or b is, and B x in the shape of the basis where the system has one.

        Raises:
            InvalidInputError: the solution has lost its system, an operator that a file cannot hold.

        Example:
            >>> import numpy as np, ridgeless as rl
            >>> waves = rl.systems.bases.DCT((2, 2))
            >>> system = rl.LinearSystem(np.array([[1.0, 0.0, 0.0, 0.0]]), np.array([1.0]), basis=waves)
            >>> rl.limit(system, rl.networks.Direct(), {"x": np.zeros(4)}).signal.round(6) + 0.0
            array([[1., 0.],
                   [0., 0.]])
        """
        if self.system is None:
            raise InvalidInputError(
                "Solution.signal: this solution has lost its system, an operator that a file cannot hold; type "
                "system.signal(solution.x)."
            )
        return self.system.signal(self.x)

    def largest(self, count: int = 10) -> dict[int | str, float]:
        """The largest entries of x in size, by name, or by number where they have no names.

        Of entries with the same name the first is listed by it, and the others by number.

        Args:
            count: how many; all of them where x has fewer.

        Raises:
            InvalidInputError: a count that is no whole number, or below 0.

        Example:
            >>> import numpy as np, ridgeless as rl
            >>> system = rl.LinearSystem(np.array([[1.0, 2.0, 2.0]]), np.array([9.0]), names=["u", "v", "w"])
            >>> found = rl.limit(system, rl.networks.Direct(), {"x": np.zeros(3)})
            >>> {name: round(x, 6) for name, x in found.largest(2).items()}
            {'v': 2.0, 'w': 2.0}
        """
        whole_number(count, "Solution.largest", "count", least=0)
        found: dict[int | str, float] = {}
        for place in np.argsort(-np.abs(self.x), kind="stable")[:count].tolist():
            name = place if self.names is None or self.names[place] in found else self.names[place]
            found[name] = float(self.x[place])
        return found

    def plot(self, ax: Axes | None = None) -> Axes:
        """The entries of x, beside the truth where it is known: `rl.plots.solution_entries`.

        Args:
            ax: where to draw; None for a figure of its own, which a notebook shows.

        Raises:
            MissingDependencyError: matplotlib is not installed.
        """
        return drawn("solution_entries", self, ax)

    def cite(self) -> Citations:
        """BibTeX of the library and of what this answer rests on: its theorem, and the method that trained it.

        Example:
            >>> import numpy as np, ridgeless as rl
            >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
            >>> found = rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(1e-4))
            >>> [line for line in found.cite().splitlines() if line.startswith("@")]
            ['@misc{ridgeless,', '@inproceedings{woodworth2020,']
        """
        theorem = "" if self.bias is None else self.bias.citation
        return citations([theorem, "" if self.flow is None else self.flow.citation])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write everything but code to one .npz file; `rl.load` reads it back.

        A system whose matrix is an operator, and a network that is a `Function`, are code, and None after loading:
        x, theta and all numbers are kept.

        Raises:
            UnwritableFolderError: the folder does not exist or cannot be written.
        """
        network = self.network if self.network is None or self.network.is_data else None
        return storage.write(path, replace(self, system=_storable(self.system), network=network))

    def _told(self) -> dict[str, str]:
        """What a summary says, by what it is about; nothing is computed that was left for later."""
        size = np.abs(self.x)
        told = {"message": self.message}
        told["x"] = (
            f"{len(self.x)} entries, ‖x‖₁ = {sum(size.tolist()):.6g}, ‖x‖₂ = {norm(self.x):.6g}, "
            f"{int(np.sum(size > 1e-3 * size.max(initial=0.0)))} above 1e-3 of the largest"
        )
        if self.names is not None:
            told["largest"] = ", ".join(f"{name} = {x:.6g}" for name, x in self.largest(_LISTED).items())
        if self.stats:
            told["work"] = ", ".join(f"{name} = {_counted(value)}" for name, value in self.stats.items())
        if is_pending(self, "bias"):
            told["implicit bias"] = "solution.bias tells, if a theorem is known"
        elif self.bias is not None:
            told["implicit bias"] = f"{type(self.bias.potential).__name__} ({self.bias.citation})"
        return told

    def __repr__(self) -> str:
        lines = [f"Solution: {self.status.name}, residual {self.residual:.1e}, by {self.method}"]
        lines += [text if name in ("message", "work") else f"{name}: {text}" for name, text in self._told().items()]
        return "\n  ".join(lines)

    def _repr_html_(self) -> str:
        title = f"Solution: {self.status.name}, residual {self.residual:.1e}"
        return card(title, {"method": self.method, **self._told()}.items(), stems(self.x, "the entries of x"))


def _counted(value: Any) -> str:
    """A count as it is, and a measurement to three digits."""
    return str(value) if isinstance(value, Integral) else f"{value:.3g}"


def _invariant(initial: np.ndarray, final: np.ndarray) -> Invariant:
    known = np.isfinite(initial) & np.isfinite(final)
    change = np.where(known, final, 0.0) - np.where(known, initial, 0.0)
    return Invariant(initial, final, float(np.linalg.norm(change)))


def load(path: str | os.PathLike[str]) -> Solution:
    """The solution that `Solution.save` wrote.

    Raises:
        UnreadableFileError: no such file, not one of ours, or damaged.
    """
    found = storage.read(path)
    if not isinstance(found, Solution):
        raise storage.UnreadableFileError(f"load: {path} holds a {type(found).__name__}, not a Solution.")
    return found


def provenance(seed: int, **configuration: Any) -> dict[str, Any]:
    """Versions of what took part, the seed and the configuration as text."""
    names = ("ridgeless", "numpy", "scipy", "jax", "diffrax")
    versions = {name: _version(name) for name in names if name == "ridgeless" or name in sys.modules}
    texts = {name: _one_line(value) for name, value in configuration.items()}
    return {"versions": {"python": platform.python_version(), **versions}, "seed": seed, "configuration": texts}


def _storable(system: LinearSystem | None) -> LinearSystem | None:
    """The system, unless its matrix is an operator: code cannot be stored."""
    is_data = system is not None and (isinstance(system.A, np.ndarray) or hasattr(system.A, "indptr"))
    return system if is_data else None


def _one_line(value: Any) -> str:
    if isinstance(value, dict):
        return "explicit theta: " + ", ".join(sorted(value))
    return repr(value)


@cache
def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


__getattr__, __dir__ = shown(__name__, ["History", "Invariant", "Saddles", "Solution", "Status", "load"])
