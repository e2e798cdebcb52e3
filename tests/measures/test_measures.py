"""Every measure against a second, independent computation, and what it says of lazy and of rich training."""

import gc
import itertools
import math
import weakref
from dataclasses import replace

import numpy as np
import pytest
import scipy.linalg as sl
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

import ridgeless as rl
from ridgeless import measures
from ridgeless.errors import InvalidInputError, MissingDependencyError
from ridgeless.inits.base import start as start_of
from ridgeless.measures import Measured, _lanczos, base

pytestmark = pytest.mark.usefixtures("as_a_user")
SEEDS = st.integers(0, 10_000)


def drawn(seed, equations=4, unknowns=9, nonzeros=2):
    rng = np.random.default_rng([seed, 14])
    A, truth = rng.standard_normal((equations, unknowns)), np.zeros(unknowns)
    truth[rng.choice(unknowns, nonzeros, replace=False)] = rng.uniform(0.5, 2.0, nonzeros)
    return rl.LinearSystem(A, A @ truth, truth)


def at(system, x=None, network=None, theta0=None, theta=None, **known):
    """What a study measures of a training that ended at x, or at theta."""
    x = np.array(network(theta)) if x is None else np.asarray(x, dtype=float)
    found = rl.Solution(x, rl.Status.MAX_STEPS, "", system.residual(x), "", theta, network=network, theta0=theta0)
    return Measured(replace(found, system=system), system, **known)


def start(network, system, seed, scale=0.7):
    return start_of(rl.inits.Gaussian(scale), network, system, seed, "test")


def flat(theta):
    entries = [entry if isinstance(entry, list) else [entry] for entry in theta.values()]
    return np.concatenate([np.ravel(array) for entry in entries for array in entry])


def unflat(vector, like):
    """The inverse of `flat`."""
    pieces = iter(np.split(vector, np.cumsum([a.size for a in arrays(like)])[:-1]))
    return {
        name: [next(pieces).reshape(a.shape) for a in entry]
        if isinstance(entry, list)
        else next(pieces).reshape(entry.shape)
        for name, entry in like.items()
    }


def arrays(theta):
    return [a for entry in theta.values() for a in (entry if isinstance(entry, list) else [entry])]


def jacobian(network, theta):
    """∂x/∂theta by differences of fourth order, (d, p): no JAX, no tangent metric."""
    point, step = flat(theta), 1e-3

    def x(vector):
        return np.array(network(unflat(vector, theta)))

    columns = []
    for unit in np.eye(len(point)):
        near, far = (
            x(point + step * unit) - x(point - step * unit),
            x(point + 2 * step * unit) - x(point - 2 * step * unit),
        )
        columns.append((8 * near - far) / (12 * step))
    return np.array(columns).T


class TestNormsAndErrors:
    @given(SEEDS)
    def test_by_their_sums(self, seed):
        system = drawn(seed)
        rng = np.random.default_rng(seed)
        x, limit = rng.standard_normal(9), rng.standard_normal(9)
        seen = at(system, x, limit=limit)
        assert measures.L1Norm().value(seen) == pytest.approx(sum(abs(each) for each in x), rel=1e-14)
        assert measures.L2Norm().value(seen) == pytest.approx(math.sqrt(sum(each**2 for each in x)), rel=1e-14)
        for measure, reference in (
            (measures.Error(), system.truth),
            (measures.Distance(), limit),
            (measures.DistanceToMinNorm(), np.linalg.pinv(system.A) @ system.b),
        ):
            wanted = math.sqrt(sum((x - reference) ** 2) / sum(reference**2))
            assert measure.value(seen) == pytest.approx(wanted, rel=1e-12)

    def test_are_those_that_studies_have_by_default(self):
        names = [name for name, kind in measures.FOUND.items() if kind.by_default]
        assert names == ["distance", "error", "l1_norm", "l2_norm", "psnr"]

    def test_a_distance_over_a_reference_of_size_zero_or_unknown_is_nan(self):
        system = rl.LinearSystem(np.ones((1, 2)), np.zeros(1), truth=np.zeros(2))
        seen = at(system, [1.0, -1.0])
        for measure in (measures.Error(), measures.Distance(), measures.DistanceToMinNorm(), measures.ExcessL1Norm()):
            assert math.isnan(measure.value(seen))

    def test_distances_keep_their_digits_at_any_size(self):
        for size in (1e-300, 1e300, 1.7e308):
            seen = at(rl.LinearSystem(np.ones((1, 2)), np.ones(1)), [size, -size], limit=np.array([-size, size]))
            assert measures.Distance().value(seen) == pytest.approx(2, rel=1e-14)

    def test_psnr_by_its_definition(self):
        problem = rl.systems.SinglePixelCamera(measurements=30, side=8)
        system = problem.system()
        x = system.min_norm()
        wanted, found = problem.picture(system.truth), problem.picture(x)
        deviation = math.sqrt(np.mean((found - wanted) ** 2))
        ratio = 20 * math.log10((wanted.max() - wanted.min()) / deviation)
        assert measures.Psnr().value(at(system, x, picture=problem.picture)) == pytest.approx(ratio, rel=1e-12)
        assert math.isnan(measures.Psnr().value(at(system, x)))
        assert math.isnan(measures.Psnr().value(at(system, x, picture=lambda x: None)))
        assert measures.Psnr.unit == "dB"


