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
LEAST = {"networks": 50, "inits": 25, "flows": 12, "potentials": 12, "systems": 10, "measures": 12, "papers": 2}


def written_files():
    """(path, code) of every whole file in the documentation that holds a class found by being there."""
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.finditer(r'^```python\n(""".*?)^```$', text, re.DOTALL | re.MULTILINE):
            paths = re.findall(r"`(src/ridgeless/[\w/]+\.py)`", text[: block.start()])
            assert paths, f"{page.name} does not say where this file goes: {block.group(1).splitlines()[0]}"
            found[paths[-1]] = block.group(1)
    return sorted((path, code) for path, code in found.items() if Path(path).parent.name in LEAST)


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


LISTED = """
import importlib, sys
import ridgeless
from ridgeless import cli

assert ridgeless.__file__.startswith(sys.argv[1]), ridgeless.__file__
for folder in sys.argv[2:]:
    found = importlib.import_module(f"ridgeless.{folder}").FOUND
    print(folder, *[kind.__name__ for kind in found.values()])
    cli.main(["list", "problems" if folder == "systems" else folder])
"""


def test_each_file_is_found_by_being_there(tmp_path):
    """By its package and by the command line; each for itself, in the slow tests below."""
    copied(tmp_path, *FILES[0])
    for path, code in FILES[1:]:
        (tmp_path / path).write_text(code, encoding="utf-8")
    shown = in_the_copy(tmp_path, "-c", LISTED, str(tmp_path), *LEAST)
    assert shown.returncode == 0, shown.stderr
    lines = [line.split() for line in shown.stdout.splitlines() if line.strip()]
    first = [line[0] for line in lines]
    for path, code in FILES:
        folder, name = Path(path).parent.name, name_in(code)
        assert name in next(line for line in lines if line[0] == folder)
        by_file = folder in ("measures", "papers")  # which go by another name than their class
        assert (Path(path).stem if by_file else name) in first


@pytest.mark.parametrize("check", [["check"], ["format", "--check"]], ids=["rules", "form"])
def test_the_files_keep_the_style(check, tmp_path):
    copied(tmp_path, *FILES[0])
    for path, code in FILES[1:]:
        (tmp_path / path).write_text(code, encoding="utf-8")
    done = in_the_copy(tmp_path, "-m", "ruff", *check, "--no-cache", *[path for path, _ in FILES])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("path", "code"), FILES, ids=[Path(path).stem for path, _ in FILES])
def test_the_file_passes_every_law(path, code, tmp_path):
    copied(tmp_path, path, code)
    done = in_the_copy(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", path, "-k", name_in(code))
    assert done.returncode == 0, done.stdout[-4000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= LEAST[Path(path).parent.name], done.stdout[-400:]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("true", "false", "law"),
    [
        # A measure that does not look whether x is finite.
        ("not measured.is_finite or largest == 0", "largest == 0", "test_is_nan_after_a_divergence"),
        # One that has a unit, and does not say so.
        ("/ norm(x)", "/ norm(x) * norm(measured.system.b)", "test_the_unit_of_the_equations_counts"),
    ],
    ids=["divergence forgotten", "unit forgotten"],
)
def test_a_file_whose_measure_breaks_its_promise_is_turned_down(true, false, law, tmp_path):
    path, code = next((path, code) for path, code in FILES if "measures" in path)
    assert code.count(true) == 1
    copied(tmp_path, path, code.replace(true, false))
    laws = "tests/laws/test_measure_laws.py"
    done = in_the_copy(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", laws, "-k", f"NullShare and {law}")
    assert done.returncode == 1, done.stdout[-4000:]
    assert re.search(rf"^FAILED .*{law}", done.stdout, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("true", "false", "law"),
    [
        # The limit is another.
        ('np.linalg.norm(theta0["v"], axis=0)', 'np.abs(theta0["v"][0])', "test_the_limit_is_where_the_weights_flow"),
        # The limit is the same, and training goes there at half the pace that the theorem says.
        ("rate=4.0", "rate=2.0", "test_mirror_maps_rise_as_fast_as_the_weights_allow"),
    ],
    ids=["weights not pooled", "half the rate"],
)
def test_a_file_whose_theorem_is_false_is_turned_down(true, false, law, tmp_path):
    path, code = next((path, code) for path, code in FILES if "networks" in path)
    assert code.count(true) == 1
    copied(tmp_path, path, code.replace(true, false))
    laws = [f"tests/laws/test_{name}_laws.py" for name in ("spine", "network")]
    done = in_the_copy(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", *laws, "-k", f"Ensemble and {law}")
    assert done.returncode == 1, done.stdout[-4000:]
    assert re.search(rf"^FAILED .*{law}", done.stdout, re.MULTILINE)
