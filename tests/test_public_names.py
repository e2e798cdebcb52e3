"""What the package shows: names, documentation, annotations, and how little an import costs."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import ridgeless as rl

SOURCE = Path(rl.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
HEAVY = {"jax", "matplotlib", "sklearn", "xarray", "zarr", "diffrax", "skimage"}


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def functions_of(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def public_members():
    for name in rl.__all__:
        yield name, getattr(rl, name)
    for package in (rl.networks, rl.inits, rl.potentials, rl.flows, rl.systems, rl.measures):
        for name, member in package.FOUND.items():
            yield f"{package.__name__}.{name}", member


MEMBERS = dict(public_members())


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_every_public_name_is_documented(name):
    member = MEMBERS[name]
    if name == "__version__":
        assert member
        return
    text = inspect.getdoc(member)
    assert text
    assert len(text.splitlines()[0]) > 10


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="lasso"):
        _ = rl.lasso


def test_dir_lists_what_there_is():
    assert set(dir(rl)) == set(rl.__all__)


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, ridgeless as rl; rl.LinearSystem; rl.limit; rl.certify; rl.solve; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_keep_to_the_rules(path):
    tree = tree_of(path)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert ast.get_docstring(tree)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    calls = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert "print" not in calls
    for function in functions_of(tree):
        text = ast.get_docstring(function, clean=False) or ""
        assert function.end_lineno - function.lineno - len(text.splitlines()) < 60, function.name
        arguments = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
        missing = [each.arg for each in arguments if each.annotation is None and each.arg not in ("self", "cls", "_")]
        assert not missing, (function.name, missing)
        assert function.returns is not None, function.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_public_definitions_have_docstrings(path):
    parts = path.relative_to(SOURCE).with_suffix("").parts
    if any(part.startswith("_") and part not in ("__init__", "_core") for part in parts):
        return
    tree = tree_of(path)
    named = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"]
    # The signatures of an overloaded function stand before the one that tells what it does.
    named = [node for node in named if "overload" not in map(ast.unparse, node.decorator_list)]
    assert not [node.name for node in named if not ast.get_docstring(node)]


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=str)
def test_no_module_is_hidden_by_what_its_package_shows(path):
    parts = path.relative_to(SOURCE.parent).parent.parts
    package = importlib.import_module(".".join(parts))
    beside = {info.name for info in pkgutil.iter_modules([str(path.parent)])}
    shown = {name for name in beside if not inspect.ismodule(getattr(package, name, inspect))}
    assert not shown


def test_few_modules_stand_in_no_room():
    assert {path.stem for path in SOURCE.glob("*.py")} == {"__init__", "__main__", "errors", "solution"}


def test_whatever_is_defined_is_used():
    """By name, somewhere in the repository: but for what a decorator hands on or Python calls, papers and exercises."""
    folders = [SOURCE, *(Path(__file__).parents[1] / name for name in ("tests", "benchmarks", "docs", "examples"))]
    texts = {path: path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py")}
    words = Counter(word for text in texts.values() for word in re.findall(r"\w+", text))
    trees = [ast.walk(ast.parse(text)) for path, text in texts.items() if path.is_relative_to(SOURCE)]
    nodes = [node for tree in trees for node in tree]
    defined = [each.name for each in nodes if isinstance(each, DEFINITIONS) and not each.decorator_list]
    bound = [each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    once = {name for name in defined + bound if words[name] == 1 and not name.startswith("__")}
    assert not once - {kind.__name__ for room in (rl.papers, rl.course) for kind in room.FOUND.values()}
