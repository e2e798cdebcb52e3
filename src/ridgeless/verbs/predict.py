"""`rl.predict`: the limit of a training in finite steps, as the limit of gradient flow from another start."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ridgeless import limits
from ridgeless._core.arrays import Vector, norm, positive_number
from ridgeless._core.extremes import within_float64
from ridgeless._core.on_demand import revised
from ridgeless._core.progress import reported
from ridgeless.errors import InvalidInputError, NoExactLimit
from ridgeless.networks import Theta
from ridgeless.potentials import Bias, Hypentropy
from ridgeless.solution import Solution, Status, provenance
from ridgeless.verbs._limit_solution import LimitQuestion, limit_solution


@reported("predict")
@within_float64
def predict(solution: Solution, tol: float = 1e-10) -> Solution:
    """The limit of a training by gradient descent or mini-batch SGD, corrected for its finite steps.

    Gradient flow on x = u∘v conserves |u² − v²|. A step of size η along g = Aᵀr multiplies it by |1 − η²g²|, coordinate
    by coordinate, whichever equations r weighs. Training therefore ends where gradient flow would end from a start of
    another scale and tilt:

        |p m| = |p₀m₀|·exp(−Σ −log|1 − η²g²|),    p = u + v,  m = u − v,
        log|p/m| = log|p₀/m₀| + P_N Σ [log(|1 − ηg|/|1 + ηg|) + 2ηg],

    with P_N the projection on the null space of A. `theta0` of the answer is this effective start, and `x` the limit of
    gradient flow from it. The same holds for every network of two diagonal layers, with 2η for `Difference` and
    `Power`. With one layer, finite steps change nothing.

    The effective start is read off the trained weights: this explains a training that was made, and training records
    nothing for it. Where p or m is the difference of stored weights, in `Product` and `TwoBranch`, their rounding is
    part of the effective scale too: about 1e-14·max|x|/scale² of it, 1e-8 at a scale of 1e-3, and below 1e-7 as much
    as the steps.

    Args:
        solution: what `rl.train` returned, by `GradientDescent` without momentum, or by `StochasticGradientDescent`.
            One whose budget has ended early is corrected for the steps that it has taken, and so is one that stalled.
            Of a recorded loop of such steps, `dataclasses.replace(run.solution, flow=rl.flows.GradientDescent())`.
        tol: on the residual ‖Ax − b‖/‖b‖.

    Returns:
        The corrected limit. Its `bias` holds the effective scale and tilt, `rl.certify` judges it, and its `stats`
        tell `distance`, from the trained x to it as a part of ‖x‖: what training still had to go.

    Raises:
        NoExactLimit: it is not known what the steps of this flow do to this network.
        InvalidInputError: not a training, one that has lost its system, or one that diverged.

    Source:
        Even, Pesme, Gunasekar and Flammarion 2023, arXiv 2302.08982, for u∘v, where the sum is called the gain.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0, 2.0]]), np.array([4.0]))
        >>> network, start = rl.networks.Difference(depth=2), {"u": np.array([0.5, 0.4, 0.3]), "v": np.ones(3) / 5}
        >>> trained = rl.train(system, network, start, rl.flows.GradientDescent(step_size=0.02), tol=1e-12)
        >>> corrected, flow = rl.predict(trained), rl.limit(system, network, start)
        >>> bool(np.linalg.norm(trained.x - corrected.x) < 1e-10 < 1e-2 < np.linalg.norm(trained.x - flow.x))
        True
        >>> (corrected.bias.potential.knee / trained.bias.potential.knee).round(3)
        array([0.95 , 0.812, 0.812])
    """
    began = time.perf_counter()
    tol = positive_number(tol, "predict", "tol")
    system, network, theta0, theta = _asked(solution)
    start = network.effective_start(theta0, theta, system)
    if start is None:
        raise NoExactLimit(
            f"predict: it is not known what finite steps do to the limit of {network}; it is for one or two diagonal "
            "layers: Direct, and Product, Difference, TwoBranch and Power of depth 2.",
            in_python="Type rl.limit(system, network, theta0) for the limit of gradient flow, which shorter steps, "
            f"rl.flows.{type(solution.flow).__name__}(step_size=…), come nearer to.",
        )
    found = network.theorem(start, system)
    if not isinstance(found, Bias):
        raise NoExactLimit(f"predict: the steps led to an effective start that no theorem covers: {found.reason}.")
    minimum = limits.minimise(system, found, tol)
    seed = solution.provenance.get("seed", 0)
    record = provenance(seed, verb="predict", system=system, network=network, flow=solution.flow, tol=tol)
    answer = limit_solution(LimitQuestion(system, network, start, found, tol), minimum, 0.0, record)
    size = norm(solution.x)
    distance = norm(answer.x - solution.x) / size if size > 0 else norm(answer.x)
    return revised(
        answer,
        message=_message(solution, answer, found),
        stats={**answer.stats, "run_s": time.perf_counter() - began, "distance": distance},
    )


def _asked(solution: Any) -> tuple[Any, Any, Theta, Theta]:
    """System, network and both ends of a training in steps that the identity covers."""
    if not isinstance(solution, Solution):
        raise InvalidInputError(f"predict: got a {type(solution).__name__}; pass what rl.train returned.")
    system, network, theta0, flow = solution.system, solution.network, solution.theta0, solution.flow
    if flow is None and solution.provenance.get("configuration", {}).get("verb") == repr("record"):
        raise InvalidInputError(_of_a_loop(solution))
    if flow is None or network is None or theta0 is None:
        raise InvalidInputError(
            "predict: this solution is no training; pass what rl.train(system, network, init, "
            "rl.flows.GradientDescent()) returned."
        )
    if not flow.is_plain_descent:
        raise NoExactLimit(
            f"predict: it is not known what {flow!r} does to the limit of {network}: its steps are not along the "
            "gradient alone.",
            in_python="Type rl.limit(system, network, theta0) for the limit of gradient flow, or train by "
            "rl.flows.GradientDescent() or rl.flows.StochasticGradientDescent().",
        )
    if system is None:
        raise InvalidInputError(
            "predict: this solution has lost its system, an operator that a file cannot hold; type "
            "rl.predict(dataclasses.replace(solution, system=system))."
        )
    if solution.status is Status.DIVERGED:
        raise InvalidInputError(f"predict: this training diverged, and has no limit. {solution.message}")
    if solution.theta is None:
        raise InvalidInputError("predict: this solution has lost its weights; pass what rl.train returned, whole.")
    return system, network, theta0, solution.theta


def _of_a_loop(solution: Solution) -> str:
    """What is missing for the prediction of a recorded loop, and how to give it."""
    if solution.network is None or solution.theta is None:
        return (
            "predict: this loop was recorded without its weights; type rl.record(system, network, init), and call "
            "run(theta) with theta as a dict."
        )
    return (
        "predict: it is not known what the steps of this loop were. If each was plain gradient descent, on all "
        "equations or a few, type rl.predict(dataclasses.replace(run.solution, "
        "flow=rl.flows.GradientDescent(step_size=0.01))); the step size itself changes nothing."
    )


def _message(trained: Solution, answer: Solution, effective: Bias) -> str:
    """What the answer is, how it ended, and how much scale the steps have taken."""
    if not answer.success:
        return answer.message
    what = "this training in finite steps" if trained.success else "gradient flow after the steps that were taken"
    told = f"The exact limit of {what}; {answer.status.value}."
    before = trained.bias
    if before is None and trained.network is not None and trained.theta0 is not None and trained.system is not None:
        before = trained.network.bias(trained.theta0, trained.system)  # of a recorded loop
    if before is None or type(before.potential) is not type(effective.potential):
        return f"{told} Rounding made p or m of some coordinates 0, which locks their signs: start larger."
    factors = _scale_factors(before, effective)
    if factors is None:
        return told
    return f"{told} The steps multiplied the scale |p₀m₀| by {factors.min():.3g} to {factors.max():.3g}."


def _scale_factors(before: Bias, after: Bias) -> Vector | None:
    """By how much the steps multiplied the scale |p m| of each coordinate; None where some coordinate has none."""
    knees = [bias.potential.knee for bias in (before, after) if isinstance(bias.potential, Hypentropy)]
    return np.atleast_1d(knees[1] / knees[0]) if len(knees) == 2 else None
