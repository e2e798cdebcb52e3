"""Kernel regression: training ends at the interpolant of least norm plus what the initial function leaves.

Every prediction is compared with kernel evaluations alone, f₀ + k(·, X) K⁺ (b − f₀(X)): nothing here knows the factor
that the system is made of.
"""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.linalg import aslinearoperator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, Matern
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import laplacian_kernel, polynomial_kernel

import ridgeless as rl
from ridgeless.errors import InconsistentSystemError, InvalidInputError
from ridgeless.systems.kernels import gram_factor, kernel_equations, reachable_values


def laplacian(X, Y):
    return np.exp(-2 * np.abs(X[:, None, :] - Y[None, :, :]).sum(axis=2))


def linear(X, Y):
    return X @ Y.T


def quadratic(X, Y):
    return (1 + X @ Y.T) ** 2


KERNELS = {"rbf": RBF(0.3), "laplacian": laplacian, "matern": Matern(0.5, nu=1.5)} | {
    "linear": linear,
    "quadratic": quadratic,
}


class Case:
    """Random points in [−1, 1]^p, values that the kernel reaches, and a grid that holds three of the inputs."""

    def __init__(self, kernel, dimension, count=8, seed=0):
        rng = np.random.default_rng(seed)
        if dimension == 1:
            inputs = np.linspace(-1, 1, count)[:, None] + rng.uniform(-0.05, 0.05, (count, 1))
        else:
            inputs = rng.uniform(-1, 1, (count, dimension))
        self.kernel, self.inputs, self.rng = kernel, inputs, rng
        self.grid = np.vstack([rng.uniform(-1, 1, (20, dimension)), inputs[:3]])
        self.values = kernel(inputs, inputs) @ rng.standard_normal(count)
        self.system = rl.LinearSystem.from_kernel(kernel, inputs, self.values, self.grid)

    def update(self, left):
        """k(grid, X) K⁺ left."""
        return self.kernel(self.grid, self.inputs) @ self.inverse() @ left

    def inverse(self):
        return np.linalg.pinv(self.kernel(self.inputs, self.inputs), rcond=1e-12, hermitian=True)

    def start(self):
        """f₀ = Σ cₖ k(·, zₖ) over the grid, and its coordinates."""
        weights = self.rng.standard_normal(len(self.grid))
        return self.system.readout.T @ weights, lambda points: self.kernel(points, self.grid) @ weights


@pytest.fixture(params=[1, 3], ids=["1-d", "3-d"])
def dimension(request):
    return request.param


@pytest.fixture(params=KERNELS)
def case(request, dimension):
    return Case(KERNELS[request.param], dimension)


def assert_close(found, wanted, tolerance=1e-10):
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= tolerance * max(np.abs(wanted).max(), 1.0)


