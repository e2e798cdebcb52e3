"""What each recipe promises: which solution training ends at, by the limit and by training, which share no formula.

`flowed` below is gradient flow on the weights typed out and integrated by SciPy: nothing of the library is in it.
"""

from itertools import pairwise

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.errors import IncompatibleInitError, InvalidInputError

EQUATIONS, UNKNOWNS = 4, 9
WIDE, SQUARE, NARROW = 12, 9, 2
FLOW = rl.flows.GradientFlow(coordinates="weights")

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, equations=EQUATIONS, unknowns=UNKNOWNS, rank=None):
    """A consistent system, of full rank unless told; singular values from 1 to ½, so that flow is over soon."""
    rng = np.random.default_rng([seed, 11])
    left, _, right = np.linalg.svd(rng.standard_normal((equations, unknowns)), full_matrices=False)
    A = left * np.where(np.arange(equations) < (rank or equations), np.linspace(1, 0.5, equations), 0) @ right
    return rl.LinearSystem(A, A @ rng.standard_normal(unknowns))


def null_projector(system):
    return np.eye(system.shape[1]) - np.linalg.pinv(system.A, rcond=1e-10) @ system.A


def shortest(system):
    return np.linalg.pinv(system.A, rcond=1e-10) @ system.b


def unit(rng, size):
    vector = rng.standard_normal(size)
    return vector / np.linalg.norm(vector)


def product(factors, size):
    result = np.eye(size)
    for factor in factors:
        result = result @ factor
    return result


def flowed(system, theta0, longest=3e3):
    """Theta at the end of θ' = −∇½‖A W_1 … W_h w − b‖²."""
    A, b, h = system.A, system.b, len(theta0["W"])
    shapes = [matrix.shape for matrix in theta0["W"]] + [theta0["w"].shape]
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]

    def layers(flat):
        return [part.reshape(shape) for part, shape in zip(np.split(flat, ends), shapes, strict=True)]

    def behind(parts):
        """w, W_h w, …, W_1 … W_h w."""
        vectors = [parts[h]]
        for matrix in parts[h - 1 :: -1] if h else []:
            vectors.append(matrix @ vectors[-1])
        return vectors

    def velocity(_, flat):
        parts = layers(flat)
        vectors = behind(parts)
        pulls = [A.T @ (b - A @ vectors[-1])]
        for matrix in parts[:h]:
            pulls.append(matrix.T @ pulls[-1])
        moves = [np.outer(pulls[index], vectors[h - 1 - index]).ravel() for index in range(h)]
        return np.concatenate([*moves, pulls[h]])

    def done(_, flat):
        return np.linalg.norm(A @ behind(layers(flat))[-1] - b) / np.linalg.norm(b) - 1e-10

    done.terminal = True
    flat = np.concatenate([part.ravel() for part in [*theta0["W"], theta0["w"]]])
    run = scipy.integrate.solve_ivp(velocity, (0, longest), flat, "LSODA", rtol=1e-12, atol=1e-14, events=done)
    assert run.t_events[0].size, "the oracle itself did not reach zero loss"
    *matrices, vector = layers(run.y[:, -1])
    return {"W": matrices, "w": vector}


def output(theta):
    return product([*theta["W"], theta["w"][:, None]], len(theta["w"]) if not theta["W"] else len(theta["W"][0]))[:, 0]


def trained(system, network, start, tol=1e-11):
    found = rl.train(system, network, start, FLOW, tol=tol)
    assert found.success, found
    return found


def close(found, wanted, tolerance):
    assert np.linalg.norm(found - wanted) <= tolerance * max(1.0, np.linalg.norm(wanted))


