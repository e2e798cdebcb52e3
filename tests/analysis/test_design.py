"""Designed starts: the limit minimises the penalty asked for, as an interior-point solver finds its minimum."""

import clarabel
import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import linprog

import ridgeless as rl
from ridgeless.errors import InvalidInputError, NoExactDesign

EQUATIONS, UNKNOWNS = 8, 20
pytestmark = pytest.mark.usefixtures("as_a_user")


def system_of(seed, is_positive=False):
    rng = np.random.default_rng([seed, 53])
    A, x = rng.standard_normal((EQUATIONS, UNKNOWNS)), rng.standard_normal(UNKNOWNS)
    return rl.LinearSystem(A, A @ (np.abs(x) if is_positive else x)), rng


def squares_and_prices(rng):
    return rng.uniform(0.5, 2.0, UNKNOWNS), rng.uniform(0.5, 2.0, UNKNOWNS)


def cone_program(blocks, system, cost, rows_of_x, quadratic=None):
    """Clarabel's minimum of ½xᵀPx + ⟨cost, y⟩ over A x = b and cones; x are the first columns of y."""
    size = len(cost)
    equal = sp.hstack([sp.csc_matrix(system.A), sp.csc_matrix((EQUATIONS, size - UNKNOWNS))])
    P = (
        sp.csc_matrix((size, size))
        if quadratic is None
        else sp.csc_matrix(sp.diags(np.append(quadratic, np.zeros(size - UNKNOWNS))))
    )
    G = sp.vstack([equal, *rows_of_x]) if rows_of_x else equal
    h = np.concatenate([system.b, *[np.zeros(rows.shape[0]) for rows in rows_of_x]])
    for place, value in blocks.get("right", {}).items():
        h[EQUATIONS + place] = value
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    cones = [clarabel.ZeroConeT(EQUATIONS), *blocks.get("cones", [])]
    return np.array(clarabel.DefaultSolver(P, cost, sp.csc_matrix(G), h, cones, settings).solve().x)[:UNKNOWNS]


def least_squares(system, weights, center):
    return cone_program({}, system, -weights * center, [], weights)


def least_prices(system, up, down):
    """Variables (x, x⁺, x⁻) with x = x⁺ − x⁻."""
    eye, none = sp.identity(UNKNOWNS), sp.csc_matrix((UNKNOWNS, UNKNOWNS))
    tied = sp.hstack([eye, -eye, eye])
    signs = [sp.hstack([none, -eye, none]), sp.hstack([none, none, -eye])]
    if not np.isfinite(down).all():
        signs.append(sp.hstack([none, none, eye]))
        down = np.zeros(UNKNOWNS)
    cones = [clarabel.ZeroConeT(UNKNOWNS), clarabel.NonnegativeConeT(UNKNOWNS * len(signs))]
    cost = np.concatenate([np.zeros(UNKNOWNS), up, down])
    return cone_program({"cones": cones}, system, cost, [tied, *signs])


def least_divergence(system, prior):
    """Variables (x, t): (−t, x, p) in the exponential cone, that is x·log(p/x) ≥ −t."""
    rows, right = [], {}
    for i in range(UNKNOWNS):
        rows += [({UNKNOWNS + i: 1.0}, 0.0), ({i: -1.0}, 0.0), ({}, prior[i])]
    G = sp.lil_matrix((3 * UNKNOWNS, 2 * UNKNOWNS))
    for place, (entries, constant) in enumerate(rows):
        for column, value in entries.items():
            G[place, column] = value
        right[place] = constant
    cones = [clarabel.ExponentialConeT()] * UNKNOWNS
    cost = np.concatenate([-np.ones(UNKNOWNS), np.ones(UNKNOWNS)])
    return cone_program({"cones": cones, "right": right}, system, cost, [sp.csc_matrix(G)])


def least_hypentropy(system, knee):
    """Newton's method on the dual, written out: A(k·sinh(Aᵀν)) = b, from the lazy end."""
    nu = np.zeros(EQUATIONS)
    for raised in np.geomspace(100.0, 1.0, 30):
        for _ in range(20):
            z = system.A.T @ nu
            left = system.b - system.A @ (raised * knee * np.sinh(z))
            nu = nu + np.linalg.solve(system.A * (raised * knee * np.cosh(z)) @ system.A.T, left)
    return knee * np.sinh(system.A.T @ nu)


def exceeds(penalty, network, system, best, reach=5.0):
    found = rl.limit(system, network, rl.design(penalty, network, reach=reach))
    assert found.success
    assert system.residual(best) < 1e-7
    return (penalty.value(found.x) - penalty.value(best)) / abs(penalty.value(best))


