"""Where tasks run. Workers and clusters: `test_cluster`."""

from ridgeless.studies import make_plan, read_configuration
from ridgeless.studies.compute import Task
from ridgeless.studies.dataset import make_layout
from ridgeless.studies.executors import InProcess
from ridgeless.studies.executors import executor as executor_of


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
