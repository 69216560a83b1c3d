r"""Indices of financing constraints from a firm's accounts: pure functions on arrays.

Each is a linear score with coefficients that its authors estimated on firms of the United States;
a larger value stands for tighter constraints. On other firms the level says little and the score
is used as a ranking. All arguments are (N,); a missing value, or a zero below a line, gives NaN.
"""

import numpy as np

# Hadlock and Pierce: size, its square, age.
SA = (-0.737, 0.043, -0.040)
# Whited and Wu: cash flow, dividend payer, long-term debt, size, sales growth of industry and firm.
WW = (-0.091, -0.062, 0.021, -0.044, 0.102, -0.035)
# Lamont, Polk and Saá-Requejo: cash flow, Tobin's q, debt, dividends, cash.
KZ = (-1.001909, 0.2826389, 3.139193, -39.36780, -1.314759)
PER_MILLION = 1e6


def over(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Return a ratio (N,), NaN where the denominator is zero."""
    below = np.where(denominator == 0, np.nan, denominator)
    return numerator / below


def sa_index(total_assets: np.ndarray, age: np.ndarray) -> np.ndarray:
    r"""Size-age index, −0.737 Size + 0.043 Size² − 0.040 Age, Size = ln(assets in millions).

    Hadlock and Pierce (2010, Review of Financial Studies 23(5), 1909-1940). They cap size at the
    logarithm of 4,500 million dollars of 2004 and age at 37 years; studies of Chinese firms, like
    this function, do neither and take millions of yuan.

    Parameters
    ----------
    total_assets : (N,) in units of money (yuan).
    age : (N,) years since the firm was listed.
    """
    size = np.log(np.where(total_assets > 0, total_assets, np.nan) / PER_MILLION)
    return SA[0] * size + SA[1] * size**2 + SA[2] * age


def ww_index(
    cash_flow: np.ndarray,
    dividends: np.ndarray,
    long_term_debt: np.ndarray,
    total_assets: np.ndarray,
    industry_growth: np.ndarray,
    sales_growth: np.ndarray,
) -> np.ndarray:
    r"""Whited-Wu index.

    −0.091 CF/A − 0.062 1{DIV > 0} + 0.021 LTD/A − 0.044 ln A + 0.102 ISG − 0.035 SG.
    Whited and Wu (2006, Review of Financial Studies 19(2), 531-559), equation 13, on quarterly
    accounts; applied work takes years.

    Parameters
    ----------
    cash_flow : (N,) net profit plus depreciation and amortisation.
    dividends : (N,) cash dividends of the year.
    long_term_debt, total_assets : (N,) in units of money; ln A is of millions.
    industry_growth, sales_growth : (N,) growth of revenue of the industry and of the firm, shares.
    """
    assets = np.where(total_assets > 0, total_assets, np.nan)
    pays = np.where(np.isnan(dividends), np.nan, dividends > 0)
    parts = (
        over(cash_flow, assets),
        pays,
        over(long_term_debt, assets),
        np.log(assets / PER_MILLION),
        industry_growth,
        sales_growth,
    )
    return sum(weight * part for weight, part in zip(WW, parts, strict=True))


def kz_index(
    cash_flow: np.ndarray,
    tobin_q: np.ndarray,
    debt: np.ndarray,
    equity: np.ndarray,
    dividends: np.ndarray,
    cash: np.ndarray,
    capital_before: np.ndarray,
) -> np.ndarray:
    r"""Kaplan-Zingales index.

    −1.001909 CF/K + 0.2826389 Q + 3.139193 D/(D + E) − 39.36780 DIV/K − 1.314759 C/K, with K the
    fixed assets at the end of the year before.
    Kaplan and Zingales (1997, Quarterly Journal of Economics 112(1), 169-215), in the linear form
    of Lamont, Polk and Saá-Requejo (2001, Review of Financial Studies 14(2), 529-554), appendix.

    Parameters
    ----------
    cash_flow : (N,) net profit plus depreciation and amortisation.
    tobin_q : (N,) (assets − book equity + market value of equity) / assets.
    debt, equity : (N,) book values.
    dividends, cash : (N,) cash dividends, cash and equivalents.
    capital_before : (N,) fixed assets at the end of the year before.
    """
    parts = (
        over(cash_flow, capital_before),
        tobin_q,
        over(debt, debt + equity),
        over(dividends, capital_before),
        over(cash, capital_before),
    )
    return sum(weight * part for weight, part in zip(KZ, parts, strict=True))


def industry_growth(revenue: np.ndarray, before: np.ndarray, cell: np.ndarray) -> np.ndarray:
    r"""Growth of revenue of each row's industry in its year, Σ S_t / Σ S_{t−1} − 1, shape (N,).

    Parameters
    ----------
    revenue, before : (N,) revenue of the year and of the year before; a row that lacks one of them
        enters neither sum.
    cell : (N,) labels of industry by year.
    """
    both = np.isfinite(revenue) & np.isfinite(before)
    _, codes = np.unique(cell, return_inverse=True)
    now, then = (np.bincount(codes, np.where(both, values, 0.0)) for values in (revenue, before))
    return over(now, then)[codes] - 1
