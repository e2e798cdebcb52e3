"""`ridgeless solve` on a large system: a bar on a terminal, and a checkpoint."""

import io

import numpy as np
import pytest
import scipy.sparse as sp

import ridgeless as rl
from ridgeless import cli
from ridgeless.cli import console

pytestmark = pytest.mark.usefixtures("as_a_user")


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A sparse system in files, and no memory to expand it in."""
    monkeypatch.setattr("ridgeless.systems.row_space.MOST_SPARSE_BYTES", 0)
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(36)
    A = sp.random_array((20, 200), density=0.3, rng=rng, data_sampler=rng.standard_normal).tocsr()
    sp.save_npz("A.npz", A)
    np.save("b.npy", A @ np.eye(200)[[5, 70, 133]].sum(axis=0))
    return tmp_path


def test_a_bar_on_a_terminal(files, monkeypatch):
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", terminal)
    with console.limit_progress() as display:
        display(rl.limits.Progress(steps=7, share=0.5, residual=0.0123, seconds=3.0))
    assert "step 7: 50 % of the path, residual 1.2e-02" in terminal.getvalue()


def test_nothing_where_it_is_piped(files, capsys):
    assert cli.main(["solve", "A.npz", "b.npy"]) == 0
    printed = capsys.readouterr()
    assert "conjugate gradients" in rl.load(files / "runs" / "A" / "solution.npz").method
    assert printed.err == ""


def test_the_same_command_goes_on_from_its_checkpoint(files, monkeypatch, capsys):
    class KilledError(Exception):
        pass

    def stop(now):
        if now.steps >= 4:
            raise KilledError

    system = rl.LinearSystem(sp.load_npz("A.npz"), np.load("b.npy"))
    with pytest.raises(KilledError):
        rl.solve(system, progress=stop, checkpoint="state.npz")
    assert cli.main(["solve", "A.npz", "b.npy", "--checkpoint", "state.npz"]) == 0
    assert not (files / "state.npz").exists()
    other = np.load("b.npy") * 2
    with pytest.raises(KilledError):
        rl.solve(system, progress=stop, checkpoint="state.npz")
    np.save("b.npy", other)
    assert cli.main(["solve", "A.npz", "b.npy", "--checkpoint", "state.npz"]) == 2
    assert "belongs to another problem" in capsys.readouterr().err