class TestExcessL1Norm:
    @given(SEEDS, st.integers(1, 5), st.integers(0, 4))
    def test_against_linear_programming(self, seed, equations, more):
        system = drawn(seed, equations, equations + more + 1, nonzeros=1)
        x = np.random.default_rng(seed).standard_normal(system.shape[1])
        program = linprog(np.ones(2 * len(x)), A_eq=np.hstack([system.A, -system.A]), b_eq=system.b, method="highs")
        assert program.status == 0
        wanted = np.abs(x).sum() / program.fun - 1
        assert measures.ExcessL1Norm().value(at(system, x)) == pytest.approx(wanted, rel=1e-9, abs=1e-9)

    def test_where_the_least_is_reached_more_than_once(self):
        system = rl.LinearSystem(np.array([[1.0, 1.0, 0.5]]), np.array([2.0]))
        for share in (0.0, 0.4, 1.0):
            assert abs(measures.ExcessL1Norm().value(at(system, [2 * share, 2 - 2 * share, 0.0]))) < 1e-14

    def test_the_least_is_computed_once_a_system_and_goes_with_it(self, monkeypatch):
        system, calls, limit = drawn(3), [], base.limit
        monkeypatch.setattr(base, "limit", lambda *arguments: calls.append(1) or limit(*arguments))
        for _ in range(3):
            measures.ExcessL1Norm().value(at(system, np.ones(9)))
        assert len(calls) == 1
        watched = weakref.ref(system)
        del system
        gc.collect()
        assert watched() is None


class TestSupport:
    @given(SEEDS, st.sampled_from([1e-3, 0.1]))
    def test_by_sets(self, seed, tolerance):
        system = drawn(seed)
        rng = np.random.default_rng(seed)
        x = system.truth + rng.choice([0.0, 1e-4, 0.02], 9) * rng.choice([-1, 1], 9)
        largest = max(abs(each) for each in x)
        found = {index for index, each in enumerate(x) if abs(each) > tolerance * largest}
        wanted = {index for index, each in enumerate(system.truth) if each != 0}
        assert measures.SupportRecovered(tolerance).value(at(system, x)) == float(found == wanted)

    def test_tells_one_coordinate_too_many_and_one_too_few(self):
        system = drawn(1)
        support = np.flatnonzero(system.truth)
        other = np.flatnonzero(system.truth == 0)[0]
        recovered = measures.SupportRecovered()
        assert recovered.value(at(system, system.truth)) == 1
        for index, entry in ((other, 1.0), (support[0], 0.0)):
            x = system.truth.copy()
            x[index] = entry
            assert recovered.value(at(system, x)) == 0
        assert recovered.value(at(system, np.zeros(9))) == 0

    def test_a_truth_without_zeros_has_no_support_to_find(self):
        system = rl.LinearSystem(np.ones((1, 2)), np.ones(1), truth=[0.5, 0.5])
        assert math.isnan(measures.SupportRecovered().value(at(system, [0.5, 0.5])))

    @pytest.mark.parametrize("tolerance", [0.0, 1.0, -1.0, math.nan, "small"])
    def test_its_tolerance_is_checked(self, tolerance):
        with pytest.raises(InvalidInputError, match=r"measures.SupportRecovered: tolerance"):
            measures.SupportRecovered(tolerance)


