"""A thousand systems of every bad kind, at scales from 1e1 to 1e-150: few steps, and no silent wrong answer."""

import numpy as np
import pytest

import ridgeless as rl

pytestmark = pytest.mark.usefixtures("as_a_user")

MOST_STEPS = 100
NETWORKS = (
    [rl.networks.Difference(depth) for depth in (2, 3, 4, 5)]
    + [rl.networks.Power(depth) for depth in (2, 3, 4)]
    + [rl.networks.Product(depth) for depth in (2, 3, 4)]
    + [rl.networks.TwoBranch(depth) for depth in (2, 3)]
)
KINDS = ("plain", "correlated columns", "correlated rows", "rows", "columns", "both", "deficient")


def matrix(kind, rng):
    n = int(rng.integers(3, 25))
    d = int(rng.integers(n + 2, 5 * n + 3))
    A = rng.standard_normal((n, d))
    if kind == "correlated columns":
        A = A @ np.linalg.cholesky(0.95 ** np.abs(np.subtract.outer(np.arange(d), np.arange(d)))).T
    if kind == "correlated rows":
        A = 0.99 * A[:1] + 0.05 * A
    if kind in ("rows", "both"):
        A = A * 10 ** rng.uniform(-6, 6, (n, 1))
    if kind in ("columns", "both"):
        A = A * 10 ** rng.uniform(-6, 6, d)
    if kind == "deficient":
        A[-2:] = A[:2] - 3 * A[1:3]
    return A


def case(index, solvable):
    """One system, network and start, all drawn from the index."""
    rng = np.random.default_rng([index, 1000])
    network, kind = NETWORKS[index % len(NETWORKS)], KINDS[index // len(NETWORKS) % len(KINDS)]
    A = matrix(kind, rng)
    probe, scale = (
        rl.LinearSystem(A, np.zeros(len(A))),
        10 ** rng.uniform(-150, 1) if index % 3 else 10 ** rng.uniform(-8, 1),
    )
    init = rl.inits.Gaussian(1.0) if index % 2 else rl.inits.Constant(1.0)
    shape = init(network, probe, index)
    system = solvable(network, shape, A, seed=index)
    unit = float(np.abs(system.min_norm()).max()) ** (1 / network.homogeneity)
    return kind, scale, network, system, {name: scale * unit * array for name, array in shape.items()}


def verdict(network, system, theta0):
    """ "proved", "stalled" or "refused", with the number of steps; "silent" is what must not be."""
    if network.bias(theta0, system) is None:
        return "refused", 0
    found = rl.limit(system, network, theta0)
    steps = found.stats["steps"]
    if not found.success:
        return "stalled", steps
    return ("proved" if rl.certify(found).verdict == "certified" else "silent"), steps


def check(indices, solvable, least_proved):
    """None silently wrong, nearly all proved; returns the most steps that one took."""
    ends, most = [], 0
    for index in indices:
        kind, scale, network, system, theta0 = case(index, solvable)
        end, steps = verdict(network, system, theta0)
        assert end != "silent", (index, kind, scale, network)
        most = max(most, steps)
        ends.append(end)
    assert ends.count("proved") >= least_proved * len(ends), {end: ends.count(end) for end in set(ends)}
    return most


def test_a_sample(solvable):
    assert check(range(0, 1000, 17), solvable, least_proved=0.99) < MOST_STEPS


@pytest.mark.slow
def test_a_thousand(solvable):
    assert check(range(1000), solvable, least_proved=0.99) < MOST_STEPS