class TestRowSpace:
    @pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0])
    @pytest.mark.parametrize("hidden", [0, 1, 2, 3, 4])
    @pytest.mark.parametrize("width", [WIDE, SQUARE, NARROW, 1])
    def test_the_limit_is_the_shortest_solution_at_any_scale(self, scale, hidden, width):
        for rank in (None, 3):
            system = drawn(hidden, rank=rank)
            network = rl.networks.Dense(hidden=hidden, width=width)
            found = rl.limit(system, network, rl.inits.RowSpace(scale), seed=width)
            assert found.success
            close(found.x, shortest(system), 1e-10)

    def test_direct(self):
        system = drawn(0)
        start = rl.inits.RowSpace(30.0)(rl.networks.Direct(), system, 1)
        assert np.linalg.norm(start["x"]) > 1
        np.testing.assert_allclose(null_projector(system) @ start["x"], 0, atol=1e-13)
        close(rl.limit(system, rl.networks.Direct(), start).x, shortest(system), 1e-10)

    @pytest.mark.parametrize("network", [rl.networks.Dense(1, WIDE), rl.networks.Dense(2, SQUARE)], ids=repr)
    def test_training_ends_at_the_shortest_solution(self, network):
        """P_N W_1(0) = 0; the same start before its projection ends elsewhere."""
        system = drawn(1)
        close(trained(system, network, rl.inits.RowSpace(1.0)).x, shortest(system), 1e-10)
        assert np.linalg.norm(trained(system, network, rl.inits.Gaussian(1.0)).x - shortest(system)) > 0.1

    @pytest.mark.parametrize("rank", [None, 3])
    @pytest.mark.parametrize(("hidden", "width"), [(1, NARROW), (1, SQUARE), (2, NARROW), (3, 3)])
    def test_flow_typed_out_does_so_too(self, hidden, width, rank):
        system, network = drawn(2, rank=rank), rl.networks.Dense(hidden, width)
        end = flowed(system, rl.inits.RowSpace(1.5)(network, system, 1))
        close(output(end), shortest(system), 1e-9)

    @pytest.mark.parametrize("start", ["zero", "AᵀM"])
    def test_other_starts_in_the_row_space(self, start):
        system, rng = drawn(3), np.random.default_rng(3)
        M = rng.standard_normal((EQUATIONS, 5)) * (start == "AᵀM")
        theta0 = {"W": [system.A.T @ M], "w": rng.standard_normal(5)}
        close(output(flowed(system, theta0)), shortest(system), 1e-9)
        close(rl.limit(system, rl.networks.Dense(1), theta0).x, shortest(system), 1e-10)

    def test_the_other_layers_are_those_of_the_gaussian_init(self):
        system, network = drawn(4), rl.networks.Dense(3, (5, 9, 2))
        start, plain = (kind(0.7)(network, system, 5) for kind in (rl.inits.RowSpace, rl.inits.Gaussian))
        np.testing.assert_array_equal(start["w"], plain["w"])
        for ours, other in zip(start["W"][1:], plain["W"][1:], strict=True):
            np.testing.assert_array_equal(ours, other)
        projected = plain["W"][0] - null_projector(system) @ plain["W"][0]
        np.testing.assert_allclose(start["W"][0], projected, atol=1e-14)

    @pytest.mark.parametrize("condition", [1e1, 1e3, 1e8, 1e12])
    def test_ill_conditioned_equations(self, condition):
        rng = np.random.default_rng(0)
        left, right = np.linalg.qr(rng.standard_normal((6, 6)))[0], np.linalg.qr(rng.standard_normal((20, 6)))[0]
        A = left @ np.diag(np.geomspace(1, 1 / condition, 6)) @ right.T
        system = rl.LinearSystem(A, A @ rng.standard_normal(20))
        found = rl.limit(system, rl.networks.Dense(1, 5), rl.inits.RowSpace(1.0))
        assert found.residual <= 1e-10
        close(found.x, system.min_norm(), 1e-12)

    def test_lazy_training_from_it(self):
        """x₀ lies in the row space, and so does every move."""
        system, network = drawn(5), rl.networks.Dense(2, NARROW)
        lazy = rl.networks.Lazy(network, alpha=7.0)
        start, same = (rl.inits.RowSpace(0.8)(each, system, 1) for each in (lazy, network))
        np.testing.assert_array_equal(network(start), network(same))
        close(rl.limit(system, lazy, start).x, shortest(system), 1e-10)


class TestProjectRows:
    @given(st.integers(0, 4), st.sampled_from([1, NARROW, SQUARE, WIDE]), st.floats(1e-6, 1e6), st.booleans())
    def test_repairs_any_start(self, hidden, width, scale, is_deficient):
        system = drawn(hidden, rank=3 if is_deficient else None)
        network = rl.networks.Dense(hidden, width)
        theta0 = rl.inits.Gaussian(scale)(network, system, 1)
        repaired = rl.inits.project_rows(theta0, system)
        first, before = (theta["W"][0] if hidden else theta["w"] for theta in (repaired, theta0))
        projector = null_projector(system)
        assert np.linalg.norm(projector @ first) <= 1e-13 * np.linalg.norm(first)
        np.testing.assert_allclose(first, before - projector @ before, rtol=0, atol=1e-13 * np.abs(before).max())
        assert network.bias(repaired, system) is not None
        for ours, other in zip(repaired["W"][1:], theta0["W"][1:], strict=True):
            np.testing.assert_array_equal(ours, other)
            assert not np.shares_memory(ours, other)

    def test_a_first_layer_nearly_in_the_null_space(self):
        """One pass would leave rounding of the long null part, which is no rounding of the short row part."""
        system, rng = drawn(0), np.random.default_rng(0)
        inside, outside = system.A.T @ rng.standard_normal((EQUATIONS, 3)), rng.standard_normal((UNKNOWNS, 3))
        theta0 = {"W": [1e-8 * inside + null_projector(system) @ outside], "w": np.ones(3)}
        repaired = rl.inits.project_rows(theta0, system)["W"][0]
        assert np.linalg.norm(null_projector(system) @ repaired) <= 1e-14 * np.linalg.norm(repaired)

    @pytest.mark.parametrize(
        ("theta0", "match"),
        [
            ({"u": np.ones(9), "v": np.ones(9)}, r"keys \['u', 'v'\].*rl\.networks\.Dense"),
            (np.ones(9), "ndarray"),
            ({"W": np.ones((9, 2)), "w": np.ones(2)}, "rl.networks.Dense"),
            ({"x": np.ones(8)}, "shape"),
            ({"W": [np.ones((8, 2))], "w": np.ones(2)}, "shape"),
            ({"W": [np.full((9, 2), np.nan)], "w": np.ones(2)}, "NaN"),
        ],
    )
    def test_refusals(self, theta0, match):
        with pytest.raises(InvalidInputError, match=match):
            rl.inits.project_rows(theta0, drawn(0))

    def test_no_system(self):
        with pytest.raises(InvalidInputError, match="LinearSystem"):
            rl.inits.project_rows({"x": np.ones(2)}, np.ones((1, 2)))


