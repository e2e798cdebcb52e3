"""Drift of the conserved quantities of gradient flow over a training run."""

from __future__ import annotations

from typing import Any

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless._core.extremes import within_float64
from ridgeless.inits.base import start
from ridgeless.networks import Network
from ridgeless.systems import LinearSystem

# Balanced layers have I = 0 up to rounding; drift is then measured relative to this part of the weights.
_VANISHING = 1e-6


@within_float64
def conservation(system: LinearSystem, network: Network, theta0: Any, theta: Any) -> dict[str, float]:
    """Drift of each invariant from theta0 to theta, relative to its size at the start; 0 for exact flow.

    Args:
        system: the system trained on.
        network: the network.
        theta0: where training started.
        theta: where it ended.

    Returns:
        name → ‖I(theta) − I(theta0)‖/‖I(theta0)‖, with 1e-6 of the size of the weights in place of an I that is 0.

    Example:
        >>> import numpy as np, ridgeless as rl
        >>> system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
        >>> network = rl.networks.Difference(depth=2)
        >>> before = {"u": np.ones(2), "v": np.ones(2)}
        >>> after = {"u": np.array([2.0, 4.0]), "v": np.array([0.5, 0.25])}
        >>> conservation(system, network, before, after)
        {'u·v': 0.0}
    """
    first = network.invariants(start(theta0, network, system, 0, "conservation"), system)
    last = network.invariants(start(theta, network, system, 0, "conservation"), system)
    size = norm(np.concatenate([np.ravel(leaf) for leaf in _leaves(theta0)]))
    return {name: _drift(first[name], last[name], max(size, size**2)) for name in first if name in last}


def _leaves(theta: Any) -> list[np.ndarray]:
    entries = [entry if isinstance(entry, list) else [entry] for entry in dict(theta).values()]
    return [np.asarray(leaf, dtype=float) for entry in entries for leaf in entry]


def _drift(first: np.ndarray, last: np.ndarray, unit: float) -> float:
    known = np.isfinite(first) & np.isfinite(last)
    if not np.array_equal(np.isfinite(first), np.isfinite(last)):
        return float("inf")
    change = float(np.linalg.norm(np.where(known, last, 0.0) - np.where(known, first, 0.0)))
    size = float(np.linalg.norm(np.where(known, first, 0.0)))
    reference = max(size, _VANISHING * unit)
    return change / reference if reference > 0 else change
