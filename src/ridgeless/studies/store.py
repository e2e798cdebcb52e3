"""The store of a study: labelled arrays in zarr that are filled chunk by chunk, and can be read at any time.

A chunk is written by one process, its statuses last: a cell counts as computed when it has a status. Where a process is
killed on the way, the next one finds the chunk without statuses and computes it anew, to the same bits.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import xarray as xr
import zarr
import zarr.errors
import zarr.storage

from ridgeless._core.folders import remove_tree
from ridgeless.errors import StudyStoreError
from ridgeless.studies.cells import FAILED, Row, StoredLimit, versions
from ridgeless.studies.compute import held_later
from ridgeless.studies.dataset import SECONDS, TEXTS, Layout, fill, without_padding
from ridgeless.studies.regrid import copy_results

# Format 2 of zarr: format 3 has no specified type for text yet, nor consolidated metadata.
_FORMAT = 2
_CLOCK = "clock"
_COMPLETE = ".zmetadata"

# The limits whose x is told: that of NOT_UNIQUE is the one that starts tend to.
_KNOWN = ("CONVERGED", "NOT_UNIQUE")

Position = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class StudyStore:
    """A study's arrays, open for writing.

    Attributes:
        layout: what the arrays are.
        target: where they are: a path, an address of fsspec, or a store of zarr in memory.
        addresses: of the cells that are asked for, by position.
    """

    layout: Layout
    target: Any
    addresses: Mapping[Position, str]

    def missing(self) -> set[Position]:
        """The positions of the cells that have no result yet; what failed is tried again."""
        group = self._group()
        status, stored = group["status"][...], group["address"][...]
        return {at for at, wanted in self.addresses.items() if status[at] in ("", FAILED) or stored[at] != wanted}

    def limits_at(self, positions: Iterable[Position]) -> dict[Position, StoredLimit]:
        """The limits that are known, where results are held against them."""
        group, wanted = self._group(), dict.fromkeys(positions)
        if not wanted or not self._holds:
            return {}
        status, bound, gap = (group[name][...] for name in ("status", "bound", "gap"))
        known = [at for at in wanted if status[at] in _KNOWN]
        cells, x = self.layout.plan.cells, self._x_at(known)
        return {at: StoredLimit(cells[at], without_padding(x[at]), float(bound[at]), float(gap[at])) for at in known}

    def hold_against_limits(self) -> None:
        """Hold the results that were there before their limits against these, as if the limits had come first."""
        if not self._holds:
            return
        group, plan = self._group(), self.layout.plan
        distance, status = group["distance"][...], group["status"][...]
        open_cells = {at: cell for at, cell in plan.cells.items() if np.isnan(distance[at]) and status[at]}
        places = {at: plan.at_limit(cell) for at, cell in open_cells.items()}
        limits = self.limits_at(place for place in places.values() if place is not None)
        waiting = {at: limits[place] for at, place in places.items() if place in limits}
        x = self._x_at(waiting)
        held = {at: held_later(open_cells[at], x[at][: len(limit.x)], limit) for at, limit in waiting.items()}
        found = {at: each for at, each in held.items() if not np.isnan(each[0])}
        if not found:
            return
        verdict, bound, gap = (group[name][...] for name in ("verdict", "bound", "gap"))
        for at, (apart, proof) in found.items():
            distance[at] = apart
            if proof is not None:
                verdict[at], bound[at], gap[at] = proof.verdict.value, proof.distance, proof.relative_gap
        # The distances last: they tell what has been held.
        for name, values in (("verdict", verdict), ("bound", bound), ("gap", gap), ("distance", distance)):
            group[name][...] = values

    def write(self, rows: Mapping[Position, Row]) -> None:
        """Write the rows of one chunk. The other cells of the chunk stay as they are.

        Raises:
            StudyStoreError: the disk is full, or the store cannot be written.
        """
        region = self._chunk_of(next(iter(rows)))
        inside = {tuple(np.subtract(at, [part.start for part in region]).tolist()): row for at, row in rows.items()}
        try:
            group = self._group()
            names = [*(name for name in group if name in self._written and name not in TEXTS), *TEXTS]
            for name in SECONDS:
                self._fill(group[f"{_CLOCK}/{name}"], region, inside, name)
            for name in names:
                self._fill(group[name], region, inside, name)
        except OSError as error:
            raise StudyStoreError(
                f"study: cannot write to {self.target} ({error.strerror or error}). What was written before is whole: "
                "make room, or mend the permissions, and give the same command again.",
            ) from error

    def dataset(self) -> xr.Dataset:
        """All results, with the seconds they took."""
        return read_store(self.target)

    @property
    def _holds(self) -> bool:
        """Whether results are held against limits: whether distances are measured, and x is kept."""
        return "distance" in self.layout.numbers and "x" in self.layout.recording.keep

    def _x_at(self, positions: Iterable[Position]) -> dict[Position, np.ndarray]:
        """The stored x of some cells; each chunk is read once."""
        array, found, blocks = self._group()["x"], {}, {}
        for at in positions:
            region = self._chunk_of(at)
            begin = tuple(part.start for part in region)
            if begin not in blocks:
                blocks[begin] = np.asarray(array[region])
            found[at] = blocks[begin][tuple(np.subtract(at, begin).tolist())]
        return found

    @property
    def _written(self) -> set[str]:
        return {*self.layout.numbers, "lane", *TEXTS, *self.layout.recording.keep}

    def _group(self) -> Any:
        return zarr.open_group(self.target, mode="r+", zarr_format=_FORMAT, use_consolidated=False)

    def _chunk_of(self, at: Position) -> tuple[slice, ...]:
        chunks, shape = self.layout.plan.chunks, self.layout.plan.shape
        starts = [place // size * size for place, size in zip(at, chunks, strict=True)]
        ends = [min(start + size, length) for start, size, length in zip(starts, chunks, shape, strict=True)]
        return tuple(itertools.starmap(slice, zip(starts, ends, strict=True)))

    def _fill(self, array: Any, region: tuple[slice, ...], rows: Mapping[Position, Row], name: str) -> None:
        block = array[region]
        fill(block, rows, name)
        array[region] = block


@contextlib.contextmanager
def memory_store(layout: Layout) -> Iterator[StudyStore]:
    """An empty store in memory."""
    target = zarr.storage.MemoryStore()
    _create(target, layout)
    yield StudyStore(layout, target, layout.addresses())


@contextlib.contextmanager
def open_store(target: str | Path, layout: Layout) -> Iterator[StudyStore]:
    """The store at a path or an address of fsspec: a new one, or that of the same study, whose results are kept.

    On a local disk it belongs to one process at a time. A grid that has grown is laid out anew beside the old one, and
    takes its place when all results have been copied.

    Raises:
        StudyStoreError: it is in use, cannot be written, is no study's, or holds results that are not asked for.
    """
    if not isinstance(target, (str, os.PathLike)) or str(target) in ("", "."):
        raise StudyStoreError(
            f"study: store is {target!r}; pass a folder, such as runs/my.zarr, or an address of fsspec."
        )
    if "://" in str(target) and not str(target).startswith("file://"):
        _refuse_unreachable(str(target))
        yield _opened(str(target), layout)
        return
    path = Path(str(target).removeprefix("file://"))
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    with contextlib.ExitStack() as held:
        try:
            _recover(path)
            path.mkdir(parents=True, exist_ok=True)
            held.enter_context(_locked(path))
            _remove_fragments(path)
            store = _opened_locally(path, layout, held)
        except StudyStoreError:
            _remove_empty(made)
            raise
        except OSError as error:
            _remove_empty(made)
            raise StudyStoreError(
                f"study: cannot write to {path} ({error.strerror or error}); name a folder that can be written."
            ) from error
        yield store


def read_store(target: Any) -> xr.Dataset:
    """The results in a store, while it is being filled or afterwards, with the seconds that they took.

    Raises:
        StudyStoreError: there is no study.
    """
    try:
        found = xr.open_zarr(target, consolidated=True, zarr_format=_FORMAT, chunks=None)
        clock = xr.open_zarr(target, group=_CLOCK, consolidated=False, zarr_format=_FORMAT, chunks=None)
    except ImportError as error:
        raise StudyStoreError(f"study: {target} cannot be reached: {error}.") from error
    except (FileNotFoundError, NotADirectoryError, KeyError, ValueError, zarr.errors.GroupNotFoundError) as error:
        raise StudyStoreError(f"study: {target} holds no study; pass the folder results.zarr of one.") from error
    if found.attrs.get("ridgeless") != "study":
        raise StudyStoreError(f"study: {target} holds no study; pass the folder results.zarr of one.")
    try:
        return _with_plain_texts(found.merge(clock).load())
    except (RuntimeError, ValueError) as error:
        raise StudyStoreError(
            f"study: {target} has a damaged chunk ({error}). Remove the files of its name from the folders of all "
            "variables, and give the command of the study again: it computes what is missing."
        ) from error


def _with_plain_texts(dataset: xr.Dataset) -> xr.Dataset:
    """Texts as objects, which every format that a dataset can be written to takes."""
    for name, variable in dataset.variables.items():
        if variable.dtype.kind == "T":
            dataset[name] = variable.astype(object)
    return dataset


def _refuse_unreachable(address: str) -> None:
    """Raise where fsspec knows no such file system, or its package is not installed."""
    protocol = address.partition("://")[0]
    try:
        fsspec.get_filesystem_class(protocol)
    except (ImportError, ValueError) as error:
        raise StudyStoreError(
            f"study: {address} cannot be reached: {error}. Pass a folder, or install what the address needs."
        ) from error


def _opened(target: str, layout: Layout) -> StudyStore:
    """A store that is not on a local disk: its grid is fixed."""
    store = StudyStore(layout, target, layout.addresses())
    try:
        stored = read_store(target)
    except StudyStoreError:
        _create(target, layout)
        return store
    if stored.attrs.get("layout") != layout_text(layout):
        raise StudyStoreError(
            f"study: {target} holds another grid, and only one on a local disk can grow; name another store."
        )
    refuse_to_drop(stored, store.addresses, target)
    return store


def _opened_locally(path: Path, layout: Layout, held: contextlib.ExitStack) -> StudyStore:
    store = StudyStore(layout, path, layout.addresses())
    if not (path / _COMPLETE).exists():
        _refuse_other_content(path)
        following = _laid_out_beside(path, layout, held)
        if os.name == "nt":  # there a folder takes the place of none, not even of an empty one
            path.rmdir()
        following.rename(path)
        return store
    stored = read_store(path)
    refuse_to_drop(stored, store.addresses, path)
    if stored.attrs.get("layout") != layout_text(layout):
        _replace(path, layout, stored, held)
    return store


def layout_text(layout: Layout) -> str:
    """What two stores have in common when they hold the same grid."""
    plan = layout.plan
    dimensions = [(each.name, [repr(label) for label in each.labels], repr(each.further)) for each in plan.dimensions]
    further = {name: len(values) for name, values in layout.further.items()}
    return json.dumps([dimensions, list(plan.chunks), sorted(layout.numbers), further], ensure_ascii=False)


def refuse_to_drop(stored: xr.Dataset, addresses: Mapping[Position, str], target: Any) -> None:
    """Raise where a store holds results that are not asked for any more.

    Raises:
        StudyStoreError: it does.
    """
    asked = set(addresses.values())
    is_result = ~np.isin(stored.status.values.astype(str), ("", FAILED))
    held = [str(each) for each in stored.address.values[is_result] if each]
    dropped = [each for each in held if each not in asked]
    if not dropped:
        return
    before, now = json.loads(stored.attrs["versions"]), versions()
    other = [f"{name} {before[name]} is now {now.get(name)}" for name in before if before[name] != now.get(name)]
    why = f" ({', '.join(other)})" if other else ""
    raise StudyStoreError(
        f"study: {target} holds {len(dropped)} results that this configuration does not ask for{why}. They are kept: "
        "name another store or study, or remove the folder first."
    )


def _create(target: Any, layout: Layout) -> None:
    """Lay out empty arrays; consolidated metadata come last, and say that the layout is whole."""
    empty = layout.empty()
    empty.attrs["layout"] = layout_text(layout)
    chunks = layout.plan.chunks
    dims = layout.plan.names

    def encoding(dataset: xr.Dataset) -> dict[str, Any]:
        found = {}
        for name, variable in dataset.data_vars.items():
            if variable.dims[: len(dims)] == dims:
                found[name] = {"chunks": (*chunks, *variable.shape[len(dims) :])}
        return found

    clock = layout.clock()
    clock.to_zarr(target, group=_CLOCK, mode="w", zarr_format=_FORMAT, consolidated=False, encoding=encoding(clock))
    empty.to_zarr(target, mode="a", zarr_format=_FORMAT, consolidated=True, encoding=encoding(empty))


def _replace(path: Path, layout: Layout, stored: xr.Dataset, held: contextlib.ExitStack) -> None:
    """Put a store with another grid in the place of this one, all results copied; it is held like the old one."""
    former = _beside(path, "former")
    following = _laid_out_beside(path, layout, held)
    group = zarr.open_group(following, mode="r+", zarr_format=_FORMAT, use_consolidated=False)
    copy_results(stored, group, layout.addresses(), _CLOCK, tuple(SECONDS))
    path.rename(former)
    following.rename(path)
    remove_tree(former)


def _laid_out_beside(path: Path, layout: Layout, held: contextlib.ExitStack) -> Path:
    """Empty arrays in a new folder that is held, too: a store has its name when it is whole, and not before."""
    following = _beside(path, "next")
    remove_tree(following)
    following.mkdir()
    held.enter_context(_locked(following))
    _create(following, layout)
    return following


def _recover(path: Path) -> None:
    """Finish or undo what a process that was killed left while it replaced a store."""
    following, former = _beside(path, "next"), _beside(path, "former")
    if former.exists() and not path.exists():
        # Killed between the two renames: the new store is whole.
        (following if (following / _COMPLETE).exists() else former).rename(path)
    for left in (following, former):
        if left.exists() and path.exists():
            with contextlib.suppress(StudyStoreError), _locked(path):
                remove_tree(left)


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f".{path.name}.{what}")


def _refuse_other_content(path: Path) -> None:
    """Raise unless the folder is empty."""
    if any(path.iterdir()):
        raise StudyStoreError(f"study: {path} is a folder with other content; name a store that does not exist yet.")


def _remove_fragments(path: Path) -> None:
    """Remove what zarr had begun to write when a process was killed."""
    for fragment in path.rglob("*.partial"):
        fragment.unlink(missing_ok=True)


def _remove_empty(folders: list[Path]) -> None:
    with contextlib.suppress(OSError):  # a folder that is not empty stays, and so do those above it
        for folder in folders:
            folder.rmdir()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """The folder held for this process alone; its end, however it comes, sets it free."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StudyStoreError(
                f"study: another command is writing to {path}; wait until it has ended, or name another store."
            ) from error
        yield
    finally:
        os.close(handle)
