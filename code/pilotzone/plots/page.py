"""A page: a figure as wide as a journal's text or half of it, and its caption, which is no part
of the picture.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure


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
        super().__init__(figsize=(width, height))
        self.title, self.notes = " · ".join(title.split("\n")), tuple(notes)
        # The same notes in Chinese, where somebody asks for them.
        self.translated: tuple[str, ...] = ()
