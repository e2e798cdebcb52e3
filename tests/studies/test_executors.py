"""Where tasks run: whatever runs them, the results are the same."""

import pytest

import ridgeless as rl
from ridgeless.errors import SchedulerLostError
from ridgeless.studies import make_plan, read_configuration
from ridgeless.studies.compute import Task
from ridgeless.studies.dataset import make_layout
from ridgeless.studies.executors import InProcess, OnCluster
from ridgeless.studies.executors import executor as executor_of


class Future:
    def __init__(self, key, status, rows):
        self.key, self.status, self.rows = key, status, rows

    def result(self):
        return self.rows

    def release(self):
        self.rows = None


def test_this_process_runs_them_in_their_order(small, monkeypatch):
    layout = make_layout(make_plan(read_configuration(small(seeds={"count": 3}, batch=1))))
    tasks = [Task(cells, layout.recording, {}) for cells in layout.plan.tasks()]
    ran = []
    monkeypatch.setattr("ridgeless.studies.executors.run_task", lambda task: ran.append(task) or [])
    with executor_of(None, None) as where:
        assert isinstance(where, InProcess)
        for key, task in enumerate(tasks):
            where.submit(key, task)
        assert ran == []
        assert [where.next_done() for _ in range(3)] == [(0, []), (1, []), (2, [])]
    assert ran == tasks


@pytest.mark.parametrize("status", ["cancelled", "lost"])
def test_a_scheduler_that_is_gone(status):
    where = object.__new__(OnCluster)
    where.keys, where.ended = {"a": 0}, iter([Future("a", status, None)])
    with pytest.raises(SchedulerLostError, match="What was written before is whole: give the same command again"):
        where.next_done()


def test_rows_are_handed_over_under_their_key():
    where = object.__new__(OnCluster)
    future = Future("a", "finished", [])
    where.keys, where.ended = {"a": 7}, iter([future])
    assert where.next_done() == (7, [])
    assert where.keys == {}
    assert future.rows is None


@pytest.mark.slow
def test_workers_give_the_same_bits(small, tmp_path, same_but_for_the_clock):
    methods = ["limit", {"flow": "GradientDescent", "max_steps": 50}]
    configuration = small(network=rl.networks.Difference(3), methods=methods, seeds={"count": 4}, batch=2)
    alone = rl.study(configuration)
    assert same_but_for_the_clock(rl.study(configuration, store=tmp_path / "s", workers=2), alone)
