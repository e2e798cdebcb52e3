"""How far finite steps move the end of training, and how much of that is known.

A network x = w_1∘w_2 is trained on sparse recovery by gradient descent and by mini-batch SGD, with steps up to the
stability edge 2/λ, λ the largest eigenvalue of the loss's Hessian at the limit of gradient flow. Each line of the
output has the distance from the trained x to three predictions:

- flow: the limit of gradient flow, which knows nothing of the steps;
- before: of gradient descent, the limit from the scale that steps of this size take from the start to first order,
  |p₀m₀|·exp(−η∫g²dt) with g = Aᵀ(Ax − b) along gradient flow: computed before training;
- corrected: `rl.predict`, the limit from the effective scale and tilt of the very steps that were taken.

`scale` is the geometric mean of what the steps multiplied |p₀m₀| by, on and off the support of the sparse truth.

    python examples/finite_steps.py
    python examples/finite_steps.py --scale 0.05     # a smaller start: steps take more of it
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.integrate import solve_ivp

import ridgeless as rl

NETWORK = rl.networks.Product(depth=2)
PARTS = 2.0 ** np.arange(-6, 0)
LONGEST = 0.9
COLOURS = {"gradient descent": "#0072b2", "SGD": "#d55e00"}
BATCH = 5


@dataclass(frozen=True)
class Row:
    """One training: its method, its step as a part of the edge, distances to predictions, and what is left of scale."""

    method: str
    part: float
    to_flow: float
    to_before: float
    to_corrected: float
    on_support: float
    off_support: float


def main() -> None:
    """Train with every step size, print a line for each, and draw distances and scales."""
    options = parsed()
    system = rl.systems.GaussianSparse(20, 50, nonzeros=4).system(options.seed)
    flow = rl.limit(system, NETWORK, rl.inits.Constant(options.scale))
    edge = 2 / sharpness(system, flow)
    energy = gradient_energy(system, flow)
    print(f"{system!r}; {NETWORK} from {options.scale}; the stability edge is a step of {edge:.3g}")
    print(
        f"{'method':>16} {'step/edge':>9} {'to flow':>8} {'to before':>9} {'to corrected':>12}  scale on, off support"
    )
    rows = []
    for part in (*PARTS, LONGEST):
        before = limit_before_training(system, flow, energy, part * edge)
        flows = (rl.flows.GradientDescent(part * edge), rl.flows.StochasticGradientDescent(BATCH, part * edge))
        for method, descent in zip(COLOURS, flows, strict=True):
            trained = rl.train(system, NETWORK, rl.inits.Constant(options.scale), descent, tol=1e-12)
            if not trained.success:
                print(f"{method:>16} {part:9.4f}  {trained.status.name.lower()}")
                continue
            rows.append(measured(method, part, trained, flow, before))
            print(line(rows[-1]))
    draw(rows, options.out)
    print(f"wrote {options.out}")


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="A sweep over step sizes, beside what is predicted for each.")
    parser.add_argument("--scale", type=float, default=0.1, help="of the start, w_1 = scale and w_2 = 0")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("finite_steps.png"), help="the figure to write")
    return parser.parse_args()


def sharpness(system: rl.LinearSystem, flow: rl.Solution) -> float:
    """The largest eigenvalue of the loss's Hessian at the limit of gradient flow."""
    # w_1² + w_2² = 2√(x² + k²), with the knee k = |w_1² − w_2²|/2, which flow conserves.
    metric = 2 * np.hypot(flow.x, flow.bias.potential.knee)
    return float(np.linalg.norm(system.A * np.sqrt(metric), 2) ** 2)


def gradient_energy(system: rl.LinearSystem, flow: rl.Solution) -> np.ndarray:
    """∫ g² dt along gradient flow, g = Aᵀ(Ax − b): in dual coordinates, x = ∇Φ*(offset + Aᵀν) with ν' = b − Ax."""
    equations, unknowns = system.shape

    def velocity(_: float, state: np.ndarray) -> np.ndarray:
        x = flow.bias.potential.conjugate_gradient(flow.bias.offset + system.A.T @ state[:equations])
        misfit = system.A @ x - system.b
        return np.append(-misfit, (system.A.T @ misfit) ** 2)

    begun = np.zeros(equations + unknowns)
    return solve_ivp(velocity, (0.0, 1e6), begun, method="LSODA", rtol=1e-10, atol=1e-12).y[equations:, -1]


