"""The pictures of the pages "Plots" and "Answers", computed and drawn by `ridgeless.plots` when the manual is built.

By hand: `python docs/gallery.py FOLDER`. It takes about a minute.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

import ridgeless as rl

_DIFFERENCE = rl.networks.Difference(depth=2)
_SEEDS = 20


def grid(axes: dict[str, Sequence[Any]], cell: Callable[..., tuple[dict[str, float], str]]) -> xr.Dataset:
    """The measures and the status of a function of the axes, in the form of a study."""
    shape = tuple(map(len, axes.values()))
    found = [cell(**dict(zip(axes, values, strict=True))) for values in product(*axes.values())]
    names = dict.fromkeys(name for measures, _ in found for name in measures)
    variables: dict[str, Any] = {
        name: (tuple(axes), np.array([measures.get(name, np.nan) for measures, _ in found]).reshape(shape))
        for name in names
    }
    variables["status"] = (tuple(axes), np.array([status for _, status in found]).reshape(shape))
    dataset = xr.Dataset(variables, {name: list(values) for name, values in axes.items()})
    long_names = {
        "scale": "initialization scale",
        "equations": "equations n",
        "nonzeros": "entries of x that are not 0",
    }
    long_names |= {"error": "error ‖x − truth‖/‖truth‖", "distance": "distance to the limit ‖x − x∞‖/‖x∞‖"}
    for name, text in long_names.items():
        if name in dataset.variables:
            dataset[name].attrs = {"long_name": text, "units": "1"}
    return dataset


def sparse_system(seed: int, equations: int, unknowns: int, nonzeros: int, noise: float = 0.0) -> rl.LinearSystem:
    """A Gaussian A, a truth of few entries ±1, and noise of this standard deviation on b."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, equations, unknowns, nonzeros]))
    A, truth = rng.standard_normal((equations, unknowns)) / np.sqrt(equations), np.zeros(unknowns)
    truth[rng.choice(unknowns, nonzeros, replace=False)] = rng.choice([-1.0, 1.0], nonzeros)
    return rl.LinearSystem(A, A @ truth + noise * rng.standard_normal(equations), truth=truth)


def error(system: rl.LinearSystem, x: np.ndarray) -> float:
    """‖x − truth‖/‖truth‖."""
    assert system.truth is not None  # noqa: S101 - `sparse_system` gives one
    return float(np.linalg.norm(x - system.truth) / np.linalg.norm(system.truth))


@cache
def recovery() -> xr.Dataset:
    """Limits from a small start, over equations and sparsity, for 60 unknowns."""

    def cell(nonzeros: int, equations: int, seed: int) -> tuple[dict[str, float], str]:
        system = sparse_system(seed, equations, 60, nonzeros)
        found = rl.limit(system, _DIFFERENCE, rl.inits.Constant(1e-6))
        return {"error": error(system, found.x)}, found.status.name

    axes = {"nonzeros": [2, 4, 6, 8, 10, 12], "equations": [10, 16, 22, 28, 34, 40], "seed": range(_SEEDS)}
    return grid(axes, cell)


def along_scale() -> xr.Dataset:
    """The error of limits along the scale, for two depths."""

    def cell(depth: int, scale: float, seed: int) -> tuple[dict[str, float], str]:
        system = sparse_system(seed, 20, 60, 4)
        found = rl.limit(system, rl.networks.Difference(depth=depth), rl.inits.Constant(scale))
        return {"error": error(system, found.x)}, found.status.name

    return grid({"depth": [2, 3], "scale": np.logspace(1, -6, 8).tolist(), "seed": range(_SEEDS)}, cell)


