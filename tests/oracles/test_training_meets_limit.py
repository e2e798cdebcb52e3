"""Two independent routes to the same answer: training in weight coordinates, and the limit without training.

The flow in weights uses nothing but the network's forward map; the limit uses nothing but the theorem.
"""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl

NETWORKS = [
    rl.networks.Direct(),
    rl.networks.Difference(1),
    rl.networks.Difference(2),
    rl.networks.Difference(3),
    rl.networks.Difference(4),
    rl.networks.Power(1),
    rl.networks.Power(2),
    rl.networks.Power(3),
    rl.networks.Power(4),
    rl.networks.Product(1),
    rl.networks.Product(2),
    rl.networks.Product(3),
    rl.networks.Product(4),
    rl.networks.TwoBranch(1),
    rl.networks.TwoBranch(2),
    rl.networks.Dense(0),
    rl.networks.Dense(1),
    rl.networks.Dense(2),
    rl.networks.Dense(3),
]


def drawn(index):
    """The index-th of twenty systems: sizes at random, one rank-deficient, one sparse, one operator; and x ≥ 0."""
    rng = np.random.default_rng(1000 + index)
    equations = int(rng.integers(5, 61))
    unknowns = int(rng.integers(2 * equations + 5, 401))
    A = rng.standard_normal((equations, unknowns)) / np.sqrt(equations)
    if index % 5 == 1:
        A[-1] = A[0] + A[1]
    if index % 5 == 2:
        A = A * (rng.random(A.shape) < 0.3)
    truth = np.abs(rng.standard_normal(unknowns)) * (rng.random(unknowns) < 0.5)
    right = A @ truth
    form = {2: sp.csr_array, 3: aslinearoperator}.get(index % 5, np.asarray)(A)
    return rl.LinearSystem(form, right), rng


def start(network, system, rng, scale):
    """A random theta0 that the network's theorem covers."""
    unknowns = system.shape[1]
    if isinstance(network, rl.networks.Power):
        # Away from 0: where u is tiny, the gradient of the potential at a *trained* x is below what float64 can tell.
        return {"u": scale * np.exp(0.5 * rng.standard_normal(unknowns))}
    if isinstance(network, rl.networks.Product) and network.depth > 2:
        sizes = scale * np.exp(0.5 * rng.standard_normal(unknowns))
        layers = sizes * rng.choice([-1.0, 1.0], (network.depth, unknowns))
        layers[rng.integers(network.depth, size=unknowns), np.arange(unknowns)] = 0.0
        return {"layers": layers}
    if isinstance(network, rl.networks.Dense) and network.hidden:
        return rl.inits.Imbalanced(scale, float(rng.uniform(0, 0.8)))(network, system, int(rng.integers(1000)))
    return rl.inits.Gaussian(scale)(network, system, int(rng.integers(1000)))


def agree(network, system, rng, scale, with_weights):
    theta0 = start(network, system, rng, scale)
    try:
        exact = rl.limit(system, network, theta0)
    except rl.errors.InfeasibleSignsError:
        return False
    assert exact.success, (network, scale, exact)
    assert rl.certify(exact).verdict == "certified"
    size = np.linalg.norm(exact.x)
    routes = ["weights"] if with_weights else []
    routes += ["dual"] if exact.bias.is_mirror_flow else []
    for coordinates in routes:
        trained = rl.train(system, network, theta0, rl.flows.GradientFlow(coordinates), tol=1e-10)
        assert trained.success, (network, scale, coordinates, trained)
        assert np.linalg.norm(trained.x - exact.x) <= 1e-8 * size, (network, scale, coordinates)
        assert rl.certify(trained).verdict == "certified", (network, scale, coordinates, rl.certify(trained))
    return True


# One of each kind and of each kind of limit; every one of the others takes a compiler as long.
FAST = ["Direct()", "Difference(depth=2)", "Power(depth=3)", "Product(depth=2)", "TwoBranch(depth=1)"]
FAST += [repr(rl.networks.Dense(1)), repr(rl.networks.Dense(2))]


@pytest.mark.parametrize(
    "network",
    [pytest.param(each, marks=[] if repr(each) in FAST else pytest.mark.slow) for each in NETWORKS],
    ids=repr,
)
def test_three_routes_agree_on_a_small_system(network):
    rng = np.random.default_rng(7)
    A = rng.standard_normal((6, 24))
    system = rl.LinearSystem(A, A @ np.abs(rng.standard_normal(24)))
    assert agree(network, system, rng, 0.3, with_weights=True)


@pytest.mark.slow
@pytest.mark.parametrize("index", range(20))
def test_three_routes_agree_on_twenty_systems(index):
    system, rng = drawn(index)
    scale = (0.01, 0.03, 0.1, 0.3, 1.0)[index // 4]
    covered = 0
    for network in NETWORKS:
        # The stiffest pairs of network and size take minutes in weights and are left to the dual flow there.
        is_slow = network.homogeneity >= 3 and scale < 0.1 and system.shape[1] > 120
        covered += agree(network, system, rng, scale, with_weights=not is_slow)
    assert covered >= len(NETWORKS) - 3
