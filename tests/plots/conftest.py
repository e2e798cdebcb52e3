"""Made-up results in the form of a study's, over any axes."""

import json
from itertools import product

import numpy as np
import pytest
import xarray as xr

LONG_NAMES = {
    "scale": "initialization scale",
    "seed": "seed",
    "depth": "depth",
    "error": "error ‖x − truth‖/‖truth‖",
    "distance": "distance to the limit ‖x − x∞‖/‖x∞‖",
    "step_size": "step size",
    "at": "step",
}


def study(axes, cell, coordinates=None, status=None, **histories):
    """A dataset as `rl.study` returns it: every measure that `cell(rng, **place)` gives, and how each cell ended.

    `axes` end with "method" where there are methods; `status(**place)` is CONVERGED where it is left out; `histories`
    are functions (rng, at, **place) ↦ values over a common grid `at`, which `coordinates` must have.
    """
    shape = tuple(len(values) for values in axes.values())
    places = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    rngs = [np.random.default_rng([7, index]) for index in range(len(places))]
    rows = [cell(rng, **place) for rng, place in zip(rngs, places, strict=True)]
    ends = ["CONVERGED" if status is None else status(**place) for place in places]
    variables = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        numbers = [row.get(name, np.nan) if end != "" else np.nan for row, end in zip(rows, ends, strict=True)]
        variables[name] = (tuple(axes), np.array(numbers).reshape(shape))
    variables["status"] = (tuple(axes), np.array(ends).reshape(shape))
    coordinates = dict(coordinates or {})
    for name, course in histories.items():
        values = [course(rng, coordinates["at"], **place) for rng, place in zip(rngs, places, strict=True)]
        variables[name] = ((*axes, "at"), np.array(values).reshape(*shape, -1))
    dataset = xr.Dataset(variables, {name: list(values) for name, values in axes.items()} | coordinates)
    dataset.attrs = {"name": "made up", "configuration": json.dumps({"name": "made up", "problem": {"unknowns": 50}})}
    for name in dataset.variables:
        dataset[name].attrs = {"long_name": LONG_NAMES.get(name, name.replace("_", " ")), "units": "1"}
    return dataset


@pytest.fixture
def errors():
    """Errors over (seed, depth, scale), log-normal, for 11 seeds."""

    def cell(rng, seed, depth, scale):
        return {"error": scale ** (depth - 1.5) * np.exp(rng.standard_normal()), "l1_norm": 1 + rng.random()}

    return study({"seed": range(11), "depth": [2, 3], "scale": [1.0, 1e-2, 1e-4]}, cell)


@pytest.fixture
def distances():
    """Distances over (seed, scale, method) that ended in every way."""
    methods = ["limit", "GradientDescent step_size=0.01", "GradientDescent step_size=0.1", "Adam"]
    step_sizes = ("method", [np.nan, 0.01, 0.1, np.nan])

    def cell(rng, seed, scale, method):
        if method == "limit":
            return {"distance": np.nan}
        near = 10 ** rng.uniform(-5, -3)
        return {"distance": near if method != "Adam" else 0.5 + 0.1 * rng.random()}

    def status(seed, scale, method):
        if method.endswith("0.1") and scale == 1.0:
            return "DIVERGED" if seed < 2 else "CONVERGED"
        if method.endswith("0.01") and scale == 1e-4:
            return "MAX_STEPS"
        return "" if method == "Adam" and scale == 1e-4 and seed == 0 else "CONVERGED"

    axes = {"seed": range(5), "scale": [1.0, 1e-2, 1e-4], "method": methods}
    return study(axes, cell, {"step_size": step_sizes}, status)


@pytest.fixture
def recoveries():
    """Errors over (seed, nonzeros, equations): 0 for the first seeds, 1 for the others, so many as a place says."""

    def cell(rng, seed, nonzeros, equations):
        return {"error": 1e-9 if seed < np.clip(equations - 5 * nonzeros, 0, 20) else 1.0}

    return study({"seed": range(20), "nonzeros": [1, 2, 4], "equations": [10, 20, 30, 40]}, cell)


@pytest.fixture
def histories():
    """Histories over (seed, depth) on a common grid of steps: each ends at its own step, and one diverged."""
    at = np.array([0, 1, 10, 100, 1000])

    def course(rng, at, seed, depth):
        values = (1 + 0.1 * seed) * np.exp(-at * depth / 300)
        return np.where(at <= (1000 if seed == 0 else 100), values, np.nan)

    def status(seed, depth):
        return "DIVERGED" if (seed, depth) == (4, 3) else "CONVERGED"

    return study(
        {"seed": range(5), "depth": [2, 3]},
        lambda rng, **_: {"error": rng.random()},
        {"at": at},
        status,
        loss_history=course,
        l1_norm_history=lambda *args, **place: 2 - course(*args, **place),
        l2_norm_history=lambda *args, **place: 1 - course(*args, **place) / 4,
        sharpness_history=lambda *args, **place: 5 + course(*args, **place),
    )
