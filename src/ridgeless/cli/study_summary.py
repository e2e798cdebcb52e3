"""`ridgeless study`: the table and the lines printed about its results."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

_NO_ANSWER = ("NOT RUN", "NO EXACT LIMIT", "REFUSED")


def quality(dataset: xr.Dataset) -> tuple[str, list[str], list[list[str]]]:
    """Title, header and rows of the table scale × network: how good the answer is, and its verdict.

    The answer is the limit, or what gradient flow found where there is none.
    """
    name = next(name for name in ("psnr", "error", "l1_norm") if name in dataset and _is_known(dataset, name))
    title = {"psnr": "PSNR in dB", "error": "‖x − truth‖/‖truth‖", "l1_norm": "‖x‖₁"}[name]
    networks = [str(label) for label in dataset.network.values]
    rows = [
        [f"{scale:.3g}", *(_quality(dataset, name, network, index) for network in range(len(networks)))]
        for index, scale in enumerate(dataset.scale.values)
    ]
    return f"{title} of the limit, and the verdict of its certificate", ["scale", *networks], rows


def method_lines(dataset: xr.Dataset) -> list[str]:
    """One line for each method: how its computations ended, what was certified, how far from the limit."""
    lines = []
    for method in map(str, dataset.method.values):
        here = dataset.sel({"method": method})
        ended = Counter(map(str, here.status.values.ravel()))
        left_out = ended.pop("NOT RUN", 0)
        if not ended:
            continue
        counts = ", ".join(f"{count} {status}" for status, count in ended.most_common())
        certified = int((here.verdict.values == "certified").sum())
        line = f"{method}: {counts}{f' ({left_out} left out)' if left_out else ''}; {certified} certified"
        distances = here.distance.values[here.status.values == "CONVERGED"]
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
    """Whether a limit that a theorem gives was not reached, or nothing at all was.

    Training that its budget ends is a result of a study, not a failure.
    """
    limits = set(dataset.status.sel({"method": "limit"}).values.ravel())
    return bool(limits - {"CONVERGED", *_NO_ANSWER}) or "CONVERGED" not in dataset.status.values


def _quality(dataset: xr.Dataset, name: str, network: int, scale: int) -> str:
    for method in ("limit", "gradient flow"):
        cell = dataset.isel(network=network, scale=scale).sel({"method": method})
        if str(cell.status.values) not in _NO_ANSWER:
            value = float(cell[name].values)
            shown = f"{value:.1f}" if name == "psnr" else f"{value:.3g}"
            by = "" if method == "limit" else " by flow"
            return f"{shown}{by} {cell.verdict.values}"
    return "none"


def _is_known(dataset: xr.Dataset, name: str) -> bool:
    return bool(np.isfinite(dataset[name].values).any()) or name == "l1_norm"


def _seconds(dataset: xr.Dataset) -> float:
    return float((dataset.run_s + dataset.compile_s).sum())
