"""A page: a figure as wide as a journal's text or half of it, and its caption, which is no part
of the picture.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar

from matplotlib.figure import Figure

_NOTES_ALONE: ContextVar[bool] = ContextVar("notes_alone", default=False)


class _NotedError(Exception):
    """A page is begun, and nobody wants to see it."""


def notes_of(draw: Callable[[], Figure]) -> tuple[str, ...]:
    """Return the notes of what a function draws; it ends where its page begins."""
    token = _NOTES_ALONE.set(True)
    try:
        return draw().notes
    except _NotedError as noted:
        return noted.args
    finally:
        _NOTES_ALONE.reset(token)


class Page(Figure):
    """A matplotlib figure that carries its title and notes as text.

    Parameters
    ----------
    width, height : float
        Inches.
    title : str
    notes : sequence of str
        What the caption says below the title, a sentence or more each.
    """

    def __init__(self, width: float, height: float, title: str, notes: Sequence[str]) -> None:
        if _NOTES_ALONE.get():
            raise _NotedError(*notes)
        super().__init__(figsize=(width, height))
        self.title, self.notes = " · ".join(title.split("\n")), tuple(notes)
        # The same notes in Chinese, where somebody asks for them.
        self.translated: tuple[str, ...] = ()
