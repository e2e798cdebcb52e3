"""Laws of certificates: every exact answer is certified, every other one refuted, whatever network it came from.

The exact answers here come from no solver: x = ∇Φ*(offset + Aᵀν) for a random ν is the minimiser over A x = b for
b = A x, by definition.
"""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

import ridgeless as rl
from ridgeless.certificates import Verdict
from ridgeless.errors import InvalidInputError
from ridgeless.potentials import Bias, DeepHypentropy, Hypentropy, Quadratic, Radial


@pytest.fixture(scope="module", params=[200, pytest.param(1000, marks=pytest.mark.slow)])
def answers(request, starts, module_as_a_user):
    """So many of (system, x, bias, ν): every network found, every init, random shapes and scales."""
    from ridgeless.networks import FOUND

    rng = np.random.default_rng(2024)
    networks = [network for kind in FOUND.values() for network in variants(kind)]
    made = []
    while len(made) < request.param:
        n, d = int(rng.integers(1, 21)), int(rng.integers(22, 61))
        A = rng.standard_normal((n, d))
        probe = rl.LinearSystem(A, A @ rng.standard_normal(d))
        network, scale = networks[len(made) % len(networks)], float(10 ** rng.uniform(-3, 1))
        thetas = list(starts(network, probe, seed=int(rng.integers(2**31)), scale=scale).values())
        biases = (network.bias(thetas[index], probe) for index in rng.permutation(len(thetas)))
        bias = next((bias for bias in biases if bias is not None), None)
        if bias is None:
            networks.remove(network)
        else:
            made.append(exact(A, bias, rng))
    assert len({type(bias.potential) for _, _, bias, _ in made}) >= 7
    return made


def variants(kind):
    swept = {"depth": (1, 2, 3, 4), "hidden": (1, 2)}
    names = swept.keys() & {field.name for field in dataclasses.fields(kind)}
    plain = [kind()] if kind is not rl.networks.Function else list(kind.examples())
    return [kind(**{name: value}) for name in names for value in swept[name]] or plain


def exact(A, bias, rng):
    """A minimiser and the system that it solves: ν as long as the domain of Φ* allows, up to x of some size."""
    direction = rng.standard_normal(len(A))
    start = bias.potential.conjugate_gradient(bias.offset)
    length, largest = 10.0 / np.max(np.abs(A.T @ direction)), max(100.0, 10 * np.max(np.abs(start)))
    while True:
        x = bias.potential.conjugate_gradient(bias.offset + length * (A.T @ direction))
        if np.isfinite(x).all() and np.max(np.abs(x)) < largest:
            return rl.LinearSystem(A, A @ x), x, bias, length * direction
        length *= 0.7


def null_move(system, rng, size):
    """A vector of this length in the null space, away from coordinates that may not move."""
    direction = system.project_null(rng.standard_normal(system.shape[1]))
    return size * direction / np.linalg.norm(direction)


def test_exact_answers_are_certified(answers):
    """With their ν each one; by x alone each one whose ∇Φ float64 can tell from x, and none is refuted."""
    told = 0
    for trial, (system, x, bias, nu) in enumerate(answers):
        if trial % 4 == 0:
            assert rl.certify(system, x, bias, dual=nu).verdict is Verdict.CERTIFIED, bias
        certificate = rl.certify(system, x, bias)
        assert certificate.verdict is not Verdict.REFUTED, (certificate, bias)
        told += certificate.verdict is Verdict.CERTIFIED
        assert certificate.verdict is Verdict.CERTIFIED or "rounding" in certificate.reason
    assert told > 0.99 * len(answers)


def test_moves_inside_the_null_space_are_refuted(answers):
    rng = np.random.default_rng(0)
    for trial, (system, x, bias, nu) in enumerate(answers):
        moved = x + null_move(system, rng, 1e-6 * np.linalg.norm(x))
        assert system.residual(moved) < 1e-12
        certificate = rl.certify(system, moved, bias, dual=nu if trial % 2 else None)
        assert certificate.verdict is Verdict.REFUTED, (certificate, bias)