@pytest.mark.parametrize("seed", range(20))
class TestTheFamiliesThatAreExact:
    @pytest.mark.parametrize("depth", [3, 4])
    def test_weighted_and_asymmetric_prices(self, seed, depth):
        system, rng = system_of(seed)
        up, down = squares_and_prices(rng)
        penalty = rl.potentials.WeightedL1(up, down)
        assert abs(exceeds(penalty, rl.networks.Difference(depth), system, least_prices(system, up, down))) <= 1e-6

    def test_prices_of_what_is_not_negative(self, seed):
        system, rng = system_of(seed, is_positive=True)
        up, _ = squares_and_prices(rng)
        penalty = rl.potentials.WeightedL1(up, np.full(UNKNOWNS, np.inf))
        best = least_prices(system, up, np.full(UNKNOWNS, np.inf))
        found = rl.limit(system, rl.networks.Power(3), rl.design(penalty, rl.networks.Power(3))).x
        assert found.min() >= 0
        assert abs(up @ found - up @ best) <= 1e-6 * (up @ best)

    def test_divergence_from_a_prior(self, seed):
        system, rng = system_of(seed, is_positive=True)
        prior, _ = squares_and_prices(rng)
        penalty = rl.penalties.KullbackLeibler(prior)
        best = np.maximum(least_divergence(system, prior), 0.0)
        for network in (rl.networks.Power(2), rl.networks.Difference(2)):
            assert abs(exceeds(penalty, network, system, best)) <= 1e-5

    def test_hypentropy(self, seed):
        system, rng = system_of(seed)
        penalty = rl.potentials.Hypentropy(rng.uniform(0.3, 3.0, UNKNOWNS), rate=1.0)
        best = least_hypentropy(system, penalty.knee)
        for network in (rl.networks.Difference(2), rl.networks.Product(2), rl.networks.TwoBranch(2)):
            assert abs(exceeds(penalty, network, system, best)) <= 1e-8

    def test_weighted_squares(self, seed):
        system, rng = system_of(seed)
        weights, center = squares_and_prices(rng)
        penalty = rl.penalties.WeightedSquares(weights, center - 1)
        best = least_squares(system, weights, center - 1)
        assert abs(exceeds(penalty, rl.networks.Difference(2), system, best)) <= 1e-6

    def test_a_wrong_design_costs_more(self, seed):
        system, rng = system_of(seed)
        up, down = squares_and_prices(rng)
        penalty = rl.potentials.WeightedL1(up, down)
        best = least_prices(system, up, down)
        swapped = rl.design(rl.potentials.WeightedL1(down**3, up**3), rl.networks.Difference(3))
        found = rl.limit(system, rl.networks.Difference(3), swapped).x
        assert penalty.value(found) > 1.0001 * penalty.value(best)


def test_the_interior_point_solver_is_right_about_prices():
    system, rng = system_of(0)
    up, down = squares_and_prices(rng)
    program = linprog(np.append(up, down), A_eq=np.hstack([system.A, -system.A]), b_eq=system.b, method="highs")
    best = least_prices(system, up, down)
    assert rl.potentials.WeightedL1(up, down).value(best) == pytest.approx(program.fun, rel=1e-7)


@pytest.mark.parametrize("network", [rl.networks.Direct(), rl.networks.Difference(1), rl.networks.Power(1)], ids=repr)
def test_equal_squares_are_plain_regression(network):
    system, rng = system_of(1)
    center = rng.standard_normal(UNKNOWNS)
    found = rl.limit(system, network, rl.design(rl.penalties.WeightedSquares(3.0, center), network)).x
    np.testing.assert_allclose(found, system.min_norm() + system.project_null(center), atol=1e-10)
    shortest = rl.limit(system, network, rl.design(rl.potentials.Quadratic(), network)).x
    np.testing.assert_allclose(shortest, system.min_norm(), atol=1e-10)


def test_an_entropy_and_its_signs():
    sign = np.where(np.arange(UNKNOWNS) % 2, -1.0, 1.0)
    rng = np.random.default_rng(2)
    system = rl.LinearSystem(
        A := rng.standard_normal((EQUATIONS, UNKNOWNS)), A @ (sign * rng.uniform(0.5, 2, UNKNOWNS))
    )
    network, penalty = rl.networks.Difference(2), rl.potentials.Entropy(sign, rate=1.0)
    found = rl.limit(system, network, rl.design(penalty, network))
    assert rl.certify(system, found.x, rl.potentials.Bias(penalty, np.zeros(UNKNOWNS), "")).verdict.value == "certified"
    with pytest.raises(NoExactDesign):
        rl.design(penalty, rl.networks.Power(2))


def test_equal_prices_at_depth_two():
    system, _ = system_of(3)
    penalty = rl.potentials.WeightedL1(np.full(UNKNOWNS, 2.0), np.full(UNKNOWNS, 2.0))
    best = least_prices(system, np.ones(UNKNOWNS), np.ones(UNKNOWNS))
    assert abs(exceeds(penalty, rl.networks.Difference(2), system, best)) <= 1e-6