class TestDense:
    """Effective rank and alignment."""

    @given(SEEDS, st.integers(1, 3))
    def test_effective_rank_from_the_eigenvalues_of_the_gram_matrix(self, seed, hidden):
        network, system = rl.networks.Dense(hidden, width=4), drawn(seed)
        theta = start(network, system, seed)
        product = np.linalg.multi_dot([np.eye(9), *theta["W"]])
        values = np.sqrt(np.clip(np.linalg.eigvalsh(product.T @ product), 0, None))
        shares = values / sum(values)
        wanted = math.prod(share**-share for share in shares if share > 0)
        value = measures.EffectiveRank().value(at(system, network=network, theta0=theta, theta=theta))
        assert value == pytest.approx(wanted, rel=1e-6)
        assert 1 <= value <= 4 + 1e-9

    @pytest.mark.parametrize("size", [1e-250, 1.0, 1e200])
    @pytest.mark.parametrize("rank", [1, 2, 5])
    def test_effective_rank_of_equal_singular_values_is_the_rank(self, rank, size):
        network, system = rl.networks.Dense(1, width=5), drawn(0)
        left, right = (sl.qr(np.random.default_rng(seed).standard_normal((9, 9)))[0] for seed in (1, 2))
        layer = size * left[:, :rank] @ right[:rank, :5] if rank < 5 else size * left[:, :5]
        if rank < 5:
            layer = size * left[:, :rank] @ sl.qr(right[:5, :5])[0][:rank]
        theta = {"W": [layer], "w": np.ones(5)}
        value = measures.EffectiveRank().value(at(system, np.ones(9), network, theta, theta))
        assert value == pytest.approx(rank, rel=1e-9)

    def test_effective_rank_of_nothing_is_nan(self):
        network, system = rl.networks.Dense(1, width=5), drawn(0)
        theta = {"W": [np.zeros((9, 5))], "w": np.ones(5)}
        for measure in (measures.EffectiveRank(), measures.Alignment()):
            assert math.isnan(measure.value(at(system, network=network, theta0=theta, theta=theta)))
        plain = rl.networks.Dense(0)
        theta = {"W": [], "w": np.ones(9)}
        for measure in (measures.EffectiveRank(), measures.Alignment()):
            assert math.isnan(measure.value(at(system, network=plain, theta0=theta, theta=theta)))

    @given(SEEDS, st.integers(1, 3))
    def test_alignment_by_power_iteration(self, seed, hidden):
        network, system = rl.networks.Dense(hidden, width=4), drawn(seed)
        theta = start(network, system, seed)
        theta["W"] = [layer + 3 * np.outer(*first_vectors(layer)) for layer in theta["W"]]  # that it converges
        pairs = [first_vectors(layer) for layer in (*theta["W"], theta["w"][:, None])]
        wanted = min(abs(one[1] @ two[0]) for one, two in itertools.pairwise(pairs))
        value = measures.Alignment().value(at(system, network=network, theta0=theta, theta=theta))
        assert value == pytest.approx(wanted, abs=1e-9)

    def test_alignment_of_equal_singular_values_is_nan_and_of_a_chain_one(self):
        network, system = rl.networks.Dense(2, width=9), drawn(5)
        identity = start_of(rl.inits.Identity(0.5), network, system, 0, "test")
        chain = start_of(rl.inits.Chain(0.5), network, system, 0, "test")
        assert math.isnan(measures.Alignment().value(at(system, network=network, theta0=identity, theta=identity)))
        value = measures.Alignment().value(at(system, network=network, theta0=chain, theta=chain))
        assert value == pytest.approx(1, abs=1e-12)

    @given(SEEDS)
    def test_neither_knows_the_sizes_of_layers(self, seed):
        network, system = rl.networks.Dense(2, width=4), drawn(seed)
        theta = start(network, system, seed)
        other = {"W": [1e-8 * theta["W"][0], -1e5 * theta["W"][1]], "w": 7 * theta["w"]}
        for measure in (measures.EffectiveRank(), measures.Alignment()):
            values = [measure.value(at(system, np.ones(9), network, each, each)) for each in (theta, other)]
            assert values[0] == pytest.approx(values[1], rel=1e-9)


