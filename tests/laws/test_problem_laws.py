"""Laws of every problem found: its truth solves it, a seed decides it, and noise changes b alone."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

import ridgeless as rl
from ridgeless.errors import InvalidInputError
from ridgeless.systems import FOUND

PROBLEMS = [problem for kind in FOUND.values() for problem in kind.examples()]
RANDOM = [problem for problem in PROBLEMS if problem.is_random]
every_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=repr)


def same_bits(one, other):
    return all(np.array_equal(f(one), f(other)) for f in (lambda s: s.rows(), lambda s: s.b, lambda s: s.truth))


@every_problem
class TestEveryProblem:
    def test_truth_solves_the_system(self, problem):
        system = problem.system(seed=3)
        assert np.linalg.norm(system.truth) > 0
        assert system.residual(system.truth) < 1e-14
        assert system.name == type(problem).__name__

    def test_is_underdetermined_and_of_full_rank(self, problem):
        system = problem.system()
        equations, unknowns = system.shape
        assert equations < unknowns
        assert np.linalg.matrix_rank(system.rows()) == equations

    def test_same_seed_same_bits(self, problem):
        assert same_bits(problem.system(7), problem.system(7))
        assert same_bits(problem.system(), problem.system(0))

    def test_adjoint(self, problem):
        system = problem.system()
        rng = np.random.default_rng(1)
        x, r = rng.standard_normal(system.shape[1]), rng.standard_normal(system.shape[0])
        size = np.linalg.norm(system.matvec(x)) * np.linalg.norm(r)
        assert abs(system.matvec(x) @ r - x @ system.rmatvec(r)) < 1e-13 * size

    def test_a_system_cannot_be_changed_behind_its_factorisation(self, problem):
        system = problem.system()
        arrays = [system.b, system.truth]
        if not isinstance(system.A, LinearOperator):
            arrays.append(system.A.data if sp.issparse(system.A) else system.A)
        for array in arrays:
            with pytest.raises(ValueError, match="read-only"):
                array[:] = 0

    def test_noise_changes_b_alone(self, problem):
        exact = problem.system(3)
        assert same_bits(exact, replace(problem, noise=0.0).system(3))
        noisy = replace(problem, noise=0.5).system(3)
        assert np.array_equal(noisy.rows(), exact.rows())
        assert np.array_equal(noisy.truth, exact.truth)
        assert noisy.name == exact.name
        assert noisy.residual(noisy.truth) > 1e-3
        assert noisy.residual(noisy.min_norm()) < 1e-12

    def test_noise_is_standard_normal_times_its_level(self, problem):
        """Over enough seeds to tell: mean 0, deviation 1, and one direction for every level."""
        small, large = replace(problem, noise=0.25), replace(problem, noise=1.5)
        drawn = []
        for seed in range(8):
            exact = problem.system(seed).b
            drawn.append((small.system(seed).b - exact) / 0.25)
            size = np.abs(exact).max() + 6
            np.testing.assert_allclose((large.system(seed).b - exact) / 1.5, drawn[-1], rtol=0, atol=1e-14 * size)
        numbers = np.concatenate(drawn)
        assert abs(numbers.mean()) < 5 / np.sqrt(len(numbers))
        assert abs(np.mean(numbers**2) - 1) < 5 * np.sqrt(2 / len(numbers))
        correlations = np.corrcoef(drawn) - np.eye(len(drawn))
        assert np.abs(correlations).max() < 6 / np.sqrt(len(drawn[0]))

    def test_noise_is_drawn_apart_from_what_the_seed_draws_elsewhere(self, problem):
        """Neither a row of A nor a Gaussian start of the same seed repeats it."""
        for seed in range(3):
            exact, noisy = (each.system(seed) for each in (problem, replace(problem, noise=1.0)))
            noise = noisy.b - exact.b
            start = rl.inits.Gaussian(1.0)(rl.networks.Direct(), exact, seed)["x"]
            for other in (start, exact.rows()[0], exact.rows()[:, 0], exact.truth):
                length = min(len(other), len(noise))
                beginnings = other[:length], noise[:length]
                if all(np.ptp(each) > 0 for each in beginnings):
                    assert abs(np.corrcoef(*beginnings)[0, 1]) < 6 / np.sqrt(length)

    @pytest.mark.parametrize("noise", [-0.1, float("inf"), float("nan"), "loud", True])
    def test_noise_is_checked_when_the_problem_is_made(self, problem, noise, as_a_user):
        with pytest.raises(InvalidInputError, match=rf"{type(problem).__name__}: noise = .*at least 0"):
            replace(problem, noise=noise)

    @pytest.mark.parametrize("seed", [-1, True])
    def test_seed_is_checked(self, problem, seed):
        with pytest.raises(InvalidInputError, match=f"{type(problem).__name__}.system: seed"):
            problem.system(seed)

    def test_is_a_value(self, problem):
        assert problem == problem
        assert hash(problem) == hash(problem)
        with pytest.raises(AttributeError):
            problem.seed = 1


@pytest.mark.parametrize("problem", RANDOM, ids=repr)
def test_another_seed_draws_another_system(problem):
    one, other = problem.system(0), problem.system(1)
    assert not np.array_equal(one.rows(), other.rows())
    assert not np.array_equal(one.b, other.b)


@pytest.mark.parametrize("problem", RANDOM, ids=repr)
@pytest.mark.parametrize("seed", range(3))
def test_a_start_of_the_same_seed_is_drawn_from_another_stream(problem, seed):
    """Or a Gaussian start would repeat the first rows of a Gaussian A."""
    system = problem.system(seed)
    start = rl.inits.Gaussian(1.0)(rl.networks.Direct(), system, seed)["x"]
    row = system.rows()[0]
    assert abs(np.corrcoef(row, start)[0, 1]) < 5 / np.sqrt(len(row))
