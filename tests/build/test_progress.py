"""The line of progress: written over on a terminal, now and then a new one elsewhere."""

import io

import pytest

from pilotzone.build import progress


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def clock():
    """Return a clock that is set by hand."""

    class Clock:
        now = 100.0

        def __call__(self):
            return self.now

    return Clock()


def test_a_terminal_shows_each_text_in_one_line(monkeypatch, clock):
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    with progress.Line(stream, clock) as line:
        line.say("[1/2] a_long_name")
        line.say("[2/2] b")
        line.say("[2/2] a name that is wider than the terminal")
    shown = stream.getvalue()
    assert shown == "\r[1/2] a_long_name\r[2/2] b          \r[2/2] a name that i\n"


def test_elsewhere_a_line_comes_after_fifteen_seconds(clock):
    stream = io.StringIO()
    with progress.Line(stream, clock) as line:
        for second in range(40):
            clock.now = 100.0 + second
            line.say(f"{second} s")
    assert stream.getvalue() == "15 s\n30 s\n"


def test_nothing_said_leaves_no_line(clock):
    for stream in (Terminal(), io.StringIO()):
        with progress.Line(stream, clock):
            pass
        assert stream.getvalue() == ""


def test_a_count_is_as_wide_as_its_end():
    assert [progress.count(3, total) for total in (9, 63)] == ["[3/9]", "[ 3/63]"]
