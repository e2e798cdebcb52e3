"""The bound on the distance to the limit beside rigorous enclosures, and where float64 alone tells nothing."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.certificates import enclose, enclose_limit
from ridgeless.certificates._mirror import mirror_of
from ridgeless.certificates._radius import _gap

N, INITS = rl.networks, rl.inits

SEPARABLE = [N.Difference(2), N.Difference(3), N.Difference(5), N.Power(2), N.Power(4), N.Product(3), N.TwoBranch(6)]


def system_of(network, seed, nonzeros=None, shape=(8, 24)):
    """Gaussian equations with a solution whose signs the network can take."""
    rng = np.random.default_rng(seed)
    A, x = rng.standard_normal(shape), np.zeros(shape[1])
    support = rng.choice(shape[1], nonzeros or shape[1], replace=False)
    x[support] = rng.uniform(0.5, 2, len(support)) * (
        1 if isinstance(network, N.Power) else rng.choice([-1, 1], len(support))
    )
    return rl.LinearSystem(A, A @ x)


@pytest.mark.parametrize("nonzeros", [3, 24])
@pytest.mark.parametrize("scale", [10.0, 1.0, 1e-2, 1e-4, 1e-8, 1e-20, 1e-60])
def test_the_bound_is_above_the_distance_and_not_far(scale, nonzeros):
    ratios = []
    for seed, network in enumerate(SEPARABLE):
        found = rl.limit(system_of(network, seed, nonzeros), network, INITS.Constant(scale))
        proof = rl.certify(found)
        least, most = enclose(found, digits=16).distance(found.x)
        assert found.success
        assert most < 1e-9
        assert proof.verdict == "certified", (network, proof)
        assert proof.distance >= least, (network, proof.distance, least)
        ratios.append(proof.distance / least if least > 0 else 1.0)
    assert np.median(ratios) < 300


@pytest.mark.parametrize("size", [1e-6, 1e-4, 1e-2])
def test_wrong_answers_are_told_how_wrong_they_are(size):
    """Moved inside the null space: the bound is above the distance and within a few per cent of it."""
    rng = np.random.default_rng(3)
    for seed, network in enumerate(SEPARABLE):
        if isinstance(network, N.Power):
            continue
        system = system_of(network, seed)
        found = rl.limit(system, network, INITS.Constant(1e-3))
        away = system.project_null(rng.standard_normal(24))
        moved = found.x + size * np.linalg.norm(found.x) * away / np.linalg.norm(away)
        proof = rl.certify(system, moved, found.bias, found.dual)
        assert proof.verdict == "refuted"
        least, _ = enclose(found).distance(moved)
        assert least <= proof.distance <= 1.05 * least
        assert proof.witness.value <= least * (1 + 1e-12)


class TestPointsOfAFace:
    """x_1 + x_2 = 1 from equal weights: x = (½, ½) by symmetry, though all points between cost the same at scale 0."""

    system = rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([1.0]))

    @pytest.mark.parametrize("kind", [N.Difference, N.Power, N.TwoBranch, N.Product])
    @pytest.mark.parametrize("depth", [2, 3, 4, 5, 6])
    @pytest.mark.parametrize("scale", [1e-2, 1e-5, 1e-8, 1e-30, 1e-60])
    def test_only_the_middle_is_certified(self, kind, depth, scale):
        network = kind(depth=depth)
        bias = network.bias(INITS.Constant(scale)(network, self.system, 0), self.system)
        assert rl.certify(self.system, [0.5, 0.5], bias).verdict == "certified"
        for share in (0.1, 0.4, 0.5 + 1e-6):
            proof = rl.certify(self.system, [share, 1 - share], bias)
            assert proof.verdict == "refuted", (share, proof)
            # As near as it takes to refute: a hundredth of the distance.
            np.testing.assert_allclose(proof.witness.point, 0.5, atol=0.02 * abs(share - 0.5))

    @pytest.mark.parametrize("gap", [1e-6, 1e-10, 1e-13])
    @pytest.mark.parametrize("depth", [3, 4, 6])
    def test_columns_that_are_nearly_equal_are_not(self, depth, gap):
        """Whether both entries are large is decided by scale^(2−D)·gap, beside a slack of size 1."""
        system, network = rl.LinearSystem(np.array([[1.0, 1.0 + gap]]), np.array([1.0])), N.Difference(depth)
        for scale in (1e-3, 1e-6, 1e-12):
            theta = INITS.Constant(scale)(network, system, 0)
            ball, bias = enclose_limit(system, network, theta), network.bias(theta, system)
            proof = rl.certify(system, ball.midpoint, bias)
            assert proof.verdict != "refuted", (scale, proof)
            if ball.distance(np.array([0.5, 0.5]))[0] > 1e-5:
                assert rl.certify(system, [0.5, 0.5 / (1 + gap)], bias).verdict != "certified"


@pytest.mark.parametrize("gap", [1e-5, 1e-8, 1e-12])
@pytest.mark.parametrize("network", [N.Difference(3), N.TwoBranch(4), N.Product(4)])
def test_columns_that_nearly_repeat(network, gap):
    """More columns at the edge than equations, some of them equal up to the gap, whatever their slacks make of it."""
    for seed, scale in enumerate((1e-3, 1e-5, 1e-7, 1e-25)):
        rng = np.random.default_rng([seed, 13])
        A = rng.standard_normal((5, 12))
        A[:, 6:] = A[:, :6] + gap * rng.standard_normal((5, 6))
        system = rl.LinearSystem(A, A @ rng.uniform(-2, 2, 12))
        found = rl.limit(system, network, INITS.Constant(scale))
        least, most = enclose(found, digits=12).distance(found.x)
        proof = rl.certify(found)
        assert most < 1e-9
        assert proof.verdict == "certified", (scale, proof)
        assert least <= proof.distance
        wrong = found.x + 1e-4 * np.linalg.norm(found.x) * system.project_null(rng.standard_normal(12))
        assert rl.certify(system, wrong, found.bias, found.dual).verdict != "certified"


def test_training_that_was_stopped_early_can_be_asked_how_near_it_came():
    system = system_of(N.Difference(2), 0)
    flow = rl.flows.GradientFlow(coordinates="dual")
    early = rl.train(system, N.Difference(2), INITS.Constant(0.3), flow, tol=1e-5)
    limit = rl.limit(system, N.Difference(2), INITS.Constant(0.3))
    distance = np.linalg.norm(early.x - limit.x) / np.linalg.norm(early.x)
    assert 1e-8 < distance < 1e-4
    assert rl.certify(early, within=1e-3).verdict == "certified"
    assert rl.certify(early, within=1e-9).verdict == "refuted"


def test_large_starts_in_the_row_space():
    """∇Φ is of size 10⁶ there, and a stationarity divided by it sees nothing of a move of 3 %."""
    A = np.array([[1.0, 2.0, 3.0]])
    system = rl.LinearSystem(A, [14.0])
    bias = N.Direct().bias({"x": 1e6 * A[0]}, system)
    moved = np.array([1.0, 2.0, 3.0]) + 0.03 * np.array([3.0, 0.0, -1.0])
    proof = rl.certify(system, moved, bias)
    assert proof.verdict == "refuted"
    np.testing.assert_allclose(proof.witness.point, [1.0, 2.0, 3.0], atol=1e-8)
    assert rl.certify(system, [1.0, 2.0, 3.0], bias).verdict == "certified"


class TestForcedZeros:
    """Sums of nonnegative numbers that are 0: no ν is a minimum, and a vector that exposes the zeros proves them."""

    A = np.array([[1.0, 1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 2.0, 0.0], [1.0, 0.0, 0.0, 1.0, 1.0]])

    @pytest.mark.parametrize("depth", [2, 3, 4, 5, 6])
    @pytest.mark.parametrize("scale", [1.0, 1e-3, 1e-20])
    def test_each_depth(self, depth, scale):
        system, network = rl.LinearSystem(self.A, np.array([3.0, 0.0, 2.0])), N.Power(depth)
        found = rl.limit(system, network, INITS.Constant(scale))
        assert found.success
        assert not found.x[2:4].any()
        assert rl.certify(found).verdict == "certified"
        bias = found.bias
        assert rl.certify(system, found.x + np.array([1e-3, -1e-3, 0.0, 0.0, 0.0]), bias).verdict == "refuted"
        even = found.x + np.array([1e-3, 0.0, 0.0, 0.0, -1e-3])
        assert rl.certify(system, even, bias, found.dual).verdict != "certified"


@pytest.mark.parametrize("push", [0.0, 2.0**-49])
@pytest.mark.parametrize("apart", [2.0**-20, 2.0**-33, 2.0**-40, 2.0**-45])
@pytest.mark.parametrize("depth", [2, 3, 5])
def test_zeros_that_are_forced_or_nearly_beside_columns_that_are_nearly_one(depth, apart, push):
    """What is left of a forced zero is divided by the distance of the columns: it may move x by all of it.

    Every number is dyadic, so that b is on the face to the last bit, or inside the cone by 2^−49 and no more.
    """
    for seed in range(3):
        rng = np.random.default_rng(seed)
        A = rng.integers(-3, 4, (4, 6)).astype(float)
        A[:, 1] = A[:, 0] + apart * rng.integers(1, 4, 4)
        A[0, :2], A[0, 2:] = 0.0, 1 + np.abs(A[0, 2:])
        A[0] += A[1] + A[2]
        system = rl.LinearSystem(A, A @ np.array([1.25, 0.75, 0.0, 0.0, 0.0, 0.0]) + push * A[:, 2])
        found = rl.limit(system, N.Power(depth), INITS.Constant(1e-20))
        least, _ = enclose(found).distance(found.x)
        assert rl.certify(found).distance >= least
        assert not (found.success and least > 1e-6)


def test_a_point_that_may_have_left_the_cone_has_no_gap():
    """Entry 1 is 1e-8 and known to 1e-7: for all one knows it is negative, and then it bounds nothing."""
    system, network = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0])), N.Power(2)
    bias = network.bias({"u": np.full(2, 1e-4)}, system)
    mirror = mirror_of(bias)
    nothing = np.zeros(2)
    place = mirror.at(nothing, nothing, mirror.implied_slack(nothing, nothing), nothing)
    everywhere, known = np.ones(2, dtype=bool), np.array([0.0, 1e-9])
    assert np.isfinite(_gap(place, np.zeros(2), known, everywhere))
    assert _gap(place, np.zeros(2), 100 * known, everywhere) == np.inf
    assert np.isfinite(_gap(place, np.zeros(2), 100 * known, np.array([True, False])))


def test_a_mirror_map_that_lies_about_its_slope_certifies_no_other_answer():
    """The checker is given a broken potential: what its branches say is not what its values say."""
    from ridgeless.potentials import Bias, Hypentropy

    class Lying(Hypentropy):
        def branches(self, offset):
            return Hypentropy(3 * self.knee, self.rate).branches(offset)

    system = system_of(N.Difference(2), 1)
    found = rl.limit(system, N.Difference(2), INITS.Constant(0.5))
    potential = found.bias.potential
    broken = Bias(Lying(potential.knee, potential.rate), found.bias.offset, "broken on purpose")
    assert rl.certify(found).verdict == "certified"
    assert rl.certify(system, found.x, broken, found.dual).verdict != "certified"


@pytest.mark.slow
def test_ten_thousand_moves_along_faces_and_null_spaces():
    """0 certified: depths 2 to 6, scales 1e-60 to 1, moves of 1e-6 to 1e-1, with ν and without."""
    rng = np.random.default_rng(11)
    kinds = (N.Difference, N.Power, N.TwoBranch)
    trials = 0
    while trials < 10_000:
        network = kinds[trials % 3](depth=int(rng.integers(2, 7)))
        n, d = int(rng.integers(1, 6)), int(rng.integers(7, 14))
        A = rng.integers(-2, 3, (n, d)).astype(float) if rng.random() < 0.5 else rng.standard_normal((n, d))
        x = rng.uniform(0.5, 2.0, d) * (1 if isinstance(network, N.Power) else rng.choice([-1.0, 1.0], d))
        x[rng.choice(d, int(rng.integers(0, d - 1)), replace=False)] = 0.0
        if not (A @ x).any():
            continue
        system = rl.LinearSystem(A, A @ x)
        found = rl.limit(system, network, INITS.Constant(float(10.0 ** rng.uniform(-60, 0))))
        if not found.success:
            continue
        for _ in range(10):
            large = np.flatnonzero(np.abs(found.x) > 1e-6 * np.max(np.abs(found.x)))
            null = np.linalg.svd(A[:, large])[2][np.linalg.matrix_rank(A[:, large]) :]
            away = np.zeros(d)
            if len(null) and rng.random() < 0.7:
                away[large] = null.T @ rng.standard_normal(len(null))
            else:
                away = system.project_null(rng.standard_normal(d))
            if np.linalg.norm(away) < 1e-9:
                break
            moved = found.x + 10.0 ** rng.uniform(-6, -1) * np.linalg.norm(found.x) * away / np.linalg.norm(away)
            trials += 1
            dual = found.dual if rng.random() < 0.5 else None
            assert rl.certify(system, moved, found.bias, dual).verdict != "certified", (network, trials)
