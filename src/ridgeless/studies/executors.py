"""Where the tasks of a study run: in this process, on workers of this machine, or on any dask cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from ridgeless._core.arrays import whole_number
from ridgeless.errors import InvalidInputError, SchedulerLostError
from ridgeless.studies.cells import Row
from ridgeless.studies.compute import Task, run_task

# A worker computes on one thread: its sums have one order, and workers do not stand in each other's way.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
# Workers may die as often as they like: a task that kills them by itself is told apart by their number.
_MOST_DEATHS = 3


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
        self.waiting: list[tuple[int, Task]] = []

    def submit(self, key: int, task: Task) -> None:  # noqa: D102 - the protocol tells
        self.waiting.append((key, task))

    def next_done(self) -> tuple[int, list[Row]]:  # noqa: D102
        key, task = self.waiting.pop(0)
        return key, run_task(task)


class OnCluster:
    """Tasks on the workers of a dask scheduler; those of workers that are lost go to others."""

    def __init__(self, client: Any) -> None:
        from dask.distributed import as_completed

        self.client, self.ended = client, as_completed()
        self.keys: dict[str, int] = {}

    def submit(self, key: int, task: Task) -> None:  # noqa: D102
        future = self.client.submit(run_task, task, pure=False, retries=_MOST_DEATHS)
        self.keys[future.key] = key
        self.ended.add(future)

    def next_done(self) -> tuple[int, list[Row]]:  # noqa: D102
        future = next(self.ended)
        if future.status == "cancelled" or future.status == "lost":
            raise SchedulerLostError(
                "study: the scheduler is gone. What was written before is whole: give the same command again."
            )
        rows = future.result()
        key = self.keys.pop(future.key)
        future.release()
        return key, rows


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
        with _client(scheduler) as client:
            yield OnCluster(client)
    elif workers is not None:
        with _local_cluster(whole_number(workers, "study", "workers", least=1)) as client:
            yield OnCluster(client)
    else:
        yield InProcess()


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
    import dask
    from dask.distributed import Client, LocalCluster

    settings = {
        "distributed.nanny.pre-spawn-environ": ONE_THREAD,
        "distributed.scheduler.allowed-failures": 1_000_000,
        "distributed.comm.retry.count": 3,
    }
    with dask.config.set(settings):  # noqa: SIM117 - the settings are read when the cluster starts
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                silence_logs=50,
                memory_limit=0,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
