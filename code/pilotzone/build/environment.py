"""The environment of the project's own: ``.venv``, built from hashed locks.

``requirements.lock`` holds what ``make`` imports; what tests, audit, notebooks, benchmarks and lint
need besides stands in ``requirements-tools.lock`` and is installed by the first of them.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from pilotzone.build import installing
from pilotzone.build.stale import why
from pilotzone.errors import UserError

# Reproducible order of iteration and arithmetic, for all that runs in the environment.
FIXED = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
ENTERED = "PILOTZONE_ENVIRONMENT"
STAMP = ".stamp"
PYTHON = Path("Scripts/python.exe") if os.name == "nt" else Path("bin/python")


def enter(root: Path) -> None:
    """Start the script anew with the environment's Python, unless that is what runs already."""
    folder = root / ".venv"
    if os.environ.get(ENTERED) == str(folder.resolve()):
        return
    build(root)
    command = [str(folder / PYTHON), *sys.argv]
    variables = {**os.environ, **FIXED, ENTERED: str(folder.resolve())}
    if os.name == "nt":
        # Replacing a process there returns to the prompt before the new one has ended.
        sys.exit(subprocess.run(command, env=variables, check=False).returncode)
    os.execve(command[0], command, variables)


def build(root: Path, *, tools: bool = False) -> None:
    """Build the environment, if it is missing, of another Python version or older than its pins.

    Parameters
    ----------
    root : Path
    tools : bool, optional
        Whether with what tests, audit, notebooks, benchmarks and lint need.

    Raises
    ------
    UserError
        If a step fails; what it printed stands above.
    """
    folder = root / ".venv"
    here = _version(folder / "pyvenv.cfg") in ((), sys.version_info[:2])
    if not here or not (folder / PYTHON).exists() or not (folder / STAMP).exists():
        for stamp in folder.glob(f"{STAMP}*"):
            stamp.unlink()
        # The script may run in the very environment that is removed.
        _run(getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--clear", folder)
    if _installed(root, "requirements.lock", STAMP):
        installing.run(folder / PYTHON, 1, "--no-deps", "--no-build-isolation", "-e", root)
    if tools:
        _installed(root, "requirements-tools.lock", f"{STAMP}-tools")


def _installed(root: Path, lock: str, stamp: str) -> bool:
    """Install the pins of a lock unless that is done, and say whether it was needed."""
    folder = root / ".venv"
    if not why([folder / stamp], [root / lock, root / "pyproject.toml"]):
        return False
    pins = len(re.findall(r"^[\w.-]+==", (root / lock).read_text(encoding="utf-8"), re.MULTILINE))
    print(f"environment: .venv from {lock}, at most {pins} packages", flush=True)
    # Modules are compiled when they are first imported: most of them never are.
    words = ("--no-compile", "--require-hashes", "-r", root / lock)
    installing.run(folder / PYTHON, pins, *words)
    (folder / stamp).touch()
    return True


def _version(settings: Path) -> tuple[int, ...]:
    """Return the Python version in the settings of an environment, nothing if it is not said."""
    text = settings.read_text(encoding="utf-8") if settings.exists() else ""
    found = re.search(r"^version\w*\s*=\s*(\d+)\.(\d+)", text, re.MULTILINE)
    return tuple(map(int, found.groups())) if found else ()


def _run(*command: str | Path) -> None:
    words = [str(word) for word in command]
    try:
        subprocess.run(words, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise UserError(f"the environment is not built, see above: {error}") from None
