"""Modules of the page as one script: the few forms of `import` and `export` that they use, and no others.

Browsers refuse to load modules from files that lie beside a page on disk. So each module becomes a function that is
called once, in the order of their imports, and returns what it exports.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

_IMPORT = re.compile(r'^import\s+\{([^}]*)\}\s+from\s+"(\.[^"]*)";\n', re.MULTILINE)
_NAMED = re.compile(r"^export\s+(?=(?:async\s+)?(?:function\*?|class|const)\s+(\w+))", re.MULTILINE)
_LISTED = re.compile(r"^export\s+\{([^}]*)\};\n", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*$|\bimport\s*\(\s*[^\"')]", re.MULTILINE)
_REMARK = re.compile(r"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


class BundleError(ValueError):
    """A module of the page is written in a form that the bundler does not know."""


def page_modules() -> dict[str, str]:
    """The text of every module of the page, by its path below `page`."""
    found: dict[str, str] = {}
    _collect(files("ridgeless.explorer") / "page", PurePosixPath(), found)
    return found


def bundle(modules: Mapping[str, str], entry: str) -> str:
    r"""One script that does what the module `entry` does.

    Args:
        modules: texts of modules by path.
        entry: path of the module that begins.

    Returns:
        A classic script without imports. It contains no end tag, so that it can stand in a page.

    Raises:
        BundleError: a module or a name that is imported is missing, imports go in a circle, or a form of import or
            export is none of those that modules here may use.

    Example:
        >>> modules = {"a.js": "export const one = 1;", "b.js": 'import { one } from "./a.js";\nlog(one);'}
        >>> print(bundle(modules, "b.js"))
        "use strict";
        (() => {
        const $a = (() => {
        const one = 1;
        return { one };
        })();
        const $b = (() => {
        const { one } = $a;
        log(one);
        return {  };
        })();
        })();
    """
    wrapped = [_wrapped(path, modules[path]) for path in _ordered(modules, entry)]
    script = "\n".join(['"use strict";', "(() => {", *wrapped, "})();"])
    return script.replace("</", "<\\/")


def _collect(folder: Traversable, path: PurePosixPath, found: dict[str, str]) -> None:
    for each in sorted(folder.iterdir(), key=lambda item: item.name):
        if each.is_dir():
            _collect(each, path / each.name, found)
        elif each.name.endswith(".js"):
            found[str(path / each.name)] = each.read_text(encoding="utf-8")


def _ordered(modules: Mapping[str, str], entry: str) -> list[str]:
    """Paths of the modules that `entry` needs, each after all that it imports."""
    ordered: list[str] = []
    open_paths: list[str] = []

    def visit(path: str, importer: str) -> None:
        if path in ordered:
            return
        if path in open_paths:
            raise BundleError(f"{' → '.join([*open_paths, path])}: modules import each other in a circle.")
        if path not in modules:
            raise BundleError(f"{importer} imports {path}, which is not there.")
        open_paths.append(path)
        for names, target in _IMPORT.findall(modules[path]):
            imported = _resolved(path, target)
            visit(imported, path)
            absent = {original for original, _ in _pairs(names)} - _exports(modules[imported]).keys()
            if absent:
                raise BundleError(f"{path} imports {', '.join(sorted(absent))}, which {imported} does not export.")
        open_paths.pop()
        ordered.append(path)

    visit(entry, "the page")
    return ordered


def _wrapped(path: str, text: str) -> str:
    """A module as a function that is called once and returns its exports."""

    def bound(match: re.Match[str]) -> str:
        names = ", ".join(name if name == local else f"{name}: {local}" for name, local in _pairs(match[1]))
        return f"const {{ {names} }} = {_name(_resolved(path, match[2]))};\n"

    body = _NAMED.sub("", _LISTED.sub("", _IMPORT.sub(bound, _REMARK.sub("", text))))
    other = _OTHER.search(body)
    if other:
        raise BundleError(f"{path}: {other[0]!r} is no form of import or export that modules of the page may use.")
    exports = _exports(text).items()
    returned = ", ".join(name if name == local else f"{name}: {local}" for name, local in exports)
    return f"const {_name(path)} = (() => {{\n{body.strip()}\nreturn {{ {returned} }};\n}})();"


def _exports(text: str) -> dict[str, str]:
    """The names that a module exports, each with its name inside."""
    listed = [pair for names in _LISTED.findall(text) for pair in _pairs(names)]
    return {name: name for name in _NAMED.findall(text)} | {outside: inside for inside, outside in listed}


def _pairs(names: str) -> list[tuple[str, str]]:
    """What stands between braces, each as (first name, name after "as")."""
    words = [name.split() for name in names.split(",") if name.strip()]
    return [(word[0], word[-1]) for word in words]


def _resolved(importer: str, target: str) -> str:
    """The path that an import means, seen from the module that it stands in."""
    parts: list[str] = []
    for part in (PurePosixPath(importer).parent / target).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _name(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))
