"""`ridgeless study` and what goes with it: the tables and lines that are printed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from ridgeless.studies.estimate import Estimate
    from ridgeless.studies.inspection import Comparison, Progress, Rerun

_NO_ANSWER = ("NOT RUN", "NO EXACT LIMIT", "REFUSED", "FAILED")


def quality(dataset: xr.Dataset) -> tuple[str, list[str], list[list[str]]] | None:
    """Title, header and rows of the table scale × network: how good the answer is, and its verdict.

    The answer is the limit, or what gradient flow found where there is none; the median over further axes. None where
    there is no scale to make rows of.
    """
    if "scale" not in dataset.dims:
        return None
    name = next(name for name in ("psnr", "error", "l1_norm") if name in dataset and _is_known(dataset, name))
    title = {"psnr": "PSNR in dB", "error": "‖x − truth‖/‖truth‖", "l1_norm": "‖x‖₁"}[name]
    several = "network" in dataset.dims
    networks = [str(label) for label in dataset.network.values] if several else [_only_network(dataset)]
    columns = [dataset.isel(network=index) if several else dataset for index in range(len(networks))]
    further = [axis for axis in dataset.status.dims if axis not in ("network", "scale", "method")]
    rows = [
        [f"{scale:.3g}", *(_quality(column.isel(scale=index), name) for column in columns)]
        for index, scale in enumerate(dataset.scale.values)
    ]
    over = f", the median over {', '.join(map(str, further))}" if further else ""
    return f"{title} of the limit, and the verdict of its certificate{over}", ["scale", *networks], rows


def method_lines(dataset: xr.Dataset) -> list[str]:
    """One line for each method: how its computations ended, what was certified, how far from the limit."""
    lines = []
    for method in map(str, dataset.method.values):
        here = dataset.isel(method=list(map(str, dataset.method.values)).index(method))
        ended = Counter(map(str, here.status.values.ravel()))
        left_out = ended.pop("NOT RUN", 0)
        if not ended:
            continue
        counts = ", ".join(f"{count} {status}" for status, count in ended.most_common())
        certified = int((here.verdict.values == "certified").sum())
        line = f"{method}: {counts}{f' ({left_out} left out)' if left_out else ''}; {certified} certified"
        has_distance = "distance" in here
        distances = here.distance.values[here.status.values == "CONVERGED"] if has_distance else np.array([])
        if np.isfinite(distances).any():
            line += f"; at most {np.nanmax(distances):.1e} from the limit where converged"
        lines.append(f"{line}; {_seconds(here):.1f} s")
    return lines


def refusals(dataset: xr.Dataset) -> list[str]:
    """The message of each limit or training that was refused or failed, once."""
    status, message = dataset.status.values.ravel(), dataset.message.values.ravel()
    wanted = [text for state, text in zip(status, message, strict=True) if state in _NO_ANSWER[1:]]
    return list(dict.fromkeys(map(str, wanted)))


def has_failed(dataset: xr.Dataset) -> bool:
    """Whether a limit that a theorem gives was not reached, a cell failed, or nothing at all was solved.

    Training that its budget ends is a result of a study, not a failure.
    """
    statuses = set(map(str, dataset.status.values.ravel()))
    limits: set[str] = set()
    if "limit" in map(str, dataset.method.values):
        limits = set(map(str, dataset.status.sel({"method": "limit"}).values.ravel()))
    is_solved = "CONVERGED" in statuses or not limits
    return bool(limits - {"CONVERGED", *_NO_ANSWER}) or "FAILED" in statuses or not is_solved


def estimate_lines(found: Estimate) -> list[str]:
    """What a study would cost, in lines."""
    sizes = " × ".join(f"{length} {name}" for name, length in found.dimensions.items())
    lines = [f"{found.cells} cells of a grid of {sizes}", "groups:"]
    lines += [
        f"  {group.label}: {group.cells} cells in {group.programs} "
        f"{'task' if group.programs == 1 else 'tasks'}, about {_duration(group.seconds)}"
        for group in found.groups
    ]
    total = sum(group.seconds for group in found.groups)
    return [
        *lines,
        f"in all about {_duration(total)} of one core, if every training by steps uses its whole budget",
        f"{_size(found.stored_bytes)} on disk before compression",
        f"memory: {_size(found.array_bytes)} of arrays, about {_size(found.process_bytes)} for each process as a whole",
    ]


def status_lines(found: Progress) -> list[str]:
    """How far a study is, in lines."""
    share = 100 * found.done / found.asked if found.asked else 100.0
    lines = [f"{found.name}: {found.done} of {found.asked} cells ({share:.0f} %)"]
    for method, statuses in found.statuses.items():
        told = ", ".join(f"{count} {status}" for status, count in statuses.items()) or "nothing yet"
        lines.append(f"  {method}: {told}")
    return lines


def comparison_lines(found: Comparison) -> list[str]:
    """How two studies differ, in lines."""
    lines = [f"{found.same_bits} cells have the same bits"]
    if found.only_first or found.only_second:
        lines.append(f"only in the first: {found.only_first}; only in the second: {found.only_second}")
    lines += [f"{label}: {before} became {after}" for label, before, after in found.statuses]
    lines += [
        f"{name} differs by at most {size:.2g} of its size, at {label}"
        for name, (size, label) in found.differences.items()
    ]
    return lines


def rerun_lines(found: Rerun) -> list[str]:
    """A cell computed anew, in lines."""
    company = "alone" if found.company == 1 else f"in a company of {found.company} cells, as the first time"
    told = "the same bits" if not found.different else f"other bits in {', '.join(found.different)}"
    return [f"{found.label}, computed {company}: {told}", str(found.row.texts["message"])]


def _quality(cell: xr.Dataset, name: str) -> str:
    """The number of one network at one scale, the median over further axes."""
    methods = list(map(str, cell.method.values))
    for method in (method for method in ("limit", "GradientFlow") if method in methods):
        here = cell.isel(method=methods.index(method))
        answered = ~np.isin(here.status.values.astype(str), (*_NO_ANSWER, ""))
        if answered.any():
            value = float(np.nanmedian(here[name].values[answered])) if answered.ndim else float(here[name].values)
            shown = f"{value:.1f}" if name == "psnr" else f"{value:.3g}"
            by = "" if method == "limit" else " by flow"
            verdicts = Counter(map(str, here.verdict.values[answered].ravel()))
            return f"{shown}{by} {verdicts.most_common(1)[0][0]}"
    return "none"


def _only_network(dataset: xr.Dataset) -> str:
    return str(dataset.network.item()) if "network" in dataset.coords else "answer"


def _is_known(dataset: xr.Dataset, name: str) -> bool:
    return bool(np.isfinite(dataset[name].values).any()) or name == "l1_norm"


def _seconds(dataset: xr.Dataset) -> float:
    return float((dataset.run_s + dataset.compile_s).sum())


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