class TestTheorem:
    def test_the_limit_from_any_initial_function(self, case):
        x0, initial = case.start()
        wanted = initial(case.grid) + case.update(case.values - initial(case.inputs))
        found = rl.limit(case.system, rl.networks.Direct(), {"x": x0})
        assert_close(case.system.predict(x0), initial(case.grid), 1e-11)
        assert_close(case.system.predict(found.x), wanted)

    @pytest.mark.parametrize(("kernel", "dimension"), [("rbf", 1), ("laplacian", 3), ("linear", 3), ("quadratic", 3)])
    def test_training_from_any_initial_function(self, kernel, dimension):
        case = Case(KERNELS[kernel], dimension)
        x0, initial = case.start()
        wanted = initial(case.grid) + case.update(case.values - initial(case.inputs))
        found = rl.train(case.system, rl.networks.Direct(), {"x": x0}, rl.flows.GradientDescent(), tol=1e-13)
        assert found.success
        assert_close(case.system.predict(found.x), wanted)

    def test_from_zero_it_is_the_interpolant_of_least_norm(self, case):
        shortest = case.system.min_norm()
        assert_close(case.system.predict(shortest), case.update(case.values))
        assert shortest @ shortest == pytest.approx(case.values @ case.inverse() @ case.values, rel=1e-9)

    def test_the_norm_of_a_function_is_that_of_its_coordinates(self, case):
        """‖Σ cₖ k(·, zₖ)‖² = cᵀ k(Z, Z) c."""
        weights = case.rng.standard_normal(len(case.grid))
        x = case.system.readout.T @ weights
        assert x @ x == pytest.approx(weights @ case.kernel(case.grid, case.grid) @ weights, rel=1e-11)

    def test_what_the_data_see_of_the_initial_function_is_forgotten(self, case):
        """f₀ = Σ cᵢ k(·, xᵢ) over the inputs leaves nothing."""
        x0 = case.system.A.T @ case.rng.standard_normal(len(case.inputs))
        found = rl.limit(case.system, rl.networks.Direct(), {"x": x0})
        assert_close(case.system.predict(found.x), case.update(case.values))

    def test_what_the_data_do_not_see_of_it_is_left_whole(self, case):
        """f₀(X) = 0: f∞ is the interpolant plus f₀."""
        x0 = case.system.project_null(case.rng.standard_normal(case.system.shape[1]))
        found = rl.limit(case.system, rl.networks.Direct(), {"x": x0})
        assert_close(case.system.predict(found.x), case.update(case.values) + case.system.predict(x0))

    def test_the_data_are_met(self, case):
        x0, _ = case.start()
        found = rl.limit(case.system, rl.networks.Direct(), {"x": x0})
        assert_close(case.system.predict(found.x)[20:], case.values[:3], 1e-12)

    def test_normal_starts_end_at_draws_of_the_gaussian_process_given_the_data(self, case):
        """x₀ ~ N(0, I): cov f∞ = k(z, z') − k(z, X) K⁺ k(X, z')."""
        unseen = np.stack([case.system.project_null(unit) for unit in np.eye(case.system.shape[1])])
        covariance = case.system.readout @ unseen @ case.system.readout.T
        wanted = case.kernel(case.grid, case.grid) - case.update(case.kernel(case.inputs, case.grid))
        assert_close(covariance, wanted)

    @given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3), st.integers(0, 2**32 - 1))
    def test_any_number_of_points_on_a_lattice(self, count, wanted_points, dimension, seed):
        """Points on a coarse lattice coincide, among the inputs and between inputs and grid."""
        rng = np.random.default_rng(seed)
        inputs, grid = (rng.integers(0, 4, (rows, dimension)).astype(float) for rows in (count, wanted_points))
        kernel, weights = laplacian, rng.standard_normal(wanted_points)
        values = kernel(inputs, inputs) @ rng.standard_normal(count)
        system = rl.LinearSystem.from_kernel(kernel, inputs, values, grid)
        left = values - kernel(inputs, grid) @ weights
        change = np.linalg.pinv(kernel(inputs, inputs), rcond=1e-12, hermitian=True) @ left
        found = rl.limit(system, rl.networks.Direct(), {"x": system.readout.T @ weights})
        assert_close(system.predict(found.x), kernel(grid, grid) @ weights + kernel(grid, inputs) @ change)


class TestAgainstScikitLearn:
    @pytest.mark.parametrize("kernel", [RBF(0.3), Matern(0.5, nu=1.5)], ids=["rbf", "matern"])
    def test_gaussian_process(self, kernel, dimension):
        case = Case(kernel, dimension)
        process = GaussianProcessRegressor(kernel, alpha=1e-14, optimizer=None).fit(case.inputs, case.values)
        mean, covariance = process.predict(case.grid, return_cov=True)
        assert_close(case.system.predict(case.system.min_norm()), mean)
        unseen = np.stack([case.system.project_null(unit) for unit in np.eye(case.system.shape[1])])
        assert_close(case.system.readout @ unseen @ case.system.readout.T, covariance)

    @pytest.mark.parametrize(
        "kernel", [laplacian_kernel, polynomial_kernel, RBF(0.3)], ids=["laplacian", "cubic", "rbf"]
    )
    def test_kernel_ridge_without_a_ridge(self, kernel):
        case = Case(kernel, 3, count=6)
        ridge = KernelRidge(alpha=1e-14, kernel="precomputed").fit(kernel(case.inputs, case.inputs), case.values)
        wanted = ridge.predict(kernel(case.grid, case.inputs))
        assert_close(case.system.predict(case.system.min_norm()), wanted)


