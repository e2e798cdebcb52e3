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
_RENAMED = re.compile(r"(\w+)\s+as\s+(\w+)")


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
        BundleError: a module imports one that is missing, imports go in a circle, or a form of import or export is
            none of those that modules here may use.

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
        for _, target in _IMPORT.findall(modules[path]):
            visit(_resolved(path, target), path)
        open_paths.pop()
        ordered.append(path)

    visit(entry, "the page")
    return ordered


def _wrapped(path: str, text: str) -> str:
    """A module as a function that is called once and returns its exports."""
    exported = list(_NAMED.findall(text))
    for names in _LISTED.findall(text):
        exported += [_RENAMED.sub(r"\2: \1", name.strip()) for name in names.split(",") if name.strip()]

    def bound(match: re.Match[str]) -> str:
        names = _RENAMED.sub(r"\1: \2", " ".join(match[1].split()).rstrip(","))
        return f"const {{ {names} }} = {_name(_resolved(path, match[2]))};\n"

    body = _NAMED.sub("", _LISTED.sub("", _IMPORT.sub(bound, _REMARK.sub("", text))))
    other = _OTHER.search(body)
    if other:
        raise BundleError(f"{path}: {other[0]!r} is no form of import or export that modules of the page may use.")
    return f"const {_name(path)} = (() => {{\n{body.strip()}\nreturn {{ {', '.join(exported)} }};\n}})();"


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
