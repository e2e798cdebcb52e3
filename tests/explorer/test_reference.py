"""The numbers that the page carries are those of the library, and the page's own agree with them in a browser."""

import re

import numpy as np
import pytest

from ridgeless import inits, networks
from ridgeless.explorer import _page
from ridgeless.explorer._bundle import page_modules
from ridgeless.explorer._computed_reference import DEPTHS, SCALES, compared_networks, computed_reference
from ridgeless.explorer._page import page
from ridgeless.explorer._reference import stored_reference
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit

TOLERANCE = 1e-10
# One number of a formula each: of limits of depth 2, of limits of depth 3, and of trainings.
BROKEN = [
    ("mathematics/networks/powers.js", "logs[i] + otherLogs[i]", "1.0001 * (logs[i] + otherLogs[i])"),
    ("mathematics/mirrors/poles.js", "const up = value(speed * rise)", "const up = 1.0001 * value(speed * rise)"),
    ("mathematics/networks/powers.js", "depth * weight ** (depth - 1)", "1.0001 * depth * weight ** (depth - 1)"),
]


def system_of(packed):
    shape = packed["equations"], packed["unknowns"]
    return LinearSystem(np.reshape(packed["A"], shape), np.array(packed["b"]))


def network_of(named):
    return networks.Direct() if named["name"] == "Direct" else getattr(networks, named["name"])(named["depth"])


def differs(found, wanted):
    return np.linalg.norm(np.subtract(found, wanted)) > TOLERANCE * np.linalg.norm(wanted)


def test_nine_scales_five_networks_and_three_depths_are_compared():
    limits = stored_reference()["limits"]
    told = {(each["network"]["name"], each["network"]["depth"], each["scale"]) for each in limits}
    wanted = {(type(net).__name__, net.homogeneity, scale) for net in compared_networks() for scale in SCALES}
    assert told == wanted
    assert (len(SCALES), len(DEPTHS), len({name for name, _, _ in told})) == (9, 3, 5)


def test_every_ninth_stored_limit_is_that_of_the_library():
    stored = stored_reference()
    system = system_of(stored["system"])
    for each in stored["limits"][4::9]:
        found = limit(system, network_of(each["network"]), inits.Constant(each["scale"]))
        assert not differs(found.x, each["x"]), each


@pytest.mark.slow
def test_every_stored_number_is_that_of_the_library():
    stored, computed = stored_reference(), computed_reference()
    assert stored["system"] == computed["system"]
    for kind in ("limits", "vanishing"):
        for one, other in zip(stored[kind], computed[kind], strict=True):
            assert not differs(one["x"], other["x"]), one
    for kind in ("jumps", "steps", "dense"):
        for one, other in zip(stored["dynamics"][kind], computed["dynamics"][kind], strict=True):
            assert not differs(one["x"], other["x"]), one


def told_by(opened):
    opened.wait_for_function("document.documentElement.dataset.selftest !== undefined")
    return opened.evaluate("document.documentElement.dataset.selftest")


def test_the_page_passes_its_self_test(open_page):
    assert told_by(open_page("selftest")) == "passed"


@pytest.mark.parametrize(("path", "right", "wrong"), BROKEN)
def test_a_wrong_formula_fails_it(open_page, monkeypatch, tmp_path, path, right, wrong):
    modules = page_modules()
    assert modules[path].count(right) >= 1
    modules[path] = modules[path].replace(right, wrong)
    monkeypatch.setattr(_page, "page_modules", lambda: modules)
    file = tmp_path / "wrong.html"
    file.write_text(page([], reference=stored_reference()), encoding="utf-8")
    told = told_by(open_page("selftest", file=file))
    assert re.match(r"failed: \d+ of \d+: ", told)


def test_a_page_without_numbers_fails_it(open_page, tmp_path):
    file = tmp_path / "without.html"
    file.write_text(page([]), encoding="utf-8")
    assert told_by(open_page("selftest", file=file)).startswith("failed: the page carries no numbers")
