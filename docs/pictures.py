"""The pictures of "Which limit will my network reach?", drawn from `rl.limit` when the manual is built.

By hand: `python docs/pictures.py FOLDER`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

import ridgeless as rl
from ridgeless.networks import Network, Theta
from ridgeless.plots._style import INK, applied, line_styles, new_figure

_UNKNOWNS = 6
_SMALLEST = 1e-3
# A start with x₀ ≠ 0 grows with its scale, and so does what it leaves in the answer.
_LARGEST, _LARGEST_BIASED = 10.0, 1.0
_MAPS = (1.0, 0.5, 0.2, 0.05)


@dataclass(frozen=True)
class Row:
    """A row of the table: a network, its starts, a note on them, and whether they lock signs."""

    name: str
    network: Network
    start: Callable[[float], Theta]
    note: str = "weights 1"
    is_positive: bool = False

    @property
    def direction(self) -> Theta:
        """The start at scale 1."""
        return self.start(1.0)

    @property
    def scales(self) -> np.ndarray:
        """From lazy to rich."""
        largest = _LARGEST_BIASED if np.any(self.network(self.direction)) else _LARGEST
        return np.geomspace(largest, _SMALLEST, 49)


def _constant(network: Network) -> Callable[[float], Theta]:
    return lambda scale: network.constant(scale, _UNKNOWNS)


def _unequal(scale: float) -> Theta:
    """Unequal weights: x₀ ≠ 0, and a price for each sign."""
    return {"u": scale * np.linspace(0.6, 1.4, _UNKNOWNS), "v": scale * np.linspace(1.2, 0.8, _UNKNOWNS)}


def _layers(sizes: tuple[float, ...], turn: float) -> np.ndarray:
    """Layers of these sizes, tilted along the coordinates, the first one by `turn` times as much."""
    tilt = np.linspace(-0.3, 0.3, _UNKNOWNS)
    return np.array([size * (1 + (turn if index == 0 else -1) * tilt) for index, size in enumerate(sizes)])


def _unequal_layers(scale: float) -> Theta:
    """Three layers of three sizes: x₀ ≠ 0, and every coordinate has a price of its own for each sign."""
    return {"layers": scale * _layers((0.3, 0.9, 1.3), 1.0)}


def _unequal_branches(scale: float) -> Theta:
    """Two products of three layers, of different sizes."""
    return {"plus": scale * _layers((0.4, 0.8, 1.1), 1.0), "minus": scale * _layers((0.5, 0.7, 1.3), -2.0)}


def rows() -> list[Row]:
    """Every row of the table that a scale moves."""
    networks: list[tuple[str, Network]] = [
        ("difference-2", rl.networks.Difference(2)),
        ("product-2", rl.networks.Product(2)),
        ("two-branch-2", rl.networks.TwoBranch(2)),
        ("difference-3", rl.networks.Difference(3)),
        ("product-3", rl.networks.Product(3)),
        ("product-4", rl.networks.Product(4)),
    ]
    notes = {rl.networks.Product: "weights 1 but for a last layer of 0"}
    made = [Row(name, each, _constant(each), notes.get(type(each), "weights 1")) for name, each in networks]
    made += [
        Row(f"power-{depth}", rl.networks.Power(depth), _constant(rl.networks.Power(depth)), is_positive=True)
        for depth in (2, 3)
    ]
    made.append(
        Row("difference-4-unequal", rl.networks.Difference(4), _unequal, "u from 0.6 to 1.4, v from 1.2 to 0.8")
    )
    made.append(Row("product-3-unequal", rl.networks.Product(3), _unequal_layers, "layers of about 0.3, 0.9 and 1.3"))
    made.append(
        Row("two-branch-3-unequal", rl.networks.TwoBranch(3), _unequal_branches, "layers from 0.4 to 1.3, all unequal")
    )
    return made


def system(is_positive: bool) -> rl.LinearSystem:
    """Three equations for six unknowns, with a solution of one sign where that is asked for."""
    rng = np.random.default_rng(1)
    A = rng.standard_normal((3, _UNKNOWNS))
    x = np.array([1.0, 0.0, 0.6, 0.0, 0.3, 0.1]) if is_positive else np.array([1.0, 0.0, -0.8, 0.0, 0.5, 0.2])
    return rl.LinearSystem(A, A @ x)


@applied()
def draw(row: Row, path: Path) -> None:
    """Left, the mirror map at some scales; right, the limit from lazy to rich and at scale → 0."""
    figure = new_figure(7.2, 2.7)
    left, right = figure.subplots(1, 2)
    _mirror_maps(left, row)
    _limits(right, row)
    figure.suptitle(f"{row.network} from scale × ({row.note})", fontsize=9.5)
    figure.savefig(path, metadata={"Date": None})


def _mirror_maps(axes: Axes, row: Row) -> None:
    """x = f(z) for the first coordinate, z in units of the distance at which x leaves 0 for good."""
    problem = system(row.is_positive)
    positions = np.linspace(-1.25, 1.25, 1001)
    for (label, look), scale in zip(line_styles([f"scale {scale:g}" for scale in _MAPS]).items(), _MAPS, strict=True):
        bias = row.network.bias(row.start(scale), problem)
        edge = _edge(row, scale)
        z = bias.offset + edge * positions[:, None]
        with np.errstate(over="ignore"):
            x = np.array([bias.potential.conjugate_gradient(point)[0] for point in z])
        axes.plot(positions, np.where(np.abs(x) < 1.6, x, np.nan), label=label, color=look.colour, lw=look.width)
    axes.set(xlim=(-1.25, 1.25), ylim=(-1.5, 1.5), xlabel="z, in units of the way to its edge", ylabel="x = f(z)")
    axes.legend(loc="lower right")  # where no increasing map through 0 goes


def _edge(row: Row, scale: float) -> float:
    """How far z must go for x to leave 0: price · log(1/scale), or price · scale^(2−D)."""
    found = row.network.vanishing_theorem(row.direction, system(row.is_positive))
    price = float(found.potential.positive[0])
    degree = row.network.homogeneity
    # At depth 2, x = 1 is reached at log(1/scale) times the price; from scale 1 on that is no length.
    return price * (max(np.log(1 / scale), 0.5) if degree == 2 else scale ** (2.0 - degree))


def _limits(axes: Axes, row: Row) -> None:
    problem = system(row.is_positive)
    scales = row.scales
    x = np.array([rl.limit(problem, row.network, row.start(scale)).x for scale in scales])
    vanishing = rl.limit(problem, row.network, rl.inits.Vanishing(row.direction)).x
    for index, look in enumerate(line_styles(str(i) for i in range(_UNKNOWNS)).values()):
        axes.semilogx(scales, x[:, index], color=look.colour, lw=1.4)
        axes.plot(scales[-1] / 1.6, vanishing[index], marker="o", ms=4.5, color=look.colour, clip_on=False)
    axes.axvline(scales[-1], color=INK, lw=0.6)
    axes.set(xlim=(scales[0], scales[-1] / 2), xlabel="scale of the start", ylabel="entries of the limit x")
    axes.annotate("scale → 0", (scales[-1], 0.98), xycoords=("data", "axes fraction"), ha="right", va="top", fontsize=8)


@applied()
def draw_excess(path: Path) -> None:
    """Excess of the weighted ℓ1 norm against the scale, depth by depth, with what the first order predicts."""
    rng = np.random.default_rng(0)
    A, truth = rng.standard_normal((20, 60)), np.zeros(60)
    truth[:3] = 1.0, -2.0, 1.5
    problem = rl.LinearSystem(A, A @ truth)
    figure = new_figure(5.4, 3.2)
    axes = figure.subplots()
    networks = {f"Difference(depth={depth})": rl.networks.Difference(depth) for depth in (2, 3, 4)}
    wanted = np.logspace(-0.5, -5, 8)
    for (label, look), network in zip(line_styles(networks).items(), networks.values(), strict=True):
        found = [rl.calibrate(problem, network, excess) for excess in wanted]
        axes.loglog([float(each) for each in found], wanted, color=look.colour, lw=1.6, label=label)
        predicted = [each.predicted for each in found]
        axes.loglog(predicted, wanted, "x", color=look.colour, ms=6, mew=1.2)
    axes.plot([], [], "x", color=INK, label="predicted, to first order")
    axes.axhline(0.01, color=INK, lw=0.6, ls="--", label="an excess of 1 %")
    axes.set(xlabel="scale of the start", ylabel="‖x‖₁ / least ‖x‖₁ − 1")
    axes.legend()
    figure.savefig(path, metadata={"Date": None})


def draw_all(folder: Path) -> None:
    """Every picture, as SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows():
        draw(row, folder / f"{row.name}.svg")
    draw_excess(folder / "excess.svg")


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]))
