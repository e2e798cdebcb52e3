"""Run the tables and draw the pictures: `make bench-inverse`, or `python -m benchmarks.inverse_problems`.

Without the measurements of a tooth (synchrotron tomography) and of a coil (magnetic resonance), which cannot be
redistributed, their tables are left out, and those of simulated measurements remain.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from benchmarks.inverse_problems.methods import METHODS, OF_NONNEGATIVE
from benchmarks.inverse_problems.pictures import draw
from benchmarks.inverse_problems.questions import VIEWS, Question, coil, phantom_coil, phantom_views, tooth
from benchmarks.table import Table

_DATA = Path(__file__).parents[3] / "shared" / "data"
_RESULTS = Path(__file__).parents[1] / "INVERSE.md"
_IMAGES = Path(__file__).parents[2] / "docs" / "images"
_HEADER = ("method", "PSNR, dB", "SSIM", "error on left-out measurements", "processor seconds", "‖Ax − b‖ / σ√n")
_NOTE = """Every method but the direct reconstruction is told the same noise σ, and stops where ‖Ax − b‖ = σ√n: LSQR by
its iteration, the others by their penalty, the search for which is part of their time. Ours is
`rl.solve(system, noise=σ)` with its default start, on the wavelets (db4) of FISTA; and x = u² on pixels, from an even
picture. All of this was fixed before a score was seen, but for what was lowered afterwards, for time: iterations of
FISTA and total variation (from 150 to 100 for each penalty), inner iterations of total variation (from 50 to 20), and
the most penalties tried (from 15 to 12). PSNR and SSIM are of the magnitude where
the picture is complex. The error on left-out measurements is ‖A'x − b'‖/‖b'‖ on measurements that no method was shown.
One run each; times are those of the processor, on one core, since others used the machine.
"""


def main() -> None:
    """Answer every question whose measurements are here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tooth", type=Path, default=_DATA / "tomography_tooth.h5")
    parser.add_argument("--coil", type=Path, default=_DATA / "mri_cartesian_coil0.npz")
    parser.add_argument("--out", type=Path, default=_RESULTS)
    parser.add_argument("--images", type=Path, default=_IMAGES)
    asked = parser.parse_args()
    texts = [f"# Inverse problems\n\n`make bench-inverse`, {_machine()}\n\n{_NOTE}"]
    for question in _questions(asked.tooth, asked.coil):
        table, pictures = answered(question)
        texts.append(table.markdown())
        print(texts[-1], flush=True)
        if question.picture:
            draw(question, pictures, asked.images / f"inverse-{question.picture}.png")
    asked.out.write_text("\n".join(texts), encoding="utf-8")


def answered(question: Question) -> tuple[Table, dict[str, tuple[np.ndarray, str]]]:
    """The table of a question, and the picture of every method with its score in words."""
    name, picture = question.direct
    pictures, rows = {name: (picture, _told(question, picture))}, [_row(question, name, picture, "not timed")]
    for name, method in (METHODS | (OF_NONNEGATIVE if question.is_nonnegative else {})).items():
        began = time.process_time()
        picture = method(question)
        rows.append(_row(question, name, picture, time.process_time() - began))
        pictures[name] = picture, _told(question, picture)
    return Table(question.name, question.note, _HEADER, tuple(rows)), pictures


def _questions(of_tooth: Path, of_coil: Path) -> Any:
    if of_tooth.is_file():
        yield from (tooth(of_tooth, views) for views in VIEWS)
    yield phantom_views(20)
    if of_coil.is_file():
        yield coil(of_coil)
    yield phantom_coil()


def _row(question: Question, name: str, picture: np.ndarray, seconds: Any) -> tuple[Any, ...]:
    misfit = float(np.linalg.norm(question.A @ picture.ravel() - question.b)) / question.radius
    return name, *_scores(question, picture), _left_out(question, picture), seconds, misfit


def _scores(question: Question, picture: np.ndarray) -> tuple[Any, Any]:
    if question.reference is None:
        return "unknown", "unknown"
    wanted, found = np.abs(question.reference) if question.is_complex else question.reference, picture
    found = np.abs(found) if question.is_complex else found
    reach = float(np.ptp(wanted))
    ratio = float(peak_signal_noise_ratio(wanted, found, data_range=reach))
    return f"{ratio:.1f}", f"{structural_similarity(wanted, found, data_range=reach):.3f}"


def _left_out(question: Question, picture: np.ndarray) -> Any:
    if question.left_out is None:
        return "none"
    A, b = question.left_out
    return float(np.linalg.norm(A @ picture.ravel() - b) / np.linalg.norm(b))


def _told(question: Question, picture: np.ndarray) -> str:
    if question.reference is None:
        return f"error {_left_out(question, picture):.3f} on left-out samples"
    return f"{_scores(question, picture)[0]} dB"


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
