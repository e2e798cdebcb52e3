"""Small Gaussian starts: how far from A⁺b they end, in which layers, how sharp, how fast, and how long they wait.

One rank of A for each depth, where training is reduced to it: programs are compiled once per shape.
"""

import itertools

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.certificates import small_start, tangent_spectrum

EQUATIONS, UNKNOWNS = 4, 9
NETWORKS = {1: (rl.networks.Dense(1, 12), 4), 2: (rl.networks.Dense(2, 9), 4), 3: (rl.networks.Dense(3, (2, 12, 5)), 3)}
WEIGHTS = rl.flows.GradientFlow(coordinates="weights")

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, rank, size=1.5):
    """A system with singular values from 1 to ½ and ‖A⁺b‖ = size."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 112]))
    left, _, right = np.linalg.svd(rng.standard_normal((EQUATIONS, UNKNOWNS)), full_matrices=False)
    singular = np.where(np.arange(EQUATIONS) < rank, np.linspace(1, 0.5, EQUATIONS), 0)
    x = right[:rank].T @ rng.standard_normal(rank)
    return rl.LinearSystem(left * singular @ right, left * singular @ right @ (size * x / np.linalg.norm(x)))


def trained(system, network, scale, seed, tol=1e-9):
    found = rl.train(system, network, rl.inits.Gaussian(scale), WEIGHTS, tol=tol, seed=seed)
    assert found.success, found
    return found


@pytest.mark.parametrize("hidden", NETWORKS)
def test_the_gap_is_proportional_to_the_scale(hidden):
    network, rank = NETWORKS[hidden]
    slopes, scales = [], np.geomspace(1e-3, 2e-2, 3)
    for seed in range(3):
        system = drawn(seed, rank)
        gaps = [np.linalg.norm(trained(system, network, scale, seed).x - system.min_norm()) for scale in scales]
        slopes.append(np.polyfit(np.log(scales), np.log(gaps), 1)[0])
    assert np.mean(slopes) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("hidden", NETWORKS)
def test_the_gap_grows_with_the_solution_to_the_power_h_over_h_plus_one(hidden):
    network, rank = NETWORKS[hidden]
    gaps = [
        np.linalg.norm(trained(system, network, 1e-3, 5).x - system.min_norm())
        for system in (drawn(5, rank, 1.0), drawn(5, rank, 4.0))
    ]
    assert np.log(gaps[1] / gaps[0]) / np.log(4) == pytest.approx(hidden / (hidden + 1), abs=0.02)


@pytest.mark.parametrize(("hidden", "accuracy"), [(1, 5e-4), (2, 2e-3), (3, 5e-3)])
def test_the_end_is_the_one_foretold(hidden, accuracy):
    """Aligned layers of one norm, M∞ = ‖θ*‖^(2−2/(h+1))·(I + h·θ̂θ̂ᵀ), and with it sharpness and rate."""
    network, rank = NETWORKS[hidden]
    system = drawn(10 + hidden, rank)
    found, told = trained(system, network, 1e-4, 1, tol=1e-10), small_start(system, hidden)
    for layer in [*found.theta["W"], found.theta["w"][:, None]]:
        sizes = np.linalg.svd(layer, compute_uv=False)
        assert sizes[0] == pytest.approx(told.layer_norm, rel=accuracy)
        assert sizes[1:].max(initial=0.0) < 1e-3 * sizes[0]
    shortest = system.min_norm()
    size = np.linalg.norm(shortest)
    wanted = size ** (2 - 2 / (hidden + 1)) * (np.eye(UNKNOWNS) + hidden * np.outer(shortest, shortest) / size**2)
    metric = np.column_stack([network.tangent_metric(found.theta, unit) for unit in np.eye(UNKNOWNS)])
    # Of W_1's columns in the null space, only those of the size of the start are left.
    assert np.linalg.norm(metric - wanted) <= accuracy * np.linalg.norm(wanted)
    spectrum = tangent_spectrum(system, network, found.theta)
    assert told.sharpness == pytest.approx(spectrum[-1], rel=accuracy)
    assert told.rate == pytest.approx(2 * spectrum[0], rel=accuracy)


@pytest.mark.parametrize("hidden", NETWORKS)
def test_the_loss_ends_at_the_rate_foretold(hidden):
    network, rank = NETWORKS[hidden]
    system = drawn(20 + hidden, rank)
    ends = []
    for tol in (1e-7, 1e-9):
        history = trained(system, network, 1e-3, 2, tol).history
        ends.append((history.at[-1], np.log(history.loss[-1])))
    (early, high), (late, low) = ends
    assert (high - low) / (late - early) == pytest.approx(small_start(system, hidden).rate, rel=0.01)


@pytest.mark.parametrize(
    ("hidden", "scales"), [(1, [1e-3, 1e-5, 1e-7]), (2, [4e-3, 2e-3, 1e-3]), (3, [4e-2, 2e-2, 1e-2])]
)
def test_how_long_the_saddle_holds(hidden, scales):
    """Time ~ log(1/α) for one hidden layer, ~ α^(1−h) beyond: by differences, which the time after it drops out of."""
    network, rank = NETWORKS[hidden]
    system = drawn(30 + hidden, rank)
    rate, times = small_start(system, hidden).rate, []
    for scale in scales:
        found = trained(system, network, scale, 3, tol=0.5)
        # A step may carry the integrator past the residual it was to stop at.
        times.append(found.history.at[-1] + np.log(found.residual / 0.005) / (rate / 2))
    first, second = (long - short for short, long in itertools.pairwise(times))
    assert first > 0
    assert second / first == pytest.approx(2 ** (hidden - 1), rel=0.03)
    if hidden == 1:
        assert first * np.linalg.norm(system.A.T @ system.b) == pytest.approx(np.log(100), rel=0.03)
