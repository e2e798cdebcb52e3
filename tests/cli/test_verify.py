"""`ridgeless verify`: what it prints, and how it ends."""

import dataclasses

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.cli import main
from ridgeless.cli.verify import verdict

TRUTH = np.zeros(12)
TRUTH[[1, 7]] = 1.0, -2.0


@pytest.fixture(scope="module")
def limit():
    A = np.random.default_rng(0).standard_normal((5, 12))
    system = rl.LinearSystem(A, A @ TRUTH, name="small")
    return rl.limit(system, rl.networks.Difference(depth=3), rl.inits.Constant(1e-3))


def test_a_limit_is_verified(limit, tmp_path, capsys):
    path = limit.save(tmp_path / "solution.npz")
    assert main(["verify", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "<LinearSystem 'small': 5 equations, 12 unknowns, dense>" in shown
    assert "Difference(depth=3) from Constant(scale=0.001)" in shown
    assert "Enclosure: 12 entries, every radius at most" in shown
    assert shown.splitlines()[-1].startswith("verified: x is the limit, to ")


def test_a_moved_answer_is_refuted_and_looser_bounds_take_it(limit, tmp_path, capsys):
    moved = limit.x + 1e-5 * limit.system.project_null(np.ones(12))
    path = dataclasses.replace(limit, x=moved).save(tmp_path / "moved.npz")
    assert main(["verify", str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("refuted: x is not the limit, it is ")
    assert main(["verify", str(path), "--within", "1e-3", "--digits", "30"]) == 0


def test_what_cannot_be_verified_is_one_line(limit, tmp_path, capsys):
    network = rl.networks.Dense(hidden=1, width=2)
    dense = dataclasses.replace(limit, network=network, theta0=rl.inits.Gaussian(0.1)(network, limit.system))
    asked = {
        "dense.npz": (dense, [], "mixes the entries of x"),
        "digits.npz": (limit, ["--digits", "0"], "digits = 0"),
        "within.npz": (limit, ["--within", "0"], "verify: within needs a number between 0 and 1, such as 1e-7; it is"),
        "everything.npz": (limit, ["--within", "1"], "it is 1.0"),
        "more.npz": (limit, ["--within", "2"], "it is 2.0"),
        "nothing.npz": (limit, ["--within", "nan"], "it is nan"),
    }
    for name, (solution, words, told) in asked.items():
        assert main(["verify", str(solution.save(tmp_path / name)), *words]) == 2
        refusal = capsys.readouterr().err
        assert refusal.startswith("ridgeless: error: ")
        assert refusal.count("\n") == 1
        assert told in refusal
    assert main(["verify", str(tmp_path / "none.npz")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_verdicts():
    assert verdict(1e-9, 1e-8, 1e-7).startswith("verified")
    assert verdict(1e-7, 2e-7, 1e-7).startswith("undecided")
    assert verdict(2e-7, 2e-7, 1e-7).startswith("refuted")
