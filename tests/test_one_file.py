"""A new class is one new file: each of the documentation passes every law in a copy that gets no other."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# How many tests are the least that have this class in their name.
LEAST = {"networks": 50, "inits": 25, "flows": 12, "potentials": 12, "systems": 10, "papers": 2}


def written_files():
    """(path, code) of every block that the documentation calls the whole of a file."""
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.finditer(r'^```python\n(""".*?)^```$', text, re.DOTALL | re.MULTILINE):
            paths = re.findall(r"`(src/ridgeless/\w+/\w+\.py)`", text[: block.start()])
            assert paths, f"{page.name} does not say where this file goes: {block.group(1).splitlines()[0]}"
            found[paths[-1]] = block.group(1)
    return sorted(found.items())


FILES = written_files()


def judging():
    """The laws, and every other test that runs over each network or init that is found."""
    tests = (ROOT / "tests").rglob("test_*.py")
    return [
        path
        for path in tests
        if path.parent.name == "laws" or re.search(r"found_(network|init)\b", path.read_text("utf-8"))
    ]


def copied(target, path, code):
    """The package, what judges it, and this file: nothing else."""
    shutil.copytree(ROOT / "src", target / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for source in [ROOT / "pyproject.toml", ROOT / "tests" / "conftest.py", *judging()]:
        place = target / source.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)
    assert not (target / path).exists()
    (target / path).write_text(code, encoding="utf-8")


def in_the_copy(target, *words):
    """What Python prints there, with the copy's own package."""
    known = {**os.environ, "PYTHONPATH": str(target / "src"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run([sys.executable, *words], cwd=target, env=known, capture_output=True, text=True, timeout=900)


def name_in(code):
    """The public class of a file."""
    (name,) = re.findall(r"^class ([A-Z]\w*)\(", code, re.MULTILINE)
    return name


def test_every_kind_of_class_has_its_file():
    assert sorted(Path(path).parent.name for path, _ in FILES) == sorted(LEAST)


@pytest.mark.parametrize(("path", "code"), FILES, ids=[Path(path).stem for path, _ in FILES])
def test_the_file_is_found_by_being_there(path, code, tmp_path):
    """By its package, by the command line, and by nothing that was there before."""
    copied(tmp_path, path, code)
    folder, name = Path(path).parent.name, name_in(code)
    kind = {"systems": "problems"}.get(folder, folder)
    shown = in_the_copy(
        tmp_path,
        "-c",
        f"import ridgeless, sys; from ridgeless import {folder}, cli\n"
        f"assert ridgeless.__file__.startswith({str(tmp_path)!r}), ridgeless.__file__\n"
        f"assert any(each.__name__ == {name!r} for each in {folder}.FOUND.values())\n"
        f"sys.exit(cli.main(['list', {kind!r}]))",
    )
    assert shown.returncode == 0, shown.stderr
    listed = [line.split()[0] for line in shown.stdout.splitlines() if line.strip()]
    assert (name.lower() if folder == "papers" else name) in listed


@pytest.mark.slow
@pytest.mark.parametrize(("path", "code"), FILES, ids=[Path(path).stem for path, _ in FILES])
def test_the_file_passes_every_law(path, code, tmp_path):
    copied(tmp_path, path, code)
    done = in_the_copy(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", path, "-k", name_in(code))
    assert done.returncode == 0, done.stdout[-4000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= LEAST[Path(path).parent.name], done.stdout[-400:]
