"""Leave-one-out without refitting, against refits."""

import importlib
from dataclasses import replace

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError

DIAGONAL = rl.networks.Difference(depth=2)
pytestmark = pytest.mark.usefixtures("as_a_user")


def noisy(seed, equations=20, unknowns=60, spikes=3):
    rng = np.random.default_rng([seed, 41])
    A = rng.standard_normal((equations, unknowns)) / np.sqrt(equations)
    truth = np.zeros(unknowns)
    truth[:spikes] = 1 + rng.standard_normal(spikes)
    return rl.LinearSystem(A, A @ truth + 0.1 * rng.standard_normal(equations))


def correlation(first, second):
    return float(np.corrcoef(first.residuals, second.residuals)[0, 1])


def test_for_plain_regression_it_is_exact():
    system = noisy(0)
    found = rl.leave_one_out(rl.limit(system, rl.networks.Direct(), {"x": np.linspace(-1, 1, 60)}))
    np.testing.assert_allclose(found.residuals, found.refit().residuals, rtol=1e-9)
    assert found.is_trusted.all()
    assert not found.is_exact.any()
    # Allen's PRESS from the least-norm formula, written out: x₍₋ᵢ₎ = x₀ + A₋⁺(b₋ − A₋x₀)
    for i in range(3):
        rest = np.arange(20) != i
        start = np.linspace(-1, 1, 60)
        other = start + np.linalg.pinv(system.A[rest]) @ (system.b[rest] - system.A[rest] @ start)
        assert found.residuals[i] == pytest.approx(system.b[i] - system.A[i] @ other, rel=1e-9)


@pytest.mark.parametrize("scale", [3.0, 0.03, 1e-3])
def test_it_goes_with_the_refits(scale):
    measured = []
    for seed in range(5):
        found = rl.leave_one_out(rl.limit(noisy(seed), DIAGONAL, rl.inits.Constant(scale)))
        exact = found.refit()
        assert exact.is_exact.all()
        assert exact.is_trusted.all()
        measured.append(correlation(found, exact))
        mended = np.where(found.is_trusted, found.residuals, exact.residuals)
        assert np.corrcoef(mended, exact.residuals)[0, 1] > 0.999
        size = np.abs(exact.residuals[found.is_trusted])
        error = np.abs(found.residuals - exact.residuals)[found.is_trusted]
        assert np.all(error <= 0.25 * size + 1e-9)
    assert np.median(measured) >= 0.9


@pytest.mark.parametrize(
    "network", [rl.networks.Difference(3), rl.networks.TwoBranch(2), rl.networks.Product(2)], ids=repr
)
def test_other_networks_in_the_lazy_regime(network):
    found = rl.leave_one_out(rl.limit(noisy(1), network, rl.inits.Constant(30.0)))
    assert correlation(found, found.refit()) > 0.9999
    assert found.is_trusted.all()


def test_what_a_refit_measures():
    system = noisy(3, equations=6, unknowns=15)
    found = rl.leave_one_out(rl.limit(system, DIAGONAL, rl.inits.Constant(0.1))).refit(np.arange(6) == 2)
    rest = np.arange(6) != 2
    without = rl.limit(rl.LinearSystem(system.A[rest], system.b[rest]), DIAGONAL, rl.inits.Constant(0.1)).x
    assert found.residuals[2] == pytest.approx(system.b[2] - system.A[2] @ without, rel=1e-9)
    assert found.error == pytest.approx(np.sqrt(np.mean(found.residuals**2)))
    assert "6 equations" in repr(found)
    assert "1 refitted" in repr(found)


def test_a_single_equation_leaves_the_start():
    system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([3.0]))
    found = rl.leave_one_out(rl.limit(system, rl.networks.Direct(), {"x": np.array([1.0, 0.5])}))
    assert found.residuals == pytest.approx([1.0])
    assert found.refit().residuals == pytest.approx([1.0])


