"""Studies that are killed: the same command again and again until it ends, and the result held against a quiet run.

Each round starts a study on two workers and kills, at a random moment, one of its workers, the command itself, or the
scheduler that it was given. What was written must never be computed again, and the final dataset must be that of an
undisturbed run to the last bit, without a stray file.

Run it by `python -m benchmarks.chaos --kills 100 --seed 0`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from ridgeless.studies import read_store

STUDY = """
name = "chaos"
batch = 3
[problem]
name = "GaussianSparse"
equations = 8
unknowns = 20
nonzeros = 2
noise = [0.0, 0.1]
[seeds]
count = 6
[[runs]]
network = { name = "Difference", depth = [2, 3] }
init = { name = "Constant", scale = { logspace = [1.0, 1e-2], count = 3 } }
methods = ["limit", { flow = "GradientDescent", max_steps = 300 }]
"""
VICTIMS = ("worker", "command", "scheduler")
CLOCKS = ["run_s", "compile_s"]
# A round whose study ends before the kill does not count; there are at most so many for each kill.
_MOST_ROUNDS = 5
# A study that does not end by itself in this time hangs.
PATIENCE_S = 600.0


@dataclass(frozen=True)
class Report:
    """What became of a study that was killed again and again.

    Attributes:
        kills: how many kills met a process that was at work.
        is_identical: whether the final dataset is that of the undisturbed run.
        rewritten: chunks that were complete, and were written once more.
        stray: files that belong to nobody.
        complaints: what a command printed that was no clear message, or that gave up though only a worker was lost.
    """

    kills: int
    is_identical: bool
    rewritten: tuple[str, ...]
    stray: tuple[str, ...]
    complaints: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, computed twice, or left lying about."""
        return self.is_identical and not (self.rewritten or self.stray or self.complaints)


def chaos(folder: Path, kills: int, seed: int, victims: tuple[str, ...] = VICTIMS) -> Report:
    """Run a study with this many kills, then to its end."""
    draw = random.Random(seed)
    config = folder / "chaos.toml"
    config.write_text(STUDY)
    began = time.perf_counter()
    _finish(_command(config, folder / "quiet", ("--workers", "2")))
    longest = time.perf_counter() - began
    met, rewritten, complaints = 0, set(), set()
    complete: dict[Path, int] = {}
    for _ in range(_MOST_ROUNDS * kills):
        if met == kills:
            break
        victim = draw.choice(victims)
        met += _killed_round(config, folder / "loud", victim, draw.uniform(0.1, 0.8) * longest, draw, complaints)
        rewritten |= _rewritten(complete)
        complete = _complete_chunks(folder / "loud")
        if _is_whole(folder / "loud"):
            _forget_some(folder / "loud", draw)
            complete = _complete_chunks(folder / "loud")
    _finish(_command(config, folder / "loud", ("--workers", "2")))
    rewritten |= _rewritten(complete)
    return Report(
        met,
        _results(folder / "quiet").drop_vars(CLOCKS).identical(_results(folder / "loud").drop_vars(CLOCKS)),
        tuple(sorted(rewritten)),
        _stray(folder / "quiet", folder / "loud"),
        tuple(sorted(complaints)),
    )


def _killed_round(
    config: Path, out: Path, victim: str, after_s: float, draw: random.Random, complaints: set[str]
) -> bool:
    """One start of the study, and one kill on its way; whether the victim was still there."""
    with _cluster() if victim == "scheduler" else contextlib.nullcontext(None) as scheduler:
        where = ("--workers", "2") if scheduler is None else ("--scheduler", scheduler.address)
        process = _command(config, out, where)
        deadline = time.monotonic() + after_s
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.05)
        target = _victim(process, victim, scheduler, draw)
        was_there = target is not None and process.poll() is None
        if was_there:
            with contextlib.suppress(ProcessLookupError):
                os.kill(target, signal.SIGKILL)
        _, errors = _finish(process, may_fail=True)
        # A study goes on without a worker that is lost; without its scheduler it ends, and says so.
        has_given_up = victim == "worker" and "the scheduler is gone" in errors
        if "Traceback" in errors or has_given_up:
            complaints.add(f"{victim} killed, status {process.returncode}: {errors[-2000:]}")
        return was_there


