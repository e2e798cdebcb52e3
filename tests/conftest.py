"""Builders that tests share.

Nothing of ridgeless is imported while this file loads: the import hook that checks types comes first. A test that
asks for `found_network`, `found_potential` or `found_init` runs once for each example of each class that exists, so
that a new class is covered by being there: the class itself brings its examples.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ridgeless",
    derandomize=True,
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("ridgeless")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_generate_tests(metafunc):
    wanted = {"found_init", "found_network"} & set(metafunc.fixturenames)
    if len(wanted) == 2:
        metafunc.parametrize(("found_init", "found_network"), _pairs(), ids=repr)
    elif wanted:
        argument = wanted.pop()
        metafunc.parametrize(argument, _networks() if argument == "found_network" else _inits(), ids=repr)


def _networks():
    from ridgeless.networks import FOUND

    return [network for kind in FOUND.values() for network in kind.examples()]


def _inits():
    from ridgeless.inits import FOUND

    return [init for kind in FOUND.values() for init in kind.examples()]


def _pairs():
    """Every init with every network that it does not refuse."""
    import ridgeless as rl
    from ridgeless.errors import IncompatibleInitError

    system, pairs = rl.LinearSystem(np.ones((1, 3)), np.ones(1)), []
    for init in _inits():
        for network in _networks():
            try:
                init.suited_to(system)(network, system, 0)
            except IncompatibleInitError:
                continue
            pairs.append((init, network))
    return pairs


def _fields(init):
    return {field.name for field in dataclasses.fields(init)}


@contextlib.contextmanager
def without_type_checks():
    import jaxtyping

    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


@pytest.fixture
def as_a_user():
    """Without the session's type checks: they refuse a wrong type before the library can, and slow large sweeps."""
    with without_type_checks():
        yield


@pytest.fixture(scope="module")
def module_as_a_user():
    """`as_a_user` for a module's own fixtures."""
    with without_type_checks():
        yield


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real measurements; tests that need it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"{SHARED_DATA.name} is not here")
    return SHARED_DATA


@pytest.fixture(scope="session")
def every_network():
    """The examples of every network found."""
    return _networks()


@pytest.fixture(scope="session")
def solvable():
    """(network, theta0, A, seed) ↦ A x = b that training from theta0 can reach, with max|x| of about 1.

    b comes from theta0 with every weight multiplied by its own positive number: whatever signs and zeros the start
    locks, that x has them. Where x starts at 0, b comes from any x.
    """
    import ridgeless as rl

    def make(network, theta0, A, seed=0):
        rng = np.random.default_rng([seed, 7])
        x = np.asarray(network(each_array(theta0, lambda array: array * rng.uniform(0.5, 1.5, array.shape))))
        if not x.any():
            x = rng.standard_normal(len(x))
        x = x / np.abs(x).max()
        return rl.LinearSystem(A, np.asarray(A @ x).ravel())

    return make


@pytest.fixture(scope="session")
def map_theta():
    """(theta, function) ↦ theta with the function applied to every array."""
    return each_array


def each_array(theta, function):
    return {
        name: [function(np.asarray(array)) for array in value]
        if isinstance(value, list)
        else function(np.asarray(value))
        for name, value in theta.items()
    }


@pytest.fixture(scope="session")
def map_free():
    """(network, theta, function) ↦ theta with the function applied to every array but orthogonal layers.

    What changes every entry of an orthogonal matrix makes no start of it.
    """

    def mapped(network, theta, function):
        layout = network.layout(len(np.asarray(network(theta))))
        layers = {name: entry if isinstance(entry, list) else [entry] for name, entry in layout.items()}
        tied = {name for name, found in layers.items() if any(layer.is_orthogonal for layer in found)}
        same, changed = each_array(theta, np.copy), each_array(theta, function)
        return {name: (same if name in tied else changed)[name] for name in theta}

    return mapped


@pytest.fixture(scope="session")
def starts():
    """(network, system, seed) ↦ every theta0 that an init makes for the network, by the name of the init.

    A scale, where one is given, is that of every init that has one.
    """
    from ridgeless.errors import IncompatibleInitError
    from ridgeless.inits.base import start as start_of

    def make(network, system, seed=0, scale=None):
        found = {}
        for init in _inits():
            if init.is_limit:
                continue
            recipe = init.suited_to(system)
            if scale is not None and "scale" in _fields(recipe):
                recipe = dataclasses.replace(recipe, scale=scale)
            try:
                found[repr(recipe)] = start_of(recipe, network, system, seed, "test")
            except IncompatibleInitError:
                continue
        return found

    return make


@pytest.fixture(scope="session")
def keeps_the_laws_of_sections():
    """Section ↦ None, or the assertion that it breaks."""

    def check(section):
        assert section.name
        assert section.title
        assert len(section.paragraph) > 100
        assert section.claims
        assert section.figures or section.tables
        assert len({claim.statement for claim in section.claims}) == len(section.claims)
        for claim in section.claims:
            assert math.isfinite(claim.expected)
            assert claim.tolerance >= 0
            assert claim.band is None or claim.band[0] <= claim.band[1]
        for table in section.tables:
            assert table.rows
            assert {len(row) for row in table.rows} == {len(table.header)}
        for figure in section.figures:
            _check_figure(figure)

    return check


def _check_figure(figure):
    kinds = {curve.kind for curve in figure.curves}
    assert "measured" in kinds, figure.title
    # What has no prediction says so.
    assert "predicted" in kinds or "predict" in figure.paragraph, figure.title
    assert len(figure.paragraph) > 40
    assert figure.x_label
    assert figure.y_label
    measured = [curve.label for curve in figure.curves if curve.kind == "measured"]
    # The report has six colours and marks: a seventh curve would look like the first.
    assert len(set(measured)) == len(measured) <= 6
    for curve in figure.curves:
        assert curve.x.shape == curve.y.shape
