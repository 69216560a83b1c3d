"""Descriptive statistics of outcomes, treatments, controls and indicators."""

from pilotzone.catalogue import Description, Exhibit
from pilotzone.catalogue.controls import variables
from pilotzone.catalogue.indicators import NQP
from pilotzone.catalogue.treatments import CODINGS

INDICES = ("nqp", "nqp_no_ecommerce")
VARIABLES = (*INDICES, *CODINGS, "cbec_proxy", *variables("baseline"), *NQP.ids)

EXHIBIT = Exhibit(
    title="Descriptive statistics",
    title_zh="描述性统计",
    describe=Description(kind="descriptives", sample="main", variables=VARIABLES),
)
