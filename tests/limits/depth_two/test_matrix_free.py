"""Limits on operators too large to expand: the same answers as with the rows at hand, from products alone."""

import importlib
import json
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import scipy.fft
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import ridgeless as rl
from ridgeless.errors import InfeasibleSignsError

matrix_free = importlib.import_module("ridgeless.limits.depth_two.matrix_free")

pytestmark = pytest.mark.usefixtures("as_a_user")

NETWORKS = [rl.networks.Difference(2), rl.networks.Product(2), rl.networks.TwoBranch(2)]


@pytest.fixture
def nothing_fits(monkeypatch):
    """No operator and no sparse matrix is small enough to expand, and rows made all the same are an error."""
    linear = importlib.import_module("ridgeless.systems.linear")
    monkeypatch.setattr("ridgeless.systems.row_space.MOST_EXPANDED_BYTES", 0)
    monkeypatch.setattr("ridgeless.systems.row_space.MOST_SPARSE_BYTES", 0)
    in_memory = linear.dense_rows

    def refused(A):
        return in_memory(A) if isinstance(A, np.ndarray) else pytest.fail("the rows were expanded")

    monkeypatch.setattr(linear, "dense_rows", refused)


class PartialCosines(LinearOperator):
    """Some rows of the orthonormal cosine transform."""

    def __init__(self, rows, unknowns):
        super().__init__(np.float64, (len(rows), unknowns))
        self.rows, self.products = rows, 0

    def _matvec(self, x):
        self.products += 1
        return scipy.fft.dct(np.ravel(x), norm="ortho")[self.rows]

    def _rmatvec(self, r):
        self.products += 1
        full = np.zeros(self.shape[1])
        full[self.rows] = np.ravel(r)
        return scipy.fft.idct(full, norm="ortho")


def cosines(equations, unknowns, nonzeros, seed=0):
    rng = np.random.default_rng([seed, 31])
    A = PartialCosines(np.sort(rng.choice(unknowns, equations, replace=False)), unknowns)
    x = np.zeros(unknowns)
    x[rng.choice(unknowns, nonzeros, replace=False)] = rng.choice([-1, 1], nonzeros) * rng.uniform(0.5, 2, nonzeros)
    return A, A.matvec(x), x


def rows_of(A):
    return A.toarray() if sp.issparse(A) else np.stack([A.rmatvec(unit) for unit in np.eye(A.shape[0])])


def agrees(A, b, network, init, rtol=1e-8):
    """The limit by products, beside that of the same system with its rows at hand."""
    found = rl.limit(rl.LinearSystem(A, b), network, init)
    assert found.status is rl.Status.CONVERGED, found
    assert "conjugate gradients" in found.method
    assert rl.certify(found).verdict == "certified"
    wanted = rl.limit(rl.LinearSystem(rows_of(A), b), network, init)
    assert np.linalg.norm(found.x - wanted.x) <= rtol * np.linalg.norm(wanted.x)


@pytest.mark.parametrize("scale", [10.0, 0.1, 1e-4, 1e-8])
@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_partial_cosines(network, scale, nothing_fits):
    A, b, _ = cosines(60, 500, 6)
    agrees(A, b, network, rl.inits.Constant(scale))
    if scale == 0.1:
        agrees(A, b, network, rl.inits.Gaussian(scale))


def test_locked_signs(nothing_fits):
    A, b, x = cosines(60, 500, 6)
    b = A.matvec(np.abs(x))
    agrees(A, b, rl.networks.Power(2), rl.inits.Constant(1e-3))


def test_signs_that_no_solution_has_are_refused(nothing_fits):
    """The first equation, a sum with positive weights, asks for a negative value."""
    rng = np.random.default_rng(5)
    A = np.vstack([rng.uniform(0.5, 1.5, 80), rng.standard_normal((9, 80))])
    b = A @ rng.uniform(0, 1, 80)
    b[0] = -1.0
    system = rl.LinearSystem(aslinearoperator(A), b)
    with pytest.raises(InfeasibleSignsError, match="⟨b, ν⟩ > 0 proves"):
        rl.limit(system, rl.networks.Power(2), rl.inits.Constant(0.1))


def test_a_tiny_scale(nothing_fits):
    A, b, x = cosines(60, 500, 6)
    found = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(2), rl.inits.Constant(1e-40))
    assert found.success
    assert np.linalg.norm(found.x - x) <= 1e-9 * np.linalg.norm(x)


def test_operators_far_from_orthonormal(nothing_fits):
    """Equations over six decades of sizes, and columns as correlated as a low-pass filter makes them."""
    rng = np.random.default_rng(1)
    kernel = np.exp(-0.5 * np.linspace(-3, 3, 9) ** 2)
    A = np.array([np.convolve(row, kernel, mode="same") for row in rng.standard_normal((30, 200))])
    sizes = np.geomspace(1e-3, 1e3, 30)
    b = sizes * (A @ np.eye(200)[[20, 90, 150]].sum(axis=0))
    agrees(aslinearoperator(sizes[:, None] * A), b, rl.networks.Difference(2), rl.inits.Constant(1e-3), 1e-6)


