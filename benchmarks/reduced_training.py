"""Training a dense network on the row space of A, beside the same steps taken on all of its weights."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import ridgeless as rl
from benchmarks.table import Table, timed

_EQUATIONS, _WIDTH, _STEPS = 100, 64, 2000
_UNKNOWNS = 20_000
_SIZES = (1_000, 10_000, 100_000)
_SCALE = 0.3
# A fraction of the default step, so that all steps are taken.
_SHORTER = 16
_TOLERANCE = 1e-14
_AIM = 50
# A whole training beside a whole loop: (equations, unknowns, width), and the steps of each.
_WHOLE, _WHOLE_STEPS = (60, 40_000, 32), (600, 2000)
_REPEATS = 5

Theta = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One training: the system, the network, where it starts and how far it steps."""

    system: rl.LinearSystem
    network: rl.networks.Dense
    theta0: Theta
    flow: rl.flows.GradientDescent


def case(hidden: int, unknowns: int, equations: int = _EQUATIONS, width: int = _WIDTH, count: int = _STEPS) -> Case:
    """A Gaussian system with entries N(0, 1/d), and a Gaussian start; so many steps."""
    rng = np.random.default_rng(np.random.SeedSequence([hidden, unknowns]))
    A = rng.standard_normal((equations, unknowns)) / np.sqrt(unknowns)
    system = rl.LinearSystem(A, rng.standard_normal(equations))
    network = rl.networks.Dense(hidden=hidden, width=width)
    theta0 = rl.inits.Gaussian(_SCALE)(network, system, seed=0)
    steps = rl.flows.GradientDescent(max_steps=1)
    size = rl.train(system, network, theta0, steps, tol=_TOLERANCE).stats["step_size"] / _SHORTER
    return Case(system, network, theta0, rl.flows.GradientDescent(step_size=size, max_steps=count))


def run() -> list[Table]:
    """Against the unreduced loops, and over the number of unknowns."""
    peer = "PyTorch" if importlib.util.find_spec("torch") else "NumPy"
    return [
        Table(
            f"Training on the row space: {_EQUATIONS}×{_UNKNOWNS}, width {_WIDTH}, {_STEPS} steps",
            "Gradient descent from one start by the same steps: ours on the row space of A, ours on all weights, and a "
            f"plain loop in {peer}, all in float64. `steps` is the loop alone; `set-up` projects the start, "
            "`lift` tells x from what was trained, `in all` is the call after "
            f"compilation, with its checks. The aim is a ratio of {_AIM} between loops.",
            ("hidden", "method", "compilation", "set-up", "steps", "lift", "in all", "steps / ours", "distance of x"),
            tuple(row for hidden in (1, 2) for row in _against(case(hidden, _UNKNOWNS), hidden, peer)),
        ),
        Table(
            f"Training on the row space: what d costs, {_EQUATIONS} equations, width {_WIDTH}, {_STEPS} steps",
            "The loop does not know d; set-up and lift are proportional to it.",
            ("hidden", "unknowns", "set-up", "steps", "lift", "in all"),
            tuple(_sized(case(hidden, unknowns), hidden, unknowns) for hidden in (1, 2) for unknowns in _SIZES),
        ),
        _whole(),
    ]


def _whole() -> Table:
    equations, unknowns, width = _WHOLE
    return Table(
        f"A training as a whole: {equations}×{unknowns}, width {width}",
        f"One call of `rl.train` on a system that nothing is known of yet, from the factorisation to x, medians of "
        f"{_REPEATS}; compilation apart. `and all weights` reads W_1 and the norms of the history as well, which are "
        f"told when they are asked for. The peer is a plain loop in NumPy by the same steps on all weights. The aim is "
        f"a ratio of {_AIM} in all; by processor time it depends less on what else the machine does.",
        (
            "hidden",
            "steps",
            "compilation",
            "set-up",
            "loop",
            "lift",
            "in all",
            "and all weights",
            "NumPy",
            "NumPy / in all",
            "by processor time",
            "distance of x",
        ),
        tuple(
            _row_of_whole(case(hidden, unknowns, equations, width, count), hidden, count)
            for hidden in (1, 2)
            for count in _WHOLE_STEPS
        ),
    )


