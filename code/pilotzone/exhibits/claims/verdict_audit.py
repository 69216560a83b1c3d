"""How often each verdict errs, on made-up worlds on the real roll-outs."""

from pilotzone.catalogue import Description, Exhibit

EXHIBIT = Exhibit(
    title="How often the rules err: verdicts on worlds whose truth is known",
    title_zh="结论规则的错误率：在已知真相的模拟世界中的结论",
    describe=Description(
        kind="verdict_audit", draws=400, seed=20261129, options=(("permutations", 199),)
    ),
    built_by="bench",
    notes=(
        "Own trends: each unit's slope before 2016, no effect. Shared trends: the same, smoothed "
        "over neighbours. Size: all units grow at one rate. Mirrored: own trends against a true "
        "effect. Noise: first-order with the size and persistence of the residuals, or the units' "
        "own residual paths with random signs. A claim stands alone in its family, which is the "
        "most that Holm allows. Bounds of the rules were mended on these same worlds, so that "
        "shares near a bar are flattered. Breaks that fall on the adoption itself are in no world.",
    ),
    notes_zh=(
        "自身趋势：各个体2016年前的斜率，无效应。共享趋势：同上，经邻居平滑。规模：各个体以同一速率增长。"
        "相逆：自身趋势与真实效应相反。噪声：与残差同等大小与持续性的一阶自回归，或各个体自身的残差路径"
        "乘以随机符号。论断在其族中单独出现，为Holm校正最宽松的情形。规则的界限即据这些世界修正，"
        "接近界限的占比因而偏乐观。恰与设立同时发生的突变不在任何世界中。",
    ),
)