def first_vectors(layer):
    """By power iteration."""
    right = np.random.default_rng(0).standard_normal(layer.shape[1])
    for _ in range(2000):
        left = layer @ right
        right = layer.T @ left
        right = right / np.linalg.norm(right)
    return left / np.linalg.norm(left), right


SMALL = [
    rl.networks.Difference(depth=2),
    rl.networks.Product(depth=3),
    rl.networks.Dense(hidden=2, width=2),
    rl.networks.Lazy(rl.networks.Dense(hidden=1, width=2), alpha=3.0),
]


def both_ends(network, system, seed):
    """theta0 and theta as training has them; `Lazy` carries its center."""
    theta0, theta = start(network.inner, system, seed), start(network.inner, system, seed + 1)
    center = {"center": np.array(network.inner(theta0))} if network.inner is not network else {}
    return theta0 | center, theta | center


@pytest.mark.parametrize("network", SMALL, ids=repr)
class TestTangentKernel:
    def test_its_change_from_jacobians_by_differences(self, network):
        system = drawn(7)
        theta0, theta = both_ends(network, system, 3)
        kernels = []
        for each in (theta0, theta):
            J = jacobian(network.inner, {name: each[name] for name in network.inner.layout(9)})
            kernels.append(J @ J.T)
        wanted = np.linalg.norm(kernels[1] - kernels[0]) / np.linalg.norm(kernels[0])
        value = measures.KernelChange().value(at(system, network=network, theta0=theta0, theta=theta))
        assert value == pytest.approx(wanted, rel=1e-8)

    def test_the_lazy_limit_from_jacobians_by_differences(self, network):
        system = drawn(7)
        theta0, theta = both_ends(network, system, 3)
        inner = {name: theta0[name] for name in network.inner.layout(9)}
        J, initial = jacobian(network.inner, inner), np.array(network.inner(inner))
        moved = np.linalg.pinv(system.A @ J) @ (system.b - system.A @ initial)
        wanted = initial + J @ moved
        seen = at(system, network=network, theta0=theta0, theta=theta)
        distance = np.linalg.norm(seen.x - wanted) / np.linalg.norm(wanted)
        assert measures.DistanceToLazyLimit().value(seen) == pytest.approx(distance, rel=1e-7)


class TestKernelChange:
    def test_of_a_network_that_is_linear_in_its_weights_is_zero(self):
        network, system = rl.networks.Direct(), drawn(2)
        theta0, theta = both_ends(network, system, 1)
        assert measures.KernelChange().value(at(system, network=network, theta0=theta0, theta=theta)) == 0

    def test_by_a_closed_form(self):
        """M = 4 diag(u² + v²) of x = u² − v²: twice the weights are four times M."""
        network, system = rl.networks.Difference(depth=2), drawn(2)
        theta0 = start(network, system, 1)
        theta = {name: 2 * value for name, value in theta0.items()}
        assert measures.KernelChange().value(at(system, network=network, theta0=theta0, theta=theta)) == pytest.approx(
            3
        )

    def test_from_a_start_without_tangent_is_nan(self):
        network, system = rl.networks.Difference(depth=2), drawn(2)
        zero, theta = {"u": np.zeros(9), "v": np.zeros(9)}, start(network, system, 1)
        assert math.isnan(measures.KernelChange().value(at(system, network=network, theta0=zero, theta=theta)))


class TestDrift:
    def test_of_two_branches_by_hand(self):
        network, system = rl.networks.Difference(depth=2), drawn(2)
        theta0, theta = both_ends(network, system, 1)
        before, after = theta0["u"] * theta0["v"], theta["u"] * theta["v"]
        wanted = np.linalg.norm(after - before) / np.linalg.norm(before)
        value = measures.BalancednessDrift().value(at(system, network=network, theta0=theta0, theta=theta))
        assert value == pytest.approx(wanted, rel=1e-12)

    def test_of_dense_layers_by_hand(self):
        network, system = rl.networks.Dense(1, width=3), drawn(2)
        theta0, theta = both_ends(network, system, 1)
        null = np.eye(9) - np.linalg.pinv(system.A) @ system.A
        drifts = []
        for quantity in (
            lambda each: null @ each["W"][0],
            lambda each: each["W"][0].T @ each["W"][0] - np.outer(each["w"], each["w"]),
        ):
            before, after = quantity(theta0), quantity(theta)
            drifts.append(np.linalg.norm(after - before) / np.linalg.norm(before))
        value = measures.BalancednessDrift().value(at(system, network=network, theta0=theta0, theta=theta))
        assert value == pytest.approx(max(drifts), rel=1e-11)


