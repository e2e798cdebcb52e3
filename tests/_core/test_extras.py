"""A package that is missing is named, with the command that installs it, wherever it is met."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ridgeless as rl
from ridgeless._core.extras import EXTRAS, needed_by

SOURCE = Path(rl.__file__).parent
PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# What is blocked, what is asked for, and what the error calls it. Every module of EXTRAS is among the first.
_STUDY = "rl.study({'name': 'x', 'seeds': {'count': 1}}, workers=1)"
MET = [
    ("jax", "rl.train(system, rl.networks.Direct(), {'x': start}, None)", "flows"),
    ("jax", "rl.flows", "flows"),
    ("jax", "rl.accelerated", "accelerated"),
    ("jax", "rl.networks.Function(abs, {'w': (2,)})({'w': start})", "networks.Function"),
    ("diffrax", "rl.flows.GradientFlow", "flows"),
    ("optax", "rl.flows.Adam", "flows"),
    ("matfree", "rl.measures.Sharpness().value(measured())", "measures.Sharpness"),
    ("msgspec", "rl.study", "studies"),
    ("xarray", "rl.studies", "studies"),
    ("xarray", "rl.limit_path(system, network, [1.0]).to_xarray()", "LimitPath.to_xarray"),
    ("zarr", "rl.studies.read_store", "studies"),
    ("dask", _STUDY, "study with workers"),
    ("distributed", _STUDY, "study with workers"),
    ("pandas", "export(Path('a.csv'))", "studies"),
    ("pyarrow", "export(Path('a.parquet'))", "export to .parquet"),
    ("h5netcdf", "export(Path('a.nc'))", "export to .nc"),
    ("h5py", "export(Path('a.nc'))", "export to .nc"),
    ("matplotlib", "rl.plots.coefficient_path([[1.0]], [1.0])", "plots"),
    ("matplotlib", "rl.report.write_report", "report"),
    ("sklearn", "rl.estimators.RidgelessRegressor()", "estimators"),
    ("narwhals", "rl.estimators.RidgelessRegressor()", "estimators"),
    ("flint", "rl.certificates.enclose(rl.limit(system, network, rl.inits.Constant(1.0)))", "rigorous enclosures"),
    ("pywt", "rl.systems.bases.Wavelet((4, 4)).synthesis(np.ones(16))", "bases.Wavelet"),
    ("anywidget", "rl.explore(system).widget()", "Explorer.widget"),
    ("skimage", "rl.systems.SinglePixelCamera().system(0)", "the picture of this problem"),
]
# What comes with a package of an extra, and is missing with it: scikit-learn's, dask's, and anywidget's.
BROUGHT = {"joblib", "threadpoolctl", "fsspec", "traitlets"}
# One process for all: what is blocked stays blocked, so that each is asked for in a fork that tells what it was told.
PROGRAM = """
import importlib, json, os, sys
from pathlib import Path
import numpy as np
import ridgeless as rl
system = rl.LinearSystem(np.array([[1.0, 2.0]]), np.array([2.0]))
start, network = np.zeros(2), rl.networks.Difference()

def export(path):
    return importlib.import_module("ridgeless.studies.export").export_results(None, path)

def measured():
    found = rl.train(system, rl.networks.Direct(), {"x": start}, rl.flows.GradientDescent())
    return rl.measures.Measured(found, system)

def told(blocked, asked):
    sys.modules.update(dict.fromkeys([*(m for m in sys.modules if m.partition(".")[0] == blocked), blocked]))
    try:
        eval(asked)
    except rl.errors.MissingDependencyError as error:
        return str(error)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "nothing was raised"

for blocked, asked in json.load(sys.stdin):
    sys.stdout.flush()
    if os.fork() == 0:
        print(json.dumps(told(blocked, asked)), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def answers():
    question = json.dumps([(blocked, asked) for blocked, asked, _ in MET])
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, input=question, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("index", range(len(MET)), ids=[f"{blocked}: {call}" for blocked, _, call in MET])
def test_what_is_missing_is_named_with_the_command_that_installs_it(index, answers):
    blocked, _, call = MET[index]
    name, extra = EXTRAS[blocked]
    assert answers[index].startswith(f'{call}: {name} is not installed; type pip install "ridgeless[{extra}]".')


def test_every_package_of_an_extra_is_met():
    assert {blocked for blocked, _, _ in MET} == set(EXTRAS)


def test_the_extras_are_those_of_the_project():
    for module, (name, extra) in EXTRAS.items():
        listed = [re.split(r"[><=!\[]", each)[0] for each in PROJECT["optional-dependencies"][extra]]
        assert name.lower() in listed, (module, name, extra)


def test_every_import_is_of_python_of_a_dependency_or_of_an_extra():
    """So that a new import of what may be missing needs its line in EXTRAS, and with it a call above."""
    always = {re.split(r"[><=!\[]", each)[0].replace("-", "_") for each in PROJECT["dependencies"]}
    imported = {name: path for path in SOURCE.rglob("*.py") for name in roots(path)}
    unknown = set(imported) - sys.stdlib_module_names - always - set(EXTRAS) - BROUGHT - {"ridgeless"}
    assert not unknown, {name: str(imported[name]) for name in unknown}


def roots(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_another_module_that_is_missing_is_told_as_python_tells_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "json.nothing", None)
    with pytest.raises(ModuleNotFoundError, match=r"json\.nothing"), needed_by("study"):
        import json.nothing  # noqa: F401  # pyright: ignore[reportMissingImports]


def test_an_import_that_fails_for_another_reason_is_told_as_it_is():
    with pytest.raises(ImportError, match="libGL") as caught, needed_by("plots"):
        raise ImportError("libGL.so.1: cannot open shared object file", name="matplotlib")
    assert type(caught.value) is ImportError