class Smooth:
    """Σ log cosh(3x): linear far from 0, quadratic near it, as the user's own penalty."""

    def value(self, x):
        return float(np.sum(np.log(np.cosh(3 * x))))

    def gradient(self, x):
        return 3 * np.tanh(3 * x)


class TestFits:
    @pytest.mark.parametrize("network", [rl.networks.Difference(2), rl.networks.Difference(3)], ids=repr)
    @pytest.mark.parametrize("l2", [0.3, 1.0])
    def test_an_elastic_net_is_out_of_reach(self, network, l2):
        with pytest.raises(NoExactDesign, match=r"misses the gradient of ElasticNet by \d") as refusal:
            rl.design(rl.penalties.ElasticNet(l1=1.0, l2=l2), network)
        # The kink asks for a knee near 0, where the inverse map has bent over long before the end of the range.
        assert 0.02 < refusal.value.error < 0.5
        assert f"{refusal.value.error:.1%}" in str(refusal.value)

    def test_the_error_of_the_elastic_net_is_the_best_one(self):
        with pytest.raises(NoExactDesign) as refusal:
            rl.design(rl.penalties.ElasticNet(l1=1.0, l2=1.0), rl.networks.Difference(2))
        x = np.geomspace(1e-3, 1.0, 48)
        wanted, best = 1 + x, np.inf
        for knee in np.geomspace(1e-12, 1e2, 300):
            shape = np.arcsinh(x / knee)
            left = wanted - shape * (wanted @ shape) / (shape @ shape)
            best = (
                min(best, (left @ left, np.abs(left).max() / 2))
                if best is not np.inf
                else (left @ left, np.abs(left).max() / 2)
            )
        assert refusal.value.error == pytest.approx(best[1], rel=0.02)

    def test_it_finds_a_start_that_exists(self):
        class Borrowed:
            knee = np.array([0.2, 1.0, 3.0])

            def gradient(self, x):
                return 7 * (np.arcsinh(x / self.knee) - np.array([0.3, 0.0, -0.5]))

        borrowed = Borrowed()
        borrowed.knees = Borrowed.knee  # an array of its own tells how many unknowns there are
        network = rl.networks.Difference(2)
        theta = rl.design(borrowed, network, tol=1e-6).theta
        np.testing.assert_allclose(2 * theta["u"] * theta["v"], Borrowed.knee, rtol=1e-5)
        np.testing.assert_allclose(np.log(theta["u"] / theta["v"]), [0.3, 0.0, -0.5], atol=1e-5)

    def test_a_hypentropy_is_only_near_to_what_depth_three_has(self):
        penalty, network = rl.potentials.Hypentropy(np.full(UNKNOWNS, 0.1), rate=4.0), rl.networks.Difference(3)
        assert "fitted to Hypentropy" in rl.design(penalty, network, tol=0.1).origin
        with pytest.raises(NoExactDesign, match="misses the gradient of Hypentropy"):
            rl.design(penalty, network, tol=1e-5)

    def test_a_penalty_of_ones_own_within_its_tolerance(self):
        system, _ = system_of(4)
        small = system.with_right(system.b / (2 * np.abs(system.min_norm()).max()))
        network = rl.networks.Difference(2)
        with pytest.raises(NoExactDesign) as refusal:
            rl.design(Smooth(), network, tol=0.01)
        init = rl.design(Smooth(), network, tol=1.01 * refusal.value.error)
        assert np.ndim(init.theta["u"]) == 0
        ours = Smooth().value(rl.limit(small, network, init).x)
        assert ours <= min(
            Smooth().value(small.min_norm()), Smooth().value(rl.limit(small, network, rl.inits.Constant(1e-6)).x)
        )

    def test_more_reach_costs_accuracy(self):
        errors = []
        for reach in (0.1, 1.0, 10.0):
            with pytest.raises(NoExactDesign) as refusal:
                rl.design(rl.penalties.ElasticNet(1.0, 1.0), rl.networks.Difference(2), reach=reach, tol=1e-6)
            errors.append(refusal.value.error)
        assert errors[0] < errors[1]


