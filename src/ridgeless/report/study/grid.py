"""The results of a study as a grid over network, method and scale, which is what the figures of its report read."""

from __future__ import annotations

import re

import xarray as xr

from ridgeless._core.numbers import counted

AXES = ("network", "method", "scale")
# Names of people and of their methods keep their own spelling.
_SPELLINGS = {"ada grad": "AdaGrad", "riemannian": "Riemannian"}


def is_grid(dataset: xr.Dataset) -> bool:
    """Whether results vary along network, method and scale alone.

    Example:
        >>> is_grid(xr.Dataset({"error": (("method", "scale"), [[1.0]])}))
        True
        >>> is_grid(xr.Dataset({"error": (("seed", "method", "scale"), [[[1.0]]])}))
        False
    """
    found = set(dataset["status" if "status" in dataset else next(iter(dataset.data_vars))].dims)
    return {"method", "scale"} <= found <= set(AXES)


def as_grid(dataset: xr.Dataset) -> xr.Dataset:
    """The results with a dimension for a network that stands alone, and networks and methods in words."""
    if "network" not in dataset.dims:
        label = str(dataset["network"].item()) if "network" in dataset.coords else "the network"
        dataset = dataset.drop_vars("network", errors="ignore")
        grown = [name for name, variable in dataset.data_vars.items() if "method" in variable.dims]
        dataset = dataset.assign({name: dataset[name].expand_dims(network=[label]) for name in grown})
    networks = [network_in_words(str(label)) for label in dataset["network"].values]
    dataset = dataset.assign_coords(network=("network", networks, dataset["network"].attrs))
    return with_methods_in_words(dataset)


def with_methods_in_words(dataset: xr.Dataset) -> xr.Dataset:
    """The same results, methods called as people say it."""
    methods = [in_words(str(label)) for label in dataset["method"].values]
    return dataset.assign_coords(method=("method", methods, dataset["method"].attrs))


def in_words(method: str) -> str:
    """The label of a method as people say it.

    Example:
        >>> in_words("GradientDescent step_size=0.1"), in_words("lazy_limit")
        ('gradient descent, step size 0.1', 'lazy limit')
    """
    name, *settings = _parts(method)
    if re.fullmatch(r"(?:[A-Z][a-z]+)+|[a-z_]+", name):  # an abbreviation, such as RMSprop, stays
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
        name = words.lower() if " " in words else words
    for plain, spelling in _SPELLINGS.items():
        name = name.replace(plain, spelling)
    return ", ".join([name, *map(_setting, settings)])


def network_in_words(network: str) -> str:
    """The label of a network as people say it.

    Example:
        >>> network_in_words("Difference depth=2"), network_in_words("Dense hidden=1"), network_in_words("Direct")
        ('Difference, depth 2', 'Dense, 1 hidden layer', 'Direct')
    """
    name, *settings = _parts(network)
    return ", ".join([name, *map(_setting, settings)])


def _parts(label: str) -> list[str]:
    """The name and the settings of a label."""
    return re.split(r" (?=\w+=)", label)


def _setting(text: str) -> str:
    name, _, value = text.partition("=")
    if name == "hidden" and value.isdigit():
        return counted(int(value), "hidden layer")
    return f"{name.replace('_', ' ')} {value}"
