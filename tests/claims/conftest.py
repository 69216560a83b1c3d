"""The claims on the committed estimates, which several files look at, made once."""

import pytest

from pilotzone.claims import board


@pytest.fixture(scope="session")
def output(root):
    return root / "output/estimates"


@pytest.fixture(scope="session")
def parts(output, once):
    """The parts of the board."""
    return once("board", lambda: board.board(output))


@pytest.fixture(scope="session")
def checked(output, once):
    """The parts of its checks."""
    return once("board-checks", lambda: board.checks(output))