class TestIdentity:
    def test_form(self):
        system = drawn(0)
        for hidden in range(4):
            theta0 = rl.inits.Identity(0.4)(rl.networks.Dense(hidden), system, 2)
            assert len(theta0["W"]) == hidden
            assert all(np.array_equal(matrix, 0.4 * np.eye(UNKNOWNS)) for matrix in theta0["W"])
            assert np.linalg.norm(theta0["w"]) == pytest.approx(0.4, rel=1e-14)
            assert np.linalg.norm(null_projector(system) @ theta0["w"]) < 1e-15

    def test_wide_systems_get_square_layers_too(self):
        """Dense without a width would be narrower than 70."""
        system = drawn(0, unknowns=70)
        assert rl.inits.Identity(1.0)(rl.networks.Dense(1), system)["W"][0].shape == (70, 70)
        assert rl.inits.Identity(1.0)(rl.networks.Dense(2, (70, 70)), system)["w"].shape == (70,)
        for width in (5, (70, 5), 71):
            network = rl.networks.Dense(2 if isinstance(width, tuple) else 1, width)
            with pytest.raises(IncompatibleInitError, match=r"square, of width 70.*Type rl\.networks\.Dense"):
                rl.inits.Identity(1.0)(network, system)

    def test_without_equations_that_say_anything(self):
        """A = 0: the row space is {0}."""
        system = rl.LinearSystem(np.zeros((2, 3)), np.zeros(2))
        assert not rl.inits.Identity(1.0)(rl.networks.Dense(1), system)["w"].any()

    @pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
    def test_training_ends_at_the_shortest_solution(self, scale):
        system = drawn(5)
        close(trained(system, rl.networks.Dense(2), rl.inits.Identity(scale)).x, shortest(system), 1e-10)

    @pytest.mark.parametrize("multiples", [(0.3, 1.0, 3.0), (2.0, 0.5, 0.4), (0.7,)])
    def test_any_multiples_of_the_identity(self, multiples):
        """P_N W_2 … W_h w = 0 for ever, though P_N W_1 is not 0; with w outside the row space it is not so."""
        system, rng = drawn(6), np.random.default_rng(6)
        matrices = [multiple * np.eye(UNKNOWNS) for multiple in multiples]
        inside = system.A.T @ rng.standard_normal(EQUATIONS)
        close(output(flowed(system, {"W": matrices, "w": inside})), shortest(system), 1e-9)
        outside = {"W": matrices, "w": rng.standard_normal(UNKNOWNS)}
        assert np.linalg.norm(output(flowed(system, outside)) - shortest(system)) > 0.1


def test_orthogonal_null_parts_never_enter():
    """h = 1 with N w = 0 and N (P_A W)ᵀ = 0, N = P_N W as long as 3.7: the shortest solution all the same."""
    for seed in range(3):
        system, rng = drawn(seed), np.random.default_rng(seed)
        axes = np.linalg.qr(rng.standard_normal((6, 6)))[0]
        null = null_projector(system) @ rng.standard_normal((UNKNOWNS, 2)) @ axes[:, :2].T
        null *= 3.7 / np.linalg.norm(null)
        seen = system.A.T @ rng.standard_normal((EQUATIONS, 4)) @ axes[:, 2:].T
        vector = axes[:, 2:] @ rng.standard_normal(4)
        close(trained(system, rl.networks.Dense(1), {"W": [null + seen], "w": vector}).x, shortest(system), 1e-10)
        leaking = vector + 0.5 * axes[:, 0]
        found = trained(system, rl.networks.Dense(1), {"W": [null + seen], "w": leaking})
        assert np.linalg.norm(found.x - shortest(system)) > 0.1


def test_wide_gaussian_starts_come_as_near_as_their_width_allows():
    """Entries of variance 1/m: ‖x∞ − A⁺b‖ ~ C/√m."""
    system, widths, gaps = drawn(7), (8, 32, 128, 512), []
    for width in widths:
        network = rl.networks.Dense(1, width)
        runs = [rl.train(system, network, rl.inits.Gaussian(1.0), FLOW, tol=1e-6, seed=seed) for seed in range(8)]
        gaps.append(np.sqrt(np.mean([np.sum((run.x - shortest(system)) ** 2) for run in runs])))
    slope = np.polyfit(np.log(widths), np.log(gaps), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.1)


def vector_growth(system, first, vector_size):
    """c² = ½(−δ + √(δ² + 4‖A⁺b‖²)), δ = ‖first‖² − c₀²."""
    imbalance = first @ first - vector_size**2
    return np.sqrt((np.hypot(imbalance, 2 * np.linalg.norm(shortest(system))) - imbalance) / 2)