def test_minimum_norm_is_refuted_where_it_is_not_the_answer(answers):
    refuted = 0
    for system, x, bias, _ in answers[::2]:
        shortest = system.min_norm()
        distance = np.linalg.norm(shortest - x) / np.linalg.norm(x)
        if distance > 1e-6:
            refuted += 1
            assert rl.certify(system, shortest, bias).verdict is Verdict.REFUTED, bias
        elif distance < 1e-10:
            assert rl.certify(system, shortest, bias).verdict is Verdict.CERTIFIED, bias
    assert refuted > len(answers) / 4


def test_infeasible_answers_are_refuted(answers):
    rng = np.random.default_rng(1)
    for system, x, bias, _ in answers[::5]:
        seen = system.rmatvec(rng.standard_normal(system.shape[0]))  # a random direction may nearly miss one equation
        certificate = rl.certify(system, x + 1e-5 * np.linalg.norm(x) / np.linalg.norm(seen) * seen, bias)
        assert certificate.verdict is Verdict.REFUTED
        assert "does not solve" in certificate.reason
        assert certificate.feasibility > 1e-7


@pytest.mark.parametrize("factor", [1e-8, 1e8])
def test_verdicts_do_not_depend_on_the_units_of_the_equations(answers, factor):
    rng = np.random.default_rng(2)
    for system, x, bias, _ in answers[::10]:
        other = rl.LinearSystem(factor * system.A, factor * system.b)
        assert rl.certify(other, x, bias).verdict is Verdict.CERTIFIED
        assert rl.certify(other, x + null_move(system, rng, 1e-6 * np.linalg.norm(x)), bias).verdict is Verdict.REFUTED


def test_duplicated_equations_change_no_verdict(answers):
    rng = np.random.default_rng(3)
    for system, x, bias, _ in answers[::10]:
        other = rl.LinearSystem(np.vstack([system.A, system.A]), np.concatenate([system.b, system.b]))
        assert rl.certify(other, x, bias).verdict is Verdict.CERTIFIED
        assert rl.certify(other, x + null_move(system, rng, 1e-6 * np.linalg.norm(x)), bias).verdict is Verdict.REFUTED


def test_sparse_matrices_and_operators_give_the_same_verdicts(answers):
    rng = np.random.default_rng(4)
    for form in (sp.csr_array, sp.linalg.aslinearoperator):
        for system, x, bias, _ in answers[::50]:
            other = rl.LinearSystem(form(system.A), system.b)
            assert rl.certify(other, x, bias).verdict is Verdict.CERTIFIED
            moved = x + null_move(system, rng, 1e-6 * np.linalg.norm(x))
            assert rl.certify(other, moved, bias).verdict is Verdict.REFUTED


def test_limits_are_certified_and_their_neighbours_refuted(found_network, starts, solvable):
    """The same, on answers of the solvers: whatever the library returns, from every start with a theorem."""
    rng = np.random.default_rng(5)
    A = rng.standard_normal((12, 40))
    probe = rl.LinearSystem(A, A @ rng.standard_normal(40))
    for scale in (1e-2, 0.1, 1.0):
        for theta0 in starts(found_network, probe, seed=1, scale=scale).values():
            system = solvable(found_network, theta0, A)
            if found_network.bias(theta0, system) is None:
                continue
            found = rl.limit(system, found_network, theta0)
            assert found.success
            assert rl.certify(found).verdict is Verdict.CERTIFIED
            assert rl.certify(system, found.x, found.bias).verdict is Verdict.CERTIFIED
            moved = found.x + null_move(system, rng, 1e-6 * np.linalg.norm(found.x))
            assert rl.certify(dataclasses.replace(found, x=moved)).verdict is Verdict.REFUTED
            if np.linalg.norm(system.min_norm() - found.x) > 1e-5 * np.linalg.norm(found.x):
                assert rl.certify(system, system.min_norm(), found.bias).verdict is Verdict.REFUTED


class WrongGradient(Hypentropy):
    """The gradient of another knee: right in its place, wrong beside these values."""

    def gradient(self, x):
        return Hypentropy(3 * self.knee, self.rate).gradient(x)


class WrongMirrorMap(Hypentropy):
    """A mirror map that does not belong to its conjugate."""

    def conjugate_gradient(self, z):
        return 2 * super().conjugate_gradient(z)


class WrongConjugate(Hypentropy):
    """Too small a conjugate: every gap closes too early."""

    def conjugates(self, z):
        return 0.5 * super().conjugates(z)