def against_prediction() -> xr.Dataset:
    """Gradient descent and Adam on a budget, held against the exact limit, along the scale."""
    methods = {
        "limit": None,
        "GradientDescent": rl.flows.GradientDescent(max_steps=3_000),
        "Adam": rl.flows.Adam(step_size=0.01, max_steps=3_000),
        "GradientDescent step_size=1.0": rl.flows.GradientDescent(step_size=1.0, max_steps=3_000),
    }

    def cell(seed: int, scale: float, method: str) -> tuple[dict[str, float], str]:
        system, start = sparse_system(seed, 8, 20, 2), rl.inits.Constant(scale)
        limit, flow = rl.limit(system, _DIFFERENCE, start), methods[method]
        if flow is None:
            return {}, limit.status.name
        found = rl.train(system, _DIFFERENCE, start, flow, tol=1e-6)
        distance = np.linalg.norm(found.x - limit.x) / np.linalg.norm(limit.x)
        return {"distance": float(distance)}, found.status.name

    return grid({"seed": range(5), "scale": [1.0, 0.3, 0.1, 1e-2, 1e-3, 1e-4], "method": list(methods)}, cell)


def by_step_size() -> list[rl.Solution]:
    """Gradient descent with growing steps."""
    flows = [rl.flows.GradientDescent(step_size=step) for step in np.geomspace(0.004, 0.128, 6).tolist()]
    systems = [sparse_system(seed, 8, 20, 2) for seed in range(3)]
    systems = [rl.LinearSystem(each.A, each.A @ systems[0].truth, truth=systems[0].truth) for each in systems]
    return [rl.train(system, _DIFFERENCE, rl.inits.Constant(0.1), flow) for flow in flows for system in systems]


def peaks() -> xr.Dataset:
    """The error of noisy systems over n/d: least norm (least squares beyond n = d), and the limit of a small start."""

    def cell(equations: int, seed: int, method: str) -> tuple[dict[str, float], str]:
        system = sparse_system(seed, equations, 40, 3, noise=0.3)
        if method == "least squares":
            return {"error": error(system, np.linalg.lstsq(system.A, system.b, rcond=None)[0])}, "CONVERGED"
        if equations > 40:
            return {}, "REFUSED"
        found = rl.limit(system, _DIFFERENCE, rl.inits.Constant(1e-3))
        return {"error": error(system, found.x)}, found.status.name

    n = [4, 8, 12, 16, 20, 24, 28, 32, 36, 38, 40, 42, 44, 50, 60, 80, 100]
    found = grid({"equations": n, "seed": range(_SEEDS), "method": ["least squares", "limit, scale 0.001"]}, cell)
    return found.assign_coords(unknowns=40)


@cache
def stairs() -> tuple[rl.Solution, np.ndarray]:
    """A training from a tiny start, and the predicted times of its jumps."""
    rng = np.random.default_rng(np.random.SeedSequence(3))
    A = rng.standard_normal((12, 30)) / np.sqrt(12)
    truth = np.zeros(30)
    truth[[3, 11, 20]] = 3.0, -1.0, 0.4
    system, scale = rl.LinearSystem(A, A @ truth, truth=truth), 1e-20
    flow = rl.flows.GradientFlow(max_steps=20_000)
    found = rl.train(system, _DIFFERENCE, rl.inits.Constant(scale), flow, tol=1e-4)
    return found, rl.plots.jump_times(rl.limit(system, _DIFFERENCE, rl.inits.Vanishing()), scale)


def layers() -> tuple[np.ndarray, np.ndarray]:
    """W_1 of a dense network of width 8 along gradient descent, trained from checkpoint to checkpoint."""
    system, network = sparse_system(0, 8, 20, 3), rl.networks.Dense(hidden=1, width=8)
    theta = rl.inits.Gaussian(1e-2)(network, system, seed=0)
    at, matrices, done = np.unique(np.geomspace(1, 4000, 40).astype(int)), [], 0
    for step in at.tolist():
        flow = rl.flows.GradientDescent(step_size=0.02, max_steps=step - done)
        theta, done = rl.train(system, network, theta, flow, tol=1e-12).theta or theta, step
        matrices.append(theta["W"][0])
    return np.array(matrices), at.astype(float)


