"""A verb that takes long says how far it is to those who wait, and nothing to a script."""

import io
import logging
import os
import pty
import select
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import ridgeless as rl
from ridgeless._core import progress, waiting

SLOW = """
import sys, time
from ridgeless._core import waiting
from ridgeless._core.progress import reported, tell
waiting.PATIENCE_S, waiting.LOOK_S, waiting.RECORD_S = PATIENCE, 0.02, 0.1

@reported("inner")
def inner(turn):
    tell("Newton step", 7, residual=0.0123)
    time.sleep(0.15)

@reported("outer")
def outer():
    for turn in range(4):
        tell("scale", turn + 1, 4)
        inner(turn)
    return "the answer"

print(outer())
"""
OPERATOR = """
import numpy as np
from scipy.sparse.linalg import LinearOperator
import ridgeless as rl
side = 64
mask = np.random.default_rng(0).random((side, side)) < 0.35
def forth(x): return np.fft.fft2(np.reshape(x, (side, side)), norm="ortho")[mask]
def back(r):
    full = np.zeros((side, side), complex)
    full[mask] = np.ravel(r)
    return np.fft.ifft2(full, norm="ortho").ravel()
A = LinearOperator((int(mask.sum()), side**2), matvec=forth, rmatvec=back, dtype=complex)
x = np.zeros(side**2, complex)
x[[5, 300, 700]] = 1 + 1j
print(rl.limit(rl.LinearSystem(A, forth(x)), rl.networks.Difference(), rl.inits.Constant(1e-4)).status.name)
"""


def in_a_terminal(code, **environment):
    """What a script writes to a terminal and to its output."""
    ours, theirs = pty.openpty()
    settings = {**os.environ, "TERM": "xterm", "COLUMNS": "100", **environment}
    command, written = [sys.executable, "-c", code], b""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=settings) as done:
        os.close(theirs)
        while True:
            ready = select.select([ours], [], [], 0.1)[0]
            try:
                chunk = os.read(ours, 65536) if ready else b""
            except OSError:  # the other end is closed
                break
            written += chunk
            if not ready and done.poll() is not None:
                break
        os.close(ours)
        said = done.stdout.read().decode()
    assert done.returncode == 0
    return written.decode(), said


