"""Numbers that the page must reproduce, computed by the library: limits, vanishing limits, trainings and saddle paths.

`python -m ridgeless.explorer._computed_reference` stores them beside this module, for `_reference`: after a change of
what is compared. A test compares the stored ones with those of the library.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ridgeless import inits, networks
from ridgeless.explorer._dynamics_reference import dynamics_reference
from ridgeless.explorer._reference import FILE
from ridgeless.networks import Network
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

SCALES = (1e2, 1e1, 1.0, 1e-1, 1e-2, 1e-3, 1e-5, 1e-8, 1e-12)
DEPTHS = (2, 3, 4)
# More than the page is asked to agree in, and fewer than float64 takes to write.
_DIGITS = 14


def computed_reference() -> dict[str, Any]:
    """The numbers as the library computes them now.

    Returns:
        Lists and numbers only: "system"; "limits" at every scale, and "vanishing", of every network and depth;
        "dynamics" as `dynamics_reference` has it.
    """
    system = _system()
    return {
        "system": _packed(system),
        "limits": [_limit(system, network, scale) for network in compared_networks() for scale in SCALES],
        "vanishing": [_vanishing(system, network) for network in compared_networks() if network.homogeneity != 1],
        "dynamics": dynamics_reference(),
    }


def compared_networks() -> list[Network]:
    """The five networks of diagonal layers, at every depth that is compared."""
    kinds = (networks.Difference, networks.Power, networks.Product, networks.TwoBranch)
    return [networks.Direct(), *(kind(depth) for kind in kinds for depth in DEPTHS)]


def _system() -> LinearSystem:
    """One that has positive solutions, so that `Power` has a limit too."""
    rng = np.random.default_rng(16)
    A = rng.standard_normal((5, 12))
    return LinearSystem(A, A @ rng.uniform(0.2, 1.0, 12))


def _packed(system: LinearSystem) -> dict[str, Any]:
    equations, unknowns = system.shape
    rows, rhs = system.rows(), system.b
    return {"equations": equations, "unknowns": unknowns, "A": rows.ravel().tolist(), "b": rhs.tolist()}


def _named(network: Network) -> dict[str, Any]:
    return {"name": type(network).__name__, "depth": network.homogeneity}


def _limit(system: LinearSystem, network: Network, scale: float) -> dict[str, Any]:
    found = limit(system, network, inits.Constant(scale))
    return {"network": _named(network), "scale": scale, "x": _rounded(found.x)}


def _vanishing(system: LinearSystem, network: Network) -> dict[str, Any]:
    return {"network": _named(network), "x": _rounded(limit(system, network, inits.Vanishing()).x)}


def _rounded(x: np.ndarray) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in x]


if __name__ == "__main__":
    text = json.dumps(computed_reference(), separators=(",", ":"))
    Path(__file__).with_name(FILE).write_text(text + "\n", encoding="utf-8")
