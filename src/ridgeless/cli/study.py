"""`ridgeless study`, `status`, `compare`, `rerun` and `export`. Loaded when one of them is asked for."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ridgeless import studies
from ridgeless.cli import study_summary as summary
from ridgeless.cli.arguments import whole
from ridgeless.cli.console import complain, progress, say, show_table, written
from ridgeless.errors import InvalidInputError
from ridgeless.studies.dataset import Layout, make_layout
from ridgeless.studies.estimate import estimate
from ridgeless.studies.export import export_results
from ridgeless.studies.inspection import compare as compare_results
from ridgeless.studies.inspection import progress_of
from ridgeless.studies.inspection import rerun as rerun_cell
from ridgeless.studies.report_folder import RESULTS, is_reported, write_summary
from ridgeless.studies.run import compute_missing, opened_for

_NOT_CONVERGED = 1
_DIFFERENT = 1
_INTERRUPTED = 130
# The picture of what is there so far is drawn when the first cells have ended, and then no more often than this.
_BETWEEN_PICTURES_S = 20.0


def study(
    config: Path | None = None,
    /,
    *,
    out: Path = Path("runs"),
    name: str | None = None,
    settings: Annotated[Sequence[str], Parameter(name="--set", negative=(), show_default=False)] = (),
    workers: Annotated[int | None, Parameter(converter=whole)] = None,
    scheduler: str | None = None,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Limits and trainings over any axes, with labelled results, report and figures. The same command goes on.

    Without a configuration file: a single-pixel camera. Results are written to --out/NAME/results.zarr as they come;
    after an interruption, or when the configuration has grown, only what is missing is computed.

    Args:
        config: TOML file; what it leaves out has its built-in value.
        out: folder that runs are written to.
        name: of the study and its folder, instead of the one in the configuration.
        settings: key=value that wins over the file, as in --set seeds.count=4; may be repeated.
        workers: processes of this machine; without it, this process alone.
        scheduler: address of a dask scheduler whose workers compute instead.
        dry_run: print what would be computed, and stop.

    Returns:
        0, or 1 where a limit was not reached.
    """
    began = time.perf_counter()
    overrides = studies.parsed_settings(settings) | ({} if name is None else {"name": name})
    configuration = studies.read_configuration(config, overrides)
    layout = make_layout(studies.make_plan(configuration))
    if dry_run:
        say(*summary.estimate_lines(estimate(layout)))
        return 0
    if ":/" in str(out):
        raise InvalidInputError(f"study: --out {out} is no folder; type one, or rl.study(config, store=…) in Python.")
    folder = out / configuration.name
    try:
        dataset = _computed(layout, folder, workers, scheduler)
        is_new = not is_reported(dataset, folder)
        if is_new:
            from ridgeless.report import write_report  # loads matplotlib

            wall_s = {"study": time.perf_counter() - began}
            write_summary(dataset, folder, write_report, wall_s, ["ridgeless", *sys.argv[1:]])
    except KeyboardInterrupt:
        complain("interrupted; what was computed is kept, and the same command goes on from there.")
        return _INTERRUPTED
    table = summary.quality(dataset)
    if table is not None:
        show_table(*table)
    told = written(folder) if is_new else [f"{folder / 'report.html'} is that of these results already"]
    say(*summary.method_lines(dataset), *summary.refusals(dataset), *told)
    say(f"{time.perf_counter() - began:.1f} s in all")
    return _NOT_CONVERGED if summary.has_failed(dataset) else 0


def status(path: Path, /) -> int:
    """Show how far a study is, while it runs or afterwards.

    Args:
        path: folder of the study, or its results.zarr.
    """
    say(*summary.status_lines(progress_of(_results(path))))
    return 0


def compare(first: Path, second: Path, /) -> int:
    """Show how the results of two studies differ, cell by cell.

    Args:
        first: folder of a study, or its results.zarr.
        second: likewise.

    Returns:
        0 where all common cells have the same bits, else 1.
    """
    found = compare_results(_results(first), _results(second))
    say(*summary.comparison_lines(found))
    return _DIFFERENT if found.differences or found.statuses else 0


def rerun(path: Path, cell: str, /) -> int:
    """Compute one cell anew, and hold it against what is stored, bit by bit.

    Args:
        path: folder of the study, or its results.zarr.
        cell: the beginning of its address, or its labels, as in "seed=3, scale=0.1, method=limit".

    Returns:
        0 where the bits are the same, else 1.
    """
    found = rerun_cell(_results(path), cell)
    say(*summary.rerun_lines(found))
    return _DIFFERENT if found.different else 0


def export(path: Path, target: Path, /) -> int:
    """Write the results of a study to one file for other programs: .parquet and .csv, a row a cell; .nc, netCDF.

    Args:
        path: folder of the study, or its results.zarr.
        target: the file to write.
    """
    say(f"wrote {export_results(_results(path), target)}")
    return 0


def _computed(layout: Layout, folder: Path, workers: int | None, scheduler: str | None) -> Any:
    """The results of a study in its folder, all that was missing computed."""
    with contextlib.ExitStack() as stack:
        store, where = opened_for(stack, folder / RESULTS, layout, workers, scheduler)
        missing = len(store.missing())
        there = len(store.addresses) - missing
        if there:
            say(f"{there} of {len(store.addresses)} cells are there already; {missing} are missing.")
        if where is not None:
            display = stack.enter_context(progress())
            compute_missing(store, where, _one_back(display), _Picture(folder, store.dataset).draw_if_due)
        return store.dataset()


def _one_back(display: Callable[[str, int, int], None]) -> Callable[[str, int, int], None]:
    """Tell a display, which numbers what is about to run, of what has just ended."""
    return lambda label, done, total: display(label, done - 1, total)


class _Picture:
    """The picture of what is there so far, drawn now and then while a study runs."""

    def __init__(self, folder: Path, results: Callable[[], Any]) -> None:
        self.folder, self.results = folder, results
        self.drawn_at: float | None = None

    def draw_if_due(self) -> None:
        """Draw it, unless that was tried a moment ago."""
        now = time.perf_counter()
        if self.drawn_at is not None and now - self.drawn_at < _BETWEEN_PICTURES_S:
            return
        from ridgeless.report import write_preview

        write_preview(self.results(), self.folder)
        self.drawn_at = time.perf_counter()  # what cost time may have been reading the results


def _results(path: Path) -> Any:
    """The results of a study, by its folder or its store.

    Raises:
        InvalidInputError: neither is there.
    """
    place = path if path.name == RESULTS or not (path / RESULTS).exists() else path / RESULTS
    if not place.exists():
        raise InvalidInputError(f"{path} does not exist; type the folder of a study, such as runs/single-pixel-camera.")
    return studies.read_store(place)
