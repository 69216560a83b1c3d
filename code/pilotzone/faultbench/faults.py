"""Every fault: where it enters, and which tables can have it."""

import dataclasses
from collections.abc import Callable

from pilotzone.faultbench import data_faults as data
from pilotzone.faultbench import print_faults as printing
from pilotzone.faultbench import run_faults as running

DATA, RUN, PRINT = "data", "run", "print"
PANELS = ("provinces", "cities")
PROVINCES = ("provinces", "spatial")
ANY = ("provinces", "cities", "index", "spatial", "event")
# What the key says of a table without a fault.
NONE = "none"


@dataclasses.dataclass(frozen=True)
class Fault:
    """A fault that can be planted.

    Attributes
    ----------
    stage : data, run or print: what it is done to.
    plant : the function that does it; its docstring says what.
    scenes : names of the tables that can have it.
    needs, lacks : cells that such a table prints, and that it does not print.
    shown : whether controls have rows; None where either will do.
    """

    stage: str
    plant: Callable[..., object]
    scenes: tuple[str, ...] = PANELS
    needs: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    shown: bool | None = None

    @property
    def words(self) -> str:
        """What is wrong, in a sentence."""
        return self.plant.__doc__


FAULTS: dict[str, Fault] = {
    one.plant.__name__: one
    for one in (
        Fault(DATA, data.batch_misdated, (*PROVINCES, "cities", "event")),
        Fault(DATA, data.never_treated_late, (*PROVINCES, "cities", "event")),
        Fault(DATA, data.interpolated_gaps, ("cities",)),
        Fault(DATA, data.two_vintages),
        Fault(DATA, data.duplicated_rows),
        Fault(DATA, data.index_weights_sum, ("index",)),
        Fault(DATA, data.index_log_t, ("index",)),
        Fault(DATA, data.index_sign, ("index",)),
        Fault(RUN, running.small_sample_rule),
        Fault(RUN, running.singletons_kept, ("cities",)),
        Fault(RUN, running.missing_effect),
        Fault(RUN, running.misaligned_weights, ("spatial",)),
        Fault(RUN, running.winsorised_unsaid),
        Fault(RUN, running.log_unsaid),
        Fault(RUN, running.weights_unsaid),
        Fault(RUN, running.lag_unsaid),
        Fault(RUN, running.unit_left_out),
        Fault(RUN, running.missing_control, shown=False),
        Fault(RUN, running.collinear_dropped, ("all_treated",)),
        Fault(RUN, running.wrong_cluster),
        Fault(RUN, running.robust_errors),
        Fault(RUN, running.few_draws, ("bootstrap",)),
        Fault(RUN, running.other_software),
        Fault(RUN, running.outcome_shifted),
        Fault(RUN, running.search_unsaid),
        Fault(PRINT, printing.stars_reversed, ANY),
        Fault(PRINT, printing.one_sided_stars, ANY),
        Fault(PRINT, printing.normal_p, PROVINCES, needs=("p",)),
        Fault(PRINT, printing.t_as_error, ANY, lacks=("t",)),
        Fault(PRINT, printing.interval_90, ANY, needs=("interval",)),
        Fault(PRINT, printing.other_sample_n, ANY),
        Fault(PRINT, printing.cluster_count),
        Fault(PRINT, printing.swapped_columns, ANY, shown=True),
        Fault(PRINT, printing.copied_column, ANY, shown=True),
        Fault(PRINT, printing.swapped_labels, PANELS, shown=True),
        Fault(PRINT, printing.sign_lost, ANY),
        Fault(PRINT, printing.typed_digit, ANY),
    )
}
