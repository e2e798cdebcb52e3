"""Where the seconds of a training go: everything is told, once, and compilation apart."""

import time

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.flows import _stopwatch
from ridgeless.flows._stopwatch import Stopwatch, compiling

SECONDS = ("setup_s", "compile_s", "run_s", "lift_s")


class Clock:
    """A clock that is set by hand."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(_stopwatch.time, "perf_counter", lambda: self.now)


def test_compilation_is_apart_wherever_it_happens(monkeypatch):
    clock = Clock(monkeypatch)
    with Stopwatch() as outer:
        clock.now = 10.0
        compiling(4.0)
        outer.start()
        with Stopwatch() as inner:
            inner.start()
            clock.now = 17.0
            compiling(2.0)
        assert inner.seconds(1.0) == {"run_s": 4.0, "compile_s": 2.0, "setup_s": 0.0, "lift_s": 1.0}
        assert outer.seconds(1.0) == {"run_s": 4.0, "compile_s": 6.0, "setup_s": 6.0, "lift_s": 1.0}
    compiling(100.0)
    assert outer.compile_s == 6.0


@pytest.mark.parametrize(
    "flow",
    [
        rl.flows.GradientDescent(max_steps=50),
        rl.flows.GradientFlow(coordinates="weights", max_steps=50),
        rl.flows.Adam(max_steps=50),
    ],
    ids=repr,
)
def test_the_seconds_of_a_first_training_add_up(flow):
    """Shapes that no other test has: whatever is compiled, is compiled here."""
    rng = np.random.default_rng(3)
    system = rl.LinearSystem(rng.standard_normal((6, 23)), rng.standard_normal(6))
    # The first training of a process starts JAX, which is no compilation.
    rl.train(system, rl.networks.Direct(), rl.inits.Constant(0.5), rl.flows.GradientDescent(max_steps=1))
    began = time.perf_counter()
    stats = rl.train(system, rl.networks.Dense(1, 3), rl.inits.Gaussian(0.5), flow, tol=1e-13).stats
    wall = time.perf_counter() - began
    told = sum(stats[name] for name in SECONDS)
    assert all(stats[name] >= 0 for name in SECONDS)
    assert told <= wall
    assert stats["compile_s"] > 0.5 * wall


def test_a_batch_tells_shares_of_the_whole():
    rng = np.random.default_rng(4)
    system = rl.LinearSystem(rng.standard_normal((6, 24)), rng.standard_normal(6))
    began = time.perf_counter()
    flow = rl.flows.GradientDescent(max_steps=50)
    batch = rl.train_batch(system, rl.networks.Dense(1, 3), [rl.inits.Gaussian(0.5)], flow, seeds=range(4))
    wall = time.perf_counter() - began
    told = sum(one.stats[name] for one in batch for name in SECONDS)
    assert 0.5 * wall < told <= wall
