"""Batched training in steps: many systems, seeds, scales and right-hand sides as one compiled program.

Each problem keeps its own step size, its own end and its own loop. One that has ended waits: its steps are
computed and thrown away until the last one arrives. Problems with the same A lie side by side, so that a step reads A
once for all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from ridgeless._core.on_demand import revised
from ridgeless.flows import _jax
from ridgeless.flows._driver import Ended, Request, Snapshot, Target, run_at_rest, training
from ridgeless.flows._steps import SteppingPlan, Steps, batch_stepping_of
from ridgeless.flows._stopwatch import Stopwatch
from ridgeless.flows.base import Run, refuse_orthogonal
from ridgeless.networks import TrainingProblem

Loop = Generator[Request, Snapshot, Ended]


def run_all(problems: Sequence[TrainingProblem], plans: Sequence[SteppingPlan], tol: float) -> list[Run]:
    """A run for each problem, in their order; those of one rule and one shape share a program."""
    for problem, plan in zip(problems, plans, strict=True):
        refuse_orthogonal(problem.network, plan.rule.label)
    runs: dict[int, Run] = {}
    with _jax.double_precision():
        methods: dict[int, Steps] = {}
        with Stopwatch() as watch:
            for index, (problem, plan) in enumerate(zip(problems, plans, strict=True)):
                if plan.is_aimed and _jax.is_stationary(problem):
                    runs[index] = run_at_rest(Target(problem, tol, aim=tol), "step", plan.rule.label)
                else:
                    methods[index] = Steps(problem, plan, tol)
            watch.start()
            before = watch.seconds(0.0)
        shares = {name: before[name] / len(problems) for name in ("setup_s", "compile_s")}
        for members in _groups(methods):
            runs.update(_train_together({index: methods[index] for index in members}, shares))
    return [runs[index] for index in range(len(problems))]


def _groups(methods: dict[int, Steps]) -> list[list[int]]:
    groups: dict[Any, list[int]] = {}
    for index, method in methods.items():
        leaves, structure = _jax.jax.tree.flatten((method.state0, method.arrays))
        shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)
        groups.setdefault((method.rule.key, method.problem.network, structure, shapes), []).append(index)
    return list(groups.values())


def _train_together(methods: dict[int, Steps], before: dict[str, float]) -> dict[int, Run]:
    count = len(methods)
    with Stopwatch() as watch:
        batch = _Batch(list(methods.values()))
        batch.compile()
        watch.start()
        with np.errstate(over="ignore", invalid="ignore"):
            ends = _serve(batch)
        # Side by side nobody's own time is known: each is told its share.
        shares = {name: value / count for name, value in watch.seconds(sum(each.lift_s for each in ends)).items()}
    seconds = {name: share + before.get(name, 0.0) for name, share in shares.items()}
    return {
        index: _of_batch(method.run_of(ended, seconds), count)
        for (index, method), ended in zip(methods.items(), ends, strict=True)
    }


def _of_batch(run: Run, count: int) -> Run:
    return revised(run, stats={**run.stats, "batch": count})


def _serve(batch: _Batch) -> list[Ended]:
    """Bring each loop from mark to mark until all have ended."""
    loops: dict[int, Loop] = {}
    requests: dict[int, Request] = {}
    ends: dict[int, Ended] = {}
    for lane, method in enumerate(batch.methods):
        loops[lane] = training(method, method.max_steps)
        _next(lane, loops[lane], None, requests, ends)
    while requests:
        for lane, snapshot in batch.advance(requests).items():
            _next(lane, loops[lane], snapshot, requests, ends)
    return [ends[lane] for lane in range(len(batch.methods))]


def _next(
    lane: int, loop: Loop, snapshot: Snapshot | None, requests: dict[int, Request], ends: dict[int, Ended]
) -> None:
    """Send a loop what it asked for, and note what it asks for next, or how it ended."""
    requests.pop(lane, None)
    try:
        requests[lane] = next(loop) if snapshot is None else loop.send(snapshot)
    except StopIteration as end:
        ends[lane] = end.value


class _Batch:
    """The problems of one shape, stacked along a first axis of lanes; those with the same A are neighbours.

    A program wants the same number of lanes for every A: the missing ones are copies that never move.
    """

    def __init__(self, methods: list[Steps]) -> None:
        self.methods = methods
        together = list(_by_matrix(methods).values())
        width = max(map(len, together))
        # The lane of each place in the stack; where a place is filled up, that of another one with the same A.
        self.filled = [members[k] if k < len(members) else members[0] for members in together for k in range(width)]
        self.places = {members[k]: row * width + k for row, members in enumerate(together) for k in range(len(members))}
        designs = _stacked([methods[members[0]].arrays[0] for members in together])
        self.arrays = designs, _stacked([methods[lane].arrays[1] for lane in self.filled])
        self.state = _stacked([methods[lane].state0 for lane in self.filled])
        self.program: Any = None

    def compile(self) -> None:
        """Make the program."""
        first = self.methods[0]
        stepping = batch_stepping_of(first.problem.network, first.rule)
        key = ("batch", first.rule.key, first.problem.network)
        self.program = _jax.compiled(key, stepping, self.state, *self.arrays, self._scalars(), self._spans({}))

    def advance(self, requests: dict[int, Request]) -> dict[int, Snapshot]:
        """Every lane that has a request, at its mark; the others stay where they are."""
        self.state, *counts = self.program(self.state, *self.arrays, self._scalars(), self._spans(requests))
        # Fetched whole: lane by lane, it would take longer than the training. Memories stay where they are.
        (thetas, memories, watches), (steps, losses) = self.state, _jax.to_numpy(counts)
        thetas, watches = _jax.to_numpy((thetas, watches))
        told = self.methods[0].rule.told(memories)
        found = {}
        for lane in requests:
            place = self.places[lane]
            state = _lane(thetas, place), None, _lane(watches, place)
            found[lane] = self.methods[lane].snapshot(state, steps[place], losses[place], _lane(told, place))
        return found

    def _spans(self, requests: dict[int, Request]) -> Any:
        """(from, to) step of each place; equal where its lane has no request."""
        spans = np.zeros((2, len(self.filled)), dtype=np.int64)
        for lane, (snapshot, mark) in requests.items():
            spans[:, self.places[lane]] = snapshot.steps, int(mark)
        return spans[0], spans[1]

    def _scalars(self) -> Any:
        return tuple(np.array([self.methods[lane].scalars() for lane in self.filled]).T)


def _by_matrix(methods: list[Steps]) -> dict[str, list[int]]:
    """The lanes that have the same A, bit by bit."""
    digests: dict[int, str] = {}
    lanes: dict[str, list[int]] = {}
    for lane, method in enumerate(methods):
        rows = method.problem.system.rows()
        if id(rows) not in digests:
            digests[id(rows)] = hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()
        lanes.setdefault(digests[id(rows)], []).append(lane)
    return lanes


def _lane(thetas: Any, lane: int) -> Any:
    return _jax.jax.tree.map(lambda leaf: leaf[lane], thetas)


def _stacked(trees: list[Any]) -> Any:
    return _jax.jax.tree.map(lambda *leaves: _jax.jnp.stack(leaves), *trees)
