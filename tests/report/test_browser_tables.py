"""Tables of the report in headless Chromium: sorting."""

from pilotzone.claims.facts import Verdict
from pilotzone.claims.studies import claims

ENTER = "\ue007"


def test_the_board_is_sorted_up_down_and_as_printed(fresh):
    printed = fresh.column("claims-board", 5)
    button = "#claims-board thead tr > :nth-child(6) button"
    state = "return document.querySelector('#claims-board thead tr > :nth-child(6)').ariaSort"
    fresh.run("document.querySelector(arguments[0]).focus()", button)
    for direction, reverse in (("ascending", False), ("descending", True)):
        fresh.press(ENTER)
        assert fresh.run(state) == direction
        cells = fresh.column("claims-board", 5)
        values = [float(cell.replace("−", "-")) for cell in cells if cell]
        assert values == sorted(values, reverse=reverse)
        # What has no number stands last, whatever the direction.
        assert cells[len(values) :] == [""] * (len(cells) - len(values))
        assert sorted(cells) == sorted(printed)
    fresh.press(ENTER)
    assert fresh.run(state) == "none"
    assert fresh.column("claims-board", 5) == printed


def test_verdicts_are_sorted_by_their_rank(fresh):
    fresh.run("document.querySelector('#claims-board thead tr > :nth-child(4) button').click()")
    order = list(Verdict)
    shown = fresh.run(
        "return [...document.querySelectorAll('#claims-board tbody .verdict')]"
        ".map(verdict => verdict.textContent)"
    )
    ranks = [order.index(verdict.split(" ", 1)[1]) for verdict in shown]
    assert len(ranks) == len(claims())
    assert ranks == sorted(ranks)


def test_a_table_is_sorted_within_its_panels_and_lines_keep_what_hangs_on_them(fresh):
    lines = (
        "return [...document.querySelectorAll('#table-continuous_treatment tbody')].map(body =>"
        " [...body.rows].map(row => [...row.cells].map(cell => cell.textContent)))"
    )
    fresh.run("location.hash = '#table-continuous_treatment'")
    fresh.wait("return document.querySelector('#table-continuous_treatment button') !== null")
    before = fresh.run(lines)
    fresh.run(
        "const p = document.querySelectorAll('#table-continuous_treatment thead button')[2];"
        "p.click(); p.click()"
    )
    after = fresh.run(lines)
    assert after != before
    # The title of a panel and, where a block begins, the heads again stay above its lines.
    tops = [2 if rows[1][1] == "Estimate" else 1 for rows in before]
    assert set(tops) == {1, 2}
    for top, old, new in zip(tops, before, after, strict=True):
        assert new[:top] == old[:top]
        assert sorted(new) == sorted(old)
        assert sorted(hanging(new)) == sorted(hanging(old))
        values = [row[3] for row in new[top:] if not row[0].startswith("·")]
        numbers = [float(value) for value in values if value]
        assert numbers == sorted(numbers, reverse=True)


def hanging(rows):
    """Yield the lines that start with a dot, each with the line that it hangs on."""
    head = None
    for row in rows:
        if row[0].startswith("·"):
            yield head, tuple(row)
        else:
            head = tuple(row)
