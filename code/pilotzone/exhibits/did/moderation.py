"""Digital finance as moderator, the outcome rebuilt without it, and net of its own path."""

from pilotzone.catalogue import Exhibit, Figure, beside, grid

OUTCOMES = ("nqp_no_digital_finance", "nqp_no_ecommerce_no_digital_finance")
ZONES = {"treatment": ("zone_first", "zone_share"), "controls": ("none", "baseline")}
SHARED = {**ZONES, "outcome": OUTCOMES, "estimator": "moderation", "role": "heterogeneity"}
MODERATOR = ("moderator", "digital_finance_index")
PUBLISHED = tuple(
    column
    for timing in ("initial", "contemporaneous")
    for column in grid(**SHARED, variant=timing, options=(MODERATOR, ("timing", timing)))
)
INITIAL = tuple(column for column in PUBLISHED if column.variant == "initial")
TRENDS = {"among": PUBLISHED, "effects": "unit_trends+moderator_year"}

EXHIBIT = Exhibit(
    title="Moderation by digital finance",
    title_zh="数字金融的调节作用",
    columns=(
        *PUBLISHED,
        *beside(PUBLISHED, "moderator_year", effects="moderator_year"),
        *beside(INITIAL, "moderator_year_trends", **TRENDS),
    ),
    layout="list",
    figure=Figure(
        kind="marginal_effect",
        title="Marginal effect along digital finance",
        choices=(
            ("effects", "two_way moderator_year"),
            ("variant", "initial"),
            ("controls", "none"),
        ),
    ),
    notes=(
        "The moderator has mean 0 and standard deviation 1 over the sample. Contemporaneous "
        "digital finance may itself answer to the zones; its value of 2013 cannot.",
        "Without moderator × year effects the product also holds the path that provinces rich in "
        "digital finance were on anyway. The forms with these effects are those to read.",
    ),
    notes_zh=(
        "调节变量在样本内标准化为均值0、标准差1。当年的数字金融本身可能受综试区影响；其2013年"
        "的值则不会。",
        "若不含调节变量×年份效应，交互项还包含数字金融水平较高省份原有的走势。应以含该效应的形式"
        "为准。",
    ),
)