class TestBiOptimal:
    """One hidden layer, stack (W; wᵀ) of rank one, P_N W = 0."""

    @pytest.mark.parametrize("width", [WIDE, NARROW, 1])
    def test_form(self, width):
        system = drawn(0)
        theta0 = rl.inits.BiOptimal(0.4)(rl.networks.Dense(1, width), system, 3)
        assert not theta0["W"][0].any()
        assert theta0["W"][0].shape == (UNKNOWNS, width)
        assert np.linalg.norm(theta0["w"]) == pytest.approx(0.4, rel=1e-14)
        close(rl.limit(system, rl.networks.Dense(1, width), theta0).x, shortest(system), 1e-10)

    @pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
    def test_the_vector_keeps_its_direction_and_grows_as_foretold(self, scale):
        """c∞ = ‖w₀‖·√(½(1 + √(1 + 4‖A⁺b‖²/‖w₀‖⁴))) and ‖W∞‖ = ‖A⁺b‖/c∞."""
        system, network = drawn(8), rl.networks.Dense(1, WIDE)
        start = rl.inits.BiOptimal(scale)(network, system, 1)
        found = trained(system, network, start)
        size = np.linalg.norm(shortest(system))
        growth = scale * np.sqrt((1 + np.sqrt(1 + 4 * size**2 / scale**4)) / 2)
        close(found.theta["w"], growth * start["w"] / scale, 1e-9)
        assert np.linalg.norm(found.theta["W"][0]) == pytest.approx(size / growth, rel=1e-9)
        close(found.x, shortest(system), 1e-10)

    @pytest.mark.parametrize(("first_size", "vector_size"), [(0.0, 0.7), (0.8, 0.0), (0.6, 1.1), (1.5, 0.4)])
    @pytest.mark.parametrize("width", [1, NARROW, SQUARE])
    def test_any_start_of_rank_one_in_the_row_space(self, first_size, vector_size, width):
        """W = u ŷᵀ and w = c₀ŷ, one of them 0 or none."""
        system, rng = drawn(width), np.random.default_rng(width)
        first = first_size * system.project_rows(2 * unit(rng, UNKNOWNS))
        direction = unit(rng, width)
        end = flowed(system, {"W": [np.outer(first, direction)], "w": vector_size * direction})
        growth = vector_growth(system, first, vector_size)
        assert np.linalg.norm(end["w"]) == pytest.approx(growth, rel=1e-8)
        assert np.linalg.norm(end["W"][0]) == pytest.approx(np.linalg.norm(shortest(system)) / growth, rel=1e-8)
        close(abs(end["w"] @ direction), growth, 1e-8)
        assert rl.certificates.bi_optimality(system, end).is_bi_optimal

    def test_descent_with_a_finite_step_ends_so_too(self):
        """The step leaves rank and null space alone; only c∞ is another."""
        system, network = drawn(9), rl.networks.Dense(1, WIDE)
        start = rl.inits.BiOptimal(0.5)(network, system, 1)
        found = rl.train(system, network, start, rl.flows.GradientDescent(step_size=0.2), tol=1e-10)
        assert rl.certificates.bi_optimality(system, found.theta).is_bi_optimal
        growth = vector_growth(system, np.zeros(UNKNOWNS), 0.5)
        assert abs(np.linalg.norm(found.theta["w"]) / growth - 1) > 1e-3

    @pytest.mark.parametrize("kind", ["generic", "rank-one balance", "null part", "two directions"])
    def test_no_other_start_ends_bi_optimal(self, kind):
        system, rng = drawn(10), np.random.default_rng(10)
        inside = np.linalg.qr(system.A.T)[0]
        direction = unit(rng, 5)
        across = unit(rng, 5)
        across -= (across @ direction) * direction
        matrix = {
            "generic": inside @ rng.standard_normal((EQUATIONS, 5)),
            # WᵀW − wwᵀ has rank one, the stack (W; wᵀ) has rank two
            "rank-one balance": np.outer(inside[:, 0], direction) + np.outer(inside[:, 1], across),
            "null part": np.outer(rng.standard_normal(UNKNOWNS), direction),
            "two directions": np.outer(inside[:, 0], across),
        }[kind]
        rank = np.linalg.matrix_rank(np.vstack([matrix, direction]), tol=1e-9)
        end = flowed(system, {"W": [matrix], "w": direction})
        assert np.linalg.matrix_rank(np.vstack([end["W"][0], end["w"]]), tol=1e-7) == rank
        misfits = rl.certificates.bi_optimality(system, end)
        assert misfits.residual < 2e-10
        assert misfits.matrix_misfit > 1e-2
        if kind != "null part":
            close(output(end), shortest(system), 1e-8)

    def test_refused_beyond_one_hidden_layer(self):
        for network in (rl.networks.Dense(0), rl.networks.Dense(2), rl.networks.Direct()):
            with pytest.raises(IncompatibleInitError, match=r"Type rl\.networks\.Dense\(hidden=1\)"):
                rl.inits.BiOptimal(0.1)(network, drawn(0))


@pytest.mark.parametrize("hidden", [2, 3])
def test_chains_in_the_row_space_end_multi_optimal(hidden):
    """Every layer is the shortest one that solves, given all the others: the seed's bi-optimality at any depth."""
    system, rng = drawn(hidden), np.random.default_rng(hidden)
    directions = [system.project_rows(unit(rng, UNKNOWNS))] + [unit(rng, 3) for _ in range(hidden)]
    matrices = [0.6 * np.outer(*pair) for pair in pairwise(directions)]
    end = flowed(system, {"W": matrices, "w": 0.8 * directions[-1]})
    factors = [*end["W"], end["w"][:, None]]
    for index, layer in enumerate(factors):
        left = system.A @ product(factors[:index], UNKNOWNS)
        right = product(factors[index + 1 :], layer.shape[1])
        best = np.linalg.lstsq(np.kron(left, right.T), system.b, rcond=1e-8)[0].reshape(layer.shape)
        close(layer, best, 1e-7)


