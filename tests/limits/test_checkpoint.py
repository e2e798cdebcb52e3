"""Progress, and a checkpoint that survives a kill."""

import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

import ridgeless as rl
from ridgeless._core import storage
from ridgeless.errors import InvalidInputError, UnreadableFileError, UnwritableFolderError

pytestmark = pytest.mark.usefixtures("as_a_user")

NETWORK, INIT = rl.networks.Difference(2), rl.inits.Constant(1e-6)

# A process of its own solves this system, and the test's own does. The operator waits, so that there is time to kill.
SYSTEM = """
    import importlib, time
    import numpy as np
    import ridgeless as rl
    from scipy.sparse.linalg import LinearOperator

    row_space = importlib.import_module("ridgeless.systems.row_space")
    row_space.MOST_EXPANDED_BYTES = 0

    class Slow(LinearOperator):
        def __init__(self, matrix, wait):
            super().__init__(np.float64, matrix.shape)
            self.matrix, self.wait, self.products = matrix, wait, 0
        def _matvec(self, x):
            time.sleep(self.wait)
            self.products += 1
            return self.matrix @ np.ravel(x)
        def _rmatvec(self, r):
            self.products += 1
            return self.matrix.T @ np.ravel(r)

    def system(wait=0.0, seed=0, factor=1.0):
        rng = np.random.default_rng([seed, 34])
        A, x = rng.standard_normal((40, 400)), np.zeros(400)
        x[[3, 50, 222, 301]] = 1.0, -0.5, 2.0, 0.7
        return rl.LinearSystem(Slow(A, wait), factor * (A @ x))
"""
SOLVE = """
    network, init = rl.networks.Difference(2), rl.inits.Constant(1e-6)
    rl.limit(system(wait=0.01), network, init, checkpoint={path!r})
"""


@pytest.fixture
def made(monkeypatch):
    monkeypatch.setattr(sys.modules["ridgeless.systems.row_space"], "MOST_EXPANDED_BYTES", 0)
    namespace = {}
    exec(textwrap.dedent(SYSTEM), namespace)
    return namespace["system"]


def solved(system, path=None, init=INIT):
    """The limit, and what was told on the way."""
    told = []
    return rl.limit(system, NETWORK, init, progress=told.append, checkpoint=path), told


class KilledError(Exception):
    """What ends a run midway within one process."""


def interrupted(system, path, after, init=INIT):
    def stop(now):
        if now.steps >= after:
            raise KilledError

    with pytest.raises(KilledError):
        rl.limit(system, NETWORK, init, progress=stop, checkpoint=path)


class TestProgress:
    def test_it_tells_every_step_and_the_end(self, made):
        found, told = solved(made())
        assert found.success
        assert [now.steps for now in told] == sorted(now.steps for now in told)
        assert [now.share for now in told] == sorted(now.share for now in told)
        assert {now.steps for now in told} == set(range(found.stats["steps"] + 1))
        assert told[0].share == 0.0
        assert told[-1] == rl.limits.Progress(found.stats["steps"], 1.0, found.residual, told[-1].seconds)
        assert all(now.seconds > 0 for now in told)

    def test_limits_found_in_one_piece_tell_their_end(self, tmp_path):
        A = np.random.default_rng(0).standard_normal((3, 8))
        found, told = solved(rl.LinearSystem(A, A @ np.ones(8)), tmp_path / "state.npz")
        assert [now.steps for now in told] == [found.stats["steps"]]
        assert not list(tmp_path.iterdir())

    def test_without_it_the_answer_is_the_same(self, made):
        np.testing.assert_array_equal(rl.limit(made(), NETWORK, INIT).x, solved(made())[0].x)

    def test_what_is_no_function_is_refused(self, made):
        with pytest.raises(InvalidInputError, match="progress is a bool; pass a function"):
            rl.limit(made(), NETWORK, INIT, progress=True)