class TestPoints:
    def test_one_axis_is_a_column(self):
        inputs, values, grid = np.array([0.0, 1.0]), np.array([1.0, 2.0]), np.linspace(0, 1, 5)
        flat = rl.LinearSystem.from_kernel(laplacian, inputs, values, grid)
        column = rl.LinearSystem.from_kernel(laplacian, inputs[:, None], values, grid[:, None])
        np.testing.assert_array_equal(flat.A, column.A)
        np.testing.assert_array_equal(flat.readout, column.readout)
        assert flat.predict(flat.min_norm()).shape == (5,)

    def test_lists(self):
        system = rl.LinearSystem.from_kernel(laplacian, [0, 1], [1, 2], [0, 0.5, 1])
        np.testing.assert_allclose(system.predict(system.min_norm())[[0, 2]], [1, 2], rtol=1e-14)

    def test_the_kernel_is_called_once_and_cannot_change_the_points(self):
        inputs, calls = np.array([0.0, 1.0]), []

        def kernel(X, Y):
            calls.append(X.shape)
            gram = laplacian(X, Y)
            X[:] = np.nan
            return gram

        rl.LinearSystem.from_kernel(kernel, inputs, inputs, inputs + 0.5)
        assert calls == [(4, 1)]
        np.testing.assert_array_equal(inputs, [0, 1])

    def test_a_point_of_the_grid_that_is_an_input_has_its_features(self):
        inputs = np.random.default_rng(0).uniform(-1, 1, (30, 2))
        at_inputs, _, on_grid = kernel_equations(RBF(1.0), inputs, np.ones(30), inputs[::-1])
        np.testing.assert_array_equal(on_grid, at_inputs[::-1])

    def test_the_grid_does_not_change_the_function(self):
        case = Case(RBF(0.3), 1)
        alone = rl.LinearSystem.from_kernel(RBF(0.3), case.inputs, case.values, case.grid[:1])
        assert_close(alone.predict(alone.min_norm()), case.system.predict(case.system.min_norm())[:1], 1e-12)

    def test_repeated_inputs_are_one_equation(self):
        case = Case(laplacian, 1)
        twice = [0, 1, 2, 2, 3, 4, 5, 6, 7, 0]
        system = rl.LinearSystem.from_kernel(laplacian, case.inputs[twice], case.values[twice], case.grid)
        assert system.rank == 8
        assert_close(system.predict(system.min_norm()), case.update(case.values), 1e-12)

    @pytest.mark.parametrize("kernel", [laplacian, RBF(0.3)], ids=["laplacian", "rbf"])
    def test_contradicting_values_are_refused_in_use(self, kernel):
        system = rl.LinearSystem.from_kernel(kernel, [0.0, 0.5, 0.0], [1.0, 2.0, 1.001], [0.25])
        with pytest.raises(InconsistentSystemError, match="no solution"):
            rl.limit(system, rl.networks.Direct(), rl.inits.Gaussian(1.0))

    def test_values_that_a_kernel_of_low_rank_does_not_reach(self):
        """No line passes through three points that are on none."""
        system = rl.LinearSystem.from_kernel(linear, [1.0, 2.0, 3.0], [1.0, 2.0, 4.0], [0.0, 4.0])
        assert system.shape == (3, 1)
        with pytest.raises(InconsistentSystemError):
            system.min_norm()

    def test_another_network_chooses_another_interpolant(self):
        case = Case(laplacian, 1)
        found = rl.limit(case.system, rl.networks.Difference(2), rl.inits.Constant(1e-3))
        assert_close(case.system.predict(found.x)[20:], case.values[:3], 1e-8)
        assert np.abs(found.x).sum() < 0.9 * np.abs(case.system.min_norm()).sum()


