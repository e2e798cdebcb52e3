"""What may not be installed: which extra of ridgeless brings which package, and the sentence that names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ridgeless.errors import MissingDependencyError

# Of each module that an extra brings: what it is called, and the extra. `tests/_core/test_extras.py` holds it against
# pyproject.toml and against every import of the package.
EXTRAS = {
    "anywidget": ("anywidget", "lab"),
    "dask": ("dask", "lab"),
    "diffrax": ("diffrax", "lab"),
    "distributed": ("distributed", "lab"),
    "flint": ("python-flint", "proof"),
    "h5netcdf": ("h5netcdf", "lab"),
    "h5py": ("h5py", "lab"),
    "jax": ("JAX", "lab"),
    "matfree": ("matfree", "lab"),
    "matplotlib": ("matplotlib", "lab"),
    "msgspec": ("msgspec", "lab"),
    "narwhals": ("narwhals", "estimators"),
    "optax": ("optax", "lab"),
    "pandas": ("pandas", "lab"),
    "pyarrow": ("pyarrow", "lab"),
    "pywt": ("PyWavelets", "lab"),
    "skimage": ("scikit-image", "lab"),
    "sklearn": ("scikit-learn", "estimators"),
    "xarray": ("xarray", "lab"),
    "zarr": ("zarr", "lab"),
}


@contextmanager
def needed_by(call: str, instead: str = "") -> Iterator[None]:
    """A scope of imports that an extra brings: where one is missing, the error says which, and what to type.

    An import that fails for another reason fails as it would without the scope.

    Args:
        call: what the user asked for, as the error names it.
        instead: what can be done without the extra, as a sentence.

    Raises:
        MissingDependencyError: a package of an extra is not installed.

    Example:
        >>> import sys
        >>> sys.modules["zarr"] = None  # as if it were not installed
        >>> with needed_by("study"):
        ...     import zarr
        Traceback (most recent call last):
        ridgeless.errors.MissingDependencyError: study: zarr is not installed; type pip install "ridgeless[lab]".
        >>> del sys.modules["zarr"]
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        name, extra = EXTRAS[package]
        told = f'{call}: {name} is not installed; type pip install "ridgeless[{extra}]".'
        raise MissingDependencyError(f"{told} {instead}".strip()) from error
