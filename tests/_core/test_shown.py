"""What a module shows, and what it says of a misspelt name."""

import importlib
import inspect
import subprocess
import sys

import pytest

import ridgeless as rl

ROOMS = [name for name in rl.__all__ if inspect.ismodule(getattr(rl, name))]
MODULES = ["ridgeless", "ridgeless.solution", "ridgeless.verbs", "ridgeless.analysis", "ridgeless.cli"]
MODULES += ["ridgeless.systems.bases", *(f"ridgeless.{name}" for name in ROOMS)]
MISSPELT = {
    "ridgeless": ("limt", "limit"),
    "ridgeless.accelerated": ("limits_batch", "limit_batch"),
    "ridgeless.analysis": ("callibrate", "calibrate"),
    "ridgeless.certificates": ("Certficate", "Certificate"),
    "ridgeless.cli": ("mian", "main"),
    "ridgeless.course": ("exercize", "exercise"),
    "ridgeless.errors": ("NoExactLimitError", "NoExactLimit"),
    "ridgeless.estimators": ("RidgelessRegresor", "RidgelessRegressor"),
    "ridgeless.explorer": ("Explore", "explore"),
    "ridgeless.flows": ("GradientDecsent", "GradientDescent"),
    "ridgeless.inits": ("Constnat", "Constant"),
    "ridgeless.limits": ("minimize", "minimise"),
    "ridgeless.measures": ("Sharpnes", "Sharpness"),
    "ridgeless.networks": ("Diference", "Difference"),
    "ridgeless.papers": ("Clam", "Claim"),
    "ridgeless.penalties": ("ElasticNett", "ElasticNet"),
    "ridgeless.plots": ("phase_diagramm", "phase_diagram"),
    "ridgeless.potentials": ("Hypentrpy", "Hypentropy"),
    "ridgeless.report": ("write_reports", "write_report"),
    "ridgeless.solution": ("Solutions", "Solution"),
    "ridgeless.studies": ("Configration", "Configuration"),
    "ridgeless.systems": ("SinglePixelCamra", "SinglePixelCamera"),
    "ridgeless.systems.bases": ("Wavelets", "Wavelet"),
    "ridgeless.verbs": ("limit_paths", "limit_path"),
}


@pytest.mark.parametrize("name", MODULES)
def test_dir_shows_what_a_user_can_use(name):
    module = importlib.import_module(name)
    shown = dir(module)
    assert shown == sorted(set(shown))
    assert [each for each in shown if each.startswith("_")] == (["__version__"] if module is rl else [])
    for each in shown:
        member = getattr(module, each)
        # No module of Python's or of others', and none of ours but rooms and what they hold.
        assert not inspect.ismodule(member) or member.__name__.startswith("ridgeless.")
        if inspect.isclass(member) or inspect.isfunction(member):
            assert member.__module__.startswith("ridgeless")
            assert inspect.getdoc(member)
    assert set(getattr(module, "__all__", ())) <= set(shown)


@pytest.mark.parametrize("name", MODULES)
def test_dir_shows_every_public_class_that_is_defined_in_the_room(name):
    module = importlib.import_module(name)
    found = getattr(module, "FOUND", {}).values()
    missing = {kind.__name__ for kind in found if getattr(module, kind.__name__, None) is kind} - set(dir(module))
    assert not missing


@pytest.mark.parametrize("name", MODULES)
def test_a_misspelt_name_is_told_the_nearest(name):
    typed, meant = MISSPELT[name]
    with pytest.raises(AttributeError) as caught:
        getattr(importlib.import_module(name), typed)
    assert str(caught.value) == f"module {name!r} has no attribute {typed!r}; did you mean {meant!r}?"
    assert caught.value.name == typed


def test_a_name_that_resembles_none_is_told_none():
    with pytest.raises(AttributeError) as caught:
        _ = rl.networks.photograph
    assert str(caught.value) == "module 'ridgeless.networks' has no attribute 'photograph'"


@pytest.mark.parametrize("name", MODULES)
def test_private_names_have_no_nearest(name):
    """Tools ask modules for such names all the time, and expect to be told that there is none."""
    assert not hasattr(importlib.import_module(name), "__wrapped__")
    assert not hasattr(importlib.import_module(name), "_ipython_display_")


def test_a_terminal_is_told_once():
    code = "import ridgeless as rl; rl.limt"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.count("did you mean 'limit'?") == 1
    assert "Did you mean" not in done.stderr


def test_a_package_of_modules_loads_them_when_they_are_asked_for():
    code = "import sys, ridgeless.verbs as verbs; before = set(sys.modules); verbs.solve.solve; verbs.limit.limit; "
    code += "sys.exit('ridgeless.verbs.solve' in before)"
    subprocess.run([sys.executable, "-c", code], check=True)
