"""Item 2: own analytic error of DID_1, to name the rule that moderndid and the port follow."""
import numpy as np, pandas as pd
from common import Rows, GOLD
R = Rows("dcdh_se"); c = lambda d, k, i: d.pivot(index=i, columns="year", values=k).to_numpy(float)
def did1(Y, D):
    n, T = Y.shape; sw = D != D[:, :1]; F = np.where(sw.any(1), sw.argmax(1), 99); size = np.array([round(D[i, F[i]], 9) if F[i] < 99 else -1 for i in range(n)]); dY = np.diff(Y, axis=1); U = np.zeros(n); e = N1 = 0
    for f in range(1, T):
        s, k = np.where(F == f)[0], np.where(F > f)[0]
        if not len(s) or not len(k): continue
        d = dY[:, f - 1]; pool = np.r_[s, k]; e += d[s].sum() - len(s) * d[k].mean(); N1 += len(s)
        for i in s:
            co = s[size[s] == size[i]]; co = co if len(co) > 1 else pool; U[i] += (d[i] - d[co].mean()) * np.sqrt(len(co) / (len(co) - 1))
        co = k if len(k) > 1 else pool; U[k] -= len(s) / len(k) * (d[k] - d[co].mean()) * np.sqrt(len(co) / (len(co) - 1))
    return e / N1, np.sqrt((U ** 2).sum()) / N1
p = pd.read_csv(GOLD / "panel.csv"); z = pd.read_csv(GOLD / "province_2013_2019.csv")
for nm, a in (("dcdh_panel", (c(p, "y", "unit"), c(p, "d", "unit"))), ("dcdh_zone_share_nqp", (c(z, "nqp", "province_code"), c(z, "zone_share", "province_code"))), ("dcdh_zone_share_nqp_no_ecommerce", (c(z, "nqp_no_ecommerce", "province_code"), c(z, "zone_share", "province_code")))):
    R.add(nm, "effect_1", *did1(*a), f"own numpy {np.__version__}, analytic", "tol 1e-6; changes demeaned within cohort = same switch year and same first dose, times sqrt(m/(m-1)) with m its size; a cohort of one is demeaned with all switchers and controls of that year; controls demeaned among not-yet-switched; sqrt(sum U^2)/switchers | VERDICT target")
R.save()
