"""The source files on which a module rests, read from import statements and never imported."""

import functools
import itertools
import re
from pathlib import Path

# Parsing every file would take longer than all else that a make with nothing to do does.
IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(pilotzone[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)"
    r"|import[ \t]+(pilotzone[\w.]*))",
    re.MULTILINE,
)


@functools.cache
def file_of(code: Path, module: str) -> Path | None:
    """Return the file of a module below ``code``, None if there is none."""
    path = code.joinpath(*module.split("."))
    places = path.with_name(f"{path.name}.py"), path / "__init__.py"
    return next((place for place in places if place.is_file()), None)


@functools.cache
def imported(code: Path, path: Path) -> frozenset[str]:
    """Return the modules of the package that a file imports, wherever the statement stands."""
    found: set[str] = set()
    for base, names, plain in IMPORT.findall(path.read_text(encoding="utf-8")):
        found.add(base or plain)
        bare = re.sub(r"#[^\n]*|[()]", "", names)
        inside = (f"{base}.{name.split()[0]}" for name in bare.split(",") if name.strip())
        found |= {module for module in inside if file_of(code, module)}
    return frozenset(found)


@functools.cache
def _tables(folder: Path) -> tuple[Path, ...]:
    """Return the tables of a package."""
    return tuple(folder.glob("*.toml"))


@functools.cache
def closure(
    code: Path, modules: tuple[str, ...], apart: tuple[str, ...] = (), kept: tuple[str, ...] = ()
) -> frozenset[Path]:
    """Return the files of modules and of all that they import, packages around them included.

    The tables (TOML) of a package count as it does.

    Parameters
    ----------
    code : Path
        The folder in which the package lies.
    modules : tuple of str
    apart : tuple of str
        Beginnings of the names of modules that are left out.
    kept : tuple of str
        Beginnings of names that are not left out, although they are apart.
    """
    files: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        path = file_of(code, module)
        if module in files or path is None:
            continue
        files[module] = path
        around = module.rpartition(".")[0]
        others = imported(code, path) | ({around} if around else frozenset())
        waiting += [
            other for other in others if other.startswith(kept) or not other.startswith(apart)
        ]
    tables = (_tables(path.parent) for path in files.values() if path.stem == "__init__")
    return frozenset((*files.values(), *itertools.chain.from_iterable(tables)))
