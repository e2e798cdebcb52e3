"""`rl.study`: everything that a configuration asks for, computed as far as it is missing, as labelled arrays."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import xarray as xr

from ridgeless._core.progress import reported, tell
from ridgeless.errors import InvalidInputError
from ridgeless.measures import function_measure
from ridgeless.solution import Solution
from ridgeless.studies.cells import Cell, Row
from ridgeless.studies.compute import Task
from ridgeless.studies.config import read_configuration
from ridgeless.studies.dataset import Layout, make_layout, refuse_taken_names
from ridgeless.studies.executors import Executor, executor
from ridgeless.studies.plan import make_plan
from ridgeless.studies.store import StudyStore, memory_store, open_store
from ridgeless.systems import LinearSystem

# Told before and after each computation: what has just ended, how many cells are done, how many there are.
StudyProgress = Callable[[str, int, int], None]


@reported("study")
def study(
    config: Any = None,
    progress: StudyProgress | None = None,
    *,
    store: str | Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    measures: Iterable[Callable[[Solution, LinearSystem], Any]] = (),
) -> xr.Dataset:
    """Limits and trainings over any axes of problem, network, init, flow and seed, as labelled arrays.

    Args:
        config: path of a TOML file, a dict in the form of one, a `Configuration`, or None for the built-in
            single-pixel camera. `ridgeless.studies.Configuration` tells its keys.
        progress: called when cells have ended, with (what has ended, how many cells have, how many there are).
        store: a folder, or an address of fsspec, that the results are written to as they come. A study whose store
            exists goes on where it was: only what is missing is computed.
        workers: processes on this machine; None for this process alone.
        scheduler: address of a dask scheduler, whose workers compute instead.
        measures: functions of (solution, system) that return a number, beside the measures of the configuration.

    Returns:
        The results over the axes of the study, "method" last: `status`, `verdict`, `message`, every measure,
        `residual`, `steps`, seconds, the certificate's numbers, and what the configuration keeps, such as `x`. A
        computation that fails or is refused has its status and message, and NaN. Select a method by
        `.sel({"method": "limit"})`: as a keyword, xarray takes the word for an option of its own.

    Raises:
        InvalidConfigurationError: an unknown key, or a value that its key does not take.
        UnreadableFileError: a file of the configuration or of the system cannot be read.
        InconsistentSystemError: no x solves the system.
        StudyStoreError: the store is in use, cannot be written, or holds something else.
        SchedulerLostError: no scheduler answers, or it is gone.

    Example:
        >>> small = {
        ...     "problem": {"name": "GaussianSparse", "equations": 10, "unknowns": 20, "nonzeros": 2},
        ...     "seeds": {"count": 3},
        ...     "runs": [{"network": {"name": "Difference", "depth": [2, 3]},
        ...               "init": {"name": "Constant", "scale": [1.0, 1e-4]}, "methods": ["limit"]}],
        ... }
        >>> found = study(small)
        >>> found.error.dims
        ('seed', 'depth', 'scale', 'method')
        >>> found.error.median("seed").squeeze().values.round(2)
        array([[0.85, 0.37],
               [0.85, 0.  ]])
    """
    if not isinstance(measures, Iterable):
        raise InvalidInputError("study: measures is no list; pass a list of functions, such as measures=[my_function].")
    own = tuple(function_measure(function) for function in measures)
    refuse_taken_names(own)
    layout = make_layout(make_plan(read_configuration(config)), own)
    with contextlib.ExitStack() as held:
        opened, where = opened_for(held, store, layout, workers, scheduler)
        if where is not None:
            compute_missing(opened, where, progress)
        return opened.dataset()


def opened_for(
    held: contextlib.ExitStack,
    store: str | Path | None,
    layout: Layout,
    workers: int | None,
    scheduler: str | None,
) -> tuple[StudyStore, Executor | None]:
    """The store, open for writing, and what computes the cells that it lacks; None where it lacks none.

    Workers that cannot be had are refused before a new store is made.

    Args:
        held: closes both at its end.
        store: where the results are; None for memory.
        layout: of the study.
        workers: processes of this machine.
        scheduler: address of a dask scheduler.
    """
    is_old = isinstance(store, (str, Path)) and "://" not in str(store) and Path(store).exists()
    where = None if is_old else held.enter_context(executor(workers, scheduler))
    opened = held.enter_context(memory_store(layout) if store is None else open_store(store, layout))
    if not opened.missing():
        opened.hold_against_limits()  # what a command that was killed at its very end has left
        return opened, None
    return opened, where or held.enter_context(executor(workers, scheduler))


def compute_missing(
    store: StudyStore, where: Executor, progress: StudyProgress | None = None, watch: Callable[[], None] | None = None
) -> int:
    """Compute what a store lacks and write it, chunk by chunk; limits before the trainings that refer to them.

    Args:
        store: open for writing.
        where: what runs the tasks.
        progress: as for `study`.
        watch: called when a chunk has been written.

    Returns:
        How many cells were computed.
    """
    queue = _Queue(store)
    done, total = len(store.addresses) - queue.cells, len(store.addresses)
    running = set(queue.ready)
    for key in queue.ready:
        where.submit(key, queue.task(key, store))
    while running:
        key, rows = where.next_done()
        cells = queue.tasks[key]
        store.write(_with_company(cells, rows, store))
        done += len(cells)
        tell("cell", done, total)
        if progress is not None:
            progress(cells[-1].label, done, total)
        if watch is not None:
            watch()
        following = queue.ended(key)
        running.remove(key)
        running.update(following)
        for each in following:
            where.submit(each, queue.task(each, store))
    store.hold_against_limits()
    return queue.cells


class _Queue:
    """The tasks of a study, and which of them wait for others.

    Attributes:
        layout: of the study.
        tasks: the cells to compute, by key.
        ready: the keys of the tasks that wait for none.
    """

    def __init__(self, store: StudyStore) -> None:
        self.layout: Layout = store.layout
        missing, plan = store.missing(), store.layout.plan
        chunks = [tuple(cell for cell in cells if cell.at in missing) for cells in plan.tasks()]
        self.tasks: dict[int, tuple[Cell, ...]] = dict(enumerate(cells for cells in chunks if cells))
        where = {cell.at: key for key, cells in self.tasks.items() for cell in cells}
        needed = {
            key: {where[at] for at in map(plan.at_limit, cells) if at in where} for key, cells in self.tasks.items()
        }
        self.ready = [key for key, others in needed.items() if not others]
        self._left = {key: len(others) for key, others in needed.items()}
        self._followers: dict[int, list[int]] = {}
        for key, others in needed.items():
            for other in others:
                self._followers.setdefault(other, []).append(key)

    @property
    def cells(self) -> int:
        """How many cells are to be computed."""
        return sum(map(len, self.tasks.values()))

    def ended(self, key: int) -> list[int]:
        """Note that a task has ended; the tasks that waited for it last."""
        followers = self._followers.pop(key, [])
        for each in followers:
            self._left[each] -= 1
        return [each for each in followers if not self._left[each]]

    def task(self, key: int, store: StudyStore) -> Task:
        """The task, with the limits that its trainings are measured against."""
        plan, cells = self.layout.plan, self.tasks[key]
        at_limit = {cell.at: plan.at_limit(cell) for cell in cells}
        limits = store.limits_at(at for at in at_limit.values() if at is not None)
        known = {at: limits[place] for at, place in at_limit.items() if place in limits}
        return Task(cells, self.layout.recording, known)


def _with_company(cells: tuple[Cell, ...], rows: list[Row], store: StudyStore) -> dict[tuple[int, ...], Row]:
    """The rows by position, each with its address, and with the company that it was computed in."""
    company = store.addresses[cells[0].at]
    found = {}
    for lane, (cell, row) in enumerate(zip(cells, rows, strict=True)):
        texts = {**row.texts, "address": store.addresses[cell.at], "company": company}
        found[cell.at] = replace(row, texts=texts, numbers={**row.numbers, "lane": float(lane)})
    return found
