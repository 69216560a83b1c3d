"""What a run of ``make policy`` asks for, each choice refused by name if it is none."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

from pilotzone.catalogue.names import known
from pilotzone.catalogue.policies import ROSTERS, policy_id
from pilotzone.catalogue.treatments import TIMINGS
from pilotzone.errors import UserError
from pilotzone.panels.policies import rosters
from pilotzone.panels.raw import Places
from pilotzone.panels.raw.policies import DERIVED, Roster
from pilotzone.panels.store import Panel
from pilotzone.reader.panel_config import FIRST_UNDRAWN, GENERATED, TREATED
from pilotzone.reader.policy_panel import OPEN, Coding
from pilotzone.reader.roster import read_roster, refuse_later
from pilotzone.textfile import shown

# The first of each is the main one.
PANEL, TIMING, MEASURE = "city", "half_year", "first"
LATER = ("refuse", "untreated")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run asks for; an empty choice is the main one.

    Attributes
    ----------
    policy : name of a roster of the project.
    roster : a reader's file, in place of a policy.
    panel, outcome : an open panel and a column of it.
    coding, timing, measure : see :class:`pilotzone.reader.policy_panel.Coding`.
    later : what becomes of a reader's dates behind the panel, one of :data:`LATER`.
    """

    policy: str = ""
    roster: str = ""
    panel: str = ""
    outcome: str = ""
    coding: str = ""
    timing: str = ""
    measure: str = ""
    later: str = ""

    @property
    def folder(self) -> str:
        """Name of a run's folder: the policy, and every choice that is not the main one."""
        name = self.policy or re.sub(r"\W+", "_", Path(self.roster).stem) or "roster"
        return "_".join(filter(None, (name, self.coding, self.timing, self.measure)))


def coding(asked: Asked, panel: Panel, places: Places) -> tuple[Coding, str]:
    """Return the coding that a run asks for, and the file of its roster.

    Raises UserError if neither or both of policy and roster are named, a choice is not known, or
    the reader's roster cannot be used.
    """
    known("timing", asked.timing or TIMING, TIMINGS)
    known("measure", asked.measure or MEASURE, OPEN[panel.id].measures, f"{panel.id} panel: ")
    known("later", asked.later or LATER[0], LATER)
    if bool(asked.policy) == bool(asked.roster):
        raise UserError(
            "give one of POLICY and ROSTER: make policy POLICY=low_carbon PANEL=city "
            f"OUTCOME=nqp_city; policies: {', '.join(ROSTERS)}"
        )
    made = _of_project(asked, places) if asked.policy else _of_reader(asked, panel, places)
    chosen = asked.coding or made.roster.codings[0]
    choices = {"timing": asked.timing or TIMING, "measure": asked.measure or MEASURE}
    named = dataclasses.replace(made, coding=chosen, **choices)
    return named, Path(asked.roster).name if asked.roster else file_of(asked.policy)


def _of_project(asked: Asked, places: Places) -> Coding:
    known("policy", asked.policy, ROSTERS)
    made = rosters(places.policies, places.pilot_zones)[asked.policy]
    return _one(made, asked.policy, asked.coding)


def _of_reader(asked: Asked, panel: Panel, places: Places) -> Coding:
    made, table = read_roster(Path(asked.roster), places)
    known("coding", asked.coding or made.codings[0], made.codings, f"{table.name}: ")
    if asked.later != "untreated":
        last = int(panel.treatments[panel.period].max())
        refuse_later(table, made, asked.coding, places, last)
    said = _words(asked.coding, "own coding") if asked.coding else ("", "")
    words = _words(shown(made.name), GENERATED[TREATED][0])
    return Coding(roster=made, words=words, id=TREATED, said=said)


def _words(text: str, english: str) -> tuple[str, str]:
    """Return a reader's name in both languages; the figures have no font for a Chinese one."""
    return (english, text) if max(text) >= FIRST_UNDRAWN else (text, text)


def _one(made: Roster, name: str, chosen: str) -> Coding:
    """Return a policy of the project in a coding; its label names one that is not the main one."""
    policy = ROSTERS[name]
    known("coding", chosen or made.codings[0], made.codings, f"{name}: ")
    several = len(policy.codings) > 1
    said = policy.codings[chosen or made.codings[0]] if several else ("", "")
    return Coding(
        roster=made, words=policy.words, id=policy_id(name, chosen), coding=chosen, said=said
    )


def file_of(name: str) -> str:
    """Return the file below the root from which a roster is read."""
    return f"data/raw/{name}.csv" if name == DERIVED else f"data/raw/policies/{name}.csv"


def every(panel: Panel, places: Places) -> Iterator[Coding]:
    """Yield all policies in all codings and measures by all rules of timing."""
    for name, made in rosters(places.policies, places.pilot_zones).items():
        for chosen in made.codings:
            one = _one(made, name, chosen)
            for measure in OPEN[panel.id].measures:
                for timing in TIMINGS:
                    yield dataclasses.replace(one, measure=measure, timing=timing)
