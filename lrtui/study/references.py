"""What a preset names outside itself: files beside it, and callables in them. Nothing here runs any of it."""

import ast
import functools
import hashlib
import re
from importlib.machinery import all_suffixes
from pathlib import Path

from lrtui.errors import InputError
from lrtui.text import literal

_CALLABLE = re.compile(r"(?P<file>[^:]+\.py):(?P<name>[A-Za-z_][A-Za-z_0-9]*)")
_MOST_FILES = 200
_LARGEST = 10 << 20


def is_code(name: str) -> bool:
    """Return whether a name is that of a callable in a file: `net.py:build`."""
    return _CALLABLE.fullmatch(name) is not None


def parts(name: str) -> tuple[str, str]:
    """Return file and callable of such a name."""
    file, _, callable_name = name.rpartition(":")
    return file, callable_name


def stem(name: str) -> str:
    """Return what a name outside the preset is called in labels: `net` of `net.py:build`, `points` of `data/points.npz`.

    A callable that is not called as what it is for, `build` or `load`, is named too.
    """
    file, callable_name = parts(name) if is_code(name) else (name, "")
    short = Path(file.rstrip("/")).stem
    return short if callable_name in ("", "build", "load") else f"{short}:{callable_name}"


def at(folder: str, file: str) -> Path:
    """Return where a file lies that a preset in `folder` names."""
    return Path(folder, file).expanduser() if not file.startswith("~") else Path(file).expanduser()


def moved(file: str, source: Path, target: Path) -> str:
    """Return how a preset in the folder `target` names what one in `source` names `file`: relative where it lies below."""
    if file.startswith("~") or Path(file).is_absolute():
        return file
    slash = "/" if file.endswith("/") else ""
    path = (source / file).absolute()
    try:
        return path.relative_to(target.absolute()).as_posix() + slash
    except ValueError:
        return path.as_posix() + slash


def sources(path: Path) -> dict[str, bytes]:
    """Return a Python file and those beside it that it imports, and these import, by their names relative to its folder.

    The imports are read, not run. Raises InputError for a file that cannot be read or is no Python.
    """
    folder, found, left = path.parent, dict[str, bytes](), [path]
    while left:
        file = left.pop()
        name = file.relative_to(folder).as_posix()
        if name in found:
            continue
        if len(found) == _MOST_FILES:
            raise InputError(f"{literal(str(path))} imports more than {_MOST_FILES} files beside it")
        try:
            if file.stat().st_size > _LARGEST:
                raise InputError(f"{literal(str(file))} is too large for a module: more than {_LARGEST >> 20} MiB")
            content = found[name] = file.read_bytes()
        except OSError as error:
            raise InputError(f"{literal(str(file))} cannot be read: {error.strerror or error}") from None
        if file.suffix != ".py":  # compiled: what it imports is not known, and it is what it is
            continue
        try:
            tree = ast.parse(content)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
            what = getattr(error, "msg", None) or str(error) or type(error).__name__
            raise InputError(f"{literal(str(file))}{line} is not Python: {literal(what)}") from None
        left += [one for module in _imported(tree, name) for one in beside(folder, module)]
    return found


def sha256(files: dict[str, bytes]) -> str:
    """Return the SHA-256 of files, their names among them."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return digest.hexdigest()


def beside(folder: Path, module: str) -> list[Path]:
    """Return the files in `folder` that a dotted module may be made from, the first of which it is."""
    return [file for place in places(module) if (file := folder / place).is_file()]


def places(module: str) -> list[str]:
    """Return where a dotted module may lie, relative to a folder: a package first, then a file, source before compiled."""
    path = module.replace(".", "/")
    return [f"{stem}{suffix}" for stem in (f"{path}/__init__", path) for suffix in all_suffixes()] if module else []


def taken(folder: str, name: str) -> dict[str, bool | int | float | str | None]:
    """Return what a callable, `net.py:build`, takes by name, with its defaults; None: there is none, or it is no number or word.

    Its file is read, not run: empty if it cannot be, or what is called there is neither a function nor a class with an
    `__init__` of its own.
    """
    file, attribute = parts(name)
    try:
        path = at(folder, file)
        stat = path.stat()
        return dict(_taken(path, attribute, stat.st_mtime_ns, stat.st_size)) if stat.st_size <= _LARGEST else {}
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return {}


@functools.lru_cache(64)
def _taken(path: Path, attribute: str, _modified: int, _size: int) -> dict[str, bool | int | float | str | None]:
    called = [node for node in ast.parse(path.read_bytes()).body if getattr(node, "name", "") == attribute]
    if called and isinstance(called[-1], ast.ClassDef):
        called = [node for node in called[-1].body if getattr(node, "name", "") == "__init__"]
    if not called or not isinstance(called[-1], ast.FunctionDef):
        return {}
    given = called[-1].args
    by_place = [*given.posonlyargs, *given.args]
    missing: list[ast.expr | None] = [None] * (len(by_place) - len(given.defaults))
    named = [*zip(by_place, [*missing, *given.defaults], strict=True)][len(given.posonlyargs) :]
    named += zip(given.kwonlyargs, given.kw_defaults, strict=True)
    return {argument.arg: _plain(default) for argument, default in named if argument.arg != "self"}


def _plain(default: ast.expr | None) -> bool | int | float | str | None:
    """Return a default as it is written, if it is a number, a word, true or false."""
    try:
        value = None if default is None else ast.literal_eval(default)
    except ValueError:
        return None
    return value if isinstance(value, bool | int | float | str) else None


def _imported(tree: ast.AST, name: str) -> list[str]:
    """Return the dotted modules that the file `name` may import, each with what it may be a part of."""
    package = name.split("/")[:-1]
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level > len(package):  # beyond the packages, which Python refuses
                continue
            base = package[: len(package) + 1 - node.level] if node.level else []
            base = [*base, node.module] if node.module else base
            modules += [".".join(base), *(".".join([*base, alias.name]) for alias in node.names)]
        elif package and Path(name).stem == "__init__":  # `from package import *` imports what that names
            modules += [".".join([*package, word]) for word in _public(node)]
    return [
        ".".join(words[:count])
        for module in modules
        if (words := module.split("."))
        for count in range(1, len(words) + 1)
    ]


def _public(node: ast.AST) -> list[str]:
    """Return the words that are put into `__all__` by a statement."""
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    else:
        return []
    if node.value is None or not any(isinstance(one, ast.Name) and one.id == "__all__" for one in targets):
        return []
    return [one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
