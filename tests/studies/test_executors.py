"""Where tasks run. Workers and clusters: `test_cluster`."""

from types import SimpleNamespace

import numpy as np
import pytest

from ridgeless.errors import SchedulerLostError
from ridgeless.studies import make_plan, read_configuration
from ridgeless.studies.compute import Recording, Task
from ridgeless.studies.dataset import make_layout
from ridgeless.studies.executors import InProcess, OnCluster
from ridgeless.studies.executors import executor as executor_of

NO_CELLS = Task((), Recording((), (), np.empty(0)), {})


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


class _Ended:
    """A task that has ended on a cluster, as dask shows it; asking for its result raises its error."""

    key = "task"

    def __init__(self, status, error):
        self.status, self.error, self.released = status, error, False

    def result(self):
        if self.error is None:
            return []
        raise self.error

    def release(self):
        self.released = True


def _cluster_that_ended(monkeypatch, future):
    monkeypatch.setattr("dask.distributed.as_completed", lambda: iter([future]))
    where = OnCluster(SimpleNamespace())
    where.given[future.key] = (0, NO_CELLS)
    return where


def test_a_scheduler_that_dies_while_rows_are_fetched_is_told(monkeypatch):
    from distributed.comm import CommClosedError

    future = _Ended("finished", CommClosedError("reset by peer"))
    where = _cluster_that_ended(monkeypatch, future)
    with pytest.raises(SchedulerLostError, match="give the same command again"):
        where.next_done()
    assert future.released


def test_rows_that_a_worker_took_with_it_are_made_again(monkeypatch):
    """Dask says "lost" until another worker has made them, which its `result` waits for."""
    where = _cluster_that_ended(monkeypatch, _Ended("lost", None))
    assert where.next_done() == (0, [])


def test_a_scheduler_that_is_gone_is_told(monkeypatch):
    from dask.distributed import CancelledError

    where = _cluster_that_ended(monkeypatch, _Ended("cancelled", CancelledError("connection lost")))
    with pytest.raises(SchedulerLostError, match="the scheduler is gone"):
        where.next_done()


def test_what_a_task_has_raised_is_no_lost_scheduler(monkeypatch):
    where = _cluster_that_ended(monkeypatch, _Ended("error", OSError("no space left on device")))
    with pytest.raises(OSError, match="no space left") as caught:
        where.next_done()
    assert not isinstance(caught.value, SchedulerLostError)


def test_a_client_that_has_given_up_is_told(monkeypatch):
    from distributed.client import ClosedClientError

    def refuse(*_, **__):
        raise ClosedClientError("Tried sending message after closing.")

    monkeypatch.setattr("dask.distributed.as_completed", lambda: iter([]))
    where = OnCluster(SimpleNamespace(submit=refuse))
    with pytest.raises(SchedulerLostError, match="the scheduler is gone"):
        where.submit(0, NO_CELLS)