def limit_before_training(system: rl.LinearSystem, flow: rl.Solution, energy: np.ndarray, step: float) -> np.ndarray:
    """The limit from a start of scale |p₀m₀|·exp(−η∫g²dt)."""
    potential = flow.bias.potential
    lowered = rl.potentials.Hypentropy(potential.knee * np.exp(-step * energy), potential.rate)
    return rl.limit(system, NETWORK, NETWORK.start_for(lowered)).x


def measured(method: str, part: float, trained: rl.Solution, flow: rl.Solution, before: np.ndarray) -> Row:
    """The distances of a trained x, and what its steps left of the scale."""
    corrected = rl.predict(trained, tol=1e-12)
    left = np.log(corrected.bias.potential.knee / flow.bias.potential.knee)
    support = trained.system.truth != 0
    return Row(
        method,
        part,
        distance(flow.x, trained.x),
        distance(before, trained.x) if method == "gradient descent" else np.nan,
        distance(corrected.x, trained.x),
        float(np.exp(left[support].mean())),
        float(np.exp(left[~support].mean())),
    )


def distance(x: np.ndarray, reference: np.ndarray) -> float:
    """‖x − reference‖/‖reference‖."""
    return float(np.linalg.norm(x - reference) / np.linalg.norm(reference))


def line(row: Row) -> str:
    """A row of the table."""
    before = f"{row.to_before:9.1e}" if np.isfinite(row.to_before) else f"{'-':>9}"
    scales = f"{row.on_support:6.3f} {row.off_support:6.3f}"
    return f"{row.method:>16} {row.part:9.4f} {row.to_flow:8.1e} {before} {row.to_corrected:12.1e}  {scales}"


def draw(rows: list[Row], path: Path) -> None:
    """Distances to the predictions for both methods, and the scale that is left."""
    figure = Figure(figsize=(12.5, 4.3), layout="constrained")
    left, middle, right = figure.subplots(1, 3, sharex=True)
    middle.sharey(left)
    for axes, method in ((left, "gradient descent"), (middle, "SGD")):
        draw_distances(axes, [row for row in rows if row.method == method])
    left.set_title("Gradient descent", fontsize=11)
    middle.set_title(f"SGD, {BATCH} of 20 equations a step", fontsize=11)
    left.set_ylabel("distance of the trained x from a prediction,\nas a part of ‖x‖ (dimensionless)")
    draw_scales(right, rows)
    for axes in (left, middle, right):
        axes.set_xlabel("step size, in units of the stability edge 2/λ")
        axes.set_xticks([1 / 64, 1 / 16, 1 / 4, 1], ["1/64", "1/16", "1/4", "1"])
        axes.set_xticks([], minor=True)
    figure.savefig(path, dpi=120)


def draw_distances(axes: Axes, rows: list[Row]) -> None:
    """One method's distances to each prediction, against the step size."""
    parts = [row.part for row in rows]
    kinds = {
        "limit of gradient flow": ([row.to_flow for row in rows], "#1b1b1f", "o"),
        "to first order, before training": ([row.to_before for row in rows], "#009e73", "^"),
        "corrected for the steps: rl.predict": ([row.to_corrected for row in rows], "#cc79a7", "s"),
    }
    for label, (values, colour, marker) in kinds.items():
        if np.isfinite(values).any():
            axes.loglog(parts, values, marker=marker, color=colour, label=label)
    axes.axvline(0.5, color="0.75", lw=1.5, zorder=0, label="half the edge")
    axes.legend(fontsize=9, loc=(0.03, 0.2), frameon=False)


def draw_scales(axes: Axes, rows: list[Row]) -> None:
    """What the steps leave of the scale of the start, on and off the support of the sparse truth."""
    for method, colour in COLOURS.items():
        chosen = [row for row in rows if row.method == method]
        parts, on, off = zip(*((row.part, row.on_support, row.off_support) for row in chosen), strict=True)
        axes.plot(parts, off, "o-", color=colour, label=f"{method}, off the support")
        axes.plot(parts, on, "o--", color=colour, mfc="white", label=f"{method}, on the support")
    axes.axvline(0.5, color="0.75", lw=1.5, zorder=0, label="half the edge")
    axes.set_xscale("log")
    axes.set_ylim(0, 1.05)
    axes.set_ylabel("effective scale, as a part of that of the start")
    axes.set_title("What the steps leave of the scale", fontsize=11)
    axes.legend(fontsize=9, loc="lower left", frameon=False)


if __name__ == "__main__":
    main()