class TestFactor:
    @given(st.integers(1, 12), st.data())
    def test_it_has_the_rank_and_the_gram_matrix(self, count, data):
        rank = data.draw(st.integers(1, count))
        rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
        scale = 10.0 ** data.draw(st.integers(-100, 100))
        vectors = np.linalg.qr(rng.standard_normal((count, rank)))[0]
        gram = scale * (vectors * rng.uniform(0.5, 2.0, rank)) @ vectors.T
        factor, dropped = gram_factor((gram + gram.T) / 2)
        assert factor.shape == (count, rank)
        assert dropped <= 1e-7 * np.sqrt(scale)
        assert np.abs(factor @ factor.T - gram).max() <= 1e-13 * scale
        squares = factor.T @ factor
        assert np.abs(squares - np.diag(np.diag(squares))).max() <= 1e-13 * scale
        assert (np.diff(np.diag(squares)) <= 0).all()

    def test_the_signs_are_the_same_with_every_eigensolver(self, monkeypatch):
        """Points placed symmetrically, whose eigenvectors are even or odd: no entry is the largest alone."""
        gram, original = RBF(0.3)(np.linspace(-1, 1, 9)[:, None]), np.linalg.eigh
        wanted = gram_factor(gram)[0]
        flips = np.where(np.arange(9) % 2, 1.0, -1.0)
        monkeypatch.setattr(np.linalg, "eigh", lambda matrix: (original(matrix)[0], original(matrix)[1] * flips))
        np.testing.assert_array_equal(gram_factor(gram)[0], wanted)

    def test_what_is_dropped_is_rounding(self):
        """The eigenvalues of a smooth kernel fall through the machine's precision."""
        points = np.linspace(0, 1, 60)[:, None]
        gram = RBF(0.5)(points)
        factor, dropped = gram_factor(gram)
        rounding = 60 * np.finfo(float).eps * np.linalg.norm(gram, 2)
        assert factor.shape[1] < 20
        assert np.linalg.norm(factor @ factor.T - gram, 2) <= 2 * rounding
        assert 0 < dropped <= np.sqrt(rounding)

    def test_rounding_to_single_precision_is_neither_asymmetry_nor_rank(self):
        points = np.random.default_rng(0).standard_normal((40, 3))
        rounded = np.float64(np.float32(points @ points.T) * (1 + 1e-7 * np.random.default_rng(1).random((40, 40))))
        assert gram_factor(rounded)[0].shape == (40, 3)


class TestSmoothKernels:
    """Thirty inputs, and an RBF whose Gram matrix is singular to machine precision."""

    INPUTS, GRID = np.linspace(0, 1, 30), np.linspace(0, 1, 101)

    def system(self, length, function):
        return rl.LinearSystem.from_kernel(RBF(length), self.INPUTS, function(self.INPUTS), self.GRID)

    @pytest.mark.parametrize("length", [0.2, 0.3, 0.5])
    def test_a_smooth_function_is_interpolated(self, length):
        def smooth(points):
            return np.sin(6 * points) + points

        system = self.system(length, smooth)
        assert system.rank < 25
        assert 0 < np.abs(system.b - smooth(self.INPUTS)).max() < 1e-6
        found = rl.limit(system, rl.networks.Direct(), rl.inits.Gaussian(1.0))
        assert found.success
        assert np.abs(system.predict(found.x) - smooth(self.GRID)).max() < 3e-6

    @pytest.mark.parametrize(("length", "wave"), [(0.3, 100.0), (1.0, 6.0)])
    def test_a_function_too_rough_for_the_kernel_is_refused(self, length, wave):
        with pytest.raises(InconsistentSystemError):
            self.system(length, lambda points: np.sin(wave * points)).min_norm()

    def test_the_advice_of_the_refusal_works(self):
        system = self.system(1.0, np.round)
        with pytest.raises(InconsistentSystemError) as caught:
            system.min_norm()
        advice = str(caught.value).split("type ")[1].rstrip(".")
        words = {"LinearSystem": rl.LinearSystem, "np": np, "A": system.A, "b": system.b, "system": system}
        nearest = eval(advice, words)
        found = nearest.predict(nearest.min_norm())
        assert np.abs(found - np.round(self.GRID)).max() < 1

    def test_values_are_moved_by_what_the_dropped_features_account_for_and_no_more(self):
        design, values = np.array([[1.0], [1.0]]), np.array([1.0, 1.0 + 2e-8])
        np.testing.assert_allclose(reachable_values(design, values, 1e-7), [1 + 1e-8, 1 + 1e-8], rtol=1e-15)
        assert reachable_values(design, values, 1e-9) is values
        assert reachable_values(design, values, 0.0) is values
        assert reachable_values(design, np.array([1.0, 1.0 + 1e-4]), 1.0)[1] == 1.0 + 1e-4
        assert reachable_values(np.eye(2), values, 1e-7) is values


