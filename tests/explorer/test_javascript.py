"""The modules of the page under Node and TypeScript, where these are installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "javascript"
TYPESCRIPT = FOLDER / "node_modules" / ".bin" / "tsc"


def ran(*words):
    return subprocess.run(words, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_every_module_passes_its_own_tests():
    tests = sorted(map(str, FOLDER.glob("*.test.js")))
    done = ran("node", "--test", *tests)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.skipif(
    not TYPESCRIPT.exists(), reason="TypeScript is not installed: npm install in tests/explorer/javascript"
)
def test_types_hold():
    done = ran(str(TYPESCRIPT), "--project", "tsconfig.json")
    assert done.returncode == 0, done.stdout[-4000:]
