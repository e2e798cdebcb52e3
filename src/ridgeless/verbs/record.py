"""`rl.record`: a training loop of the user's own, recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Any

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector, norm, positive_number, real_array
from ridgeless._core.marks import log_steps
from ridgeless.errors import InvalidInputError
from ridgeless.inits import Init
from ridgeless.inits.base import check_question, start
from ridgeless.networks import Direct, Network, Theta
from ridgeless.solution import History, Solution, Status, provenance
from ridgeless.systems import LinearSystem
from ridgeless.verbs._limit_solution import remarks
from ridgeless.verbs.limit import limit

# The residual from which training counts as diverged where it was smaller at the start: a loss a million times ½‖b‖².
_EXPLODED = 1e3
# The first x and that of theta0 are the same up to this, of their size and of the last x: loops may be in float32.
_SAME = 1e-4
_CALL_IT = "Call run(x) once before the loop and once after every step, inside of `with rl.record(system) as run:`."

# What a loop has at hand: x, theta as a dict, or a function that returns one of them.
Given = Any


def record(
    system: LinearSystem,
    network: Network | None = None,
    init: Init | Theta | None = None,
    tol: float = 1e-8,
    seed: int = 0,
) -> Recording:
    """Record a training loop of your own, in PyTorch, JAX or NumPy, as a `Solution`.

    Call `run(x)` once before the loop and once after every step: that costs a comparison of two integers, except at
    the log-spaced steps that are kept, eight a decade. Everything else is computed after the loop. x is an array, a
    tensor (detached and brought to the CPU), or a function without arguments that returns one, which is called for
    steps that are kept only. Where a network is given, theta as a dict will do as well. What was given last is looked
    at once more at the end of the block, so that tensors which are changed in place, and functions, must still be
    those of the last step there.

    Args:
        system: A x = b.
        network: what the loop trains, for `theta` in the solution and for a prediction.
        init: where the loop starts, an init or theta0 as a dict; `run.theta0` is what it draws. Where theta is
            recorded, its first value is taken in its place.
        tol: on the residual ‖Ax − b‖/‖b‖, for the status.
        seed: for inits that draw.

    Returns:
        A context manager. After its block `solution` is the end of the loop, with a history; `prediction` the exact
        limit of gradient flow from the same start, where a theorem covers it; `distances` how far the loop was from it.

    Raises:
        InvalidInputError: an argument of the wrong kind.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([5.0]))
        >>> x = np.zeros(2)
        >>> with rl.record(system, rl.networks.Direct(), {"x": x}) as run:
        ...     run(x)
        ...     for _ in range(100):
        ...         x = x - 0.1 * system.rmatvec(system.matvec(x) - system.b)
        ...         run(x)
        >>> run.solution.status.name, run.solution.x.round(6), run.solution.history.at[-2:]
        ('CONVERGED', array([1., 2.]), array([ 75., 100.]))
        >>> bool(run.distances[-1] < 1e-8)  # from where gradient flow ends
        True
    """
    check_question(Direct() if network is None else network, system, seed, "record")
    tol = positive_number(tol, "record", "tol")
    if init is not None and network is None:
        raise InvalidInputError("record: init is given and network is not; type rl.record(system, network, init).")
    theta0 = None if network is None or init is None else start(init, network, system, seed, "record")
    told = provenance(seed, verb="record", system=system, network=network, init=init, tol=tol)
    return Recording(system, network, theta0, tol, told)


@dataclass(frozen=True)
class _Look:
    """What was kept of one step: x, and theta where it was given."""

    step: int
    x: Vector
    theta: Theta | None


class Recording:
    """A loop that is recorded, and what is known of it afterwards: see `rl.record`.

    Attributes:
        system: A x = b.
        network: what the loop trains; None where it was not told.
        theta0: where it starts; None where it was not told.
    """

    def __init__(
        self, system: LinearSystem, network: Network | None, theta0: Theta | None, tol: float, told: dict[str, Any]
    ) -> None:
        self.system, self.network, self.theta0 = system, network, theta0
        self._tol, self._provenance = tol, told
        self._looks: list[_Look] = []
        self._calls, self._next = 0, 0
        self._last: Given = None
        self._is_open, self._began, self._run_s, self._kept_s = False, 0.0, 0.0, 0.0

    def __enter__(self) -> Recording:
        if self._began:
            raise InvalidInputError("record: this recording has its loop already; type rl.record(system) anew.")
        self._is_open, self._began = True, time.perf_counter()
        return self

    def __call__(self, x: Given) -> None:
        """Take notice of one step: the first call is step 0, the start.

        Raises:
            InvalidInputError: called outside of the block, or x is no vector of d real numbers.
        """
        if not self._is_open:
            raise InvalidInputError(f"record: run(x) was called outside of its block. {_CALL_IT}")
        self._last = x
        if self._calls >= self._next:
            self._keep(self._calls, x)
            self._next = next(mark for mark in log_steps(np.inf) if mark > self._calls)
        self._calls += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_open, self._run_s = False, time.perf_counter() - self._began
        if self._calls:
            last = self._calls - 1
            self._looks = [look for look in self._looks if look.step != last]
            self._keep(last, self._last)
            self._last = None
        elif kind is None:
            raise InvalidInputError(f"record: the block ended, and run(x) was never called. {_CALL_IT}")

    @property
    def steps(self) -> np.ndarray:
        """(k,) the steps that were kept: 0, 1, 2, 3, 4, 6, 7, 10 … and the last."""
        return np.array([look.step for look in self._ended()])

    @property
    def points(self) -> Float[np.ndarray, "k d"]:
        """(k, d) x at these steps."""
        return np.stack([look.x for look in self._ended()])

    @cached_property
    def solution(self) -> Solution:
        """The end of the loop as a `Solution`; its status goes by the residual.

        It has no `bias`: a loop in steps is not gradient flow, and a certificate would refute it for that. Ask how far
        it is from the limit of gradient flow: `distances`.
        """
        first, last = self._ended()[0], self._ended()[-1]
        history = self._history()
        residual = float(history.residual[-1])
        status = self._status(residual, float(history.residual[0]))
        message = (
            f"A loop of {last.step} steps was recorded, and ended at residual {residual:.1e} (asked: {self._tol:.0e}); "
            f"{status.value}.{remarks(self.system, status)}"
        )
        return Solution(
            x=last.x,
            status=status,
            message=message,
            residual=residual,
            method="a training loop of the user's own",
            theta=last.theta,
            history=history,
            stats={"steps": last.step, "run_s": self._run_s, "compile_s": 0.0, "record_s": self._kept_s},
            provenance=self._provenance,
            system=self.system,
            network=self.network,
            theta0=self.theta0 if first.theta is None else first.theta,
        )

    @cached_property
    def prediction(self) -> Solution:
        """`rl.limit` from the start of the loop: where gradient flow from it ends.

        Raises:
            NoExactLimit: no theorem covers the start.
            InvalidInputError: the network or the start is not known, or the first x recorded is not that of theta0.
        """
        theta0 = self.solution.theta0
        if self.network is None or theta0 is None:
            raise InvalidInputError(
                "record: there is no prediction without the network and its start; type rl.record(system, network, "
                "init) and start the loop from run.theta0."
            )
        first, told = self._ended()[0].x, np.asarray(self.network(theta0))
        if not norm(first - told) <= _SAME * (norm(first) + norm(told) + norm(self.solution.x)):
            raise InvalidInputError(
                f"record: the first x of the loop is not that of theta0: they are {norm(first - told):.1e} apart. "
                "Start the loop from run.theta0, and call run(x) before its first step."
            )
        return limit(self.system, self.network, theta0)

    @property
    def distances(self) -> Vector:
        """(k,) ‖x − x∞‖/‖x∞‖ at the steps that were kept, x∞ the `prediction`; ‖x − x∞‖ where x∞ = 0."""
        end = self.prediction.x
        return np.array([norm(x - end) for x in self.points]) / (norm(end) or 1.0)

    def _ended(self) -> list[_Look]:
        if self._is_open or not self._looks:
            raise InvalidInputError(f"record: the loop has not been recorded yet. {_CALL_IT}")
        return self._looks

    def _keep(self, step: int, given: Given) -> None:
        began = time.perf_counter()
        now = given() if callable(given) else given
        theta = self._theta(now) if isinstance(now, Mapping) else None
        if theta is None:
            x = real_array(_on_host(now), "record", "x")
        else:
            network: Any = self.network
            x = np.array(network(theta))
        if x.shape != (self.system.shape[1],):
            raise InvalidInputError(
                f"record: x at step {step} has shape {x.shape}, and the system {self.system.shape[1]} unknowns; pass "
                "x.reshape(-1), or theta as a dict and the network to rl.record."
            )
        self._looks.append(_Look(step, x, theta))
        self._kept_s += time.perf_counter() - began

    def _theta(self, given: Mapping[str, Any]) -> Theta:
        if self.network is None:
            raise InvalidInputError(
                "record: run(theta) was called with a dict, and no network tells its x; type rl.record(system, "
                "network)."
            )
        return {
            name: [real_array(_on_host(each), "record", f"theta[{name!r}]") for each in entry]
            if isinstance(entry, (list, tuple))
            else real_array(_on_host(entry), "record", f"theta[{name!r}]")
            for name, entry in given.items()
        }

    # Of a loop that diverged, products may overflow.
    @np.errstate(over="ignore", invalid="ignore")
    def _history(self) -> History:
        points, origin = self.points, self._looks[0].x
        misfits = np.array([norm(self.system.matvec(x) - self.system.b) for x in points])
        residuals = np.array([self.system.residual(x, start=origin) for x in points])
        losses = misfits * misfits / 2
        norms = np.abs(points).sum(axis=1), np.array([norm(x) for x in points])
        return History("step", self.steps.astype(float), losses, residuals, *norms)

    def _status(self, residual: float, at_start: float) -> Status:
        if not np.isfinite(self._looks[-1].x).all() or not np.isfinite(residual):
            return Status.DIVERGED
        if residual <= self._tol:
            return Status.CONVERGED
        return Status.DIVERGED if residual > max(_EXPLODED, at_start) else Status.MAX_STEPS


def _on_host(value: Any) -> Any:
    """A tensor of PyTorch without its graph, on the CPU and in float64; anything else as it is."""
    for name in ("detach", "cpu", "double"):
        method: Callable[[], Any] | None = getattr(value, name, None)
        value = method() if callable(method) else value
    return value
