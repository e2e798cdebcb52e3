"""Every example runs from the command line, and shows what it promises."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
MUG = Path(__file__).parents[1] / "../shared/data/single_pixel_mug32.mat"
TOOTH = MUG.with_name("tomography_tooth.h5")


def run(folder, name, *words):
    # What lies in the folder can be imported: it is where a stand-in for PyTorch is put.
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    command = [sys.executable, "-W", "error::UserWarning", "-W", "error::RuntimeWarning", EXAMPLES / name, *words]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def columns(line):
    return [float(word) for word in line.split() if word[0].isdigit()]


def test_every_example_is_run_here():
    text = Path(__file__).read_text(encoding="utf-8")
    for path in EXAMPLES.glob("*.py"):
        assert f'"{path.name}"' in text, f"examples/{path.name} is not run by this file"


@pytest.mark.parametrize("depth", ["2", "3"])
def test_sparse_recovery(tmp_path, depth):
    lines = run(tmp_path, "sparse_recovery.py", "--depth", depth).splitlines()
    scales = [line for line in lines if line.endswith("certified")]
    assert len(scales) == 6
    norms, errors = zip(*((columns(line)[1], columns(line)[3]) for line in scales), strict=True)
    assert list(norms) == sorted(norms, reverse=True)
    assert errors[0] > 0.5
    assert errors[-1] < 1e-3
    least = next(line for line in lines if "least ℓ1" in line)
    assert norms[-1] == pytest.approx(float(least.split()[2]), rel=1e-3)


def test_choose_the_solution(tmp_path):
    lines = run(tmp_path, "choose_the_solution.py").splitlines()[2:]
    to_shortest, to_choice, to_limit = zip(*map(columns, lines), strict=True)
    assert all(line.endswith("certified") for line in lines)
    assert max(to_limit) < 1e-8
    assert to_shortest[0] < 1e-12 < 0.1 < min(to_shortest[1:])
    assert to_choice[2] < 1e-12 < 0.1 < min(to_choice[:2])


def test_kernel_interpolation(tmp_path):
    from matplotlib.image import imread

    lines = run(tmp_path, "kernel_interpolation.py").splitlines()[2:-1]
    assert len(lines) == 4
    assert all(line.endswith("certified") for line in lines)
    residuals, norms, left, to_formula = zip(*(columns(line)[-4:] for line in lines), strict=True)
    assert max(residuals) < 1e-11
    assert max(to_formula) < 1e-8
    assert norms[0] == min(norms)
    assert left[0] < 1e-6 < 0.1 < min(left[1:])
    figure = imread(tmp_path / "kernel_interpolation.png")
    assert figure.shape[1] > 2 * figure.shape[0]


def test_finite_steps(tmp_path):
    from matplotlib.image import imread

    lines = run(tmp_path, "finite_steps.py").splitlines()[2:-1]
    descent = [columns(line) for line in lines if line.strip().startswith("gradient descent")]
    stochastic = [columns(line) for line in lines if line.strip().startswith("SGD") and "diverged" not in line]
    assert len(descent) == 7
    assert len(stochastic) >= 6
    for part, to_flow, to_before, to_corrected, *scales in descent:
        assert to_corrected < 1e-11 < to_before < to_flow / 4
        # First order: what it leaves out grows as the square of the step.
        assert to_before < 0.05 * part**2
        assert 0 < min(scales) < max(scales) < 1
    for _, to_flow, to_corrected, *_scales in stochastic:
        assert to_corrected < 1e-11 < 1e-3 < to_flow
    figure = imread(tmp_path / "finite_steps.png")
    assert figure.shape[1] > 2 * figure.shape[0]


@pytest.mark.parametrize("camera", ["simulated", "measured"])
def test_single_pixel_mug(tmp_path, camera):
    from matplotlib.image import imread

    if camera == "measured" and not MUG.is_file():
        pytest.skip("the measurements of the camera are not here")
    words = [str(MUG.resolve())] if camera == "measured" else []
    lines = run(tmp_path, "single_pixel_mug.py", *words).splitlines()
    assert ("simulating" in lines[0]) == (camera == "simulated")
    norms = [columns(line)[2] for line in lines if line.endswith("certified")]
    assert norms == sorted(norms, reverse=True)
    assert norms[0] > 0.99
    assert norms[-1] < 0.6
    strip = imread(tmp_path / "single_pixel.png")
    assert strip.shape[1] > 5 * strip.shape[0]


@pytest.mark.parametrize("scan", ["simulated", pytest.param("measured", marks=pytest.mark.slow)])
def test_few_view_tomography(tmp_path, scan):
    from matplotlib.image import imread

    if scan == "measured" and not TOOTH.is_file():
        pytest.skip("the scan of the tooth is not here")
    words = [str(TOOTH.resolve()), "--views", "12"] if scan == "measured" else []
    lines = run(tmp_path, "few_view_tomography.py", *words).splitlines()
    assert ("simulating" in lines[0]) == (scan == "simulated")
    told = [line for line in lines if line.endswith("True")]
    assert len(told) == 2
    assert all(columns(line)[-2] == pytest.approx(1.0, abs=2e-3) for line in told)
    assert imread(tmp_path / "few_views.png").ndim == 3


def test_measurements_that_are_not_there(tmp_path):
    with pytest.raises(AssertionError, match="does not exist; without a file, a camera is simulated"):
        run(tmp_path, "single_pixel_mug.py", "absent.mat")
    assert not any(tmp_path.iterdir())


def table(text):
    """The numbers of each line below the heading, and the word at its end."""
    lines = text.splitlines()[2:]
    return [(columns(line), line.split()[-1]) for line in lines]


def test_relu_interpolation(tmp_path):
    rows = table(run(tmp_path, "relu_interpolation.py"))
    assert [status for _, status in rows] == ["CONVERGED"] * 6
    _, _, residuals, changes, distances = zip(*(numbers for numbers, _ in rows), strict=True)
    assert max(residuals) <= 1e-5
    assert list(changes) == sorted(changes, reverse=True)
    assert changes[-1] < 0.05 < 1 < changes[0]
    assert distances[-1] < 0.1 < 0.3 < distances[0]


@pytest.mark.slow
def test_convolutional_decoder(tmp_path):
    *rows, (least, _) = table(run(tmp_path, "convolutional_decoder.py"))
    _, residuals, errors, changes, distances = zip(*(numbers for numbers, _ in rows), strict=True)
    assert [status for _, status in rows] == [
        "CONVERGED" if residual <= 2e-2 else "MAX_STEPS" for residual in residuals
    ]
    assert max(errors[:2]) < 0.6 < least[-1]
    assert changes[0] > 100 > 2 > changes[-1]
    assert min(distances) > 0.1


def torch_or_stand_in(tmp_path):
    """PyTorch, where it is installed; else a file of its few names that the example uses."""
    if importlib.util.find_spec("torch") is None:
        (tmp_path / "torch.py").write_text(STAND_IN, encoding="utf-8")


def test_pytorch_loop(tmp_path):
    torch_or_stand_in(tmp_path)
    rows = table(run(tmp_path, "pytorch_loop.py"))
    assert [status for _, status in rows] == ["CONVERGED"] * 4
    _, _, from_limit, errors, changes, lazy = zip(*(numbers for numbers, _ in rows), strict=True)
    # Steps of finite length end beside the limit of flow, and near it.
    assert max(from_limit) < 0.05
    assert errors[0] < 0.1 < 0.5 < errors[-1]
    assert list(changes) == sorted(changes, reverse=True)
    assert list(lazy) == sorted(lazy, reverse=True)
    assert lazy[-1] < 0.05


def test_pytorch_loop_without_pytorch(tmp_path):
    if importlib.util.find_spec("torch") is not None:
        pytest.skip("PyTorch is installed")
    with pytest.raises(AssertionError, match="needs PyTorch; type pip install torch"):
        run(tmp_path, "pytorch_loop.py")


# Tensors that know A(u² − v²), the loss of it and its gradient, behave as PyTorch's towards NumPy, and nothing else.
STAND_IN = """
import types