def edge_of_stability(step_size: float) -> xr.Dataset:
    """Loss and sharpness of gradient descent on x = W w, a dense network of width 8, with the exact Hessian."""
    system = sparse_system(1, 6, 12, 2)
    A, b, width = np.asarray(system.A), 3 * system.b, 8
    rng = np.random.default_rng(np.random.SeedSequence(0))
    W, w = 0.3 * rng.standard_normal((12, width)) / np.sqrt(width), 0.3 * rng.standard_normal(width) / np.sqrt(width)
    marks = np.unique(np.geomspace(1, 2000, 150).astype(int))
    losses, sharpness = [], []
    for step in range(1, 2001):
        r = A @ (W @ w) - b
        g = A.T @ r
        if step in marks:
            jacobian = np.hstack([np.kron(A, w), A @ W])
            hessian, mixed = jacobian.T @ jacobian, np.kron(g[:, None], np.eye(width))
            hessian[: W.size, W.size :] += mixed
            hessian[W.size :, : W.size] += mixed.T
            losses.append(r @ r / 2)
            sharpness.append(np.linalg.eigvalsh(hessian)[-1])
        W, w = W - step_size * np.outer(g, w), w - step_size * W.T @ g
    histories = {"loss_history": ("at", losses), "sharpness_history": ("at", sharpness)}
    found = xr.Dataset(histories, {"at": marks, "step_size": step_size})
    found["at"].attrs = {"long_name": "step", "units": "1"}
    return found


@cache
def answer() -> rl.Solution:
    """A limit from a small start, of a system with noise whose truth is known."""
    system = sparse_system(0, 30, 60, 4, noise=0.02)
    return rl.limit(system, _DIFFERENCE, rl.inits.Constant(1e-3))


def path() -> Any:
    """The limits of the same system from rich to lazy."""
    system = answer().system
    assert system is not None  # noqa: S101 - a limit keeps its system
    return rl.limit_path(system, _DIFFERENCE, np.logspace(-6, 2, 60))


def explanation() -> Any:
    """Why a training of a deep network with coarse steps is not the minimum-norm solution."""
    network, flow = rl.networks.Dense(hidden=1, width=4), rl.flows.GradientDescent(step_size=0.03)
    return rl.explain(rl.train(sparse_system(0, 5, 12, 4), network, rl.inits.Gaussian(0.5), flow, tol=1e-3))


def plots() -> dict[str, Callable[[], Axes]]:
    """Every picture of the page, by name."""
    return {
        "solution_entries": lambda: answer().plot(),
        "limits_along_scale": lambda: path().plot(),
        "certificate_bounds": lambda: rl.certify(answer()).plot(),
        "left_out_predictions": lambda: rl.leave_one_out(answer()).refit().plot(),
        "gap_by_cause": lambda: explanation().plot(),
        "phase_diagram": lambda: rl.plots.phase_diagram(recovery(), x="equations", y="nonzeros"),
        "half_width_diagram": lambda: rl.plots.half_width_diagram(recovery(), x="equations", y="nonzeros"),
        "measure_along": lambda: rl.plots.measure_along(along_scale(), "error", "scale", by="depth"),
        "training_against_prediction": lambda: rl.plots.training_against_prediction(against_prediction()),
        "effective_scale_along_step_size": lambda: rl.plots.effective_scale_along_step_size(by_step_size()),
        "double_descent": lambda: rl.plots.double_descent(peaks(), by="method"),
        "loss_along_time": lambda: rl.plots.loss_along_time(stairs()[0], jumps=stairs()[1]),
        "norms_along_time": lambda: rl.plots.norms_along_time(stairs()[0], jumps=stairs()[1]),
        "singular_values_along_time": lambda: rl.plots.singular_values_along_time(*layers(), clock="step (number)"),
        "sharpness_along_time": lambda: rl.plots.sharpness_along_time(edge_of_stability(0.133)),
    }


def draw_all(folder: Path, ending: str = "svg") -> None:
    """Every picture, as SVG or in another format."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in plots().items():
        figure: Any = draw().figure
        figure.savefig(folder / f"{name}.{ending}", metadata={"Date": None} if ending == "svg" else None)


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]), *sys.argv[2:])
