"""Laws of every problem found: its truth solves it, and a seed decides it."""

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