@pytest.mark.parametrize("width", [WIDE, NARROW, 1])
def test_a_start_in_the_null_space(width):
    """P_A W = 0, h = 1: x∞ = A⁺b + c·W w with c² = ½(1 + √(1 + 4‖A⁺b‖²/‖w‖⁴)), W of any rank and size."""
    for seed in range(3):
        system, rng = drawn(seed), np.random.default_rng(seed)
        matrix = rng.choice([0.1, 3.0]) * null_projector(system) @ rng.standard_normal((UNKNOWNS, width))
        vector = rng.standard_normal(width)
        growth = np.sqrt((1 + np.sqrt(1 + 4 * np.sum(shortest(system) ** 2) / np.sum(vector**2) ** 2)) / 2)
        wanted = shortest(system) + growth * matrix @ vector
        theta0 = {"W": [matrix], "w": vector}
        close(output(flowed(system, theta0)), wanted, 1e-8)
        close(rl.limit(system, rl.networks.Dense(1), theta0).x, wanted, 1e-10)


def targets(count):
    """(system, target, scale, width): b = 0 and target = A⁺b among them, A of any rank, targets near and far."""
    for index in range(count):
        rng = np.random.default_rng([index, 50])
        n = int(rng.integers(2, 8))
        system = drawn(index, n, int(rng.integers(n + 1, 20)), rank=n - 1 if index % 4 == 3 else None)
        if index % 10 == 0:
            system = rl.LinearSystem(system.A, np.zeros(n))
        reach = 0.0 if index % 10 == 5 else 10 ** rng.uniform(-3, 2)
        target = shortest(system) + reach * null_projector(system) @ rng.standard_normal(system.shape[1])
        yield system, target, float(10 ** rng.uniform(-1, 1)), int(rng.choice([1, NARROW, WIDE]))


class TestLanding:
    def test_lands_on_fifty_targets(self):
        for seed, (system, target, scale, width) in enumerate(targets(50)):
            found = rl.limit(system, rl.networks.Dense(1, width), rl.inits.Landing(target, scale), seed=seed)
            assert found.success, (seed, found)
            close(found.x, target, 1e-8)

    def test_fifty_trainings_land(self):
        """The flow in weights knows nothing of the theorem; one shape, so that it is compiled once."""
        for index in range(50):
            system, rng = drawn(index), np.random.default_rng([index, 51])
            if index % 10 == 0:
                system = rl.LinearSystem(system.A, np.zeros(EQUATIONS))
            reach = 0.0 if index % 10 == 5 else 10 ** rng.uniform(-3, 1)
            target = shortest(system) + reach * null_projector(system) @ rng.standard_normal(UNKNOWNS)
            init = rl.inits.Landing(target, float(10 ** rng.uniform(-0.5, 0.5)))
            close(trained(system, rl.networks.Dense(1, WIDE), init).x, target, 1e-8)

    @pytest.mark.parametrize("what", ["b = 0", "A⁺b", "near", "far", "rank-deficient"])
    def test_lands_by_training(self, what):
        system, rng = drawn(1, rank=3 if what == "rank-deficient" else None), np.random.default_rng(1)
        if what == "b = 0":
            system = rl.LinearSystem(system.A, np.zeros(EQUATIONS))
        reach = {"A⁺b": 0.0, "near": 0.1, "far": 10.0}.get(what, 1.0)
        target = system.min_norm() + reach * system.project_null(rng.standard_normal(UNKNOWNS))
        init = rl.inits.Landing(target, scale=0.8)
        if what == "rank-deficient":
            close(output(flowed(system, init(rl.networks.Dense(1, 3), system, 2))), target, 1e-8)
        else:
            close(trained(system, rl.networks.Dense(1, WIDE), init).x, target, 1e-8)

    def test_zero_is_a_target_where_b_is_zero(self):
        system = rl.LinearSystem(drawn(0).A, np.zeros(EQUATIONS))
        assert not rl.limit(system, rl.networks.Dense(1), rl.inits.Landing(np.zeros(UNKNOWNS))).x.any()

    @pytest.mark.parametrize("unit", [1e-8, 1e8])
    def test_the_unit_of_the_equations_does_not_matter(self, unit):
        system = drawn(0)
        target = shortest(system) + null_projector(system) @ np.ones(UNKNOWNS)
        other = rl.LinearSystem(unit * system.A, unit * system.b)
        close(rl.limit(other, rl.networks.Dense(1), rl.inits.Landing(target)).x, target, 1e-8)

    def test_a_target_that_solves_only_nearly(self):
        """Training ends at solutions: of a target off by 1e-9 the nearest one."""
        system = drawn(0)
        exact = shortest(system) + null_projector(system) @ np.ones(UNKNOWNS)
        found = rl.limit(system, rl.networks.Dense(1), rl.inits.Landing(exact + 1e-9 * system.A[0]))
        close(found.x, exact, 1e-12)

    def test_what_cannot_be_landed_on(self):
        system, network = drawn(0), rl.networks.Dense(1)
        with pytest.raises(InvalidInputError, match=r"does not solve .* residual is .*system\.project_null\(target\)"):
            rl.inits.Landing(shortest(system) + 1e-6 * system.A[0])(network, system)
        with pytest.raises(InvalidInputError, match=r"3 entries and .* 9 unknowns"):
            rl.inits.Landing([1.0, 2.0, 3.0])(network, system)
        with pytest.raises(rl.InconsistentSystemError):
            rl.inits.Landing([1.0])(network, rl.LinearSystem([[1.0], [1.0]], [0.0, 1.0]))
        for hidden in (0, 2):
            with pytest.raises(IncompatibleInitError, match=r"rl\.networks\.Dense\(hidden=1\)"):
                rl.inits.Landing(shortest(system))(rl.networks.Dense(hidden), system)

    @pytest.mark.parametrize("target", [[1.0, np.nan], [np.inf, 1.0], [[1.0], [2.0]], 3.0, ["a"], None, [1j]])
    def test_targets_that_are_no_vectors(self, target):
        with pytest.raises(InvalidInputError, match="target"):
            rl.inits.Landing(target)

    def test_is_a_value_though_it_holds_an_array(self):
        target = np.random.default_rng(0).standard_normal(5)
        init = rl.inits.Landing(target, scale=0.1)
        assert init == rl.inits.Landing(target.tolist(), scale=0.1)
        assert hash(init) == hash(rl.inits.Landing(target, scale=0.1))
        assert eval(repr(init), {"Landing": rl.inits.Landing}) == init
        assert init != rl.inits.Landing(2 * target, scale=0.1)
        target[0] = 7
        assert init.target[0] != 7


