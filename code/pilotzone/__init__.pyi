from pilotzone.api import (
    Fit as Fit,
)
from pilotzone.api import (
    Staggered as Staggered,
)
from pilotzone.api import (
    Table as Table,
)
from pilotzone.api import (
    UserError as UserError,
)
from pilotzone.api import (
    att_gt as att_gt,
)
from pilotzone.api import (
    bounds as bounds,
)
from pilotzone.api import (
    dagum as dagum,
)
from pilotzone.api import (
    dose_dynamic as dose_dynamic,
)
from pilotzone.api import (
    entropy_index as entropy_index,
)
from pilotzone.api import (
    event_study as event_study,
)
from pilotzone.api import (
    example as example,
)
from pilotzone.api import (
    example_weights as example_weights,
)
from pilotzone.api import (
    extended_twfe as extended_twfe,
)
from pilotzone.api import (
    form_test as form_test,
)
from pilotzone.api import (
    goodman_bacon as goodman_bacon,
)
from pilotzone.api import (
    honest_did as honest_did,
)
from pilotzone.api import (
    imputation as imputation,
)
from pilotzone.api import (
    interactive_effects as interactive_effects,
)
from pilotzone.api import (
    lm_tests as lm_tests,
)
from pilotzone.api import (
    local_projection as local_projection,
)
from pilotzone.api import (
    matrix_completion as matrix_completion,
)
from pilotzone.api import (
    moran as moran,
)
from pilotzone.api import (
    multiverse as multiverse,
)
from pilotzone.api import (
    negative_weights as negative_weights,
)
from pilotzone.api import (
    placebo as placebo,
)
from pilotzone.api import (
    poisson as poisson,
)
from pilotzone.api import (
    sar as sar,
)
from pilotzone.api import (
    sdm as sdm,
)
from pilotzone.api import (
    sem as sem,
)
from pilotzone.api import (
    slx as slx,
)
from pilotzone.api import (
    stacked as stacked,
)
from pilotzone.api import (
    sun_abraham as sun_abraham,
)
from pilotzone.api import (
    synthetic_control as synthetic_control,
)
from pilotzone.api import (
    synthetic_did as synthetic_did,
)
from pilotzone.api import (
    table as table,
)
from pilotzone.api import (
    twfe as twfe,
)
from pilotzone.api import (
    two_stage as two_stage,
)
from pilotzone.api import (
    wild_bootstrap as wild_bootstrap,
)

__version__: str
__all__: list[str]