class WrongRadialGradient(Radial):
    """The gradient of a balanced chain."""

    def gradient(self, x):
        return Radial(np.zeros(1)).gradient(x)


def small(seed=0, offset=0.0):
    rng = np.random.default_rng([seed, 1])
    A = rng.standard_normal((5, 12))
    return (
        A,
        Hypentropy(rng.uniform(0.1, 1.0, 12), rate=4.0),
        offset * rng.standard_normal(12),
        rng.standard_normal(5) / 5,
    )


class TestBrokenObjects:
    @pytest.mark.parametrize("offset", [0.0, 0.3])
    def test_a_potential_with_a_wrong_gradient(self, offset):
        """x minimises the potential that the gradient belongs to, not the one whose values are beside it."""
        A, potential, tilt, nu = small(offset=offset)
        x = Hypentropy(3 * potential.knee, rate=4.0).conjugate_gradient(tilt + A.T @ nu)
        broken = Bias(WrongGradient(potential.knee, rate=4.0), tilt, "broken on purpose")
        assert rl.certify(rl.LinearSystem(A, A @ x), x, broken).verdict is Verdict.REFUTED

    def test_a_radial_potential_with_a_wrong_gradient(self):
        A, _, tilt, nu = small(offset=0.3)
        x = Radial(np.zeros(1)).conjugate_gradient(tilt + A.T @ nu)
        broken = Bias(WrongRadialGradient(np.array([5.0])), tilt, "broken on purpose")
        assert rl.certify(rl.LinearSystem(A, A @ x), x, broken).verdict is Verdict.REFUTED

    @pytest.mark.parametrize("kind", [WrongMirrorMap, WrongConjugate])
    def test_a_potential_with_a_wrong_conjugate_certifies_nothing_that_is_not_so(self, kind):
        A, potential, tilt, nu = small(offset=0.3)
        broken = Bias(kind(potential.knee, rate=4.0), tilt, "broken on purpose")
        x = potential.conjugate_gradient(tilt + A.T @ nu)
        system = rl.LinearSystem(A, A @ x)
        moved = x + null_move(system, np.random.default_rng(0), 1e-6 * np.linalg.norm(x))
        assert rl.certify(system, moved, broken).verdict is not Verdict.CERTIFIED
        assert rl.certify(system, 2 * x - system.min_norm(), broken).verdict is not Verdict.CERTIFIED

    @pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
    def test_a_wrong_dual(self, size):
        """It proves nothing, and speaks neither against a right answer nor for a wrong one."""
        A, potential, tilt, nu = small(offset=0.3)
        x = potential.conjugate_gradient(tilt + A.T @ nu)
        system, bias = rl.LinearSystem(A, A @ x), Bias(potential, tilt, "right")
        assert rl.certify(system, x, bias, dual=nu).verdict is Verdict.CERTIFIED
        wrong = nu + size * np.random.default_rng(0).standard_normal(5)
        assert rl.certify(system, x, bias, dual=wrong).verdict is not Verdict.REFUTED
        moved = x + null_move(system, np.random.default_rng(1), 1e-6 * np.linalg.norm(x))
        assert rl.certify(system, moved, bias, dual=wrong).verdict is not Verdict.CERTIFIED

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_a_dual_that_is_not_finite(self, bad):
        A, potential, tilt, nu = small()
        x = potential.conjugate_gradient(tilt + A.T @ nu)
        with pytest.raises(InvalidInputError, match="dual has 5 entries that are NaN or infinite"):
            rl.certify(rl.LinearSystem(A, A @ x), x, Bias(potential, tilt, "right"), dual=np.full(5, bad))

    def test_a_wrong_offset(self):
        A, potential, tilt, nu = small(offset=0.3)
        x = potential.conjugate_gradient(tilt + A.T @ nu)
        system = rl.LinearSystem(A, A @ x)
        off = tilt + 1e-5 * np.random.default_rng(0).standard_normal(12)
        assert rl.certify(system, x, Bias(potential, off, "off")).verdict is Verdict.REFUTED

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_an_answer_that_is_not_finite(self, bad):
        A, potential, tilt, nu = small()
        x = potential.conjugate_gradient(tilt + A.T @ nu)
        x[3] = bad
        certificate = rl.certify(rl.LinearSystem(A, np.ones(5)), x, Bias(potential, tilt, "right"))
        assert certificate.verdict is Verdict.REFUTED
        assert "finite" in certificate.reason
        assert rl.certify(rl.LinearSystem(A, np.ones(5)), x).verdict is Verdict.REFUTED

    def test_an_answer_of_another_system(self):
        A, potential, tilt, nu = small()
        x = potential.conjugate_gradient(tilt + A.T @ nu)
        assert (
            rl.certify(rl.LinearSystem(A, A @ x + 1e-4), x, Bias(potential, tilt, "right")).verdict is Verdict.REFUTED
        )

    def test_a_solution_whose_numbers_were_changed_afterwards(self):
        rng = np.random.default_rng(0)
        A = rng.standard_normal((5, 12))
        found = rl.limit(
            rl.LinearSystem(A, A @ rng.standard_normal(12)), rl.networks.Difference(2), rl.inits.Constant(0.1)
        )
        assert rl.certify(found).verdict is Verdict.CERTIFIED
        assert rl.certify(dataclasses.replace(found, x=found.x + 1.0)).verdict is Verdict.REFUTED
        other = dataclasses.replace(found.bias, potential=DeepHypentropy(np.ones(12), np.ones(12), 1.0, 3.0))
        assert rl.certify(dataclasses.replace(found, bias=other)).verdict is Verdict.REFUTED
        # The residual that a solution claims is not believed where it can be measured.
        lying = dataclasses.replace(found, x=found.x + 1e-3 * A[0], residual=0.0)
        assert rl.certify(lying).verdict is Verdict.REFUTED