def chain_of(theta0):
    """(w₀, a) of a rank-one chain x = w₀·a_1 ⋯ a_h, straight from its layers."""
    *lefts, last = [*theta0["W"], theta0["w"][:, None]]
    direction, factors = np.ones(1), [last]
    for matrix in reversed(lefts):
        factors.insert(0, matrix)
    sizes = [np.linalg.norm(factor) for factor in factors]
    x = product(factors, UNKNOWNS)[:, 0] * direction
    return sizes[0] * x / np.linalg.norm(x), np.array(sizes[1:])


def closed_form(system, first, factors):
    """x∞ = A⁺b + √∏(s + δ_j)·P_N w₀ with (s − κ)∏(s + δ_j) = ‖A⁺b‖²; and s."""
    null = null_projector(system) @ first
    kappa, imbalances, size = null @ null, factors**2 - first @ first, np.linalg.norm(shortest(system))

    def excess(s):
        return (s - kappa) * np.prod(s + imbalances) - size**2

    floor = max(kappa, -imbalances.min())
    s = scipy.optimize.brentq(excess, floor, floor + size + size**2 + 1, xtol=1e-15)
    return shortest(system) + np.sqrt(np.prod(s + imbalances)) * null, s


class TestChains:
    @pytest.mark.parametrize("hidden", [1, 2, 3, 4])
    @pytest.mark.parametrize("width", [1, NARROW, WIDE])
    def test_form(self, hidden, width):
        system = drawn(0)
        theta0 = rl.inits.Chain(0.4, ratio=1.5)(rl.networks.Dense(hidden, width), system, 3)
        factors = [*theta0["W"], theta0["w"][:, None]]
        assert [np.linalg.norm(f) for f in factors] == pytest.approx([0.4] + [0.6] * hidden, rel=1e-13)
        assert all(np.linalg.matrix_rank(f, tol=1e-13) == 1 for f in factors)
        assert np.linalg.norm(output(theta0)) == pytest.approx(0.4 * 0.6**hidden, rel=1e-13)

    def test_no_hidden_layer(self):
        system, network = drawn(0), rl.networks.Dense(0)
        theta0 = rl.inits.Chain(0.4)(network, system, 3)
        assert np.linalg.norm(theta0["w"]) == pytest.approx(0.4, rel=1e-14)
        wanted = shortest(system) + null_projector(system) @ theta0["w"]
        close(rl.limit(system, network, theta0).x, wanted, 1e-12)

    @pytest.mark.parametrize("init", [rl.inits.Chain(0.5), rl.inits.Chain(0.8, 1.0), rl.inits.Balanced(0.7)], ids=repr)
    @pytest.mark.parametrize("hidden", [1, 2, 3, 4])
    def test_closed_form_limits(self, init, hidden):
        for seed, (width, rank) in enumerate([(WIDE, None), (SQUARE, 3), (NARROW, None), (1, None)]):
            system, network = drawn(seed, rank=rank), rl.networks.Dense(hidden, width)
            theta0 = init(network, system, seed)
            wanted, _ = closed_form(system, *chain_of(theta0))
            assert np.linalg.norm(wanted - shortest(system)) > 0.05
            close(rl.limit(system, network, init, seed=seed).x, wanted, 1e-10)
            if width == NARROW:
                close(output(flowed(system, theta0)), wanted, 1e-8)

    @pytest.mark.parametrize("network", [rl.networks.Dense(1, WIDE), rl.networks.Dense(2, SQUARE)], ids=repr)
    def test_training_ends_there(self, network):
        system, init = drawn(3), rl.inits.Chain(0.6, 1.2)
        wanted, s = closed_form(system, *chain_of(init(network, system, 0)))
        found = trained(system, network, init)
        close(found.x, wanted, 1e-9)
        assert np.linalg.norm(found.theta["W"][0]) == pytest.approx(np.sqrt(s), rel=1e-9)

    @pytest.mark.parametrize("ratio", [1.0, 1.7])
    def test_one_hidden_layer_in_closed_form(self, ratio):
        """a∞² = ½((δ + κ) + √((δ + κ)² + 4‖A⁺b‖²))."""
        system, network = drawn(4), rl.networks.Dense(1, 3)
        theta0 = rl.inits.Chain(0.7, ratio)(network, system, 1)
        first, factors = chain_of(theta0)
        null = null_projector(system) @ first
        middle = factors[0] ** 2 - first @ first + null @ null
        amount = np.sqrt((middle + np.hypot(middle, 2 * np.linalg.norm(shortest(system)))) / 2)
        close(rl.limit(system, network, theta0).x, shortest(system) + amount * null, 1e-11)
        end = flowed(system, theta0)
        assert np.linalg.norm(end["w"]) == pytest.approx(amount, rel=1e-8)
        close(output(end), shortest(system) + amount * null, 1e-8)

    @pytest.mark.parametrize("hidden", [1, 2, 3])
    def test_the_radial_potential_is_stationary(self, hidden):
        """P_N(√s·x∞/‖x∞‖ − sgn(∏a_j)w₀) = 0 with s∏(s + δ_j) = ‖x∞‖², at the closed form and at the end of training."""
        system, network = drawn(hidden), rl.networks.Dense(hidden, 3)
        theta0 = rl.inits.Chain(0.5, 1.3)(network, system, 1)
        first, factors = chain_of(theta0)
        imbalances = factors**2 - first @ first
        for x, tolerance in ((closed_form(system, first, factors)[0], 1e-13), (output(flowed(system, theta0)), 1e-8)):
            square = x @ x
            s = scipy.optimize.brentq(lambda s: s * np.prod(s + imbalances) - x @ x, 0, 1 + square, xtol=1e-15)  # noqa: B023
            slope = np.sqrt(s) * x / np.linalg.norm(x)
            assert np.linalg.norm(null_projector(system) @ (slope - first)) <= tolerance
            assert np.linalg.norm(null_projector(system) @ slope) > 0.05

    def test_a_ratio_below_one_has_no_theorem(self):
        for hidden in (1, 2, 4):
            with pytest.raises(rl.NoExactLimit, match="lowest imbalance δ is -"):
                rl.limit(drawn(0), rl.networks.Dense(hidden, 3), rl.inits.Chain(0.5, ratio=0.9))

    def test_layers_of_such_chains_may_change_their_sign(self):
        """δ < 0: |a∞| is the one of the closed form, its sign comes out either way."""
        turned = 0
        for seed in range(30):
            system, rng = drawn(seed, 2, 5), np.random.default_rng(seed)
            first, factor = 1.5 * unit(rng, 5), 0.3
            end = flowed(system, {"W": [first[:, None]], "w": np.array([factor])})
            kappa, imbalance = np.sum((null_projector(system) @ first) ** 2), factor**2 - first @ first
            middle = imbalance + kappa
            amount = np.sqrt((middle + np.hypot(middle, 2 * np.linalg.norm(shortest(system)))) / 2)
            assert abs(end["w"][0]) == pytest.approx(amount, rel=1e-7)
            turned += end["w"][0] < 0
        assert 5 <= turned <= 25

    @pytest.mark.parametrize("ratio", [0.0, -1.0, np.nan, np.inf, "two", None, True])
    def test_ratios_that_are_no_ratios(self, ratio):
        with pytest.raises(InvalidInputError, match="ratio"):
            rl.inits.Chain(0.5, ratio)

    @pytest.mark.parametrize("kind", [rl.inits.Chain, rl.inits.Balanced])
    def test_refused_on_other_networks(self, kind):
        for network in (rl.networks.Direct(), rl.networks.Product(2)):
            with pytest.raises(IncompatibleInitError, match=rf"inits\.{kind.__name__} .*Type rl\.networks\.Dense"):
                kind(0.5)(network, drawn(0))


