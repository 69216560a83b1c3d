"""What pip does, told as one line of progress."""

import collections
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from pilotzone.build.progress import Line, count
from pilotzone.errors import UserError

PLAINLY = ("--disable-pip-version-check", "--no-input", "--progress-bar=off")
# How much of what pip printed is shown when it fails.
LAST = 15
# Seconds after which a line of progress counts on although pip is silent.
TICK = 1.0


def run(python: Path, packages: int, *words: str | Path) -> None:
    """Install with pip and say how far it is; its warnings are printed, its last lines if it fails.

    Parameters
    ----------
    python : Path
        Whose pip it is.
    packages : int
        So many are asked for.
    *words : str or Path
        What stands behind ``pip install``.

    Raises
    ------
    UserError
        If pip fails or cannot be started.
    """
    command = [str(word) for word in (python, "-m", "pip", "install", *PLAINLY, *words)]
    # Else what pip prints waits in a buffer.
    variables = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8:replace"}
    last: collections.deque[str] = collections.deque(maxlen=LAST)
    try:
        with subprocess.Popen(
            command,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process:
            _follow(process.stdout, packages, last)
    except OSError as error:
        raise UserError(f"the environment is not built: {error}") from None
    if process.returncode:
        print(*last, sep="\n", file=sys.stderr, flush=True)
        raise UserError(
            f"the environment is not built, see pip's last lines above: exit status "
            f"{process.returncode}"
        )


def _follow(printed: TextIO, packages: int, last: collections.deque[str]) -> None:
    """Turn what pip prints into one line of progress, and keep the last of it."""
    begun, number, doing = time.monotonic(), 0, ""
    warnings = []
    with Line() as line:
        for text in _lines(printed):
            if text is None:
                if doing:
                    line.say(f"{doing}, {time.monotonic() - begun:.0f} s")
                continue
            last.append(text)
            word, *others = text.split() or [""]
            if word in ("Collecting", "Processing") or text.startswith("Requirement already"):
                number += 1
                name = Path(others[2] if word == "Requirement" else others[0]).name
                doing = f"{count(number, packages)} pip collects {name}"
            elif text.startswith("Installing collected packages:"):
                doing = f"pip installs {len(others) - 2} package{'s' if len(others) > 3 else ''}"
            elif word in ("WARNING:", "DEPRECATION:"):
                warnings.append(text)
            if doing:
                line.say(doing)
    for text in warnings:
        print(text, file=sys.stderr, flush=True)


def _lines(printed: TextIO) -> Iterator[str | None]:
    """Give each line, and nothing for each second without one."""
    heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen() -> None:
        for text in printed:
            heard.put(text.rstrip())
        heard.put(None)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    while True:
        try:
            text = heard.get(timeout=TICK)
        except queue.Empty:
            yield None
            continue
        if text is None:
            return
        yield text
