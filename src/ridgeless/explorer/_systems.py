"""Linear systems as the page reads them: JSON, with arrays as base64."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.errors import InvalidInputError, MissingDependencyError
from ridgeless.systems import LinearSystem, Problem
from ridgeless.systems.library import GaussianSparse
from ridgeless.systems.single_pixel import SinglePixelCamera
from ridgeless.systems.transforms import TRANSFORMS

# The page solves the dual exactly, with n×n matrices: beyond this it would stand still while a knob is dragged.
LARGEST_ENTRIES = 2_000_000


def built_in_systems() -> list[dict[str, Any]]:
    """The systems that every page has, packed.

    The two photographs come from scikit-image, and are left out where it is not installed.
    """
    systems = [
        of_problem(GaussianSparse(40, 200, 5), 0, "sparse", "40 equations, 200 unknowns"),
        of_problem(GaussianSparse(5, 12, 2), 0, "small", "5 equations, 12 unknowns"),
    ]
    try:
        systems += [
            of_problem(SinglePixelCamera(140, 20, "dct"), 0, "photograph20", "Photograph, 20×20 pixels"),
            of_problem(SinglePixelCamera(410, 32, "haar"), 0, "photograph32", "Photograph, 32×32 pixels"),
        ]
    except MissingDependencyError:
        return systems
    return systems


def of_problem(problem: Problem, seed: int, name: str, title: str) -> dict[str, Any]:
    """A problem's system, with the code that makes it.

    Args:
        problem: one of `ridgeless.systems`.
        seed: what it draws from.
        name: its key in the page.
        title: what the page calls it.

    Returns:
        As `packed`.
    """
    system = problem.system(seed)
    told = packed(system, name, title) | _code(problem, seed)
    return told | _picture(problem, system) if isinstance(problem, SinglePixelCamera) else told


def packed(system: LinearSystem, name: str, title: str) -> dict[str, Any]:
    """A system as JSON of the page.

    Args:
        system: A x = b, of a size that a page can solve at once.
        name: its key in the page.
        title: what the page calls it.

    Returns:
        name, title, equations, unknowns, A (row by row), b, truth, image, python, toml; arrays as {kind, data}.

    Raises:
        InvalidInputError: A has too many entries for a page, at least as many rows as columns, or no entry but 0.
    """
    equations, unknowns = system.shape
    if equations >= unknowns:
        raise InvalidInputError(
            f"explore: A has {equations} rows and {unknowns} columns, and the page is about fewer equations than "
            "unknowns, which have many solutions; where some equations follow from others, type "
            "Q = system.orthonormal_rows and rl.explore(rl.LinearSystem(Q, Q @ system.min_norm()))."
        )
    if equations * unknowns > LARGEST_ENTRIES:
        raise InvalidInputError(
            f"explore: A has {equations}×{unknowns} entries, and a page that solves while a knob is dragged holds "
            f"{LARGEST_ENTRIES:,}; type rl.limit_path(system, network, inits) for systems of this size."
        )
    A = _dense(system)
    if not A.any():
        raise InvalidInputError("explore: every entry of A is 0, so that training never moves; pass another system.")
    return {
        "name": name,
        "title": title,
        "equations": equations,
        "unknowns": unknowns,
        "A": _array(A.ravel()),
        "b": _array(np.asarray(system.b)),
        "truth": None if system.truth is None else _array(np.asarray(system.truth)),
        "image": None,
        "python": None,
        "toml": None,
    }


def _array(values: Vector) -> dict[str, Any]:
    """Numbers as base64: every bit of them, in little-endian order."""
    return {"kind": "float64", "data": base64.b64encode(values.astype("<f8").tobytes()).decode("ascii")}


def _code(problem: Problem, seed: int) -> dict[str, str]:
    """What makes the system of a problem, in Python and as the beginning of a study."""
    fields = {key: value for key, value in vars(problem).items() if value != getattr(type(problem), key, None)}
    kind = type(problem).__name__
    arguments = ", ".join(f"{key}={value!r}" for key, value in fields.items())
    table = [f'name = "{kind}"', *(f"{key} = {_toml(value)}" for key, value in fields.items())]
    return {
        "python": f"rl.systems.{kind}({arguments}).system({seed})",
        "toml": "\n".join([f"seed = {seed}", "[problem]", *table]),
    }


def _picture(camera: SinglePixelCamera, system: LinearSystem) -> dict[str, Any]:
    """The shape and basis of a camera's picture, and A as its ±1 masks, one bit a pixel, which the page transforms.

    The masks are a sixty-fourth of A. Where A is not theirs to rounding, it stays as it is.
    """
    side, transform = camera.side, TRANSFORMS[camera.basis]
    image = {"image": {"rows": side, "columns": side, "basis": camera.basis}}
    masks = np.rint(transform.synthesis(system.A.reshape(-1, side, side)))
    if not np.allclose(transform.analysis(masks).reshape(system.shape), system.A, rtol=0, atol=1e-12):
        return image
    data = base64.b64encode(np.packbits(masks.ravel() > 0).tobytes()).decode("ascii")
    return image | {"A": {"kind": "masks", "data": data, "low": -1, "high": 1}}


def _dense(system: LinearSystem) -> np.ndarray:
    """A as an array, whatever it was given as: column by column through its products where need be."""
    if isinstance(system.A, np.ndarray):
        return system.A
    product: Callable[[Any], Any] = system.matvec
    columns = (product(unit) for unit in np.eye(system.shape[1]))
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def _toml(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
