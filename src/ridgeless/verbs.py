"""The public verbs: train, train_batch, limit, certify, solve."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ridgeless import limits
from ridgeless.answers import LimitQuestion, limit_answer, remarks, stalled_answer
from ridgeless.arrays import positive_number
from ridgeless.certificates import certify, stationarity
from ridgeless.errors import InvalidInputError, NoExactLimit
from ridgeless.extremes import within_float64
from ridgeless.inits import Constant, Vanishing, check_question, start
from ridgeless.networks import Difference, Network, Problem, Theta
from ridgeless.on_demand import as_given, revised
from ridgeless.potentials import Bias, NoTheorem, Stall
from ridgeless.solution import Solution, Status, Theorem, provenance
from ridgeless.systems import LinearSystem
from ridgeless.vanishing_limit import vanishing_limit

__all__ = ["certify", "limit", "solve", "train", "train_batch"]

# A stationarity that no integration error explains: flow was led to another end.
_ELSEWHERE = 1e-5


@within_float64
def limit(
    system: Any,
    network: Any,
    init: Any,
    tol: float = 1e-10,
    seed: int = 0,
    *,
    progress: Callable[[limits.Progress], object] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Solution:
    """Where gradient flow from the start ends, without training.

    Args:
        system: A x = b.
        network: how x is parametrised.
        init: an init, or theta0 as a dict; `rl.inits.Vanishing()` for the limit as the scale of the start vanishes.
        tol: on the residual ‖Ax − b‖/‖b‖.
        seed: for inits that draw.
        progress: called with an `rl.limits.Progress` after each Newton step on an operator or a dask array too large
            to expand, and once at the end of every limit.
        checkpoint: file that keeps the state of such a computation, written after each step; the same call goes on
            from it after a kill, and removes it when the limit is reached. Other limits take seconds, and write none.

    Returns:
        The limit. `status` is CONVERGED only with a residual within `tol`, every equation met to 1e-8 of its own
        terms |A||x| + |b|, and a stationarity within 1e-8; where rounding may have moved x or blurred its
        stationarity, a certificate decides.

    Raises:
        NoExactLimit: no theorem covers this start; the message says which test failed, and by how much.
        UnreadableFileError: the checkpoint is damaged.
        UnwritableFolderError: the checkpoint cannot be written.
        InconsistentSystemError: no x solves the system.
        InfeasibleSignsError: no solution has the signs that the start locks.
        InvalidInputError: an argument of the wrong kind, or a checkpoint of another problem.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(1e-8)).x.round(6)
        array([0., 1.])
        >>> rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(1e3)).x.round(6)
        array([0.4, 0.8])
    """
    tol = positive_number(tol, "limit", "tol")
    watch = limits.watch(progress, checkpoint)
    if isinstance(init, Vanishing):
        check_question(network, system, seed, "limit")
        walked = vanishing_limit(system, network, init, tol, seed)
        watch.finish(int(walked.stats["steps"]), walked.residual, walked.success)
        return walked
    theta0 = start(init, network, system, seed, "limit")
    began = time.perf_counter()
    found = network.theorem(theta0, system)
    if not isinstance(found, Bias):
        system.min_norm()  # that the system has no solution is worth telling before anything else
    if isinstance(found, NoTheorem):
        raise NoExactLimit(
            f"limit: no theorem gives the end of training of {network} from this start: {found.reason}.",
            in_python=found.advice,
            at_command_line="Type another --network, --depth, --init or --scale, or train it: ridgeless study CONFIG.",
        )
    if isinstance(found, Stall):
        record = provenance(seed, verb="limit", system=system, network=network, init=init, tol=tol)
        return replace(stalled_answer(system, network, theta0, found, tol), provenance=record)
    minimum = limits.minimise(system, found, tol, watch)
    run_s = time.perf_counter() - began
    record = provenance(seed, verb="limit", system=system, network=network, init=init, tol=tol)
    answer = limit_answer(LimitQuestion(system, network, theta0, found, tol), minimum, run_s, record)
    watch.finish(minimum.steps, answer.residual, answer.success)
    return answer


@within_float64
def train(system: Any, network: Any, init: Any, flow: Any, tol: float = 1e-8, seed: int = 0) -> Solution:
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


@within_float64
def train_batch(
    system: Any, network: Any, inits: Sequence[Any], flow: Any, tol: float = 1e-8, seeds: Sequence[int] = (0,)
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
    began = time.perf_counter()
    tol = positive_number(tol, "train_batch", "tol")
    cases = [(init, seed) for init in _several(inits, "inits") for seed in _several(seeds, "seeds")]
    starts = [start(init, network, system, seed, "train_batch") for init, seed in cases]
    _refuse_other_than_flow(flow, "train_batch")
    system.refuse_inconsistent()
    asked = [_asked_of(flow, network, system, theta0, tol) for theta0 in starts]
    share_s = (time.perf_counter() - began) / len(cases)
    runs = flow.run_all([each.problem for each in asked], [each.problem_bias for each in asked], tol)
    records = [
        provenance(seed, verb="train_batch", system=system, network=network, init=init, flow=flow, tol=tol)
        for init, seed in cases
    ]
    return [_trained(each, run, record, share_s) for each, run, record in zip(asked, runs, records, strict=True)]


@dataclass(frozen=True, eq=False)
class _Asked:
    """A training as it was asked for, and as the flow sees it.

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
    flow: Any
    problem: Problem
    problem_bias: Bias | None
    bias: Bias | Theorem | None
    tol: float