class TestSharpness:
    @pytest.mark.parametrize("network", SMALL, ids=repr)
    def test_from_differences_of_the_loss(self, network):
        """A dense Hessian of fourth order from losses that NumPy computes; for Lazy, of the loss over α²."""
        system = drawn(7, unknowns=6)
        theta0, theta = both_ends(network, system, 3)
        alpha = getattr(network, "alpha", 1.0)
        weights = {name: theta[name] for name in network.inner.layout(6)}
        rest = {name: value for name, value in theta.items() if name not in weights}
        point = flat(weights)

        def gradient(vector):
            x = np.array(network(unflat(vector, weights) | rest))
            J = alpha * jacobian(network.inner, unflat(vector, weights))
            return J.T @ (system.A.T @ (system.A @ x - system.b)) / alpha**2

        step, columns = 1e-3, []
        for unit in np.eye(len(point)):
            near = gradient(point + step * unit) - gradient(point - step * unit)
            far = gradient(point + 2 * step * unit) - gradient(point - 2 * step * unit)
            columns.append((8 * near - far) / (12 * step))
        hessian = np.array(columns)
        wanted = np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1]
        seen = at(system, network=network, theta0=theta0, theta=theta)
        assert measures.Sharpness().value(seen) == pytest.approx(wanted, rel=1e-6)

    def test_at_a_solution_is_that_of_the_tangent_kernel_on_the_equations(self):
        """More weights than one attempt has products."""
        network = rl.networks.Dense(1, width=30)
        system = drawn(3, equations=5, unknowns=20)
        theta = start(network, system, 4)
        solved = rl.LinearSystem(system.A, system.A @ network(theta))
        M = np.array([network.tangent_metric(theta, row) for row in solved.A])
        wanted = np.linalg.eigvalsh(M @ solved.A.T)[-1]
        seen = at(solved, network=network, theta0=theta, theta=theta)
        value, residual, _ = measures.Sharpness().with_residual(seen)
        assert value == pytest.approx(wanted, rel=1e-10)
        assert abs(value - wanted) <= residual + 1e-12 * wanted

    def test_the_residual_bounds_the_error_of_what_is_returned(self, monkeypatch):
        """Few products on a Hessian of many equal sizes: the error is above the tolerance, and the bound above it."""
        rng = np.random.default_rng(0)
        A = sl.qr(rng.standard_normal((60, 60)))[0] * np.linspace(1, 1.1, 60)
        system = rl.LinearSystem(A[:50], A[:50] @ np.ones(60))
        theta = {"x": np.ones(60)}
        monkeypatch.setattr(_lanczos, "_MOST", 8)
        seen = at(system, network=rl.networks.Direct(), theta0=theta, theta=theta)
        value, residual, _ = measures.Sharpness().with_residual(seen)
        exact = np.linalg.eigvalsh(system.A.T @ system.A)
        assert np.abs(exact - value).min() <= residual
        assert residual > 1e-4 * value
        assert math.isnan(measures.Sharpness().value(seen))
        assert measures.Sharpness(tolerance=0.5).value(seen) == value

    def test_more_products_are_taken_where_the_first_do_not_do(self):
        rng = np.random.default_rng(0)
        A = (sl.qr(rng.standard_normal((300, 300)))[0] * np.sqrt(np.linspace(1, 1.1, 300)))[:, ::-1]
        system = rl.LinearSystem(A, A @ np.ones(300))
        theta = {"x": np.ones(300)}
        seen = at(system, network=rl.networks.Direct(), theta0=theta, theta=theta)
        assert measures.Sharpness().value(seen) == pytest.approx(1.1, rel=1e-6)

    def test_is_the_largest_and_not_the_largest_in_size(self):
        """Half of ‖A x − b‖² with x = u² and b far away has negative curvature only."""
        system = rl.LinearSystem(np.eye(2)[:1], np.array([100.0]))
        theta = {"u": np.array([0.1, 0.2])}
        seen = at(system, network=rl.networks.Power(depth=2), theta0=theta, theta=theta)
        assert measures.Sharpness().value(seen) == pytest.approx(0, abs=1e-9)

    def test_a_loss_without_curvature_has_none(self):
        system = rl.LinearSystem(np.ones((1, 3)), np.zeros(1))
        theta = {"layers": np.zeros((3, 3))}
        seen = at(system, network=rl.networks.Product(depth=3), theta0=theta, theta=theta)
        assert measures.Sharpness().with_residual(seen) == (0.0, 0.0, 0.0)

    def test_does_not_apply_to_layers_that_stay_orthogonal(self):
        network, system = rl.networks.Orthogonal(depth=1), drawn(0)
        theta = start(network, system, 0)
        assert math.isnan(measures.Sharpness().value(at(system, network=network, theta0=theta, theta=theta)))

    def test_says_what_to_install_where_matfree_is_missing(self, monkeypatch):
        import sys

        monkeypatch.setitem(sys.modules, "matfree.decomp", None)
        network, system = rl.networks.Difference(depth=4), drawn(0)
        theta = start(network, system, 0)
        with pytest.raises(MissingDependencyError, match=r"matfree is not installed; type pip install"):
            measures.Sharpness().value(at(system, network=network, theta0=theta, theta=theta))

    @pytest.mark.parametrize("tolerance", [0.0, -1.0, math.inf, "small"])
    def test_its_tolerance_is_checked(self, tolerance):
        with pytest.raises(InvalidInputError, match=r"measures.Sharpness: tolerance"):
            measures.Sharpness(tolerance)


