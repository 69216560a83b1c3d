"""Spatial Durbin model with the treatment times digital finance."""

from pilotzone.catalogue import Exhibit, grid

INDEX = {"outcome": "nqp_no_ecommerce_no_digital_finance", "weights": "contiguity"}
OPTIONS = (("moderator", "digital_finance_index"), ("timing", "initial"))
SHARED = {**INDEX, "estimator": "sdm_moderation", "options": OPTIONS, "role": "heterogeneity"}

EXHIBIT = Exhibit(
    title="Spatial Durbin model: moderation by digital finance",
    title_zh="空间杜宾模型：数字金融的调节作用",
    columns=(
        *grid(**SHARED, treatment=("zone_share", "zone_first"), controls="baseline"),
        *grid(**SHARED, treatment="cbec_proxy", controls="without_openness"),
    ),
    layout="list",
    notes=("Digital finance of 2013, mean 0 and standard deviation 1; the outcome is without it.",),
    notes_zh=("数字金融取2013年的值，均值0、标准差1；被解释变量不含数字金融。",),
)