def in_a_script(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stderr, done.stdout


class TestTerminal:
    def test_a_line_changes_in_place_and_is_gone_at_the_end(self):
        written, said = in_a_terminal(SLOW.replace("PATIENCE,", "0.1,"))
        assert said == "the answer\n"
        lines = [each for each in written.split("\r") if each.strip()]
        assert "\n" not in written
        bars = [each[:22] for each in lines]
        assert "[" + "#" * 10 + "-" * 10 + "]" in bars
        assert "[" + "#" * 20 + "]" in bars
        assert any("outer: scale 2 of 4 > inner: Newton step 7, residual 1.2e-02, 0 s" in each for each in lines)
        assert written.endswith("\r" + " " * len(lines[-1].rstrip()) + "\r")

    def test_what_ends_in_time_shows_nothing(self):
        assert in_a_terminal(SLOW.replace("PATIENCE,", "2.0,")) == ("", "the answer\n")

    def test_a_dumb_terminal_shows_nothing(self):
        assert in_a_terminal(SLOW.replace("PATIENCE,", "0.1,"), TERM="dumb") == ("", "the answer\n")

    def test_the_logger_turns_it_off(self):
        off = "import logging; logging.getLogger('ridgeless').setLevel('ERROR')\n"
        assert in_a_terminal(off + SLOW.replace("PATIENCE,", "0.1,")) == ("", "the answer\n")

    @pytest.mark.slow
    def test_an_operator_that_took_26_seconds_in_silence(self):
        written, said = in_a_terminal(OPERATOR)
        assert said == "CONVERGED\n"
        assert "limit: Newton step " in written
        assert ", residual " in written


class TestScript:
    def test_it_says_nothing(self):
        assert in_a_script(SLOW.replace("PATIENCE,", "0.1,")) == ("", "the answer\n")

    def test_a_log_that_asks_is_told(self):
        asks = "import logging; logging.basicConfig(level='INFO', format='%(name)s %(levelname)s %(message)s')\n"
        log, said = in_a_script(asks + SLOW.replace("PATIENCE,", "0.1,"))
        records = log.splitlines()
        assert said == "the answer\n"
        assert len(records) >= 3
        assert all(each.startswith("ridgeless INFO outer: scale ") for each in records)
        assert records[-1].endswith("s: done")

    def test_a_log_is_told_nothing_of_what_ends_in_time(self):
        asks = "import logging; logging.basicConfig(level='INFO')\n"
        assert in_a_script(asks + SLOW.replace("PATIENCE,", "2.0,")) == ("", "the answer\n")


class TestNotebook:
    @pytest.fixture
    def kernel(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
        shell = SimpleNamespace(kernel=SimpleNamespace())
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
        return shell

    def test_a_kernel_is_someone_who_waits(self, kernel, monkeypatch):
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        assert waiting.is_watched()
        kernel.kernel = None
        assert not waiting.is_watched()

    def test_the_line_is_covered_by_spaces(self, monkeypatch):
        monkeypatch.setattr(waiting, "PATIENCE_S", 0.0)
        stream = io.StringIO()
        shown = waiting.Shown(progress.Report("limit"), stream)
        shown.look()
        shown.end()
        shown.look()  # the thread may come late
        text = "limit, 0 s"
        assert stream.getvalue() == f"\r{text}\r{' ' * len(text)}\r"

    def test_a_stream_that_is_closed_does_no_harm(self, monkeypatch):
        monkeypatch.setattr(waiting, "PATIENCE_S", 0.0)
        stream = io.StringIO()
        shown = waiting.Shown(progress.Report("limit"), stream)
        stream.close()
        shown.look()
        shown.end()


@pytest.fixture
def reports(monkeypatch):
    """Every report that is begun, with what its levels said when it ended."""
    found = []

    class Recorder:
        def begin(self, report):
            found.append(report.levels[0].name)
            return report

        def end(self, report):
            found.append(str(report.levels[0]))

    monkeypatch.setattr(waiting, "watcher", Recorder)
    return found


@pytest.fixture(scope="module")
def system():
    A = np.random.default_rng(0).standard_normal((4, 9))
    return rl.LinearSystem(A, A[:, 1] - A[:, 5])


NETWORK, INIT = rl.networks.Difference(), rl.inits.Constant(1e-2)
SMALL = {"problem": {"name": "GaussianSparse", "equations": 5, "unknowns": 9, "nonzeros": 1}, "seeds": {"count": 2}}
SMALL["runs"] = [{"network": {"name": "Difference"}, "init": {"name": "Constant", "scale": 1.0}, "methods": ["limit"]}]


def found(system):
    with progress.quiet():
        return rl.limit(system, NETWORK, INIT)


@pytest.mark.parametrize(
    ("name", "call", "told"),
    [
        ("limit", lambda s: rl.limit(s, NETWORK, INIT), "limit: Newton step "),
        ("limit", lambda s: rl.limit(s, rl.networks.Difference(3), INIT), "limit: Newton step "),
        ("limit", lambda s: rl.limit(s, NETWORK, rl.inits.Vanishing()), "limit"),
        ("limit_path", lambda s: rl.limit_path(s, NETWORK, [1.0, 0.1, 0.01]), "limit_path: "),
        ("solve", lambda s: rl.solve(s), "solve"),
        ("certify", lambda s: rl.certify(rl.limit.__wrapped__(s, NETWORK, INIT)), "certify"),
        (
            "enclose",
            lambda s: rl.certificates.enclose(rl.limit.__wrapped__(s, NETWORK, INIT)),
            "enclose: precision in bits",
        ),
        (
            "leave_one_out",
            lambda s: rl.leave_one_out(rl.limit.__wrapped__(s, NETWORK, INIT)),
            "leave_one_out: equation 4 of 4",
        ),
        ("train", lambda s: rl.train(s, NETWORK, INIT, rl.flows.GradientDescent()), "train: step "),
        ("study", lambda _: rl.study(SMALL), "study: cell 2 of 2"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_verb_says_where_it_is(name, call, told, system, reports):
    call(system)
    begun, ended = reports
    assert begun == name
    assert ended.startswith(told)


def test_estimators_say_where_they_are(reports):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20, 5))
    model = rl.estimators.RidgelessRegressorCV(cv=2, scales=[1.0], points=3)
    model.fit(X, X[:, 0])
    assert reports[0] == "fit"
    assert reports[1].startswith("fit: fold ")


def test_a_function_of_the_callers_own_is_told_instead(system, reports):
    steps = []
    rl.limit(system, NETWORK, INIT, progress=steps.append)
    assert steps
    assert not reports


def test_an_error_ends_the_report(system, reports):
    with pytest.raises(rl.NoExactLimit):
        rl.limit(system, rl.networks.Dense(hidden=2), rl.inits.Gaussian(1.0))
    assert len(reports) == 2
    assert progress._REPORT.get() is None


def test_a_program_with_a_display_of_its_own_is_left_alone(system, reports):
    with progress.quiet():
        rl.limit(system, NETWORK, INIT)
    assert not reports
    rl.limit(system, NETWORK, INIT)
    assert reports


def test_only_the_main_thread_shows(monkeypatch):
    monkeypatch.setattr(waiting, "is_watched", lambda: True)
    found = []
    worker = threading.Thread(target=lambda: found.append(waiting.watcher()))
    worker.start()
    worker.join()
    assert found == [None]
    assert waiting.watcher() is not None


def test_the_thread_ends_where_nothing_runs(monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_S", 0.001)
    watcher = waiting.Watcher()
    watcher.end(watcher.begin(progress.Report("limit")))
    thread = watcher.thread
    if thread is not None:
        thread.join(timeout=10)
        assert not thread.is_alive()
    shown = watcher.begin(progress.Report("limit"))  # and begins anew
    assert watcher.thread is not None
    watcher.end(shown)


def test_a_silent_report_costs_less_than_a_hundredth_of_a_limit_of_a_millisecond():
    """With the 9 Newton steps of such a limit; in a process of its own, without the type checks of the tests."""
    code = """
from timeit import repeat
from ridgeless._core.progress import reported, tell
verb = reported("verb")(lambda: None)
print(min(repeat(verb, number=1000, repeat=20)) / 1000)
print(min(repeat(lambda: tell("Newton step", 1, residual=0.1), number=1000, repeat=20)) / 1000)
"""
    seconds, step = map(float, in_a_script(code)[1].split())
    assert seconds + 9 * step < 1e-5


def test_names_and_signatures_stay():
    assert rl.limit.__name__ == "limit"
    assert rl.limit.__doc__.startswith("Where gradient flow from the start ends")


def test_a_line_fits_into_its_terminal():
    text = "limit: Newton step 7, residual 1.2e-02 " * 9
    for columns in (1, 2, 10, 40, 41, 80, 300):
        assert len(waiting.line(text, 0.5, columns)) < max(columns, 2)


def test_the_log_is_silent_unless_it_is_asked():
    assert logging.getLogger("ridgeless").level == logging.NOTSET
    assert not logging.getLogger("ridgeless").handlers
