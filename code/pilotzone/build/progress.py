"""One line of progress: a terminal writes it over, elsewhere a new one comes now and then."""

import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

# Seconds between two lines where none is written over: a log stays short and is never silent.
EVERY = 15.0


class Line:
    """A line that says how far something is.

    Parameters
    ----------
    stream : file, optional
        Standard output if left out.
    clock : callable, optional
        Seconds.
    """

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.stream = stream or sys.stdout
        self.clock = clock
        self.over = self.stream.isatty()
        self.last = clock()
        self.width = 0

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.width:
            print(file=self.stream, flush=True)

    def say(self, text: str) -> None:
        """Show a text: at once on a terminal, elsewhere if the last one is old enough."""
        if self.over:
            text = text[: shutil.get_terminal_size().columns - 1]
            # Blanks hide what is left of a longer text, on any terminal.
            print(f"\r{text:{self.width}}", end="", file=self.stream, flush=True)
            self.width = len(text)
        elif self.clock() - self.last >= EVERY:
            print(text, file=self.stream, flush=True)
            self.last = self.clock()


def count(number: int, total: int) -> str:
    """Return how many are done of how many: ``[ 3/63]``."""
    return f"[{number:{len(str(total))}}/{total}]"
