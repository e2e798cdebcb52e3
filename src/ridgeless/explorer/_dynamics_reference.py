"""Numbers of trainings and saddle paths that the page must reproduce, computed by the library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ridgeless import inits, networks
from ridgeless.flows import (
    Adam,
    Flow,
    GradientDescent,
    NormalizedDescent,
    SignDescent,
    StochasticGradientDescent,
)
from ridgeless.networks import Network
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit
from ridgeless.verbs.train import train

# No training of these is so near its end after so few steps.
_OUT_OF_REACH = 1e-14
_STEPS = 60


def dynamics_reference() -> dict[str, Any]:
    """Jump times, points after a few steps of every method, and ends of dense networks, with their systems.

    Returns:
        Lists and numbers only, ready for JSON: "systems" by name; "jumps", "steps" and "dense", an entry for each case.

    Example:
        >>> sorted(dynamics_reference())
        ['dense', 'jumps', 'steps', 'systems']
    """
    systems = {"small": _system(3, 7, seed=16), "wide": _system(6, 30, seed=17)}
    return {
        "systems": {name: _packed(system) for name, system in systems.items()},
        "jumps": [_jumps(name, system, network) for name, system in systems.items() for network in _deep_enough()],
        "steps": list(_trainings("small", systems["small"])),
        "dense": list(_dense_ends("small", systems["small"])),
    }


def _system(equations: int, unknowns: int, seed: int) -> LinearSystem:
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((equations, unknowns)) / np.sqrt(equations)
    return LinearSystem(A, rng.standard_normal(equations))


def _packed(system: LinearSystem) -> dict[str, Any]:
    equations, unknowns = system.shape
    A, b = system.rows(), system.b
    return {"equations": equations, "unknowns": unknowns, "A": A.ravel().tolist(), "b": b.tolist()}


def _deep_enough() -> list[Network]:
    two, three = (networks.Difference(2), networks.Product(2)), (networks.Difference(3), networks.TwoBranch(3))
    return [*two, *three, networks.Product(3), networks.Product(6)]


def _named(network: Any) -> dict[str, Any]:
    fields = {"name": type(network).__name__, "depth": network.homogeneity}
    return fields if fields["name"] != "Dense" else {**fields, "hidden": network.hidden, "width": network.width}


def _jumps(name: str, system: LinearSystem, network: Network) -> dict[str, Any]:
    found = limit(system, network, inits.Vanishing())
    saddles: Any = found.history
    return {
        "system": name,
        "network": _named(network),
        "at": saddles.at.tolist(),
        "coordinate": saddles.coordinate.tolist(),
        "x": found.x.tolist(),
    }


def _methods() -> dict[str, tuple[Flow, dict[str, float]]]:
    """The library's flow and the page's options, by the page's name of the method."""
    return {
        "descent": (GradientDescent(step_size=0.02), {"stepSize": 0.02}),
        "momentum": (GradientDescent(step_size=0.005, momentum=0.8), {"stepSize": 0.005, "momentum": 0.8}),
        "stochastic": (
            StochasticGradientDescent(batch=2, step_size=0.01, seed=3),
            {"stepSize": 0.01, "batch": 2, "seed": 3},
        ),
        "adam": (Adam(step_size=0.01), {"stepSize": 0.01}),
        "sign": (SignDescent(step_size=0.005, step_decay=0.99), {"stepSize": 0.005, "stepDecay": 0.99}),
        "normalised": (NormalizedDescent(step_size=0.02, step_decay=0.99), {"stepSize": 0.02, "stepDecay": 0.99}),
    }


def _trainings(name: str, system: LinearSystem) -> Iterator[dict[str, Any]]:
    """Every method on u² − v², and two of them on other networks."""
    methods = _methods()
    cases: list[tuple[str, Network]] = [(method, networks.Difference(2)) for method in methods]
    cases += [
        ("stochastic", networks.Product(2)),
        ("descent", networks.TwoBranch(3)),
        ("descent", networks.Dense(2, 3)),
    ]
    for method, network in cases:
        flow, options = methods[method]
        theta0 = inits.Gaussian(0.4)(network, system, seed=2)
        trained = train(system, network, theta0, flow.limited_to(_STEPS), tol=_OUT_OF_REACH)
        yield {
            "system": name,
            "network": _named(network),
            "method": method,
            "options": options,
            "theta0": _layers(theta0, system),
            "steps": _STEPS,
            "x": trained.x.tolist(),
        }


def _layers(theta: Any, system: LinearSystem) -> dict[str, list[list[float]]]:
    """For each name its layers, matrices row by row."""
    if set(theta) == {"W", "w"}:
        return {"W": [layer.ravel().tolist() for layer in theta["W"]], "w": [theta["w"].tolist()]}
    return {name: np.reshape(value, (-1, system.shape[1])).tolist() for name, value in theta.items()}


def _dense_ends(name: str, system: LinearSystem) -> Iterator[dict[str, Any]]:
    """Starts of dense networks whose end a theorem tells."""
    target = system.min_norm() + system.project_null(np.linspace(-1.0, 1.0, system.shape[1]))
    cases = [(inits.Landing(target, scale=0.7), 1), (inits.RowSpace(0.5), 3)]
    cases += [(make, hidden) for hidden in (1, 2, 4) for make in (inits.Balanced(0.5), inits.Chain(0.4, ratio=1.5))]
    for init, hidden in cases:
        network = networks.Dense(hidden, width=5)
        theta0 = init(network, system, seed=1)
        yield {
            "system": name,
            "network": _named(network),
            "theta0": _layers(theta0, system),
            "x": limit(system, network, theta0).x.tolist(),
        }