class TestUnits:
    @pytest.mark.parametrize("network", [rl.networks.Difference(depth=3), rl.networks.Dense(2, width=3)], ids=repr)
    @pytest.mark.parametrize("factor", [8.0, 0.3])
    def test_larger_numbers_in_b_and_in_x(self, network, factor):
        """b → cb and theta → c^(1/D)·theta: x grows by c, M by c^(2−2/D), and what is relative stays."""
        system, growth = drawn(6), factor ** (1 / network.homogeneity)
        theta0, theta = both_ends(network, system, 3)
        larger = rl.LinearSystem(system.A, factor * system.b, factor * system.truth)
        seen = at(system, network=network, theta0=theta0, theta=theta, limit=np.ones(9))
        ends = (rl.networks.scaled(each, growth) for each in (theta0, theta))
        grown = at(larger, None, network, *ends, limit=np.full(9, factor))
        powers = {"l1_norm": 1.0, "l2_norm": 1.0, "sharpness": 2 - 2 / network.homogeneity}
        for name, kind in measures.FOUND.items():
            value, other = kind().value(seen), kind().value(grown)
            wanted = value * factor ** powers.get(name, 0.0)
            assert (math.isnan(value) and math.isnan(other)) or other == pytest.approx(wanted, rel=1e-8), name