def _victim(process: subprocess.Popen[str], victim: str, scheduler: _Cluster | None, draw: random.Random) -> int | None:
    if victim == "command":
        return process.pid
    if scheduler is not None:
        return scheduler.processes[0].pid
    children = _workers_of(process.pid)
    return draw.choice(children) if children else None


def _workers_of(pid: int) -> list[int]:
    """The processes that a command has started to compute."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            words = (path.parent / "cmdline").read_bytes()
            if int(fields[1]) == pid and b"spawn_main" in words:
                found.append(int(path.parent.name))
    return found


@dataclass(frozen=True)
class _Cluster:
    address: str
    processes: tuple[subprocess.Popen[bytes], ...]


@contextlib.contextmanager
def _cluster() -> Iterator[_Cluster]:
    """A scheduler and two workers, each a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        told = Path(place) / "scheduler.json"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": place}
        words = ["--scheduler-file", str(told)]
        module = [sys.executable, "-m"]
        scheduler = subprocess.Popen(
            [*module, "distributed.cli.dask_scheduler", *words, "--port", "0", "--no-dashboard"], **quiet
        )
        processes = [scheduler]
        try:
            while not told.exists():
                time.sleep(0.1)
            processes += [
                subprocess.Popen(
                    [*module, "distributed.cli.dask_worker", *words, "--nthreads", "1", "--no-dashboard", "--no-nanny"],
                    env={**os.environ, "OMP_NUM_THREADS": "1"},
                    **quiet,
                )
                for _ in range(2)
            ]
            yield _Cluster(json.loads(told.read_text())["address"], tuple(processes))
        finally:
            for process in processes:
                process.kill()
                process.wait()


def _command(config: Path, out: Path, where: tuple[str, ...]) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "ridgeless", "study", str(config), "--out", str(out), *where]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _finish(process: subprocess.Popen[str], may_fail: bool = False) -> tuple[str, str]:
    out, errors = process.communicate(timeout=PATIENCE_S)
    if process.returncode not in (0, 1) and not may_fail:
        raise RuntimeError(f"the study ended with status {process.returncode}:\n{errors}")
    return out, errors


def _store(out: Path) -> Path:
    return out / "chaos" / "results.zarr"


def _results(out: Path) -> xr.Dataset:
    return read_store(_store(out))


def _is_whole(out: Path) -> bool:
    return (_store(out) / ".zmetadata").exists() and bool((_results(out).status != "").all())


def _complete_chunks(out: Path) -> dict[Path, int]:
    """The status chunks without an empty status, and when each was written."""
    if not (_store(out) / ".zmetadata").exists():
        return {}
    status = _results(out).status.values
    layout = json.loads((_store(out) / "status" / ".zarray").read_text())["chunks"]
    found = {}
    for path in (_store(out) / "status").glob("[0-9]*"):
        corner = [int(part) for part in path.name.split(".")]
        region = tuple(slice(k * size, (k + 1) * size) for k, size in zip(corner, layout, strict=True))
        if np.all(status[region] != ""):
            found[path] = path.stat().st_mtime_ns
    return found


def _rewritten(complete: dict[Path, int]) -> set[str]:
    return {path.name for path, written in complete.items() if path.exists() and path.stat().st_mtime_ns != written}


def _forget_some(out: Path, draw: random.Random) -> None:
    """Take most statuses away, as if their cells had not been computed: there is work for further kills."""
    chunks = sorted((_store(out) / "status").glob("[0-9]*"))
    for path in draw.sample(chunks, 4 * len(chunks) // 5):
        path.unlink()


def _stray(quiet: Path, loud: Path) -> tuple[str, ...]:
    """Files of the disturbed study that the quiet one has not."""
    known = {path.relative_to(quiet) for path in quiet.rglob("*")}
    return tuple(str(path.relative_to(loud)) for path in loud.rglob("*") if path.relative_to(loud) not in known)


def main() -> int:
    """Print what became of a study that was killed again and again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = chaos(Path(folder), asked.kills, asked.seed)
    print(f"{asked.kills} kills, {report.kills} of them of a process at work")
    print(f"identical to an undisturbed run: {report.is_identical}")
    print(f"chunks computed twice: {list(report.rewritten)}; stray files: {list(report.stray)}")
    for complaint in report.complaints:
        print(complaint)
    return 0 if report.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
