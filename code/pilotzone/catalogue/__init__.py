"""What may be asked for: records with their words in both languages, and what is made of them.

Standard library only.
"""

from pilotzone.catalogue.descriptions import Description
from pilotzone.catalogue.exhibit import Exhibit, Family, Figure, beside
from pilotzone.catalogue.inferences import Inference, crossing
from pilotzone.catalogue.lattice import Lattice
from pilotzone.catalogue.samples import Sample, cut
from pilotzone.catalogue.spec import Specification, grid

__all__ = [
    "Description",
    "Exhibit",
    "Family",
    "Figure",
    "Inference",
    "Lattice",
    "Sample",
    "Specification",
    "beside",
    "crossing",
    "cut",
    "grid",
]
