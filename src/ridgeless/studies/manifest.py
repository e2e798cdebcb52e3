"""Provenance of a run, for its manifest.json: command, settings, versions, machine, times, revision."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import platform
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import xarray as xr

_PACKAGES = ("numpy", "scipy", "jax", "diffrax", "xarray", "zarr", "matplotlib", "scikit-image")


def manifest(
    dataset: xr.Dataset, wall_s: Mapping[str, float] | None = None, command: Sequence[str] = ()
) -> dict[str, Any]:
    """Everything about a study that is not a result, ready for JSON.

    Args:
        dataset: the study's results.
        wall_s: wall time by stage, in seconds; the time of each method is added to it.
        command: the words of the command line; none where the study was started from Python.

    Returns:
        A dict with the keys name, created, command, configuration, system, wall_s, versions, machine and git_revision.
    """
    times = {**(wall_s or {}), **_time_of_methods(dataset)}
    settings = {"configuration": json.loads(dataset.attrs["configuration"]), "system": dataset.attrs["system"]}
    return record(dataset.attrs["name"], command, settings, times)


def record(
    name: str,
    command: Sequence[str],
    settings: Mapping[str, Any],
    wall_s: Mapping[str, float],
    further: Sequence[str] = (),
) -> dict[str, Any]:
    """The manifest of any run: its own settings between its command and what it ran on.

    Args:
        name: of the run.
        command: the words of the command line.
        settings: what was asked for.
        wall_s: wall time by stage, in seconds.
        further: packages whose versions count beside the usual ones.
    """
    return {
        "name": name,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": shlex.join(command),
        **settings,
        "wall_s": {stage: round(time, 3) for stage, time in wall_s.items()},
        "versions": versions(further),
        "machine": machine(),
        "git_revision": git_revision(),
    }


def versions(further: Sequence[str] = ()) -> dict[str, str]:
    """Versions of Python, of this package, of those it computes, draws and stores with, and of further ones."""
    found = {"python": platform.python_version(), "ridgeless": import_module("ridgeless").__version__}
    for package in (*_PACKAGES, *further):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


def machine() -> dict[str, Any]:
    """Processor, cores, memory and operating system: None where the system does not tell."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "usable_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": _memory_gib(),
        "platform": platform.platform(),
        "architecture": platform.machine(),
    }


def git_revision() -> str | None:
    """Commit of the folder that the study runs in, with "-dirty" after it if files have changed; None without git."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _time_of_methods(dataset: xr.Dataset) -> dict[str, float]:
    seconds = (dataset.run_s + dataset.compile_s).sum([name for name in dataset.run_s.dims if name != "method"])
    return dict(zip(dataset.method.values.tolist(), seconds.values.tolist(), strict=True))


def _processor() -> str | None:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or None


def _memory_gib() -> float | None:
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return round(size / 2**30, 1)
