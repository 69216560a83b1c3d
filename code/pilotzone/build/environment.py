"""The environment of the project's own: ``.venv``, built from ``requirements.lock``."""

import os
import re
import subprocess
import sys
from pathlib import Path

from pilotzone.build.stale import why
from pilotzone.errors import UserError

# Reproducible order of iteration and arithmetic, for all that runs in the environment.
FIXED = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
ENTERED = "PILOTZONE_ENVIRONMENT"
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


def build(root: Path) -> None:
    """Build the environment, if it is missing, of another Python version or older than its pins.

    Raises
    ------
    UserError
        If a step fails; what it printed stands above.
    """
    folder = root / ".venv"
    sources = [root / "requirements.lock", root / "pyproject.toml"]
    stamp = folder / ".stamp"
    here = _version(folder / "pyvenv.cfg") in ((), sys.version_info[:2])
    there = here and stamp.exists() and (folder / PYTHON).exists()
    if there and not why([stamp], sources):
        return
    print("environment: .venv from requirements.lock", flush=True)
    pip = (folder / PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    if not there:
        # The script may run in the very environment that is removed.
        _run(getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--clear", folder)
    _run(*pip, "--require-hashes", "-r", root / "requirements.lock")
    _run(*pip, "--no-deps", "--no-build-isolation", "-e", root)
    stamp.touch()


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