def test_sparse_matrices(nothing_fits):
    rng = np.random.default_rng(2)
    A = sp.random_array((40, 400), density=0.2, rng=rng, data_sampler=rng.standard_normal).tocsr()
    agrees(A, A @ np.eye(400)[[3, 200, 333]].sum(axis=0), rl.networks.Difference(2), rl.inits.Constant(1e-6))


def test_frozen_unknowns(nothing_fits):
    A, b, x = cosines(60, 500, 6)
    start = {"u": np.full(500, 1e-3), "v": np.full(500, 1e-3)}
    off = np.flatnonzero(x == 0)[:40]
    start["u"][off] = start["v"][off] = 0.0
    found = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(2), start)
    assert found.success
    assert not found.x[off].any()
    assert rl.certify(found).verdict == "certified"
    moved = found.x.copy()
    moved[off[0]] = 1e-3
    assert rl.certify(found.system, moved, found.bias, found.dual).verdict == "refuted"


def test_a_certificate_refutes_a_moved_answer(nothing_fits):
    A, b, _ = cosines(60, 500, 6)
    system = rl.LinearSystem(A, b)
    found = rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(1e-2))
    away = system.project_null(np.random.default_rng(3).standard_normal(500))
    moved = found.x + 1e-6 * np.linalg.norm(found.x) * away / np.linalg.norm(away)
    assert rl.certify(system, moved, found.bias, found.dual).verdict == "refuted"
    assert rl.certify(system, moved, found.bias).verdict == "refuted"


def test_the_certificate_costs_no_more_products_than_the_limit(nothing_fits):
    A, b, _ = cosines(60, 500, 6)
    found = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(2), rl.inits.Constant(1e-4))
    before = A.products
    assert rl.certify(found).verdict == "certified"
    assert A.products - before <= before


@pytest.mark.parametrize("answer", [np.zeros_like, lambda right: np.full_like(right, np.nan), np.negative])
def test_a_linear_solver_that_goes_wrong(answer, nothing_fits, monkeypatch):
    monkeypatch.setattr(matrix_free, "conjugate_gradients", lambda multiply, right, accuracy: answer(right))
    A, b, _ = cosines(20, 100, 3)
    found = rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(2), rl.inits.Constant(1e-2))
    assert found.status is rl.Status.STALLED
    assert rl.certify(found).verdict == "refuted"


class TestConjugateGradients:
    def system(self):
        rng = np.random.default_rng(4)
        root = rng.standard_normal((30, 40))
        return root @ root.T, rng.standard_normal(30)

    @pytest.mark.parametrize("accuracy", [0.5, 1e-3, 1e-10])
    def test_its_residual_is_as_small_as_asked(self, accuracy):
        H, right = self.system()
        left = right - H @ matrix_free.conjugate_gradients(lambda p: H @ p, right, accuracy)
        assert np.linalg.norm(left) <= 1.01 * accuracy * np.linalg.norm(right)

    def test_where_it_ends_early_it_still_descends(self):
        H, right = self.system()
        H[0] = H[:, 0] = 0.0  # no curvature in one direction
        p = matrix_free.conjugate_gradients(lambda p: H @ p, right, 1e-12)
        assert np.isfinite(p).all()
        assert p @ right >= 0

    def test_nothing_comes_of_nothing(self):
        assert not matrix_free.conjugate_gradients(lambda p: p, np.zeros(3), 1e-3).any()


_LARGE = """
    import json, resource, sys
    sys.path.insert(0, {folder!r})
    import numpy as np
    import ridgeless as rl
    from test_matrix_free import cosines

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    A, b, x = cosines({equations}, {unknowns}, {nonzeros})
    system = rl.LinearSystem(A, b, x)
    before = peak()
    found = rl.limit(system, rl.networks.Difference(2), rl.inits.Constant({scale}), tol={tol})
    certificate = rl.certify(found)
    told = {{
        "status": found.status.name, "residual": found.residual, "steps": found.stats["steps"],
        "error": float(np.linalg.norm(found.x - x) / np.linalg.norm(x)), "products": A.products,
        "distance": certificate.distance, "MiB": peak() - before,
        "seconds": found.stats["run_s"],
    }}
    print(json.dumps(told))
"""


def alone(**sizes):
    """One large limit in a process of its own, whose memory is its own."""
    folder = __file__.rpartition("/")[0]
    code = textwrap.dedent(_LARGE.format(folder=folder, **sizes))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_memory_stays_that_of_a_few_vectors():
    """AAᵀ would take 69 MiB, and the rows 460 MiB."""
    told = alone(equations=3000, unknowns=20_000, nonzeros=150, scale=1e-6, tol=1e-10)
    assert told["status"] == "CONVERGED"
    assert told["MiB"] < 60
    assert told["distance"] < 1e-7


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1e-8, 1e-40])
def test_a_million_unknowns(scale):
    """AAᵀ would take 3 GiB, and the rows 149 GiB. Only the smaller scale ends at the sparse truth, to 1e-6."""
    told = alone(equations=20_000, unknowns=1_000_000, nonzeros=2000, scale=scale, tol=1e-6)
    assert told["status"] == "CONVERGED"
    assert told["residual"] <= 1e-6
    assert told["MiB"] < 2048
    assert told["error"] <= (1e-6 if scale == 1e-40 else 0.1)
