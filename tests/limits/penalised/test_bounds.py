"""The bound on the distance of a penalised solution: above the truth, not far above, and infinite where need be."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless.limits.penalised import at_discrepancy, distance_bound

pytestmark = pytest.mark.usefixtures("as_a_user")

FORMS = {"dense": np.asarray, "sparse": sp.csr_array, "operator": aslinearoperator}
NETWORKS = [rl.networks.Difference(2), rl.networks.Difference(3)]


def posed(network, scale=0.1, seed=0, form=np.asarray):
    rng = np.random.default_rng([seed, 59])
    A = rng.standard_normal((5, 12))
    system = rl.LinearSystem(form(A), A[:, 1] - A[:, 2])
    return system, network.theorem(rl.inits.Constant(scale)(network, system, 0), system)


def moved(system, bias, found, by):
    """The answer for another ν, near that of the minimiser."""
    nu = found.dual + by
    x = bias.potential.conjugate_gradient(bias.offset + system.rmatvec(nu))
    return replace(
        found, x=x, dual=nu, stationarity=float(np.linalg.norm(system.matvec(x) + found.lam * nu - system.b))
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("network", NETWORKS, ids=repr)
@given(seed=st.integers(0, 50), size=st.floats(-9, -3))
def test_it_is_above_the_distance(network, form, seed, size):
    system, bias = posed(network, seed=seed, form=FORMS[form])
    best = at_discrepancy(system, bias, 0.2 * np.linalg.norm(system.b), 1e-13)
    direction = np.random.default_rng(seed).standard_normal(5)
    other = moved(system, bias, best, 10**size * np.linalg.norm(best.dual) * direction)
    true = np.linalg.norm(other.x - best.x) / np.linalg.norm(other.x)
    bound = distance_bound(system, bias, other)
    assert true <= bound * (1 + 1e-6) + 1e-11
    assert bound > 0


def test_it_is_not_far_above():
    system, bias = posed(NETWORKS[0])
    best = at_discrepancy(system, bias, 0.2 * np.linalg.norm(system.b), 1e-13)
    other = moved(system, bias, best, 1e-6 * best.dual)
    true = np.linalg.norm(other.x - best.x) / np.linalg.norm(other.x)
    assert distance_bound(system, bias, other) < 1000 * true
    assert distance_bound(system, bias, best) < 1e-9


def test_it_is_infinite_where_nothing_is_known():
    system, bias = posed(NETWORKS[1])
    best = at_discrepancy(system, bias, 0.2 * np.linalg.norm(system.b), 1e-13)
    assert distance_bound(system, bias, replace(best, stationarity=1e9)) == np.inf


def test_a_point_with_a_stationarity_that_is_not_its_own_shows():
    """The bound believes the stationarity that it is told: one that is too small is no bound."""
    system, bias = posed(NETWORKS[0])
    best = at_discrepancy(system, bias, 0.2 * np.linalg.norm(system.b), 1e-13)
    other = replace(moved(system, bias, best, 1e-3 * best.dual), stationarity=best.stationarity)
    true = np.linalg.norm(other.x - best.x) / np.linalg.norm(other.x)
    assert true > distance_bound(system, bias, other)