class TestCheckpoint:
    def test_a_killed_process_is_taken_up_where_it_was(self, made, tmp_path):
        path = tmp_path / "state.npz"
        code = textwrap.dedent(SYSTEM) + textwrap.dedent(SOLVE.format(path=str(path)))
        process = subprocess.Popen([sys.executable, "-c", code])
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if path.exists() and storage.read(path).state.steps >= 5:
                break
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        reached = storage.read(path).state.steps
        system = made()
        found, told = solved(system, path)
        assert not path.exists()
        fresh = made()
        whole, _ = solved(fresh)
        assert found.success
        assert np.linalg.norm(found.x - whole.x) <= 1e-10 * np.linalg.norm(whole.x)
        assert told[0].steps == reached
        assert len({now.steps for now in told}) < whole.stats["steps"]
        assert system.A.operator.products < fresh.A.operator.products

    @pytest.mark.parametrize("after", [0, 1, 4, 8])
    def test_wherever_it_was_left(self, after, made, tmp_path):
        path = tmp_path / "state"
        interrupted(made(), path, after)
        assert [file.name for file in tmp_path.iterdir()] == ["state.npz"]
        found, told = solved(made(), path)
        assert told[0].steps == after
        assert np.linalg.norm(found.x - rl.limit(made(), NETWORK, INIT).x) <= 1e-10 * np.linalg.norm(found.x)
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        ("other", "init", "match"),
        [
            ({"factor": 2.0}, INIT, "its shape, b, network or start is another"),
            ({}, rl.inits.Constant(2e-6), "its shape, b, network or start is another"),
            ({}, rl.inits.Gaussian(1e-6), "its shape, b, network or start is another"),
        ],
        ids=["b", "scale", "start"],
    )
    def test_of_another_problem_it_is_refused(self, other, init, match, made, tmp_path):
        path = tmp_path / "state.npz"
        interrupted(made(), path, 3)
        before = path.read_bytes()
        with pytest.raises(InvalidInputError, match=f"belongs to another problem: {match}.*pass another path"):
            solved(made(**other), path, init)
        assert path.read_bytes() == before

    def test_of_another_matrix_with_the_same_b_it_is_refused(self, made, tmp_path):
        path = tmp_path / "state.npz"
        interrupted(made(), path, 3)
        other = rl.LinearSystem(made(seed=1).A, made().b)
        with pytest.raises(InvalidInputError, match="its A is another"):
            solved(other, path)

    def test_it_is_kept_where_the_limit_was_not_reached(self, made, tmp_path):
        path = tmp_path / "state.npz"
        found = rl.limit(made(), NETWORK, INIT, tol=1e-300, checkpoint=path)
        assert not found.success
        assert path.exists()

    def test_a_finer_tolerance_goes_on_from_it(self, made, tmp_path):
        path = tmp_path / "state.npz"
        interrupted(made(), path, 8)
        assert rl.limit(made(), NETWORK, INIT, tol=1e-13, checkpoint=path).residual <= 1e-13

    def test_damaged_files_are_refused(self, made, tmp_path):
        path = tmp_path / "state.npz"
        path.write_bytes(b"half a file")
        with pytest.raises(UnreadableFileError, match=r"^limit: the checkpoint .*state\.npz is damaged.*another path"):
            solved(made(), path)
        assert path.read_bytes() == b"half a file"
        found, _ = solved(made())
        found.save(path)
        with pytest.raises(UnreadableFileError, match="holds a Solution, no checkpoint"):
            solved(made(), path)

    @pytest.mark.parametrize("init", [rl.inits.Constant(1e-3), rl.inits.Vanishing()], ids=repr)
    def test_a_file_that_was_not_used_is_left_alone(self, init, tmp_path):
        path = tmp_path / "data.npz"
        path.write_bytes(b"measurements")
        A = np.random.default_rng(0).standard_normal((3, 8))
        assert rl.limit(rl.LinearSystem(A, A @ np.ones(8)), NETWORK, init, checkpoint=path).success
        assert path.read_bytes() == b"measurements"

    @pytest.mark.parametrize("path", [5, True, b"state.npz", "", "/"])
    def test_what_is_no_path_is_refused(self, path, made):
        with pytest.raises(InvalidInputError, match=r"limit: checkpoint = .*pass the path of a file"):
            rl.limit(made(), NETWORK, INIT, checkpoint=path)

    def test_folders_that_cannot_be_written_are_refused_before_any_work(self, made, tmp_path):
        system = made()
        before = system.A.operator.products
        with pytest.raises(UnwritableFolderError, match="does not exist or cannot be written"):
            solved(system, tmp_path / "absent" / "state.npz")
        assert system.A.operator.products == before


def test_blocks_of_dask_are_taken_up_too(tmp_path):
    da = pytest.importorskip("dask.array")
    rng = np.random.default_rng(35)
    A = rng.standard_normal((20, 200))
    b = A[:, [3, 60, 150]] @ [1.0, -2.0, 0.5]

    def system():
        return rl.LinearSystem(da.from_array(A, chunks=(20, 64)), b)

    path = tmp_path / "state.npz"
    interrupted(system(), path, 5)
    found, told = solved(system(), path)
    assert told[0].steps == 5
    whole = rl.limit(rl.LinearSystem(A, b), NETWORK, INIT)
    assert np.linalg.norm(found.x - whole.x) <= 1e-10 * np.linalg.norm(whole.x)
