"""`rl.limit_path`: the limit at many scales of the start, from lazy to rich."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Numbers, finite_array, norm, positive_number
from ridgeless._core.cards import card, stems
from ridgeless._core.extras import needed_by
from ridgeless._core.extremes import within_float64
from ridgeless._core.pictures import drawn
from ridgeless._core.progress import reported
from ridgeless.errors import InvalidInputError, NoExactLimit
from ridgeless.inits.base import check_question
from ridgeless.inits.vanishing import checked_direction
from ridgeless.limits.warm_start import minimise_path
from ridgeless.networks import Network, Theta, scaled
from ridgeless.potentials import Bias
from ridgeless.solution import Solution, provenance
from ridgeless.systems import LinearSystem
from ridgeless.verbs._limit_solution import LimitQuestion, limit_solution

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

# Scales of a path that a summary names.
_SHOWN = 9


@dataclass(frozen=True, eq=False)
class LimitPath:
    """The limits of one network on one system from starts scale·direction.

    Attributes:
        scales: (k,) as they were asked for.
        solutions: the limit at each.
    """

    scales: Float[np.ndarray, " k"]
    solutions: tuple[Solution, ...]

    @property
    def x(self) -> Float[np.ndarray, "k d"]:
        """The limits, one row for each scale."""
        return np.stack([each.x for each in self.solutions])

    @property
    def success(self) -> bool:
        """Whether every limit is CONVERGED."""
        return all(each.success for each in self.solutions)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Every entry of the limit against the scale of the start: `rl.plots.limits_along_scale`.

        Args:
            ax: where to draw; None for a figure of its own, which a notebook shows.

        Raises:
            MissingDependencyError: matplotlib is not installed.
        """
        return drawn("limits_along_scale", self, ax)

    def __repr__(self) -> str:
        title, *rows = self._told()
        return "\n  ".join([title[0], *("  ".join(f"{cell:>12}" for cell in row) for row in rows)])

    def _told(self) -> list[list[str]]:
        """A title, a header and a row for each scale, or for as many as fit on a screen, the ends among them."""
        converged = sum(each.success for each in self.solutions)
        count, unknowns = len(self.solutions), len(self.solutions[0].x)
        network = self.solutions[0].network
        title = f"LimitPath: {count} limits of {network} in {unknowns} unknowns, {converged} of them converged"
        order = np.argsort(self.scales, kind="stable")
        shown = order[np.unique(np.linspace(0, count - 1, min(count, _SHOWN)).astype(int))]
        header = ["scale", "‖x‖₁", "‖x‖₂", "residual", "status"]
        found = [(self.scales[i], self.solutions[i]) for i in shown]
        return [
            [title],
            header,
            *(
                [f"{s:g}", f"{np.abs(e.x).sum():.6g}", f"{norm(e.x):.6g}", f"{e.residual:.1e}", e.status.name]
                for s, e in found
            ),
        ]

    def _repr_html_(self) -> str:
        title, *rows = self._told()
        norms = np.abs(self.x[np.argsort(self.scales, kind="stable")]).sum(axis=1)
        return card(title[0], picture=stems(norms, "‖x‖₁ from the smallest scale to the largest"), rows=rows)

    def to_xarray(self) -> xr.Dataset:
        """An `xarray.Dataset` over (scale, coordinate): x, and by scale its norms, residual, status and steps.

        Raises:
            MissingDependencyError: xarray is not installed.
        """
        with needed_by("LimitPath.to_xarray", instead="Without it there is path.x."):
            import xarray as xr
        x, found = self.x, self.solutions
        by_scale = {
            "l1_norm": ("‖x‖₁", np.abs(x).sum(axis=1)),
            "l2_norm": ("‖x‖₂", np.linalg.norm(x, axis=1)),
            "residual": ("‖Ax − b‖/‖b‖", np.array([each.residual for each in found])),
            "stationarity": ("the gradient's part outside the row space", _stats(found, "stationarity")),
            "steps": ("Newton steps", _stats(found, "steps")),
            "status": ("how the computation ended", np.array([each.status.name for each in found])),
        }
        variables: dict[str, Any] = {
            name: ("scale", values, {"long_name": text}) for name, (text, values) in by_scale.items()
        }
        variables["x"] = (("scale", "coordinate"), x, {"long_name": "limit"})
        coordinates: dict[str, Any] = {"scale": self.scales, "coordinate": np.arange(x.shape[1])}
        if found[0].names is not None:
            coordinates["unknown"] = ("coordinate", list(found[0].names))
        return xr.Dataset(variables, coordinates, {"network": repr(found[0].network)})


