"""Every network with a theorem on twenty random systems: dense, sparse, operator, rank-deficient, square."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl


def matrices():
    """Twenty, n from 5 to 60 and d up to 400; Gaussian unless named."""
    rng = np.random.default_rng(20)
    for index in range(20):
        n = int(rng.integers(5, 61))
        d = int(rng.integers(n + 1, 401))
        A = rng.standard_normal((n, d))
        if index == 3:
            A[-2:] = A[:2] + A[2:4]
            yield "rank-deficient", A
        elif index == 7:
            yield "sparse", sp.random_array((n, d), density=0.3, rng=rng, format="csr") + sp.eye_array(n, d)
        elif index == 11:
            yield "operator", aslinearoperator(A)
        elif index == 13:
            yield "badly scaled", A * 10 ** rng.uniform(-3, 3, (n, 1))
        elif index == 17:
            yield "unique", rng.standard_normal((n, n // 2))
        else:
            yield f"{n}×{d}", A


@pytest.fixture(scope="module")
def systems():
    return list(matrices())


def check(network, theta0, system):
    found = rl.limit(system, network, theta0)
    assert found.status is rl.Status.CONVERGED, found
    assert found.success
    rows = system.rows()
    assert np.linalg.norm(rows @ found.x - system.b) <= 1e-9 * np.linalg.norm(system.b)
    assert rl.certify(found).verdict == "certified"
    z = np.linalg.lstsq(rows.T, found.bias.potential.gradient(found.x) - found.bias.offset, rcond=1e-12)[0]
    off = rows.T @ z + found.bias.offset - found.bias.potential.gradient(found.x)
    free = found.bias.potential.free(len(off))
    size = np.linalg.norm(found.bias.potential.gradient(found.x)) + np.linalg.norm(found.bias.offset)
    assert np.linalg.norm(off[free]) <= 1e-7 * size
    return found


def sweep(network, systems, starts, solvable, scales):
    """One start per system: of those that the inits make and a theorem covers, another one each time."""
    checked = 0
    for index, (_, A) in enumerate(systems):
        probe = rl.LinearSystem(A, np.zeros(A.shape[0]))
        made = list(starts(network, probe, seed=index, scale=scales[index % len(scales)]).values())
        for theta0 in made[index % len(made) :] + made[: index % len(made)]:
            system = solvable(network, theta0, A, seed=index)
            if network.bias(theta0, system) is not None:
                check(network, theta0, system)
                checked += 1
                break
    return checked


def test_each_network_once_per_system(found_network, systems, starts, solvable, as_a_user):
    """Scales 0.01, 0.1 and 1 in turn; the network without any theorem from these starts is named here.

    Orthogonal layers before a fixed w of these scales stall: every solution is longer.
    """
    without = {"Orthogonal(depth=1, train_vector=False)", *map(repr, rl.networks.Function.examples())}
    special = [system for system in systems if "×" not in system[0]]
    checked = sweep(found_network, special + systems[:3], starts, solvable, (1e-2, 0.1, 1.0))
    assert checked == (0 if repr(found_network) in without else 8)


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1e-3, 1e-2, 0.1, 1.0])
def test_each_network_on_all_systems_at_each_scale(found_network, systems, starts, solvable, as_a_user, scale):
    sweep(found_network, systems, starts, solvable, (scale,))
