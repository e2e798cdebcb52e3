"""Made-up results in the form of a study's: good ones, failed ones, and cells that nobody ran."""

import copy
import json

import numpy as np
import pytest
import xarray as xr

from ridgeless.certificates import WITHIN
from ridgeless.systems.quality import peak_signal_to_noise

NETWORKS = ("Direct", "Difference, depth 2", "Difference, depth 3", "Dense, 1 hidden layer")
METHODS = ("limit", "gradient flow", "gradient descent")
SCALES = (10.0, 1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
SIDE = 32
AXES = ("network", "method", "scale")
NUMBERS = {
    "l1_norm": "1",
    "l2_norm": "1",
    "residual": "1",
    "error": "1",
    "psnr": "dB",
    "distance": "1",
    "steps": "1",
    "run_s": "s",
    "compile_s": "s",
    "feasibility": "1",
    "bound": "1",
    "gap": "1",
}


def camera(side=SIDE):
    """The photographer, small."""
    from skimage import data
    from skimage.transform import resize

    return resize(data.camera() / 255.0, (side, side), anti_aliasing=True)


def blurred(picture):
    """What a minimum-norm answer looks like: the picture and its shadow."""
    noise = np.random.default_rng(7).standard_normal(picture.shape)
    return 0.4 * picture + 0.22 * noise


def answer(truth, network, scale):
    """An answer that is noise for large scales and comes close to the truth for small ones, faster when deeper."""
    rng = np.random.default_rng(NETWORKS.index(network))
    noise = rng.standard_normal(truth.shape)
    if network in ("Direct", "Dense, 1 hidden layer"):
        weight = scale if network == "Direct" else min(scale, 1.0) / 4
        return blurred(truth) + weight * noise
    depth = 2 if network == "Difference, depth 2" else 3
    progress = 1 / (1 + scale ** (0.35 * depth) * 30)
    return progress * truth + (1 - progress) * blurred(truth) + 0.07 * noise


def ending(network, method, scale):
    """How a cell ended, as a study would say."""
    if method == "limit":
        return "NO EXACT LIMIT" if network == "Dense, 1 hidden layer" else "CONVERGED"
    if method == "gradient flow":
        return "MAX_STEPS" if (network, scale) == ("Difference, depth 3", 1e-8) else "CONVERGED"
    if scale < 0.1:
        return "NOT RUN"
    if (network, scale) == ("Difference, depth 3", 10.0):
        return "DIVERGED"
    return "MAX_STEPS" if (network, scale) == ("Difference, depth 2", 0.1) else "CONVERGED"


def numbers(network, method, scale, status):
    """Distances, times and certificates of a cell that ran."""
    rng = np.random.default_rng([NETWORKS.index(network), METHODS.index(method), SCALES.index(scale)])
    jitter = 10 ** rng.uniform(-0.4, 0.4)
    found = {"residual": 1e-11 * jitter, "compile_s": 0.0, "bound": 1e-12 * jitter, "gap": 1e-13 * jitter}
    if method == "limit":
        found |= {"distance": np.nan, "steps": 5 + rng.integers(20), "run_s": 0.01 * jitter}
    elif method == "gradient flow":
        found |= {"distance": 1e-9 * jitter, "steps": 300 * jitter, "run_s": 0.8 * jitter * (1 - 0.2 * np.log10(scale))}
        found |= {"bound": 1.01e-9 * jitter, "residual": 6e-9 * jitter}
    else:
        found |= {"distance": 2e-3 * jitter, "steps": 4000 * jitter, "run_s": 1.5 * jitter, "compile_s": 0.6 * jitter}
        found |= {"bound": 2.01e-3 * jitter, "residual": 9e-9 * jitter}
    if status == "MAX_STEPS":
        found |= {"residual": 3e-4, "distance": 5e-3 * jitter, "bound": np.inf, "gap": np.nan}
    if status == "DIVERGED":
        found |= {"residual": np.inf, "distance": np.nan, "bound": np.inf, "gap": np.nan}
    if network == "Dense, 1 hidden layer":
        found |= {"distance": np.nan, "bound": np.inf, "gap": np.nan}
    return found | {"feasibility": found["residual"]}


def verdict(found):
    """What a certificate would say of these numbers."""
    if found["feasibility"] > WITHIN:
        return "refuted"
    if found["bound"] <= WITHIN:
        return "certified"
    return "refuted" if np.isfinite(found["bound"]) else "inconclusive"


def empty(truth, networks, methods, scales):
    """A grid in which nothing was run."""
    shape = (len(networks), len(methods), len(scales))
    grid = xr.Dataset(
        {name: (AXES, np.full(shape, np.nan), {"units": units}) for name, units in NUMBERS.items()},
        coords={"network": list(networks), "method": list(methods), "scale": list(scales)},
    )
    for name, value in (("status", "NOT RUN"), ("verdict", ""), ("message", "")):
        grid[name] = (AXES, np.full(shape, value, dtype=object))
    grid["x"] = ((*AXES, "coordinate"), np.full((*shape, truth.size), np.nan))
    grid["truth"] = ("coordinate", truth.ravel())
    if truth.ndim == 2:
        grid["picture"] = ((*AXES, "row", "column"), np.full((*shape, *truth.shape), np.nan))
        grid["truth_picture"] = (("row", "column"), truth)
    for name in grid.data_vars:
        grid[name].attrs = {"long_name": name.replace("_", " "), "units": NUMBERS.get(name, "1")}
    equations = round(0.4 * truth.size)
    grid.attrs = {
        "name": "single-pixel camera",
        "configuration": json.dumps({"name": "camera", "seed": 0, "scales": list(scales)}),
        "seed": 0,
        "system": f"SinglePixelCamera: {equations} equations, {truth.size} unknowns, dense",
        "equations": equations,
        "unknowns": truth.size,
    }
    return grid


def build(truth, networks=NETWORKS, methods=METHODS, scales=SCALES):
    """The whole grid, with one DIVERGED cell, two at the end of their budget, cells not run and a missing theorem."""
    grid = empty(truth, networks, methods, scales)
    for network in networks:
        for method in methods:
            for scale in scales:
                fill(grid, truth, {"network": network, "method": method, "scale": scale})
    return grid


def fill(grid, truth, cell):
    """Put one run into the grid."""
    status = ending(**cell)
    grid["status"].loc[cell] = status
    grid["message"].loc[cell] = f"{cell['method']} of {cell['network']}: {status.lower()}."
    if status in ("NOT RUN", "NO EXACT LIMIT"):
        return
    found = numbers(**cell, status=status)
    grid["verdict"].loc[cell] = verdict(found)
    for name, value in found.items():
        grid[name].loc[cell] = value
    if status == "DIVERGED":
        return
    x = answer(truth, cell["network"], cell["scale"])
    grid["x"].loc[cell] = x.ravel()
    grid["l1_norm"].loc[cell] = np.abs(x).sum()
    grid["l2_norm"].loc[cell] = np.linalg.norm(x)
    grid["error"].loc[cell] = np.linalg.norm(x - truth) / np.linalg.norm(truth)
    if truth.ndim == 2:
        grid["picture"].loc[cell] = x
        grid["psnr"].loc[cell] = peak_signal_to_noise(x, truth)


def as_studied(grid):
    """The grid in the form that `rl.study` returns: methods by the names of their classes, and method last."""
    names = {"gradient flow": "GradientFlow", "gradient descent": "GradientDescent"}
    methods = [names.get(method, method) for method in grid["method"].values.tolist()]
    return grid.assign_coords(method=methods).transpose("network", "scale", "method", ...)


@pytest.fixture(scope="session")
def facts():
    """What a study would say about its making."""
    return {
        "created": "2026-10-01T12:00:00+00:00",
        "revision": None,
        "wall_s": 93.4,
        "versions": {"python": "3.11.7", "ridgeless": "0.1.0", "numpy": "2.4.6"},
        "machine": {"system": "Linux", "processor": "x86_64", "cores": 2},
        "configuration": {"name": "camera", "seed": 0, "networks": [{"type": "Direct"}, {"type": "Difference"}]},
        "wall_times": {"limit": 1.2, "gradient flow": 60.0},
    }


@pytest.fixture(scope="session")
def all_cells():
    return build(camera())


@pytest.fixture(scope="session")
def few_cells():
    return build(camera(8), networks=NETWORKS[1:], scales=(10.0, 0.1))


@pytest.fixture(scope="session")
def cells_without_pictures():
    truth = np.zeros(120)
    truth[::13] = np.random.default_rng(3).standard_normal(10)
    return build(truth, networks=NETWORKS[:2], scales=SCALES[:8])


@pytest.fixture
def manifest(facts):
    """A copy of the facts, to change at will; and so on below."""
    return copy.deepcopy(facts)


@pytest.fixture
def dataset(all_cells):
    """Results of a problem whose answers are pictures."""
    return all_cells.copy(deep=True)


@pytest.fixture
def small(few_cells):
    """Few cells, drawn fast: two scales of three networks, among them a run that diverged and one out of budget."""
    return few_cells.copy(deep=True)


@pytest.fixture
def studied(small):
    """The same few cells as `rl.study` labels them."""
    return as_studied(small)


@pytest.fixture
def vectors(cells_without_pictures):
    """Results of a problem whose answers are vectors."""
    return cells_without_pictures.copy(deep=True)


@pytest.fixture
def nothing():
    """A grid of a system without a known truth, in which nothing was run."""
    return empty(np.full(12, np.nan), NETWORKS, METHODS, SCALES)
