"""What a page takes over of a solution: the knobs of its network and start, or a refusal that says what it lacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ridgeless.errors import InvalidInputError
from ridgeless.networks import Network, Theta
from ridgeless.solution import Solution

# As the knobs of the page have them, which a test compares.
DEPTHS = (2, 6)
SCALES = (1e-12, 1e2)
SCALES_ON_THE_LINE = (1e-5, 3.0)
# Of a weight of the line, in units of the scale.
REACH = 2.0
_NETWORKS = ("Direct", "Difference", "Power", "Product", "TwoBranch")
# Networks whose weights the line takes without a sign.
_UNSIGNED = ("Difference", "Power", "TwoBranch")


def knobs_of(solution: Solution) -> dict[str, Any]:
    """Network, depth and start of a solution as knobs of the page; nothing of one that tells no start.

    Raises:
        InvalidInputError: the page has no such network, depth or start.
    """
    network, theta0 = solution.network, solution.theta0
    if network is None:
        return {}
    kind, depth = type(network).__name__, getattr(network, "depth", None)
    if kind not in _NETWORKS:
        raise _lacking(f"has no network {kind}, but {', '.join(_NETWORKS)}")
    if depth is not None and not DEPTHS[0] <= depth <= DEPTHS[1]:
        raise _lacking(f"has depths from {DEPTHS[0]} to {DEPTHS[1]}, and not {depth}")
    if theta0 is None:
        raise _lacking("shows starts of a size, and none that vanishes")
    knobs = {"network": kind} if depth is None else {"network": kind, "depth": depth}
    on_line = solution.system is not None and solution.system.shape == (1, 2)
    start = _pair(network, theta0) if on_line else _common_scale(network, theta0)
    if start is None:
        least, most = SCALES_ON_THE_LINE if on_line else SCALES
        alike = "" if on_line else "every weight alike, "
        raise _lacking(f"starts {alike}at scales from {least:g} to {most:g}, and this solution started elsewhere")
    return knobs | start


def _lacking(what: str) -> InvalidInputError:
    return InvalidInputError(
        f"explore: the page {what}; type rl.explore(solution.system) for its equations from other starts."
    )


def _common_scale(network: Network, theta0: Theta) -> dict[str, float] | None:
    """The scale whose `Constant` start this is; None where it is another start, or beyond the knob."""
    leaves = _leaves(theta0)
    scale = max(float(np.abs(leaf).max(initial=0.0)) for leaf in leaves)
    if not SCALES[0] <= scale <= SCALES[1]:
        return None
    constant = network.constant(scale, leaves[0].shape[-1])
    same = all(np.array_equal(np.asarray(theta0[name]), np.asarray(constant[name])) for name in constant)
    return {"scale": scale} if same else None


def _pair(network: Network, theta0: Theta) -> dict[str, float] | None:
    """The two weights of each of two unknowns, in units of a scale; None where the line has no such start.

    All layers but the last are alike there, and so are both branches.
    """
    leaves = _leaves(theta0)
    groups = [np.atleast_2d(leaf) for leaf in leaves]
    kind = type(network).__name__
    if kind in ("Direct", "Power", "Difference"):
        first, second = groups[0][0], groups[-1][0]
    else:
        first, second = groups[0][0], groups[0][-1]
        if any(not np.array_equal(group[:-1], np.tile(first, (len(group) - 1, 1))) for group in groups):
            return None
        if any(not np.array_equal(group, groups[0]) for group in groups):
            return None
    scale = float(np.clip(max(np.abs(first).max(), np.abs(second).max()), *SCALES_ON_THE_LINE))
    weights = np.array([first, second]) / scale
    if np.abs(weights).max() > REACH or (kind in _UNSIGNED and weights.min() < 0):
        return None
    (u1, u2), (v1, v2) = weights.tolist()
    return {"scale": scale, "u1": u1, "u2": u2, "v1": v1, "v2": v2}


def _leaves(theta0: Theta) -> list[np.ndarray]:
    return [np.asarray(leaf) for value in theta0.values() for leaf in (value if isinstance(value, list) else [value])]
