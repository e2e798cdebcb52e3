"""Where the tasks of a study run: in this process, on workers of this machine, or on any dask cluster."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from ridgeless._core.arrays import whole_number
from ridgeless._core.extras import needed_by
from ridgeless.errors import InvalidInputError, SchedulerLostError
from ridgeless.studies.cells import FAILED, Row, unanswered
from ridgeless.studies.compute import Task, run_task

# A worker computes on one thread: its sums have one order, and workers do not stand in each other's way.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
# A chunk that so many workers died with killed them itself, most likely for want of memory.
_MOST_DEATHS = 10
# What dask and the library under it say of connections that break. A study tells in a sentence what went wrong.
_LOGS = ("distributed", "tornado.application")
_QUIET_WORKER = f"import logging; [logging.getLogger(name).setLevel(logging.CRITICAL + 1) for name in {_LOGS}]"
_LOST = "study: the scheduler is gone. What was written before is whole: give the same command again."


@runtime_checkable
class Executor(Protocol):
    """Runs tasks, and hands their rows over in the order in which they end."""

    def submit(self, key: int, task: Task) -> None:
        """Take a task under a key of its own."""
        ...

    def next_done(self) -> tuple[int, list[Row]]:
        """The key and the rows of the next task that ends."""
        ...


class InProcess:
    """Tasks one after another, in this process."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, Task]] = deque()

    def submit(self, key: int, task: Task) -> None:  # noqa: D102 - the protocol tells
        self.waiting.append((key, task))

    def next_done(self) -> tuple[int, list[Row]]:  # noqa: D102
        key, task = self.waiting.popleft()
        return key, run_task(task)


class OnCluster:
    """Tasks on the workers of a dask scheduler; those of workers that are lost go to others."""

    def __init__(self, client: Any) -> None:
        from dask.distributed import as_completed

        self.client, self.ended = client, as_completed()
        self.given: dict[str, tuple[int, Task]] = {}

    def submit(self, key: int, task: Task) -> None:  # noqa: D102
        from distributed.client import ClosedClientError

        try:
            future = self.client.submit(run_task, task, pure=False)
        except ClosedClientError as error:
            raise SchedulerLostError(_LOST) from error
        self.given[future.key] = key, task
        self.ended.add(future)

    def next_done(self) -> tuple[int, list[Row]]:  # noqa: D102
        from dask.distributed import CancelledError, KilledWorker
        from distributed.client import ClosedClientError

        # The status "lost" is not final: a worker took rows with it that had not been fetched, and another makes them.
        future = next(self.ended)
        key, task = self.given.pop(future.key)
        try:
            return key, future.result()
        except KilledWorker as error:
            told = f"{len(task.cells)} cells were given to {error.allowed_failures + 1} workers, and all of them died."
            return key, [unanswered(FAILED, f"{told} A smaller batch needs less memory.") for _ in task.cells]
        except (OSError, CancelledError, ClosedClientError) as error:
            if future.status == "error":  # the task itself has raised it
                raise
            raise SchedulerLostError(_LOST) from error
        finally:
            future.release()


@contextlib.contextmanager
def executor(workers: int | None, scheduler: str | None) -> Iterator[Executor]:
    """What runs the tasks: this process, `workers` processes of this machine, or the cluster of a scheduler.

    Raises:
        InvalidInputError: both are given, or a number of workers that is none.
        SchedulerLostError: nobody answers at the address.
    """
    if workers is not None and scheduler is not None:
        raise InvalidInputError("study: workers and a scheduler are given; the scheduler has workers: leave one out.")
    if scheduler is not None:
        with _without_log(), _client(scheduler) as client:
            yield OnCluster(client)
    elif workers is not None:
        count = whole_number(workers, "study", "workers", least=1)
        with _without_log(), _local_cluster(count) as client:
            yield OnCluster(client)
    else:
        yield InProcess()


@contextlib.contextmanager
def _without_log() -> Iterator[None]:
    """Silence what this process logs of connections that break."""
    with needed_by("study with workers", instead="Without it a study runs in this process."):
        import distributed  # noqa: F401 - makes the handlers of its log; it brings dask

    handlers = {handler for name in _LOGS for handler in logging.getLogger(name).handlers}
    before = {handler: handler.level for handler in handlers}
    for handler in handlers:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for handler, level in before.items():
            handler.setLevel(level)


@contextlib.contextmanager
def _client(address: str) -> Iterator[Any]:
    from dask.distributed import Client

    try:
        client = Client(address, timeout=10)
    except (OSError, TimeoutError, ValueError) as error:
        raise SchedulerLostError(
            f"study: no scheduler answers at {address} ({error}); start one with: dask scheduler"
        ) from error
    with client:
        yield client


@contextlib.contextmanager
def _local_cluster(workers: int) -> Iterator[Any]:
    import dask.config
    from dask.distributed import Client, LocalCluster

    settings = {
        "distributed.nanny.pre-spawn-environ": {**ONE_THREAD, "DASK_LOGGING__DISTRIBUTED": "critical"},
        "distributed.worker.preload": [_QUIET_WORKER],
        "distributed.scheduler.allowed-failures": _MOST_DEATHS,
        "distributed.comm.retry.count": 3,
    }
    with dask.config.set(settings):
        try:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,  # pyright: ignore[reportArgumentType] - the documented way to have none
                silence_logs=50,
                memory_limit=0,
            )
        except RuntimeError as error:
            raise SchedulerLostError(
                "study: the workers did not start, or one was killed while it did: give the same command again. A "
                "script that asks for workers is read again by each of them: put its calls below the line  "
                'if __name__ == "__main__":'
            ) from error
        with cluster, Client(cluster) as client:
            yield client
