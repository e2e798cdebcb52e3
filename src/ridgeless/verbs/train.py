"""`rl.train` and `rl.train_batch`: training, once or from many starts side by side."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ridgeless._core.arrays import positive_number
from ridgeless._core.extremes import within_float64
from ridgeless._core.on_demand import as_given, revised
from ridgeless._core.progress import reported
from ridgeless.certificates import stationarity
from ridgeless.errors import InvalidInputError
from ridgeless.inits import Init
from ridgeless.inits.base import start
from ridgeless.networks import Network, Theta, TrainingProblem
from ridgeless.potentials import Bias
from ridgeless.solution import Solution, Status, Theorem, provenance
from ridgeless.systems import LinearSystem
from ridgeless.verbs._limit_solution import remarks

if TYPE_CHECKING:
    from ridgeless.flows import Flow  # at run time JAX is loaded when training is asked for, not before
    from ridgeless.flows.base import Run

Entry = TypeVar("Entry")

# A stationarity that no integration error explains: flow was led to another end.
_ELSEWHERE = 1e-5


@reported("train")
@within_float64
def train(
    system: LinearSystem, network: Network, init: Init | Theta, flow: Flow, tol: float = 1e-8, seed: int = 0
) -> Solution:
    """Train the network on ½‖A x(θ) − b‖² until the residual is within `tol`, or the flow's budget ends.

    Args:
        system: A x = b.
        network: how x is parametrised.
        init: an init, or theta0 as a dict.
        flow: `rl.flows.GradientFlow()`, `rl.flows.GradientDescent()`, …
        tol: on the residual ‖Ax − b‖/‖b‖.
        seed: for inits that draw; the same seed gives the same bits.

    Returns:
        The end of training; `status` tells how it ended.

    Raises:
        InconsistentSystemError: no x solves the system.
        NoDualCoordinatesError: dual coordinates were asked for, and the network has none.
        InvalidInputError: an argument of the wrong kind.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> start = {"x": np.zeros(2)}
        >>> rl.train(system, rl.networks.Direct(), start, rl.flows.GradientDescent()).x.round(6)
        array([3., 4.])
    """
    began = time.perf_counter()
    theta0 = start(init, network, system, seed, "train")
    tol = positive_number(tol, "train", "tol")
    _refuse_other_than_flow(flow, "train")
    system.refuse_inconsistent()
    asked = _asked_of(flow, network, system, theta0, tol)
    setup_s = time.perf_counter() - began
    run = flow.run(asked.problem, asked.problem_bias, tol)
    record = provenance(seed, verb="train", system=system, network=network, init=init, flow=flow, tol=tol)
    return _trained(asked, run, record, setup_s)


@reported("train_batch")
@within_float64
def train_batch(
    system: LinearSystem,
    network: Network,
    inits: Sequence[Init | Theta],
    flow: Flow,
    tol: float = 1e-8,
    seeds: Sequence[int] = (0,),
) -> list[Solution]:
    """Train from many starts side by side: every init with every seed, as one program where the flow moves in steps.

    Every training ends where `train` alone would end it, to rounding, with a status of its own. Gradient descent and
    the optimizers share their compiled steps; flows that choose their own steps are run one after another.

    Args:
        system: A x = b.
        network: how x is parametrised.
        inits: inits, or dicts; for a sweep over scales, `[rl.inits.Gaussian(scale) for scale in scales]`.
        flow: as for `train`.
        tol: on each residual.
        seeds: for inits that draw.

    Returns:
        The solutions: the seeds of the first init, then those of the second, and so on. Times in `stats` are each
        one's share of the whole.

    Raises:
        RidgelessError: as `train`, before any training.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[3.0, 4.0]]), np.array([25.0]))
        >>> inits = [rl.inits.Gaussian(scale) for scale in (1e-3, 1.0)]
        >>> found = rl.train_batch(system, rl.networks.Direct(), inits, rl.flows.GradientDescent(), seeds=range(3))
        >>> [bool(np.linalg.norm(each.x - [3, 4]) < 0.01) for each in found]
        [True, True, True, False, False, False]
    """
    cases = [
        Case(system, network, init, flow, seed)
        for init in _several(inits, "inits")
        for seed in _several(seeds, "seeds")
    ]
    return train_together(cases, tol, "train_batch")


@dataclass(frozen=True, eq=False)
class Case:
    """One of several trainings.

    Attributes:
        system: A x = b.
        network: what is trained.
        init: from where.
        flow: how; those of trainings that go together are of one class.
        seed: for inits that draw.
    """

    system: LinearSystem
    network: Network
    init: Init | Theta
    flow: Flow
    seed: int = 0


def train_together(cases: Sequence[Case], tol: float, call: str) -> list[Solution]:
    """Train on several systems at once, as one program for each shape where the flow moves in steps.

    Args:
        cases: the trainings.
        tol: on each residual.
        call: who asks, for error messages and records.

    Returns:
        The solutions, in the order of the cases. Times in `stats` are each one's share of the whole.

    Raises:
        RidgelessError: as `train`, before any training.
    """
    began = time.perf_counter()
    tol = positive_number(tol, call, "tol")
    starts = [start(case.init, case.network, case.system, case.seed, call) for case in cases]
    for case in cases:
        _refuse_other_than_flow(case.flow, call)
    for system in {id(case.system): case.system for case in cases}.values():
        system.refuse_inconsistent()
    asked = [
        _asked_of(case.flow, case.network, case.system, theta0, tol) for case, theta0 in zip(cases, starts, strict=True)
    ]
    share_s = (time.perf_counter() - began) / len(cases)
    flows = [case.flow for case in cases]
    problems, biases = [each.problem for each in asked], [each.problem_bias for each in asked]
    runs = type(flows[0]).run_together(flows, problems, biases, tol)
    return [
        _trained(each, run, _record(case, tol, call), share_s)
        for case, each, run in zip(cases, asked, runs, strict=True)
    ]


def _record(case: Case, tol: float, call: str) -> dict[str, Any]:
    return provenance(
        case.seed, verb=call, system=case.system, network=case.network, init=case.init, flow=case.flow, tol=tol
    )


@dataclass(frozen=True, eq=False)
class _Asked:
    """A training as the user asked for it, and the problem that the flow is given.

    Attributes:
        system: A x = b.
        network: what is trained.
        theta0: from where.
        flow: how.
        problem: what the flow is to train: on the row space alone where that is the same.
        problem_bias: the theorem that covers the problem, where the flow asks for it.
        bias: the theorem that covers the network, where it is known by now.
        tol: on the residual of x.
    """

    system: LinearSystem
    network: Network
    theta0: Theta
    flow: Flow
    problem: TrainingProblem
    problem_bias: Bias | None
    bias: Bias | Theorem | None
    tol: float


def _asked_of(flow: Flow, network: Network, system: LinearSystem, theta0: Theta, tol: float) -> _Asked:
    problem = network.problem(system, theta0)
    trained = problem.reduced() if flow.keeps_row_space else problem
    own: Bias | Theorem | None = flow.own_bias(theta0) or Theorem(network, theta0, system)
    bias = None
    if flow.asks_theorem and trained.rules_out_theorem():
        own = None
    elif flow.asks_theorem:
        bias = problem.network.bias(problem.theta0, problem.system)
        own = bias if problem.network is network else own
    return _Asked(system, network, theta0, flow, trained, bias, own, tol)


def _trained(asked: _Asked, run: Run, record: dict[str, Any], setup_s: float) -> Solution:
    system, network, theta0 = asked.system, asked.network, asked.theta0
    residual, status, message = system.residual(run.x, start=np.asarray(network(theta0))), run.status, run.message
    if status is Status.MAX_STEPS and residual <= asked.tol:
        # In coordinates of its own, training had still a rounding to go.
        status, message = Status.CONVERGED, f"Training ended at residual {residual:.1e}; {Status.CONVERGED.value}."
    found = Solution(
        x=run.x,
        status=status,
        message=message + remarks(system, status),
        residual=residual,
        method=f"training of {network} by {run.method}",
        theta=as_given(run, "theta"),
        dual=run.dual,
        bias=asked.bias,
        history=run.history,
        stats={**run.stats, "setup_s": run.stats.get("setup_s", 0.0) + setup_s},
        provenance=record,
        system=system,
        network=network,
        theta0=theta0,
        flow=asked.flow,
    )
    doubt = _doubt(asked, found) if found.success else ""
    return revised(found, status=Status.STALLED, message=doubt) if doubt else found


def _doubt(asked: _Asked, found: Solution) -> str:
    """Why a training that met its tolerance is no success after all; "" where it is one."""
    if found.residual > asked.tol:
        return (
            f"Training arrived in its own coordinates, but x itself has residual {found.residual:.1e} (asked: "
            f"{asked.tol:.0e}): float64 holds it no better. Type a larger tol."
        )
    # Of gradient flow itself the end is known by theorem; only there is the theorem looked for unasked.
    if not asked.flow.is_continuous or found.bias is None:
        return ""
    missed = stationarity(asked.system, found.x, found.bias, found.dual)
    if missed <= _ELSEWHERE:
        return ""
    return (
        "x solves the equations, but it is not where exact gradient flow ends: its stationarity is "
        f"{missed:.1e}, not 0. The way led past a saddle, or along a set that flow leaves at the least push, "
        "and rounding gave it. rl.limit tells the end of exact flow; rl.inits.RowSpace(scale), or another "
        "scale, keeps away from such places."
    )


def _refuse_other_than_flow(flow: object, call: str) -> None:
    from ridgeless.flows import Flow

    if not isinstance(flow, Flow):
        raise InvalidInputError(
            f"{call}: flow is {flow!r}; pass a flow such as rl.flows.GradientFlow() or rl.flows.GradientDescent()."
        )


def _several(values: Sequence[Entry], name: str) -> list[Entry]:
    given: Any = values
    is_list = isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping))
    several: list[Entry] = list(given) if is_list else []
    if not several:
        raise InvalidInputError(
            f"train_batch: {name} is {values!r}; pass a list with at least one entry, such as "
            f"{'[rl.inits.Gaussian(0.1)]' if name == 'inits' else '[0]'}."
        )
    return several