class TestTraining:
    """What the measures say of trainings whose end theory knows."""

    def test_lazy_and_rich_diagonal_networks(self):
        system = drawn(11, equations=12, unknowns=30)
        network, flow = rl.networks.Difference(depth=2), rl.flows.GradientFlow(coordinates="weights")
        said = {}
        for scale in (30.0, 1e-4):
            init = rl.inits.Constant(scale)
            found, limit = rl.train(system, network, init, flow), rl.limit(system, network, init)
            seen = Measured(found, system, limit=limit.x)
            said[scale] = {name: kind().value(seen) for name, kind in measures.FOUND.items()}
        lazy, rich = said[30.0], said[1e-4]
        assert max(lazy["distance"], rich["distance"]) < 1e-6
        assert max(lazy["balancedness_drift"], rich["balancedness_drift"]) < 1e-4
        assert lazy["kernel_change"] < 1e-3 < 1 < rich["kernel_change"]
        assert lazy["distance_to_lazy_limit"] < 1e-3 < 0.1 < rich["distance_to_lazy_limit"]
        assert lazy["distance_to_min_norm"] < 1e-3 < 0.1 < rich["distance_to_min_norm"]
        assert rich["excess_l1_norm"] < 5e-3 < 0.1 < lazy["excess_l1_norm"]
        assert (lazy["support_recovered"], rich["support_recovered"]) == (0, 1)
        assert rich["error"] < 1e-2 < 0.1 < lazy["error"]

    def test_small_starts_align_layers_of_rank_one(self):
        system, network = drawn(4, equations=3, unknowns=6), rl.networks.Dense(2, width=4)
        flow = rl.flows.GradientFlow(coordinates="weights")
        said = [
            {
                name: measures.FOUND[name]().value(Measured(rl.train(system, network, start, flow), system))
                for name in ("alignment", "effective_rank")
            }
            for start in (rl.inits.Gaussian(1e-3), rl.inits.Gaussian(2.0))
        ]
        assert said[0]["alignment"] > 0.999 > 0.9 > said[1]["alignment"]
        assert said[0]["effective_rank"] < 1.1 < 1.5 < said[1]["effective_rank"]


class TestFunctionMeasure:
    def test_is_called_with_the_solution_and_the_system(self):
        def entries_above_one(solution, system):
            """How many entries exceed 1."""
            assert solution.system is system
            return np.sum(np.abs(solution.x) > 1)

        measure = measures.function_measure(entries_above_one)
        assert (measure.name, measure.long_name) == ("entries_above_one", "How many entries exceed 1")
        assert measure.unit == "1"
        value = measure.value(at(drawn(0), np.linspace(0, 2, 9)))
        assert type(value) is float
        assert value == 4

    def test_a_lambda_needs_a_name(self):
        with pytest.raises(InvalidInputError, match=r'function_measure\(function, name="largest"\)'):
            measures.function_measure(lambda solution, system: 1.0)
        assert measures.function_measure(lambda solution, system: 1.0, name="one").name == "one"

    @pytest.mark.parametrize("name", ["l1_norm", "sharpness"])
    def test_the_names_of_the_library_are_taken(self, name):
        with pytest.raises(InvalidInputError, match=f"'{name}' is a measure of the library"):
            measures.function_measure(lambda solution, system: 1.0, name=name)

    @pytest.mark.parametrize("function", [3, "l1_norm", None])
    def test_what_is_no_function_is_refused(self, function):
        with pytest.raises(InvalidInputError, match=r"pass a function of \(solution, system\)"):
            measures.function_measure(function)

    @pytest.mark.parametrize("name", ["two words", "", 7])
    def test_a_name_that_cannot_be_a_variable_is_refused(self, name):
        with pytest.raises(InvalidInputError, match="name"):
            measures.function_measure(lambda solution, system: 1.0, name=name)

    @pytest.mark.parametrize("result", [None, "big", np.ones(2), 1j])
    def test_a_result_that_is_no_number_is_refused_by_name(self, result):
        measure = measures.function_measure(lambda solution, system: result, name="odd")
        with pytest.raises(InvalidInputError, match=r"measure 'odd': the function returned .*one number"):
            measure.value(at(drawn(0), np.ones(9)))

    def test_is_not_asked_after_a_divergence(self):
        def never(solution, system):
            raise RuntimeError

        assert math.isnan(measures.function_measure(never).value(at(drawn(0), np.full(9, np.nan))))

    @pytest.mark.parametrize("result", [True, 3, np.float32(0.5), np.array(2.0), np.nan])
    def test_any_number_becomes_a_float(self, result):
        measure = measures.function_measure(lambda solution, system: result, name="any")
        value = measure.value(at(drawn(0), np.ones(9)))
        assert type(value) is float
        assert value == float(result) or math.isnan(value)