class TestFeatures:
    def test_a_kernel_is_the_product_of_its_features(self):
        case = Case(quadratic, 1, count=2)

        def features(points):
            return np.hstack([points**0, np.sqrt(2) * points, points**2])

        system = rl.LinearSystem.from_features(features(case.inputs), case.values, features(case.grid))
        assert_close(system.predict(system.min_norm()), case.update(case.values), 1e-12)
        x0 = case.rng.standard_normal(3)
        found = rl.limit(system, rl.networks.Direct(), {"x": x0})
        before = features(case.grid) @ x0
        assert_close(system.predict(found.x), before + case.update(case.values - features(case.inputs) @ x0), 1e-12)

    @pytest.mark.parametrize("form", [np.asarray, sp.csr_array, aslinearoperator], ids=["dense", "sparse", "operator"])
    def test_every_kind_of_matrix(self, form):
        rng = np.random.default_rng(0)
        features, values, grid, x = (rng.standard_normal(shape) for shape in ((3, 7), 3, (5, 7), 7))
        alone = rl.LinearSystem.from_features(form(features), values)
        both = rl.LinearSystem.from_features(form(features), values, form(grid))
        np.testing.assert_allclose(alone.predict(x), features @ x, rtol=1e-13)
        np.testing.assert_allclose(both.predict(x), grid @ x, rtol=1e-13)
        np.testing.assert_allclose(alone.predict(alone.min_norm()), values, rtol=1e-12)
        assert alone.readout is alone.A

    def test_contradicting_values_are_refused_in_use(self):
        with pytest.raises(InconsistentSystemError):
            rl.LinearSystem.from_features(np.ones((2, 3)), [1.0, 2.0]).min_norm()


