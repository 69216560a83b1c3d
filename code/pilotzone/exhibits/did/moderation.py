"""Digital finance as moderator, the outcome rebuilt without it."""

from pilotzone.catalogue import Exhibit, Figure, grid

OUTCOMES = ("nqp_no_digital_finance", "nqp_no_ecommerce_no_digital_finance")
ZONES = {"treatment": ("zone_first", "zone_share"), "controls": ("none", "baseline")}
SHARED = {**ZONES, "outcome": OUTCOMES, "estimator": "moderation", "role": "heterogeneity"}
MODERATOR = ("moderator", "digital_finance_index")

EXHIBIT = Exhibit(
    title="Moderation by digital finance",
    title_zh="数字金融的调节作用",
    columns=tuple(
        column
        for timing in ("initial", "contemporaneous")
        for column in grid(**SHARED, variant=timing, options=(MODERATOR, ("timing", timing)))
    ),
    figure=Figure(kind="marginal_effect", title="Marginal effect along digital finance"),
    notes=(
        "The moderator has mean 0 and standard deviation 1 over the sample. Contemporaneous "
        "digital finance may itself answer to the zones; its value of 2013 cannot.",
    ),
    notes_zh=(
        "调节变量在样本内标准化为均值0、标准差1。当年的数字金融本身可能受综试区影响；其2013年"
        "的值则不会。",
    ),
)