def test_a_sparse_matrix_and_an_operator():
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import aslinearoperator

    system = noisy(2, equations=5, unknowns=12)
    wanted = rl.leave_one_out(rl.limit(system, DIAGONAL, rl.inits.Constant(0.1))).refit([0, 4]).residuals
    for A in (csr_array(system.A), aslinearoperator(system.A)):
        solution = rl.limit(rl.LinearSystem(A, system.b), DIAGONAL, rl.inits.Constant(0.1))
        np.testing.assert_allclose(rl.leave_one_out(solution).refit([0, 4]).residuals, wanted, rtol=1e-7)


def test_a_refit_that_fails_is_not_trusted(monkeypatch):
    module = importlib.import_module("ridgeless.analysis.leave_one_out")
    found = rl.leave_one_out(rl.limit(noisy(3, 6, 15), DIAGONAL, rl.inits.Constant(0.1)))
    monkeypatch.setattr(module, "limit", lambda *given: replace(rl.limit(*given), status=rl.Status.STALLED))
    failed = found.refit([1])
    assert np.isnan(failed.residuals[1])
    assert not failed.is_trusted[1]


def rank_lowering(A):
    """The equations whose loss leaves fewer independent ones."""
    rank = np.linalg.matrix_rank(A)
    return [i for i in range(len(A)) if np.linalg.matrix_rank(np.delete(A, i, 0)) < rank]


class TestEquationsThatOthersImply:
    # rows 0 and 2 are each other's double, row 4 is the sum of rows 1 and 3; 5 stands alone
    A = np.array(
        [
            [1.0, 0.5, -0.2, 0.7, 0.1, 0.4, 0.9],
            [0.3, -1.0, 0.4, 0.2, 0.8, -0.5, 0.1],
            [2.0, 1.0, -0.4, 1.4, 0.2, 0.8, 1.8],
            [-0.6, 0.2, 1.0, 0.5, -0.3, 0.7, 0.4],
            [-0.3, -0.8, 1.4, 0.7, 0.5, 0.2, 0.5],
            [0.8, 0.1, 0.3, -0.9, 0.6, 0.2, -0.7],
        ]
    )

    def found(self, scale=3.0):
        system = rl.LinearSystem(self.A, self.A @ np.array([1.0, 0.0, -0.5, 0.0, 0.3, 0.0, 0.2]))
        return rl.leave_one_out(rl.limit(system, DIAGONAL, rl.inits.Constant(scale)))

    def test_their_loss_changes_nothing(self):
        found = self.found()
        assert rank_lowering(self.A) == [5]
        np.testing.assert_array_equal(found.is_implied, [True] * 5 + [False])
        np.testing.assert_array_equal(found.residuals[:5], 0)
        assert found.is_trusted.all()
        measured = found.refit()
        np.testing.assert_allclose(measured.residuals[:5], 0, atol=1e-9)
        assert found.residuals[5] == pytest.approx(measured.residuals[5], rel=0.05)
        assert found.error == abs(found.residuals[5])
        assert "6 equations, 5 implied by the others" in repr(found)

    def test_the_others_are_those_of_the_system_without_repeats(self):
        keep = [0, 1, 3, 5]
        system = self.found().solution.system
        single = rl.LinearSystem(self.A[keep], system.b[keep])
        alone = rl.leave_one_out(rl.limit(single, DIAGONAL, rl.inits.Constant(3.0)))
        assert self.found().residuals[5] == pytest.approx(alone.residuals[3], rel=1e-8)
        assert not alone.is_implied.any()

    @pytest.mark.parametrize("seed", range(6))
    def test_any_integer_matrix(self, seed):
        rng = np.random.default_rng(seed)
        A = rng.integers(-2, 3, (4, 8)).astype(float)
        A = np.vstack([A, A[0] - A[1], rng.integers(-2, 3, 8)])[rng.permutation(6)]
        system = rl.LinearSystem(A, A @ rng.standard_normal(8))
        found = rl.leave_one_out(rl.limit(system, rl.networks.Direct(), {"x": np.zeros(8)}))
        np.testing.assert_array_equal(np.flatnonzero(~found.is_implied), rank_lowering(A))
        np.testing.assert_allclose(found.residuals, found.refit().residuals, atol=1e-9)

    def test_all_of_them(self):
        A = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]])
        found = rl.leave_one_out(rl.limit(rl.LinearSystem(A, A @ np.ones(3)), DIAGONAL, rl.inits.Constant(0.1)))
        np.testing.assert_array_equal(found.residuals, 0)
        assert np.isnan(found.error)


