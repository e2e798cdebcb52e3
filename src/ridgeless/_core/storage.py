"""Storage of results: one .npz file of plain arrays and a JSON tree that describes them, without pickle.

A checksum of the content is stored with the tree, so that a damaged file is never read as another result. Files of the
previous version have no checksum, and are read without one.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import importlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from ridgeless.errors import InvalidInputError, UnreadableFileError, UnwritableFolderError

_TREE = "tree"
_CHECKSUM = "sha256"
_CONTENT = "content"
_PACKAGE = "ridgeless"
# Classes in files that were written before their module moved.
_MOVED = {
    "ridgeless.limits.watch": "ridgeless.limits.checkpoint",
    "ridgeless.potentials.bias": "ridgeless.potentials.theorem",
}


def write(path: str | os.PathLike[str], content: Any) -> Path:
    """Store a dataclass of this package atomically; returns the file written, suffix .npz added.

    Dataclasses, dicts, lists, tuples, numbers, text, None, enumerations, arrays and sparse matrices are kept; a
    linear operator is code, not data, and is stored as None.

    Raises:
        InvalidInputError: path is no path of a file.
        UnwritableFolderError: the folder does not exist or cannot be written.
    """
    target = _target(path)
    arrays: dict[str, np.ndarray] = {}
    tree = _encode(content, arrays)
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".npz")
    except (OSError, ValueError) as error:
        raise UnwritableFolderError(
            f"save: {target.parent} cannot be written ({_why(error)}); pass a path in a folder that exists."
        ) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            signed = {_CHECKSUM: _checksum(tree, arrays), _CONTENT: tree}
            contents: dict[str, Any] = {_TREE: np.array(json.dumps(signed)), **arrays}
            np.savez_compressed(stream, **contents)
        # mkstemp makes files that only their owner can read; results get the permissions of ordinary files.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(target)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise UnwritableFolderError(f"save: {target} cannot be written ({_why(error)}).") from error
    return target


def _why(error: Exception) -> object:
    return getattr(error, "strerror", None) or error


def _target(path: Any) -> Path:
    try:
        target = Path(path)
        return target if target.suffix == ".npz" else target.with_name(target.name + ".npz")
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"save: path is {path!r}; type the name of a file, such as 'solution.npz'.") from error


def read(path: str | os.PathLike[str]) -> Any:
    """The content of a file that `write` made.

    Raises:
        UnreadableFileError: no such file, not one of ours, or damaged.
    """
    try:
        with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return _decode(_checked(json.loads(str(arrays.pop(_TREE))), arrays), arrays)
    except FileNotFoundError as error:
        raise UnreadableFileError(f"load: {path} does not exist; pass a file that Solution.save wrote.") from error
    except PermissionError as error:
        raise UnreadableFileError(f"load: {path} cannot be read ({error.strerror}).") from error
    except Exception as error:
        # Every exception: a damaged file raises whatever its decoder, or the class of what it held, stumbles over.
        why = " ".join(str(error).split())
        raise UnreadableFileError(
            f"load: {path} is not a whole file of Solution.save ({type(error).__name__}: {why})."
        ) from error


def _checksum(tree: Any, arrays: dict[str, np.ndarray]) -> str:
    """A digest of the tree, and of the name, kind, shape and bytes of each array."""
    digest = hashlib.sha256(json.dumps(tree).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {arrays[name].shape} ".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _checked(root: Any, arrays: dict[str, np.ndarray]) -> Any:
    """The tree, if the checksum of tree and arrays is the stored one.

    Raises:
        ValueError: it is not.
    """
    if not (isinstance(root, dict) and _CONTENT in root):
        return root
    if root.get(_CHECKSUM) != _checksum(root[_CONTENT], arrays):
        raise ValueError("its checksum is that of another content")
    return root[_CONTENT]


def _encode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value.value if isinstance(value, enum.Enum) else value
    if isinstance(value, enum.Enum):
        return {"enum": _path_of(type(value)), "name": value.name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return {"array": _stored(value, arrays)}
    if sp.issparse(value):
        matrix: Any = sp.csr_array(value)
        parts = [_stored(part, arrays) for part in (matrix.data, matrix.indices, matrix.indptr)]
        return {"sparse": parts, "shape": list(matrix.shape)}
    if dataclasses.is_dataclass(value):
        named = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
        return {"class": _path_of(type(value)), "fields": _encode_items(named, arrays)}
    if isinstance(value, dict):
        return {"dict": _encode_items(value, arrays)}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [_encode(item, arrays) for item in value]}
    return None


def _encode_items(items: dict[str, Any], arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    return {str(key): _encode(item, arrays) for key, item in items.items()}


def _stored(array: np.ndarray, arrays: dict[str, np.ndarray]) -> str:
    name = f"a{len(arrays)}"
    arrays[name] = array
    return name


def _decode(node: Any, arrays: dict[str, np.ndarray]) -> Any:
    if not isinstance(node, dict):
        return node
    if "array" in node:
        return arrays[node["array"]]
    if "sparse" in node:
        return sp.csr_array(tuple(arrays[name] for name in node["sparse"]), shape=tuple(node["shape"]))
    if "enum" in node:
        return _class_of(node["enum"])[node["name"]]
    if "class" in node:
        fields = {key: _decode(item, arrays) for key, item in node["fields"].items()}
        return _class_of(node["class"])(**fields)
    if "dict" in node:
        return {key: _decode(item, arrays) for key, item in node["dict"].items()}
    kind, items = next(iter(node.items()))
    return {"list": list, "tuple": tuple}[kind](_decode(item, arrays) for item in items)


def _path_of(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _class_of(path: str) -> Any:
    """A dataclass or enumeration of this package; anything else is refused, since a file must not name code to run."""
    module, _, name = path.partition(":")
    if module.split(".")[0] != _PACKAGE:
        raise ValueError(f"{path} is not a class of {_PACKAGE}")
    kind = getattr(importlib.import_module(_MOVED.get(module, module)), name)
    if not (dataclasses.is_dataclass(kind) or (isinstance(kind, type) and issubclass(kind, enum.Enum))):
        raise ValueError(f"{path} is not data")
    return kind
