"""A multiverse: the estimates of all specifications in order, and what each choice shows."""

import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.plots import marks, sheet
from pilotzone.plots.source import Axes, Figure, Picture, number, p_text, say

FREE, CONTROL = "free", "control:"
# Inches.
LEFT, RIGHT, CURVE, LINE, BETWEEN = 2.55, 0.85, 1.7, 0.15, 0.3
WIDTH = sheet.FULL - LEFT - RIGHT
TESTS = ("median", "share_sign", "share_significant", "stouffer")


def draw(picture: Picture) -> Figure:
    """Return the curve above a dot for the median of every choice.

    The band holds 95 % of the curves under dealt roll-outs, point by point. A dot is filled where
    most specifications of a choice have the claimed sign and p < 0.05.
    """
    from pilotzone.plots.page import Page

    curve, choices, joint = picture.read("curve"), picture.read("choices"), picture.read()
    lines = _lines(choices, picture.lexicon)
    width = sheet.FULL
    foot = 2 * sheet.MARGIN + 2 * sheet.X_LABEL
    dashboard = LINE * len(lines)
    height = foot + dashboard + BETWEEN + CURVE + 2 * sheet.MARGIN
    figure = Page(width, height, picture.title, _notes(joint, picture.lexicon))
    box = (LEFT / width, foot / height, WIDTH / width, dashboard / height)
    below = figure.add_axes(box)
    box = (box[0], (foot + dashboard + BETWEEN) / height, box[2], CURVE / height)
    above = figure.add_axes(box, sharex=below)
    _curve(above, curve[curve["within"] == FREE])
    _choices(below, choices, lines)
    return figure


def _curve(axes: Axes, curve: pd.DataFrame) -> None:
    level = curve["level"].to_numpy()
    axes.fill_betweenx(level, curve["low"], curve["high"], color=marks.LIGHT, linewidth=0)
    axes.plot(curve["estimate"], level, color=marks.BLUE, linewidth=1.2)
    axes.axvline(0, **marks.ZERO)
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    axes.set_ylabel("% of specifications below")
    sheet.plain(axes)


def _lines(choices: pd.DataFrame, lexicon: Lexicon) -> list[tuple[str, int | None]]:
    """Return the text of each line, and the row of the table behind it; None for a head."""
    rows = choices[~choices["choice"].str.startswith(CONTROL)]
    lines: list[tuple[str, int | None]] = []
    for choice, block in rows.groupby("choice", sort=False):
        lines.append((lexicon.choice(choice), None))
        lines += [(_value(choice, v, lexicon), at) for at, v in block["value"].items()]
    held = choices[choices["choice"].str.startswith(CONTROL) & (choices["value"] == "with")]
    if len(held):
        lines.append((lexicon.choice("control"), None))
        names = held["choice"].str.removeprefix(CONTROL)
        lines += [(lexicon.variable(name), at) for at, name in names.items()]
    return lines


def _value(choice: str, value: str, lexicon: Lexicon) -> str:
    words = {
        "coding": lexicon.variable,
        "timing": lexicon.timing,
        "outcome": lexicon.variable,
        "sample": lexicon.sample,
        "effects": lexicon.effects,
        "estimator": lexicon.estimator,
        "controls": lexicon.controls,
    }
    return words[choice](value)


def _choices(axes: Axes, choices: pd.DataFrame, lines: list[tuple[str, int | None]]) -> None:
    for y, (_, at) in enumerate(lines):
        if at is None:
            continue
        row = choices.loc[at]
        face = marks.BLUE if row["share_significant"] > 0.5 else "white"
        axes.plot(row["median"], y, "o", color=marks.BLUE, markerfacecolor=face, markersize=3.5)
        text = f"{100 * row['share_sign']:.0f} / {100 * row['share_significant']:.0f}"
        place = {"xy": (1.02, y), "xycoords": ("axes fraction", "data")}
        axes.annotate(
            text, **place, fontsize=sheet.SMALL_POINTS, va="center", annotation_clip=False
        )
    axes.axvline(0, **marks.ZERO)
    axes.set_yticks(range(len(lines)), [text for text, _ in lines], fontsize=sheet.SMALL_POINTS)
    for label, (_, at) in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_weight("bold" if at is None else "normal")
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_xlabel("Estimate in standard deviations of the outcome")
    sheet.plain(axes)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=marks.LIGHT, linewidth=0.4)
    axes.set_axisbelow(True)


def _notes(joint: pd.DataFrame, lexicon: Lexicon) -> list[str]:
    mine = joint[joint["within"] == FREE].set_index("statistic")
    first = mine.iloc[0]
    tests = [
        say(
            "joint_test",
            lexicon,
            name=lexicon.word(name, phrasebook.JOINT),
            value=number(mine.loc[name, "value"]),
            p=p_text(mine.loc[name, "p_value"]),
        )
        for name in TESTS
    ]
    counts = {name: f"{int(first[name]):,}" for name in ("specifications", "permutations")}
    return [
        say("multiverse", lexicon, **counts),
        say("joint_tests", lexicon, tests=lexicon.mark("semicolon").join(tests)),
    ]