@reported("limit_path")
@within_float64
def limit_path(
    system: LinearSystem, network: Network, scales: Numbers, direction: Theta | None = None, tol: float = 1e-10
) -> LimitPath:
    """The limits from the starts scale·direction, one for each scale.

    Scales are taken from the largest to the smallest. At depth 2 each limit begins where the one before ended, which
    takes a few Newton steps; the others begin afresh. Each is judged like one of `rl.limit`, with a status of its own.

    Args:
        system: A x = b.
        network: how x is parametrised.
        scales: numbers above 0, in any order.
        direction: theta; left out, that of `rl.inits.Vanishing`: x₀ = 0, and no sign locked where that can be.
        tol: on each residual.

    Raises:
        NoExactLimit: no theorem covers one of the starts.
        RidgelessError: as `rl.limit`.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> path = rl.limit_path(system, rl.networks.Difference(depth=2), [1e-8, 1.0, 1e3])
        >>> path.x.round(3)
        array([[0.   , 1.   ],
               [0.394, 0.803],
               [0.4  , 0.8  ]])
    """
    check_question(network, system, 0, "limit_path")
    tol = positive_number(tol, "limit_path", "tol")
    asked = _scales(scales)
    theta = checked_direction(direction, network, system, "limit_path")
    order = np.argsort(-asked, kind="stable")
    starts = [network.checked(scaled(theta, float(asked[i])), system.shape[1]) for i in order]
    system.refuse_inconsistent()
    began = time.perf_counter()
    biases = [_bias(network, start, system, float(asked[i])) for start, i in zip(starts, order, strict=True)]
    minima = minimise_path(system, biases, tol)
    share_s = (time.perf_counter() - began) / len(minima)
    record = provenance(0, verb="limit_path", system=system, network=network, direction=direction, tol=tol)
    questions = [LimitQuestion(system, network, start, bias, tol) for start, bias in zip(starts, biases, strict=True)]
    found: dict[int, Solution] = {
        int(i): limit_solution(question, minimum, share_s, record)
        for i, question, minimum in zip(order, questions, minima, strict=True)
    }
    return LimitPath(asked, tuple(found[i] for i in range(len(asked))))


def limits_in_turn(
    system: LinearSystem, network: Network, starts: Sequence[Theta], tol: float = 1e-10, seed: int = 0
) -> list[Solution]:
    """The limits from several starts on one system, each begun where the one before it ended.

    Args:
        system: A x = b.
        network: how x is parametrised.
        starts: theta0 of each, checked; neighbours should be near each other, from the largest to the smallest.
        tol: on each residual.
        seed: that drew the starts, for the record.

    Returns:
        The limits, in the order of the starts, each judged like one of `rl.limit`. Where several come in turn, times
        in `stats` are each one's share.

    Raises:
        NoExactLimit: no theorem covers one of the starts.
        RidgelessError: as `rl.limit`.
    """
    system.refuse_inconsistent()
    began = time.perf_counter()
    found = [network.theorem(start, system) for start in starts]
    biases = [bias for bias in found if isinstance(bias, Bias)]
    if len(biases) < len(starts):
        raise NoExactLimit(f"limits_in_turn: no theorem covers every start of {network}; type rl.limit for each.")
    minima = minimise_path(system, biases, tol)
    share_s = (time.perf_counter() - began) / len(minima)
    record = provenance(seed, verb="limit", system=system, network=network, init=starts[0], tol=tol)
    return [
        limit_solution(LimitQuestion(system, network, start, bias, tol), minimum, share_s, record)
        for start, bias, minimum in zip(starts, biases, minima, strict=True)
    ]


def _scales(scales: Numbers) -> Float[np.ndarray, " k"]:
    asked = finite_array(scales, "limit_path", "scales", ndim=1)
    if not len(asked) or asked.min() <= 0:
        raise InvalidInputError(
            f"limit_path: scales is {scales!r}; type one or more numbers above 0, such as np.logspace(1, -8, 10)."
        )
    return asked


def _bias(network: Network, start: Theta, system: LinearSystem, scale: float) -> Bias:
    found = network.theorem(start, system)
    if isinstance(found, Bias):
        return found
    raise NoExactLimit(
        f"limit_path: no theorem gives the end of training of {network} at scale {scale:g}: {found.reason}.",
        in_python=getattr(found, "advice", "Type other scales."),
    )


def _stats(found: tuple[Solution, ...], name: str) -> np.ndarray:
    return np.array([each.stats[name] for each in found])