class TestRefusals:
    def test_lists_are_arrays(self):
        network = rl.networks.Difference(3)
        listed = rl.design(rl.potentials.WeightedL1([1.0, 2.0], [2.0, np.inf]), network)
        assert listed == rl.design(rl.potentials.WeightedL1(np.array([1.0, 2.0]), np.array([2.0, np.inf])), network)

    def test_networks(self):
        with pytest.raises(InvalidInputError, match="design: network is 3"):
            rl.design(rl.penalties.ElasticNet(1.0, 1.0), 3)
        with pytest.raises(NoExactDesign, match="no start of Dense") as refusal:
            rl.design(rl.penalties.ElasticNet(1.0, 1.0), rl.networks.Dense(hidden=1))
        assert refusal.value.error == np.inf

    def test_penalties(self):
        with pytest.raises(InvalidInputError, match="penalty is a str"):
            rl.design("l1", rl.networks.Difference(2))
        with pytest.raises(NoExactDesign, match="not finite on both sides"):
            rl.design(rl.penalties.KullbackLeibler(1.0), rl.networks.Difference(3))
        with pytest.raises(InvalidInputError, match="numbers above 0"):
            rl.penalties.ElasticNet(l1=0.0, l2=1.0)

    @pytest.mark.parametrize("network", [rl.networks.Difference(2), rl.networks.Difference(3), rl.networks.Power(2)])
    @pytest.mark.parametrize("bad", [-np.ones(2), np.array([1.0, 0.0]), np.full(2, np.nan), 1.0, np.ones((2, 2))])
    def test_prices_that_are_none(self, network, bad):
        for name in ("positive", "negative"):
            penalty = rl.potentials.WeightedL1(**{"positive": np.ones(2), "negative": np.ones(2), name: bad})
            with pytest.raises(
                InvalidInputError, match=rf"(?s)design: {name} of WeightedL1 = .*type one number above 0"
            ):
                rl.design(penalty, network)

    def test_prices_of_two_lengths(self):
        with pytest.raises(InvalidInputError, match="WeightedL1 has 3 positive and 2 negative prices"):
            rl.design(rl.potentials.WeightedL1(np.ones(3), np.ones(2)), rl.networks.Difference(3))
        with pytest.raises(InvalidInputError, match="design: positive of WeightedL1 holds"):
            rl.design(rl.potentials.WeightedL1("dear", np.ones(2)), rl.networks.Difference(3))

    @pytest.mark.parametrize("network", [rl.networks.Difference(2), rl.networks.Product(2), rl.networks.Power(3)])
    def test_potentials_that_are_none(self, network):
        for knee in (np.zeros(2), -np.ones(2), np.full(2, np.nan), np.full(2, np.inf), np.ones((2, 2))):
            with pytest.raises(
                InvalidInputError, match=r"(?s)design: knee of Hypentropy = .*type a finite number above 0"
            ):
                rl.design(rl.potentials.Hypentropy(knee, 4.0), network)
        for rate in (0.0, -1.0, np.nan):
            with pytest.raises(InvalidInputError, match="design: rate of Hypentropy = "):
                rl.design(rl.potentials.Hypentropy(np.ones(2), rate), network)
            with pytest.raises(InvalidInputError, match="design: rate of Quadratic = "):
                rl.design(rl.potentials.Quadratic(rate), network)
            with pytest.raises(InvalidInputError, match="design: rate of Entropy = "):
                rl.design(rl.potentials.Entropy(np.ones(2), rate), network)
        for sign in (np.zeros(2), np.array([1.0, 2.0]), np.full(2, np.nan), 1.0):
            with pytest.raises(InvalidInputError, match=r"design: sign of Entropy = .*type .1 or -1"):
                rl.design(rl.potentials.Entropy(sign, 1.0), network)
        with pytest.raises(NoExactDesign, match="not finite"):
            rl.design(rl.potentials.TangentHypentropy(-np.ones(2)), network)

    def test_prices_that_depth_two_forgets(self):
        with pytest.raises(NoExactDesign, match="WeightedL1"):
            rl.design(rl.potentials.WeightedL1(np.array([1.0, 2.0]), np.ones(2)), rl.networks.Difference(2))


@pytest.mark.parametrize(
    "penalty",
    [rl.penalties.ElasticNet(0.5, 2.0), rl.penalties.KullbackLeibler(0.7), rl.penalties.WeightedSquares(2.0, -1.0)],
    ids=["elastic net", "divergence", "squares"],
)
def test_gradients_are_those_of_the_values(penalty):
    x, step = np.array([0.3, 1.0, 2.5]), 1e-6
    measured = [(penalty.value(x + step * e) - penalty.value(x - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(penalty.gradient(x), measured, rtol=1e-8)


class TestWeights:
    def test_other_keys(self):
        system, _ = system_of(0)
        with pytest.raises(rl.errors.IncompatibleInitError, match=r"Difference\(depth=2\) needs"):
            rl.inits.Weights({"w": 1.0})(rl.networks.Difference(2), system)
        with pytest.raises(InvalidInputError, match="theta is a float"):
            rl.inits.Weights(1.0)

    def test_equality_looks_inside(self):
        one, same = (rl.inits.Weights({"u": np.ones(2), "v": [np.ones(1)]}) for _ in range(2))
        assert one == same
        assert one != rl.inits.Weights({"u": np.ones(2), "v": [np.zeros(1)]})
        assert one != rl.inits.Weights({"u": np.ones(2)})
        assert one != 3