class TestEffectiveScale:
    def test_by_its_definition(self):
        rng = np.random.default_rng(5)
        first, second = rng.standard_normal((2, 9))
        for network, theta, scale in (
            (rl.networks.Difference(2), {"u": first, "v": second}, np.sqrt(np.abs(first * second))),
            (rl.networks.Product(2), {"layers": np.stack([first, second])}, np.sqrt(np.abs(first**2 - second**2))),
        ):
            seen = at(drawn(1), network=network, theta0=theta, theta=theta)
            assert measures.EffectiveScale().value(seen) == pytest.approx(np.median(scale), rel=1e-14)

    def test_flow_keeps_it_and_long_steps_shrink_it(self):
        system, network, init = drawn(2), rl.networks.Difference(2), rl.inits.Constant(0.1)
        flows = [rl.flows.GradientFlow(coordinates="weights"), *map(rl.flows.GradientDescent, (1e-3, 1e-2))]
        ends = [rl.train(system, network, init, flow, tol=1e-6) for flow in flows]
        kept, short, long = (measures.EffectiveScale().value(Measured(end, system)) for end in ends)
        assert kept == pytest.approx(0.1, rel=1e-9)
        assert 0.1 > short > long

    @pytest.mark.parametrize("network", [rl.networks.Direct(), rl.networks.Difference(3), rl.networks.Product(3)])
    def test_of_other_networks_none_is_known(self, network):
        theta = start(network, drawn(1), 1)
        assert math.isnan(measures.EffectiveScale().value(at(drawn(1), network=network, theta0=theta, theta=theta)))


class TestSharpnessAlong:
    NETWORK, START = rl.networks.Difference(2), rl.inits.Constant(0.3)

    def by_hand(self, system, size, steps):
        """λ_max of the dense Hessian at the given steps of gradient descent on u² − v², typed out."""
        u, v = np.full((2, 9), 0.3)
        found = []
        for step in range(max(steps) + 1):
            g = system.A.T @ (system.A @ (u**2 - v**2) - system.b)
            if step in steps:
                J = system.A @ np.hstack([np.diag(2 * u), np.diag(-2 * v)])
                found.append(np.linalg.eigvalsh(J.T @ J + 2 * np.diag(np.concatenate([g, -g])))[-1])
            u, v = u - size * 2 * u * g, v + size * 2 * v * g
        return found

    def test_of_gradient_descent(self):
        system = drawn(4)
        found = rl.train(system, self.NETWORK, self.START, rl.flows.GradientDescent(step_size=2e-3), tol=1e-6)
        steps, values = measures.sharpness_along(found)
        np.testing.assert_array_equal(steps, found.history.at)
        np.testing.assert_allclose(values, self.by_hand(system, 2e-3, steps.astype(int).tolist()), rtol=1e-5)
        assert values[-1] == pytest.approx(measures.Sharpness().value(Measured(found, system)), rel=1e-9)

    def test_of_gradient_flow_and_of_a_dense_network_on_its_rows(self):
        system = drawn(5)
        flow = rl.flows.GradientFlow(coordinates="weights")
        for network, init in ((self.NETWORK, self.START), (rl.networks.Dense(1, 4), rl.inits.Gaussian(0.5))):
            found = rl.train(system, network, init, flow, tol=1e-6)
            at_marks, values = measures.sharpness_along(found)
            np.testing.assert_allclose(at_marks, found.history.at, rtol=1e-12)
            # Where the equations are solved, the Hessian is Jᵀ Aᵀ A J.
            solved = np.linalg.norm(system.A @ jacobian(network, found.theta), ord=2) ** 2
            assert values[-1] == pytest.approx(solved, rel=1e-5)

    def test_edge_flow_tells_no_more_than_it_and_in_the_end_the_same(self):
        found = rl.train(drawn(4), self.NETWORK, self.START, rl.flows.EdgeFlow(), tol=1e-6)
        told, values = found.history.further["sharpness"], measures.sharpness_along(found)[1]
        assert np.all(told <= values * (1 + 1e-6))
        np.testing.assert_allclose(told[[0, -1]], values[[0, -1]], rtol=1e-4)

    def test_where_no_weights_move_it_is_empty(self):
        system = drawn(4)
        limit = rl.limit(system, self.NETWORK, self.START)
        dual = rl.train(system, self.NETWORK, self.START, rl.flows.GradientFlow(coordinates="dual"), tol=1e-6)
        turning = rl.train(
            system, rl.networks.Orthogonal(1), rl.inits.Gaussian(1.0), rl.flows.RiemannianDescent(max_steps=3)
        )
        for found in (limit, dual, turning):
            assert not any(map(len, measures.sharpness_along(found)))