class TestBalanced:
    @pytest.mark.parametrize("hidden", [1, 2, 3, 4])
    def test_every_pair_of_layers_is_balanced_and_stays_so(self, hidden):
        system = drawn(hidden)
        theta0 = rl.inits.Balanced(0.9)(rl.networks.Dense(hidden, 3), system, 1)
        for theta, tolerance in ((theta0, 1e-15), (flowed(system, theta0), 1e-8)):
            factors = [*theta["W"], theta["w"][:, None]]
            for left, right in pairwise(factors):
                np.testing.assert_allclose(left.T @ left, right @ right.T, rtol=0, atol=tolerance)
            assert all(np.linalg.matrix_rank(factor, tol=1e-6) == 1 for factor in factors)

    @pytest.mark.parametrize("hidden", [1, 2, 3])
    def test_the_limit_depends_on_the_initial_x_alone(self, hidden):
        """w₀ = ‖x₀‖^(1/(h+1))·x₀/‖x₀‖: x∞ = A⁺b + s^(h/2)·P_N w₀ with (s − ‖P_N w₀‖²)s^h = ‖A⁺b‖²."""
        system, network = drawn(hidden), rl.networks.Dense(hidden, 3)
        theta0 = rl.inits.Balanced(0.8)(network, system, 2)
        x0 = output(theta0)
        null = null_projector(system) @ x0 * np.linalg.norm(x0) ** (1 / (hidden + 1) - 1)
        square, size = null @ null, np.linalg.norm(shortest(system))
        s = scipy.optimize.brentq(lambda s: (s - square) * s**hidden - size**2, square, square + size + size**2 + 1)
        close(rl.limit(system, network, theta0).x, shortest(system) + s ** (hidden / 2) * null, 1e-10)


