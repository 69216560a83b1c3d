"""Spatial lag and spatial Durbin model of the share of units with a zone, by contiguity."""

from pilotzone.catalogue import Exhibit, Inference, grid

ZONE = {"outcome": "nqp_no_ecommerce", "treatment": "zone_share", "controls": "baseline"}
DRAWS = Inference("simulated", draws=5000, seed=20250307)
MODELS = {"weights": "contiguity", "estimator": ("sar", "sdm"), "inference": DRAWS}

EXHIBIT = Exhibit(
    title="Pilot zones and new quality productive forces: spatial lag and spatial Durbin model",
    title_zh="跨境电商综试区与新质生产力：空间滞后模型与空间杜宾模型",
    columns=grid(**ZONE, **MODELS, diagnostics=("municipalities",)),
)
