"""The package as its users and readers meet it: names, docstrings, annotations, sizes, and what an import loads."""

import ast
import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import ridgeless as rl

SOURCE = Path(rl.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
HEAVY = ("jax", "diffrax", "matplotlib", "sklearn", "xarray", "zarr", "skimage", "dask", "pandas", "optax", "torch")
# Everything that is read here is read as text or by introspection: no module is changed, none is written.
MODULES = sorted(
    info.name
    for info in pkgutil.walk_packages([str(SOURCE)], "ridgeless.")
    if not info.name.rpartition(".")[2].startswith("__")
)


def relative(path):
    return path.relative_to(SOURCE).as_posix()


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def is_public(name):
    return not name.startswith("_")


def run(code):
    """What `code` prints, in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", rl.__all__)
def test_every_promised_name_is_there_and_documented(name):
    member = getattr(rl, name)
    if name == "__version__":
        assert member.count(".") == 2
        return
    first = (inspect.getdoc(member) or "").split("\n")[0]
    assert first, f"rl.{name} has no docstring"
    assert first[0].isupper() or not first[0].isalpha()
    assert first.rstrip().endswith((".", "?", ":")), f"the first line of rl.{name} is no sentence: {first!r}"


def test_the_contract_is_complete():
    """The public contract, by name."""
    assert set(rl.__all__) >= {
        "LinearSystem", "Bias", "Solution", "Status", "Certificate", "RidgelessError", "NoExactLimit",
        "train", "limit", "certify", "solve", "study", "load",
        "systems", "networks", "inits", "potentials", "limits", "certificates", "flows", "studies", "report", "errors",
    }  # fmt: skip
    assert set(rl.networks.FOUND) >= {"Direct", "Difference", "Power", "Product", "TwoBranch", "Dense"}
    assert set(rl.inits.FOUND) >= {"Constant", "Gaussian", "Imbalanced"}
    assert {status.name for status in rl.Status} >= {"CONVERGED", "MAX_STEPS", "DIVERGED", "STALLED", "NOT_UNIQUE"}
    assert {field for field in rl.Certificate.__dataclass_fields__} >= {
        "feasibility", "stationarity", "gap", "verdict", "reason",
    }  # fmt: skip


def test_dir_lists_what_is_promised_and_nothing_else_is_found():
    assert set(dir(rl)) == set(rl.__all__)
    assert rl.__all__ == sorted(rl.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        rl.nonsense  # noqa: B018


def test_every_refusal_is_one_of_ours():
    kinds = [kind for kind in vars(rl.errors).values() if inspect.isclass(kind) and kind.__module__ == "ridgeless.errors"]
    assert len(kinds) >= 8
    for kind in kinds:
        assert issubclass(kind, rl.RidgelessError)
        assert inspect.getdoc(kind)


@pytest.mark.parametrize("package", ["networks", "inits", "potentials", "systems", "flows"])
def test_whatever_is_found_is_importable_by_name_and_documented(package):
    room = getattr(rl, package)
    assert room.FOUND
    for name, kind in room.FOUND.items():
        assert getattr(room, name) is kind
        assert kind.__name__ == name
        assert (inspect.getdoc(kind) or "").split("\n")[0], f"{package}.{name} needs a first line for `ridgeless list`"


class TestWhatAnImportLoads:
    def loaded(self, code):
        found = run(f"import sys, json\n{code}\nprint(json.dumps(sorted(sys.modules)))")
        return set(json.loads(found.splitlines()[-1]))

    def test_importing_the_package_loads_almost_nothing(self):
        modules = self.loaded("import ridgeless")
        assert not modules & set(HEAVY)
        assert "numpy" not in modules, "the verbs bring NumPy when they are asked for"

    def test_solving_loads_no_laboratory(self):
        modules = self.loaded(
            "import numpy as np, ridgeless as rl\n"
            "A = np.random.default_rng(0).standard_normal((4, 12))\n"
            "found = rl.solve(A, A @ np.ones(12))\n"
            "assert rl.certify(found).verdict == 'certified'\n"
            "repr(found), rl.networks.FOUND, rl.inits.FOUND, rl.potentials.FOUND, rl.systems.FOUND"
        )
        assert not modules & set(HEAVY)

    def test_the_command_line_starts_without_the_laboratory(self):
        assert not self.loaded("import ridgeless.cli") & set(HEAVY)

    def test_training_leaves_the_precision_of_jax_alone(self):
        code = (
            "import numpy as np, ridgeless as rl\n"
            "A = np.random.default_rng(0).standard_normal((3, 8))\n"
            "system = rl.LinearSystem(A, A @ np.ones(8))\n"
            "rl.train(system, rl.networks.Direct(), rl.inits.Constant(0.1), rl.flows.GradientDescent())\n"
            "import jax\n"
            "print(jax.config.jax_enable_x64, jax.numpy.ones(1).dtype)"
        )
        assert run(code).split() == ["False", "float32"]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_imports_and_says_what_it_is(name):
    module = importlib.import_module(name)
    assert (module.__doc__ or "").strip() or not Path(module.__file__).read_text(encoding="utf-8").strip(), name


@pytest.mark.parametrize("name", [name for name in MODULES if not any(part.startswith("_") for part in name.split("."))])
def test_every_public_function_and_class_is_documented(name):
    module = importlib.import_module(name)
    for member_name, member in vars(module).items():
        is_ours = getattr(member, "__module__", None) == name and (inspect.isfunction(member) or inspect.isclass(member))
        if not is_ours or not is_public(member_name):
            continue
        doc = inspect.getdoc(member)
        assert doc, f"{name}.{member_name} has no docstring"
        assert not doc.startswith(f"{member_name}("), f"{name}.{member_name} has only what dataclasses write"
        if inspect.isclass(member):
            for method_name, method in vars(member).items():
                is_method = inspect.isfunction(method) or isinstance(method, property)
                if is_method and is_public(method_name):
                    assert inspect.getdoc(getattr(member, method_name)), f"{name}.{member_name}.{method_name}"


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


@pytest.mark.parametrize("path", FILES, ids=relative)
class TestEveryFile:
    def test_is_of_a_size_to_read(self, path):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
        for node in functions(tree_of(path)):
            assert node.end_lineno - node.lineno + 1 <= 60, f"{relative(path)}: {node.name}"

    def test_is_annotated_in_full(self, path):
        for node in functions(tree_of(path)):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            arguments += [argument for argument in (node.args.vararg, node.args.kwarg) if argument]
            bare = [argument.arg for argument in arguments if argument.annotation is None]
            assert set(bare) <= {"self", "cls"}, f"{relative(path)}: {node.name}{tuple(bare)}"
            assert node.returns is not None, f"{relative(path)}: {node.name} -> ?"

    def test_prints_nothing_and_asserts_nothing(self, path):
        for node in ast.walk(tree_of(path)):
            is_print = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            assert not is_print, f"{relative(path)}:{node.lineno}"
            assert not isinstance(node, ast.Assert), f"{relative(path)}:{node.lineno}"

    def test_leaves_no_work_behind(self, path):
        text = path.read_text(encoding="utf-8")
        for mark in ("TODO", "FIXME", "XXX", "NotImplementedError", "breakpoint("):
            assert mark not in text, f"{relative(path)}: {mark}"

    def test_imports_no_laboratory_at_its_head(self, path):
        """Heavy packages belong to flows and report, or into the function that needs them."""
        if path.relative_to(SOURCE).parts[0] in {"flows", "report", "studies"}:
            return
        for node in tree_of(path).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & set(HEAVY), f"{relative(path)}:{node.lineno}"
