"""docs/where-do-i.md is true: its files exist, and its examples, put where it says, pass the tests that it names.

Networks, inits, flows, potentials, problems, measures and papers have examples of their own, which test_one_file.py
tries.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "where-do-i.md"
TEXT = PAGE.read_text(encoding="utf-8")
INDENT = 4 * " "
ROOMS = ("", "src/ridgeless")


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)[1]


def pieces(title):
    """The blocks of code of a section; one line is one of a list or a dict."""
    return re.findall(r"^```(?:python|py|text)\n(.*?)^```$", section(title), re.DOTALL | re.MULTILINE)


def rows():
    table = TEXT.partition("|---|---|---|---|\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


@pytest.fixture
def copy(tmp_path):
    """The package, its benchmarks and the tests of its figures, to be added to."""
    for name in ("src", "benchmarks", "tests/report"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def written(copy, name, code):
    path = copy / name
    assert not path.exists()
    path.write_text(code, encoding="utf-8")
    return name


def inserted(copy, name, code, before):
    """Code in a file that exists, before the one place that matches."""
    text = (copy / name).read_text(encoding="utf-8")
    (place,) = re.finditer(before, text, re.MULTILINE)
    (copy / name).write_text(text[: place.start()] + code + text[place.start() :], encoding="utf-8")
    return name


def python(copy, *words):
    """Standard output of Python in the copy, with the copy's own package."""
    known = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(copy / "src"), str(copy)]),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    done = subprocess.run([sys.executable, *words], cwd=copy, env=known, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def keeps_the_style(copy, *names):
    python(copy, "-m", "ruff", "check", "--no-cache", *names)
    python(copy, "-m", "ruff", "format", "--check", "--no-cache", *names)


def test_every_row_has_its_section_and_a_file_to_copy_from():
    assert len(rows()) >= 11
    for what, file, shortest, _ in rows():
        title, anchor = re.match(r"\[(.*)\]\(#(.*?)\)", what).groups()
        assert re.search(rf"^## {anchor.replace('-', ' ')}$", TEXT, re.MULTILINE | re.IGNORECASE), title
        name = re.search(r"`([\w/]+\.(?:py|js)|[\w/]+/|\w+)`", shortest)[1]
        if "/" in name:
            assert any((ROOT / room / name).exists() for room in ROOMS), name
            assert any((ROOT / room / file.strip("`").partition("/")[0]).is_dir() for room in ROOMS), file
        else:
            assert name in (ROOT / file.strip("`")).read_text(encoding="utf-8")


def test_every_section_names_its_tests_and_they_exist():
    for what, *_ in rows():
        anchor = re.search(r"#([\w-]+)", what)[1]
        told = section("A" + anchor[1:].replace("-", " ")).partition("\nTests")[2]
        assert told, what
        for name in re.findall(r"`((?:tests/)?(?:[\w/]+/)?test_(?!NAME)\w+\.py)`", told):
            assert any(ROOT.glob(f"tests/**/{name.removeprefix('tests/')}")), name


def test_a_verb(copy):
    (code,) = pieces("A verb")
    name = written(copy, "src/ridgeless/verbs/sparsest.py", code)
    keeps_the_style(copy, name)
    tried = python(copy, "-c", "import doctest\nfrom ridgeless.verbs import sparsest\nprint(doctest.testmod(sparsest))")
    assert tried.startswith("TestResults(failed=0, attempted=4")
    call = (
        "from ridgeless import errors\n"
        "from ridgeless.verbs.sparsest import sparsest\n"
        "try:\n    sparsest(None, None, [])\n"
        "except errors.InvalidInputError as error:\n    print(error)"
    )
    assert "inits is empty; type" in python(copy, "-c", call)


def test_a_basis(copy):
    (code,) = pieces("A basis")
    keeps_the_style(copy, written(copy, "src/ridgeless/systems/bases/reversed.py", code))
    laws = "tests/laws/test_basis_laws.py"
    (copy / laws).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / laws, copy / laws)
    told = python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", laws, "-k", "Reversed")
    assert int(re.search(r"(\d+) passed", told)[1]) >= 10


def test_a_solver(copy):
    """It is asked for the potential that it registered for, its answer is certified, and on more rows it steps back."""
    (code,) = pieces("A solver")
    keeps_the_style(copy, written(copy, "src/ridgeless/limits/depth_two/one_equation.py", code))
    asked = (
        "import numpy as np, ridgeless as rl\n"
        "rng = np.random.default_rng(0)\n"
        "for equations in (1, 2):\n"
        "    A = rng.uniform(0.5, 2.0, (equations, 6))\n"
        "    for scale in (1e-3, 0.3):\n"
        "        system = rl.LinearSystem(A, A @ np.ones(6))\n"
        "        found = rl.limit(system, rl.networks.Power(2), rl.inits.Constant(scale))\n"
        "        print('root' in found.method, found.success, rl.certify(found).verdict)\n"
    )
    assert python(copy, "-c", asked).splitlines() == ["True True certified"] * 2 + ["False True certified"] * 2


@pytest.mark.slow
def test_a_figure(copy):
    code, line = pieces("A figure")
    home = "src/ridgeless/report/study/figures/__init__.py"
    name = written(copy, "src/ridgeless/report/study/figures/bounds.py", code)
    inserted(copy, home, "bounds, ", r"(?<=figures import )certificates")
    inserted(copy, home, INDENT + line, r"^\)$")
    keeps_the_style(copy, name, home)
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/report/study", "-k")
    assert int(re.search(r"(\d+) passed", python(copy, *words, "bounds"))[1]) >= 4
    assert int(re.search(r"(\d+) passed", python(copy, *words, "every_file_is_written or page_holds"))[1]) >= 4


def test_a_benchmark_row(copy):
    function, line = pieces("A benchmark row")
    name = "benchmarks/limits/solvers.py"
    inserted(copy, name, f"{function}\n\n", r"^def _difference\(")
    inserted(copy, name, INDENT + line, r"^}$(?=\s*\Z)")
    keeps_the_style(copy, name)
    code = (
        "import numpy as np\n"
        "from benchmarks.limits.solvers import OTHERS\n"
        "A = np.random.default_rng(0).standard_normal((40, 100))\n"
        "b = A[:, 3] - 2 * A[:, 14]\n"
        "x = OTHERS['scikit-learn OrthogonalMatchingPursuit'](A, b)\n"
        "print(np.flatnonzero(x), np.linalg.norm(A @ x - b) < 1e-8 * np.linalg.norm(b))"
    )
    assert python(copy, "-c", code).split() == ["[", "3", "14]", "True"]


def test_a_kind_of_attack_instance(copy):
    function, line = pieces("A kind of attack instance")
    name = "benchmarks/attack/kinds.py"
    inserted(copy, name, f"{function}\n\n", r"^KINDS: ")
    inserted(copy, name, INDENT + line, r"^}$(?=\s*\Z)")
    keeps_the_style(copy, name)
    code = (
        "from benchmarks.attack.instances import instance\n"
        "from benchmarks.attack.judge import judge\n"
        "from benchmarks.attack.kinds import KINDS\n"
        "count = len(KINDS)\n"
        "judged = [judge(instance(0, count - 1 + count * turn)) for turn in range(4)]\n"
        "print(sum(one.kind == 'circulant' for one in judged), sum(bool(one.verdict) for one in judged))\n"
        "print([one.faults for one in judged if one.faults])"
    )
    assert python(copy, "-c", code).split() == ["4", "4", "[]"]