def _row_of_whole(asked: Case, hidden: int, count: int) -> tuple[object, ...]:
    first = _reduced(asked)
    compile_s, taken, x_ours = first.stats["compile_s"], [], first.x
    for _ in range(_REPEATS):
        fresh = replace(asked, system=rl.LinearSystem(asked.system.A, asked.system.b))
        began = time.process_time()
        found, in_all = timed(_reduced, fresh)
        processor_s = time.process_time() - began
        _, asking = timed(lambda found=found: (found.theta, found.history.l1_norm))
        parts = [found.stats[name] for name in ("setup_s", "run_s", "lift_s")]
        taken.append((*parts, in_all, in_all + asking, processor_s))
    *shown, processor_s = (float(column) for column in np.median(taken, axis=0))
    began = time.process_time()
    x, loop = timed(_numpy_loop, asked)
    ratios = loop / shown[3], (time.process_time() - began) / processor_s
    return hidden, count, compile_s, *shown, loop, *ratios, _distance(x, x_ours)


def _against(asked: Case, hidden: int, peer: str) -> list[tuple[object, ...]]:
    compile_s = _reduced(asked).stats["compile_s"]
    ours, in_all = timed(_reduced, asked)
    rows = [_row(hidden, "row space", compile_s, ours.stats, in_all, ours.stats["run_s"], 0.0)]
    compile_s = _unreduced(asked).stats["compile_s"]
    whole, in_all = timed(_unreduced, asked)
    rows.append(
        _row(
            hidden, "all weights, JAX", compile_s, whole.stats, in_all, ours.stats["run_s"], _distance(whole.x, ours.x)
        )
    )
    loop: Callable[[Case], np.ndarray] = _torch_loop if peer == "PyTorch" else _numpy_loop
    x, taken = timed(loop, asked)
    stats = {"setup_s": 0.0, "run_s": taken, "lift_s": 0.0}
    rows.append(_row(hidden, f"all weights, {peer}", 0.0, stats, taken, ours.stats["run_s"], _distance(x, ours.x)))
    return rows


def _row(
    hidden: int, method: str, compile_s: float, stats: Any, in_all: float, ours: float, distance: float
) -> tuple[object, ...]:
    loop = stats["run_s"]
    return hidden, method, compile_s, stats["setup_s"], loop, stats["lift_s"], in_all, loop / ours, distance


def _sized(asked: Case, hidden: int, unknowns: int) -> tuple[object, ...]:
    _reduced(asked)  # compiles
    found, in_all = timed(_reduced, asked)
    return hidden, unknowns, found.stats["setup_s"], found.stats["run_s"], found.stats["lift_s"], in_all


def _distance(x: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(x - other) / np.linalg.norm(other))


def _reduced(asked: Case) -> rl.Solution:
    return rl.train(asked.system, asked.network, asked.theta0, asked.flow, tol=_TOLERANCE)


def _unreduced(asked: Case) -> rl.flows.Run:
    return asked.flow.run(asked.network.problem(asked.system, asked.theta0), None, _TOLERANCE)


def _numpy_loop(asked: Case) -> np.ndarray:
    A, b, size = asked.system.rows(), asked.system.b, asked.flow.step_size
    layers = [np.array(matrix) for matrix in asked.theta0["W"]] + [np.array(asked.theta0["w"])[:, None]]
    for _ in range(asked.flow.max_steps):
        rights = [layers[-1]]
        for layer in reversed(layers[:-1]):
            rights.append(layer @ rights[-1])
        left = A.T @ (A @ rights.pop()[:, 0] - b)
        gradients = []
        for layer in layers:
            right = rights.pop()[:, 0] if rights else np.ones(1)
            gradients.append(np.outer(left, right))
            left = layer.T @ left
        for layer, gradient in zip(layers, gradients, strict=True):
            layer -= size * gradient
    x = layers[-1]
    for layer in reversed(layers[:-1]):
        x = layer @ x
    return x[:, 0]


def _torch_loop(asked: Case) -> np.ndarray:
    torch: Any = importlib.import_module("torch")
    A, b = torch.from_numpy(asked.system.rows().copy()), torch.from_numpy(asked.system.b.copy())
    arrays = [*asked.theta0["W"], asked.theta0["w"]]
    layers = [torch.from_numpy(np.array(array)).requires_grad_() for array in arrays]

    def answer() -> Any:
        x = layers[-1]
        for layer in reversed(layers[:-1]):
            x = layer @ x
        return x

    for _ in range(asked.flow.max_steps):
        loss = ((A @ answer() - b) ** 2).sum() / 2
        gradients = torch.autograd.grad(loss, layers)
        with torch.no_grad():
            for layer, gradient in zip(layers, gradients, strict=True):
                layer -= asked.flow.step_size * gradient
    return answer().detach().numpy()