class TestTorchDefault:
    def test_bounds_and_spread_of_dense_layers(self):
        """Linear(2000, 100), Linear(100, 400), Linear(400, 1): uniform between ±1/√fan_in, the rows of W_i."""
        system = drawn(0, 2, 2000)
        theta0 = rl.inits.TorchDefault()(rl.networks.Dense(2, (100, 400)), system)
        for layer, inputs in zip([*theta0["W"], theta0["w"]], (2000, 100, 400), strict=True):
            bound = 1 / np.sqrt(inputs)
            assert 0.98 * bound < np.abs(layer).max() <= bound
            assert np.std(layer) == pytest.approx(bound / np.sqrt(3), rel=0.08)
            assert abs(np.mean(layer)) < 4 * bound / np.sqrt(3 * layer.size)

    def test_other_networks(self):
        """Direct is Linear(d, 1); a diagonal layer has one input."""
        system = drawn(0, 2, 2000)
        assert 0.98 < np.abs(rl.inits.TorchDefault()(rl.networks.Direct(), system)["x"]).max() * np.sqrt(2000) <= 1
        layers = rl.inits.TorchDefault()(rl.networks.Product(3), system)["layers"]
        assert 0.99 < np.abs(layers).max() <= 1
        assert np.std(layers) == pytest.approx(1 / np.sqrt(3), rel=0.05)

    def test_it_is_what_pytorch_draws(self):
        torch = pytest.importorskip("torch", reason="PyTorch is not installed")
        theirs = torch.nn.Linear(300, 200, bias=False).weight.detach().numpy()
        ours = rl.inits.TorchDefault()(rl.networks.Dense(1, 200), drawn(0, 2, 300))["W"][0]
        assert theirs.shape == ours.T.shape
        assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=1e-2)
        assert np.std(ours) == pytest.approx(np.std(theirs), rel=1e-2)

    def test_training_from_it_reaches_a_solution(self):
        system = drawn(0)
        found = trained(system, rl.networks.Dense(1, WIDE), rl.inits.TorchDefault())
        assert system.residual(found.x) < 1e-10
        assert np.linalg.norm(found.x - shortest(system)) > 1e-3


class TestExtremeScales:
    """Products of four weights leave float64 long before the weights do."""

    @pytest.mark.parametrize("scale", [1e-200, 1e-120, 1e-30, 1e30, 1e70])
    @pytest.mark.parametrize(
        ("network", "make"),
        [
            (rl.networks.Dense(1, WIDE), rl.inits.RowSpace),
            (rl.networks.Dense(3, WIDE), rl.inits.RowSpace),
            (rl.networks.Dense(1, WIDE), rl.inits.BiOptimal),
            (rl.networks.Dense(3), rl.inits.Identity),
        ],
        ids=repr,
    )
    def test_the_shortest_solution(self, network, make, scale):
        system = drawn(3)
        found = rl.limit(system, network, make(scale))
        assert found.success
        close(found.x, shortest(system), 1e-12)
        assert np.isfinite(rl.convergence_rate(system, network, make(scale)))

    @pytest.mark.parametrize("scale", [1e-100, 1e-200])
    def test_tiny_chains_end_at_the_shortest_solution(self, scale):
        system = drawn(4)
        for network in (rl.networks.Dense(1, NARROW), rl.networks.Dense(3, NARROW)):
            close(rl.limit(system, network, rl.inits.Chain(scale)).x, shortest(system), 1e-12)

    @pytest.mark.parametrize("verb", [rl.limit, rl.lazy_limit])
    def test_an_x_beyond_float64_is_refused(self, verb):
        with pytest.raises(InvalidInputError, match="beyond float64: a product of 4 weights"):
            verb(drawn(5), rl.networks.Dense(3, NARROW), rl.inits.Chain(1e100))


def test_landing_takes_its_own_advice():
    """A solution 1e8 times as large as the shortest one solves the system to the rounding of A x."""
    system = drawn(6)
    large = rl.LinearSystem(1e8 * system.A, system.b)
    target = large.min_norm() + large.project_null(np.ones(UNKNOWNS))
    found = rl.limit(large, rl.networks.Dense(1), rl.inits.Landing(target))
    close(found.x, target, 1e-8)
    with pytest.raises(InvalidInputError, match="target does not solve"):
        rl.limit(large, rl.networks.Dense(1), rl.inits.Landing(target + 1e-3))