import numpy as np

float64 = np.float64


class Tensor:
    def __init__(self, values, requires_grad=False, back=None):
        self.values, self.requires_grad, self.grad = np.asarray(values), requires_grad, None
        self.back = back or (lambda slope: None)

    def _of(self, values, back):
        return Tensor(values, True, back)

    def __pow__(self, power):
        if not self.requires_grad:
            return Tensor(self.values**power)
        return self._of(self.values**power, lambda slope: self.push(slope * power * self.values ** (power - 1)))

    def __sub__(self, other):
        def back(slope):
            self.push(slope)
            other.push(-slope)

        return self._of(self.values - other.values, back)

    def __matmul__(self, other):
        return self._of(self.values @ other.values, lambda slope: other.push(self.values.T @ slope))

    def __rmul__(self, factor):
        return self._of(factor * self.values, lambda slope: self.push(factor * slope))

    def push(self, slope):
        if self.requires_grad:
            self.grad = slope if self.grad is None else self.grad + slope
            self.back(slope)

    def backward(self):
        self.push(np.float64(1.0))

    def detach(self):
        return Tensor(self.values)

    def cpu(self):
        return self

    def double(self):
        return self

    def __array__(self, dtype=None, copy=None):
        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return self.values


class SGD:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = parameters, lr

    def zero_grad(self):
        for parameter in self.parameters:
            parameter.grad = None

    def step(self):
        for parameter in self.parameters:
            parameter.values -= self.lr * parameter.grad


def tensor(values):
    return Tensor(np.array(values))


def full(shape, value, dtype, requires_grad):
    return Tensor(np.full(shape, value, dtype), requires_grad)


def sum(tensor):
    return tensor._of(tensor.values.sum(), lambda slope: tensor.push(slope * np.ones_like(tensor.values)))


optim = types.SimpleNamespace(SGD=SGD)
"""