class TestSystem:
    def test_it_is_like_any_other(self):
        system = Case(laplacian, 1).system
        assert repr(system) == "<LinearSystem: 8 equations, 28 unknowns, dense>"
        assert rl.LinearSystem(np.eye(2), np.ones(2)).readout is None

    @pytest.mark.parametrize("form", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
    def test_the_readout_is_a_copy_that_does_not_change(self, form):
        given_matrix = form(np.eye(3))
        system = rl.LinearSystem(np.eye(3), np.ones(3), readout=given_matrix)
        (given_matrix.data if sp.issparse(given_matrix) else given_matrix)[:] = 7
        np.testing.assert_array_equal(system.predict(np.ones(3)), np.ones(3))
        entries = system.readout.data if sp.issparse(system.readout) else system.readout
        with pytest.raises(ValueError, match="read-only"):
            entries[:] = 7

    @pytest.mark.parametrize("form", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
    def test_a_solution_comes_back_with_its_readout(self, tmp_path, form):
        rng = np.random.default_rng(0)
        system = rl.LinearSystem.from_features(form(rng.standard_normal((3, 7))), np.ones(3), form(np.ones((5, 7))))
        for made in (system, rl.LinearSystem.from_features(system.A, system.b), Case(RBF(0.3), 1).system):
            found = rl.limit(made, rl.networks.Direct(), rl.inits.Gaussian(1.0))
            again = rl.load(found.save(tmp_path / "found"))
            np.testing.assert_array_equal(again.system.predict(again.x), made.predict(found.x))
            assert repr(again.system) == repr(made)


def nothing(X, Y):
    return np.zeros((len(X), len(Y)))


def holed(X, Y):
    gram = laplacian(X, Y)
    gram[1, 2] = np.nan
    return gram


def lopsided(X, Y):
    return laplacian(X, Y) * (1 + 1e-3 * np.arange(len(Y)))


def distance(X, Y):
    return np.abs(X - Y.T)


def kernel_call(kernel=laplacian, inputs=(0.0, 1.0), values=(1.0, 2.0), grid=(0.0, 0.5, 1.0)):
    return lambda: rl.LinearSystem.from_kernel(kernel, inputs, values, grid)


def features_call(features=((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)), values=(1.0, 2.0), grid_features=None):
    return lambda: rl.LinearSystem.from_features(features, values, grid_features)


REFUSED = {
    "kernel by name": (kernel_call("rbf"), r"kernel is a str; pass a function of X \(n, p\)"),
    "no kernel": (kernel_call(None), "kernel is a NoneType"),
    "kernel of a pair": (kernel_call(lambda X, Y: 1.0), r"returns shape \(\) for X of shape \(3, 1\).*X @ Y.T"),
    "kernel that pairs up": (kernel_call(lambda X, Y: X * Y), r"returns shape \(3, 1\).*here shape \(3, 3\)"),
    "kernel class": (kernel_call(RBF), "kernel.* returns holds object values"),
    "complex kernel": (kernel_call(lambda X, Y: 1j * laplacian(X, Y)), "returns is complex"),
    "kernel with NaN": (kernel_call(holed), r"Gram matrix has 1 entries that are NaN or infinite, the first at \(1, 2"),
    "asymmetric kernel": (kernel_call(lopsided), r"not symmetric, k\(x, y\) and k\(y, x\) differ by.*semidefinite"),
    "indefinite kernel": (kernel_call(distance), r"indefinite, its Gram matrix has eigenvalues from -\d.*RBF"),
    "negative kernel": (kernel_call(lambda X, Y: -laplacian(X, Y)), "indefinite"),
    "zero kernel": (kernel_call(nothing), "kernel is zero"),
    "too few values": (kernel_call(values=[1.0]), r"inputs has 2 rows, so values needs shape \(2,\); it has \(1,\)"),
    "values in two columns": (kernel_call(values=np.ones((2, 2))), "values has 2 columns.*one column at a time"),
    "NaN in values": (kernel_call(values=[1.0, np.nan]), "values has 1 entries that are NaN"),
    "empty grid": (kernel_call(grid=[]), r"grid has shape \(0,\); pass at least one point"),
    "grid of no dimension": (kernel_call(grid=np.ones((3, 0))), r"grid has shape \(3, 0\)"),
    "number as grid": (kernel_call(grid=5), r"grid has shape \(\); pass at least one point"),
    "grid of meshes": (kernel_call(grid=np.ones((2, 3, 4))), r"grid has shape \(2, 3, 4\)"),
    "no inputs": (kernel_call(inputs=[], values=[]), "inputs has shape"),
    "NaN in inputs": (kernel_call(inputs=[0.0, np.nan]), "inputs has 1 entries that are NaN"),
    "NaN in grid": (kernel_call(grid=[0.0, np.nan]), "grid has 1 entries that are NaN"),
    "text as inputs": (kernel_call(inputs=["a", "b"]), "inputs holds <U1 values"),
    "other dimension": (kernel_call(grid=np.ones((3, 2))), "inputs are points of dimension 1 and those of grid.*2"),
    "too large a grid": (kernel_call(grid=np.arange(10.0**5)), "75 GiB; pass a coarser grid"),
    "feature function": (features_call(np.cos), "features is a function; pass the matrix"),
    "grid feature function": (features_call(grid_features=lambda x: x), "grid_features is a function"),
    "no features": (features_call([[], []]), "nothing to solve"),
    "NaN in features": (features_call([[np.nan, 1.0], [1.0, 1.0]]), "NaN"),
    "values that do not fit": (features_call(values=[1.0]), r"features has 2 rows, so values needs shape \(2,\)"),
    "grid features that do not fit": (
        features_call(grid_features=np.ones((5, 2))),
        "features has 3 columns and grid_features 2",
    ),
    "NaN in grid features": (
        features_call(grid_features=np.full((5, 3), np.nan)),
        "grid_features has 15 entries that are NaN",
    ),
    "readout that does not fit": (
        lambda: rl.LinearSystem(np.eye(2), np.ones(2), readout=np.ones((5, 3))),
        r"readout needs 2 columns; it has shape \(5, 3\)",
    ),
    "readout as a vector": (lambda: rl.LinearSystem(np.eye(2), np.ones(2), readout=np.ones(2)), "readout has 1 axes"),
    "no readout": (
        lambda: rl.LinearSystem(np.eye(2), np.ones(2), name="mine").predict(np.ones(2)),
        r"'mine'.*has no readout; type LinearSystem\(A, b, readout=B\)",
    ),
    "prediction of another length": (lambda: kernel_call()().predict(np.ones(9)), r"predict: x needs shape \(3,\)"),
}


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize("what", REFUSED)
def test_refusals_are_one_line_that_says_what_to_do(what):
    call, says = REFUSED[what]
    with pytest.raises(InvalidInputError, match=says) as caught:
        call()
    assert "\n" not in str(caught.value)