def _asked_of(flow: Any, network: Network, system: LinearSystem, theta0: Theta, tol: float) -> _Asked:
    problem = network.problem(system, theta0)
    trained = problem.reduced() if flow.keeps_row_space else problem
    own: Any = Theorem(network, theta0, system)
    bias = None
    if flow.asks_theorem and trained.rules_out_theorem():
        own = None
    elif flow.asks_theorem:
        bias = problem.network.bias(problem.theta0, problem.system)
        own = bias if problem.network is network else own
    return _Asked(system, network, theta0, flow, trained, bias, own, tol)


def _trained(asked: _Asked, run: Any, record: dict[str, Any], setup_s: float) -> Solution:
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
    doubt = _doubt(found, asked.tol) if found.success else ""
    return revised(found, status=Status.STALLED, message=doubt) if doubt else found


def _doubt(found: Solution, tol: float) -> str:
    """Why a training that arrived in its own terms has not arrived at all; "" where it has."""
    if found.residual > tol:
        return (
            f"Training arrived in its own coordinates, but x itself has residual {found.residual:.1e} (asked: "
            f"{tol:.0e}): float64 holds it no better. Type a larger tol."
        )
    # Of gradient flow itself the end is known by theorem; only there is the theorem looked for unasked.
    if not found.flow.is_continuous or found.bias is None:
        return ""
    missed = stationarity(found.system, found.x, found.bias, found.dual)
    if missed <= _ELSEWHERE:
        return ""
    return (
        "x solves the equations, but it is not where exact gradient flow ends: its stationarity is "
        f"{missed:.1e}, not 0. The way led past a saddle, or along a set that flow leaves at the least push, "
        "and rounding gave it. rl.limit tells the end of exact flow; rl.inits.RowSpace(scale), or another "
        "scale, keeps away from such places."
    )


def solve(
    A: Any,
    b: Any = None,
    network: Network | None = None,
    init: Any = None,
    *,
    tol: float = 1e-10,
    progress: Callable[[limits.Progress], object] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Solution:
    """A sparse solution of A x = b, in one line: the limit of training a deep linear network.

    Args:
        A: (n, d) array, DataFrame, sparse matrix or operator; or a `LinearSystem`, which holds b as well.
        b: (n,) right-hand side; left out with a `LinearSystem`.
        network: `Difference(depth=2)` unless given.
        init: `Constant(1e-4·√max|A⁺b|)` unless given: small enough to be sparse, in the units of the data.
        tol: on the residual ‖Ax − b‖/‖b‖.
        progress: as for `limit`.
        checkpoint: as for `limit`.

    Returns:
        The limit. x interpolates b, noise included.

    Raises:
        RidgelessError: as `limit`, and for an A or b that is no linear system.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> rng = np.random.default_rng(0)
        >>> A = rng.standard_normal((20, 60))
        >>> truth = np.zeros(60)
        >>> truth[[3, 14, 15]] = 1.0, -2.0, 3.0
        >>> bool(np.allclose(rl.solve(A, A @ truth).x, truth, atol=1e-3))
        True
    """
    tol = positive_number(tol, "solve", "tol")
    system = _as_system(A, b)
    network = Difference(depth=2) if network is None else network
    init = default_init(system) if init is None else init
    found = limit(system, network, init, tol, progress=progress, checkpoint=checkpoint)
    note = " x interpolates b, noise included: split off a test set before you trust it on new data."
    record = {**found.provenance, "configuration": {**found.provenance["configuration"], "verb": "'solve'"}}
    return replace(found, message=found.message + note, provenance=record)


def _as_system(A: Any, b: Any) -> LinearSystem:
    if not isinstance(A, LinearSystem):
        if b is None:
            raise InvalidInputError(f"solve: b is missing; type rl.solve(A, b). A is a {type(A).__name__}.")
        return LinearSystem(A, b)
    if b is not None:
        raise InvalidInputError(
            "solve: A is a LinearSystem, which has a b of its own, and b is given too; type rl.solve(system), or "
            "rl.solve(system.A, b)."
        )
    return A


def default_init(system: LinearSystem) -> Constant:
    """The start of `solve`: Constant(1e-4·√max|θ*|), or 1e-4 where θ* = 0."""
    largest = float(np.abs(system.min_norm()).max())
    return Constant(1e-4 * np.sqrt(largest) if largest > 0 else 1e-4)


def _refuse_other_than_flow(flow: Any, call: str) -> None:
    from ridgeless.flows import Flow  # JAX is loaded when training is asked for, not before

    if not isinstance(flow, Flow):
        raise InvalidInputError(
            f"{call}: flow is {flow!r}; pass a flow such as rl.flows.GradientFlow() or rl.flows.GradientDescent()."
        )


def _several(values: Any, name: str) -> list[Any]:
    is_list = isinstance(values, Iterable) and not isinstance(values, (str, bytes, Mapping))
    several = list(values) if is_list else []
    if not several:
        raise InvalidInputError(
            f"train_batch: {name} is {values!r}; pass a list with at least one entry, such as "
            f"{'[rl.inits.Gaussian(0.1)]' if name == 'inits' else '[0]'}."
        )
    return several
