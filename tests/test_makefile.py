"""`make` says what it is doing before anything that takes long, and shows no commands instead."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    ("target", "steps"),
    [("study", ["environment", "studies and reports", "built-in study"]), ("docs", ["documentation"])],
)
def test_every_long_step_is_announced(target, steps):
    words = ["make", "--dry-run", "--always-make", target]
    lines = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    told = [line for line in lines if line.startswith("echo")]
    assert all(any(step in line for line in told) for step in steps)
    slow = [index for index, line in enumerate(lines) if " -m pip " in line or " -m venv " in line]
    assert slow
    assert all(lines[index - 1].startswith("echo") for index in slow)