class TestCentredData:
    """The model with an intercept: y = α + X β, centred; each r_i is that of the model fitted to the others."""

    def made(self, network, start, rows=7, unknowns=20):
        rng = np.random.default_rng(17)
        X = rng.standard_normal((rows, unknowns)) + 3
        y = X[:, 0] - 2 * X[:, 1] + 5 + 0.1 * rng.standard_normal(rows)
        system = rl.LinearSystem(X - X.mean(axis=0), y - y.mean())
        return X, y, rl.leave_one_out(rl.limit(system, network, start))

    def test_plain_regression_with_an_intercept(self):
        X, y, found = self.made(rl.networks.Direct(), {"x": np.zeros(20)})
        assert found.is_centred
        assert not found.is_implied.any()
        for i in range(7):
            rest = np.arange(7) != i
            means = X[rest].mean(axis=0), y[rest].mean()
            beta = np.linalg.pinv(X[rest] - means[0]) @ (y[rest] - means[1])
            assert found.residuals[i] == pytest.approx(y[i] - means[1] - (X[i] - means[0]) @ beta, rel=1e-8)
        np.testing.assert_allclose(found.refit().residuals, found.residuals, rtol=1e-8)
        assert "centred anew for each" in repr(found)

    def test_a_deep_network(self):
        _, _, found = self.made(DIAGONAL, rl.inits.Constant(1.0))
        exact = found.refit()
        assert correlation(found, exact) > 0.98

    def test_two_rows_leave_the_start(self):
        A = np.array([[1.0, -2.0, 0.5], [-1.0, 2.0, -0.5]])
        found = rl.leave_one_out(rl.limit(rl.LinearSystem(A, [1.5, -1.5]), rl.networks.Direct(), {"x": np.zeros(3)}))
        np.testing.assert_allclose(found.residuals, [3.0, -3.0])
        np.testing.assert_allclose(found.refit().residuals, [3.0, -3.0])

    def test_a_b_that_is_not_centred_is_refused_before(self):
        A = np.array([[1.0, -2.0, 0.5], [-1.0, 2.0, -0.5]])
        with pytest.raises(rl.errors.InconsistentSystemError):
            rl.limit(rl.LinearSystem(A, [1.5, 1.5]), rl.networks.Direct(), {"x": np.zeros(3)})


def test_an_ill_conditioned_limit_is_not_trusted():
    A = np.random.default_rng(5).standard_normal((4, 9))
    system = rl.LinearSystem(A, 2 * A[:, 1])
    found = rl.leave_one_out(rl.limit(system, rl.networks.Difference(3), rl.inits.Constant(1e-10)))
    assert not found.is_trusted.any()


class TestRefusals:
    def test_a_training(self):
        with pytest.raises(InvalidInputError, match="leave_one_out: got a float"):
            rl.leave_one_out(1.0)

    @pytest.mark.parametrize("indices", [[6], [-1], [0.5], [True], [[0]]], ids=str)
    def test_indices(self, indices):
        found = rl.leave_one_out(rl.limit(noisy(3, 6, 15), DIAGONAL, rl.inits.Constant(0.1)))
        with pytest.raises(InvalidInputError, match="whole numbers from 0 to 5"):
            found.refit(indices)