class TestVerdicts:
    """Certified where x lies within the distance asked for, refuted where a witness says that it does not."""

    def plain(self):
        rng = np.random.default_rng(0)
        A = np.linalg.qr(rng.standard_normal((12, 5)))[0].T
        x = 0.01 * A.T @ rng.standard_normal(5)
        return rl.LinearSystem(A, A @ x), x, Bias(Quadratic(), np.zeros(12), "regression")

    @pytest.mark.parametrize("within", [1e-10, 1e-7, 1e-3])
    @pytest.mark.parametrize(("share", "verdict"), [(0.0, "certified"), (0.9, "certified"), (1.1, "refuted")])
    def test_the_distance_is_what_was_moved(self, share, verdict, within):
        system, x, bias = self.plain()
        size = share * within
        moved = x + null_move(system, np.random.default_rng(1), size * np.linalg.norm(x))
        certificate = rl.certify(system, moved, bias, within=within)
        assert certificate.verdict == verdict, certificate
        assert certificate.distance == pytest.approx(size / np.sqrt(1 + size**2), rel=1e-4, abs=1e-14)
        assert certificate.within == within

    @pytest.mark.parametrize(("share", "verdict"), [(0.9, "certified"), (1.1, "refuted")])
    def test_an_equation_is_measured_by_its_own_terms(self, share, verdict):
        """A small equation is missed by a part of itself, though ‖Ax − b‖/‖b‖ sees nothing of it."""
        A, within = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]), 1e-3
        system = rl.LinearSystem(A, np.array([1.0, 1e-9]))
        bias = rl.networks.Direct().bias({"x": np.zeros(4)}, system)
        x = system.min_norm() * np.array([1.0, 1.0, 1 + 4 * share * within, 1.0])
        certificate = rl.certify(system, x, bias, within=within)
        assert certificate.feasibility == pytest.approx(share * within, rel=2e-3)
        assert certificate.verdict == verdict
        assert certificate.witness is None or (certificate.witness.kind, certificate.witness.index) == ("equation", 1)

    def test_a_point_that_witnesses_has_a_lower_objective(self, answers):
        rng = np.random.default_rng(6)
        seen = 0
        for system, x, bias, nu in answers[::7]:
            moved = x + null_move(system, rng, 1e-2 * np.linalg.norm(x))
            proof = rl.certify(system, moved, bias, dual=nu)
            if proof.witness.kind != "point":
                continue
            point = proof.witness.point
            seen += 1
            assert system.residual(point) < 1e-9
            there, here = (bias.potential.value(each) - bias.offset @ each for each in (point, moved))
            assert there < here
            assert proof.witness.value == pytest.approx(np.linalg.norm(point - moved) / np.linalg.norm(moved), rel=0.02)
        assert seen > 10

    def test_without_a_theorem(self):
        system, x, _ = self.plain()
        certificate = rl.certify(system, x)
        assert certificate.verdict is Verdict.INCONCLUSIVE
        assert "no theorem" in certificate.reason
        assert np.isnan(certificate.gap)
        assert np.isinf(certificate.distance)
        assert rl.certify(system, 2 * x).verdict is Verdict.REFUTED

    def test_a_sign_on_the_wrong_side_of_a_lock(self):
        A = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
        x = np.array([2.0, -1.0, 2.0])
        system, network = rl.LinearSystem(A, A @ x), rl.networks.Power(2)
        certificate = rl.certify(system, x, network.bias({"u": np.ones(3)}, system))
        assert certificate.verdict is Verdict.REFUTED
        assert "x[1]" in certificate.reason

    def test_a_frozen_coordinate_that_moved(self):
        rng = np.random.default_rng(0)
        A, u = rng.standard_normal((2, 6)), np.array([1.0, 1.0, 0.0, 1.0, 1.0, 1.0])
        x = rng.uniform(0.5, 1.0, 6)
        system = rl.LinearSystem(A, A @ x)
        certificate = rl.certify(system, x, rl.networks.Power(2).bias({"u": u}, system))
        assert certificate.verdict is Verdict.REFUTED
        assert "x[2]" in certificate.reason

    def test_a_zero_right_hand_side(self):
        rng = np.random.default_rng(0)
        A = rng.standard_normal((4, 9))
        system, network = rl.LinearSystem(A, np.zeros(4)), rl.networks.Difference(2)
        found = rl.limit(system, network, rl.inits.Gaussian(0.5), seed=1)
        assert np.linalg.norm(found.x) > 0.01
        assert rl.certify(found).verdict is Verdict.CERTIFIED
        assert rl.certify(system, 2 * found.x, found.bias).verdict is Verdict.REFUTED
        still = rl.limit(system, network, rl.inits.Constant(0.5))
        assert not still.x.any()
        assert rl.certify(still).verdict is Verdict.CERTIFIED

    def test_a_unique_solution(self):
        rng = np.random.default_rng(0)
        A, x = rng.standard_normal((9, 4)), rng.standard_normal(4)
        found = rl.limit(rl.LinearSystem(A, A @ x), rl.networks.Difference(3), rl.inits.Constant(0.3))
        np.testing.assert_allclose(found.x, x, rtol=1e-10)
        assert "only solution" in found.message
        assert rl.certify(found).verdict is Verdict.CERTIFIED


