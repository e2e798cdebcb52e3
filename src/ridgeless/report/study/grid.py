"""The results of a study as a grid over network, method and scale, which is what the figures of its report read."""

from __future__ import annotations

import re

import xarray as xr

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
    """The results with a dimension for a network that stands alone, and methods in words."""
    if "network" not in dataset.dims:
        label = str(dataset["network"].item()) if "network" in dataset.coords else "the network"
        dataset = dataset.drop_vars("network", errors="ignore")
        grown = [name for name, variable in dataset.data_vars.items() if "method" in variable.dims]
        dataset = dataset.assign({name: dataset[name].expand_dims(network=[label]) for name in grown})
    return with_methods_in_words(dataset)


def with_methods_in_words(dataset: xr.Dataset) -> xr.Dataset:
    """The same results, methods called as people say it."""
    methods = [in_words(str(label)) for label in dataset["method"].values]
    return dataset.assign_coords(method=("method", methods, dataset["method"].attrs))


def in_words(method: str) -> str:
    """The label of a method as people say it.

    Example:
        >>> in_words("GradientDescent step_size=0.1"), in_words("lazy_limit")
        ('gradient descent step_size=0.1', 'lazy limit')
    """
    name, blank, rest = method.partition(" ")
    if not re.fullmatch(r"(?:[A-Z][a-z]+)+|[a-z_]+", name):
        return method  # an abbreviation, such as RMSprop
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")
    words = words.lower() if " " in words else words
    for plain, spelling in _SPELLINGS.items():
        words = words.replace(plain, spelling)
    return f"{words}{blank}{rest}"
