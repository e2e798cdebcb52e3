"""What a strip shows of a study: the two networks that tell its story, and the scales at which answers differ."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import xarray as xr

from ridgeless.report.study.cells import CellResult, courses, measure, scales
from ridgeless.report.study.figures import _answers

_MOST_SCALES = 5
# Root mean square of the change from one panel to the next, relative to how much a panel varies: less cannot be seen.
_VISIBLE = 0.03
_NEWS = 0.25
# Choosing among more scales than these would take long and show nothing else.
_MOST_CANDIDATES = 24


def protagonists(dataset: xr.Dataset) -> list[str]:
    """The network that comes closest to the truth and the one that stays farthest from it; all, where they are two.

    Where the truth is not known: the network whose answer moves most as the scale falls, and the one whose moves least.
    """
    networks = _answers.answered(dataset)
    if len(networks) < 2:
        return networks
    merits = _merits(dataset, networks)
    ordered = sorted(networks, key=lambda network: -merits[network])
    return [ordered[0], ordered[-1]]


def others(dataset: xr.Dataset) -> list[str]:
    """The networks with answers that the strip leaves out."""
    shown = protagonists(dataset)
    return [network for network in _answers.answered(dataset) if network not in shown]


def told_scales(dataset: xr.Dataset) -> list[float]:
    """At most five scales, from lazy to rich, at which the answers of the first of the protagonists look different.

    Its laziest and richest answers are always among them. Between these, the scales are chosen so that the smallest
    change from one panel to the next is as large as it can be; there are fewer where that change could not be seen.
    """
    networks = protagonists(dataset)
    if not networks:
        return []
    seen = _seen(dataset, networks[0])
    candidates = spread(list(seen), _MOST_CANDIDATES)
    differences = _differences([seen[scale] for scale in candidates])
    chosen = list(range(len(candidates)))[:: max(len(candidates) - 1, 1)]
    for count in range(3, min(len(candidates), _MOST_SCALES) + 1):
        following = farthest_apart(differences, count)
        if min(differences[pair] for pair in itertools.pairwise(following)) < _VISIBLE:
            break
        chosen = following
    return [candidates[place] for place in chosen]


def have_news(dataset: xr.Dataset, row: Sequence[CellResult]) -> list[bool]:
    """Of the answers of a row, which ones look different from the last that did; what is not there is news, too."""
    news: list[bool] = []
    last: tuple[np.ndarray, str] | None = None
    for run in row:
        seen, told = _answers.as_seen(dataset, run), _answers.caption(run)
        is_same = seen is not None and last is not None and _change(last[0], seen) < _least_news(last[1], told)
        news.append(not is_same)
        if not is_same:
            last = None if seen is None else (seen, told)
    return news


def _least_news(before: str, after: str) -> float:
    """The smallest change that is news: pictures of equal captions may differ in their noise."""
    return _NEWS if before == after != "" else _VISIBLE


def farthest_apart(differences: np.ndarray, most: int) -> list[int]:
    """So many places in a row that the smallest difference between neighbours is largest; the ends are among them.

    Args:
        differences: between any two places.
        most: how many are chosen, 2 at least; all, where there are no more.

    Example:
        >>> course = np.array([0.0, 0.01, 0.02, 0.5, 0.9, 1.0])
        >>> farthest_apart(abs(course[:, None] - course), 3)
        [0, 3, 5]
    """
    count = len(differences)
    if count <= most:
        return list(range(count))
    choices = ((0, *inner, count - 1) for inner in itertools.combinations(range(1, count - 1), most - 2))
    return list(max(choices, key=lambda places: sorted(differences[pair] for pair in itertools.pairwise(places))))


def spread(values: Sequence[float], most: int) -> list[float]:
    """At most so many of the values, both ends included, evenly spread.

    Example:
        >>> spread([10.0, 1.0, 0.1, 0.01, 0.001], 3)
        [10.0, 0.1, 0.001]
    """
    if len(values) <= most:
        return list(values)
    return [values[round(i)] for i in np.linspace(0, len(values) - 1, most)]


def _merits(dataset: xr.Dataset, networks: Sequence[str]) -> dict[str, float]:
    """How close each network comes to the truth at its best; where that is not known, how far its answer moves."""
    found = measure(dataset)
    if found is None:
        return {network: _movement(dataset, network) for network in networks}
    known = {course[0].network: found.merit(course) for course in courses(dataset, found.name)}
    return {network: known.get(network, -np.inf) for network in networks}


def _movement(dataset: xr.Dataset, network: str) -> float:
    seen = list(_seen(dataset, network).values())
    return float(_differences([seen[0], seen[-1]])[0, 1]) if seen else 0.0


def _seen(dataset: xr.Dataset, network: str) -> dict[float, np.ndarray]:
    """The answers of a network as they are drawn, by scale from lazy to rich: those that there are."""
    drawn = {scale: _answers.as_seen(dataset, _answers.shown_at(dataset, network, scale)) for scale in scales(dataset)}
    return {scale: image for scale, image in drawn.items() if image is not None}


def _change(before: np.ndarray, after: np.ndarray) -> float:
    return float(_differences([before, after])[0, 1])


def _differences(images: Sequence[np.ndarray]) -> np.ndarray:
    """Root mean square of the difference between any two images, relative to the image that varies most."""
    flat = np.array([image.ravel() for image in images])
    size = float(flat.std(axis=1).max()) or 1.0
    return np.array([[np.sqrt(np.mean((first - second) ** 2)) for second in flat] for first in flat]) / size