class TestRefusedArguments:
    @pytest.fixture(autouse=True)
    def _(self, as_a_user):
        pass

    @pytest.mark.parametrize(
        ("arguments", "match"),
        [
            (("nonsense",), "str"),
            ((np.eye(2), np.ones(2)), "ndarray"),
            ((rl.LinearSystem([[1.0, 2.0]], [1.0]), [1.0]), r"shape \(2,\)"),
            ((rl.LinearSystem([[1.0, 2.0]], [1.0]),), "x"),
            ((rl.LinearSystem([[1.0, 2.0]], [1.0]), [1.0, 0.0], "bias"), "bias"),
            ((rl.LinearSystem([[1.0, 2.0]], [1.0]), [1.0, 0.0], None, [1.0, 2.0]), r"dual needs shape \(1,\)"),
            ((rl.LinearSystem([[1.0, 2.0]], [1.0]), ["a", "b"]), "numbers"),
        ],
    )
    def test_each_says_what_came(self, arguments, match):
        with pytest.raises(InvalidInputError, match=match):
            rl.certify(*arguments)

    @pytest.mark.parametrize("within", [0.0, 1.0, -1e-7, np.nan, True, "1e-7", None])
    def test_a_distance_is_a_number_between_0_and_1(self, within):
        with pytest.raises(InvalidInputError, match="within needs a number between 0 and 1"):
            rl.certify(rl.LinearSystem([[1.0, 2.0]], [1.0]), [1.0, 0.0], within=within)

    def test_a_solution_without_its_system(self):
        rng = np.random.default_rng(0)
        A = rng.standard_normal((3, 7))
        found = rl.limit(rl.LinearSystem(A, A @ np.ones(7)), rl.networks.Direct(), rl.inits.Constant(0.1))
        with pytest.raises(InvalidInputError, match="without its system"):
            rl.certify(dataclasses.replace(found, system=None))
