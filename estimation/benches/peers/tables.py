#!/usr/bin/env python3
"""tables.py DIR TOOL JOB: the jobs of benches/tables.rs by svy (Rust kernels under Python) or by plain numpy.

DIR holds the Parquet files that `cargo bench --bench tables -- write DIR` makes; TOOL is svy, numpy or csv (writes
DIR/JOB.csv for R); JOB is national, million or ten-million, with -cells for the 126 domains province x sex.
"""
import resource
import statistics
import sys
import time

import numpy as np
import polars as pl

folder, tool, job = sys.argv[1:4]
by_cells = job.endswith("-cells")
data = pl.read_parquet(f"{folder}/{job.removesuffix('-cells')}.parquet")
items = sorted((c for c in data.columns if c[0] == "q"), key=lambda c: int(c[1:]))
runs = 1 if tool == "svy" and job == "million-cells" else 3


def with_svy():
    import svy

    sample = svy.Sample(data=data, design=svy.Design(stratum="strat", psu="psu", wgt="w"))
    if by_cells:
        return sample.estimation.mean(items, by=("province", "sex"), drop_nulls=True)
    return sample.estimation.mean(items, drop_nulls=True)


def with_numpy():
    """Linearised domain means, item by item: the floor of what plain arrays cost."""
    w = data["w"].to_numpy()
    key = data["strat"].to_numpy().astype(np.int64) * 1_000_000 + data["psu"].to_numpy().astype(np.int64)
    _, psu = np.unique(key, return_inverse=True)
    stratum = np.zeros(psu.max() + 1, np.int64)
    stratum[psu] = data["strat"].to_numpy().astype(np.int64)
    n_h = np.bincount(stratum).astype(float)
    cells = data["province"].to_numpy() * 2 + data["sex"].to_numpy()
    domain = cells.astype(np.int64) if by_cells else np.zeros(len(w), np.int64)
    k, p = domain.max() + 1, len(stratum)
    results = []
    for item in items:
        y = data[item].fill_null(np.nan).to_numpy()
        answered = ~np.isnan(y)
        wa, y = w * answered, np.where(answered, y, 0.0)
        total = np.bincount(domain, wa, k)
        mean = np.bincount(domain, wa * y, k) / total
        u = wa * (y - mean[domain]) / total[domain]
        z = np.bincount(psu * k + domain, u, p * k).reshape(p, k)
        sums, squares = np.zeros((len(n_h), k)), np.zeros((len(n_h), k))
        np.add.at(sums, stratum, z)
        np.add.at(squares, stratum, z * z)
        variance = ((n_h / (n_h - 1))[:, None] * (squares - sums * sums / n_h[:, None])).sum(0)
        results.append((mean, np.sqrt(variance)))
    return results


if tool == "csv":
    data.write_csv(f"{folder}/{job}.csv")
    sys.exit()
seconds, busy = [], time.process_time()
for _ in range(runs):
    start = time.perf_counter()
    result = {"svy": with_svy, "numpy": with_numpy}[tool]()
    seconds.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{tool} {job}: median {statistics.median(seconds):.3f} s {[round(s, 3) for s in seconds]}, processor {(time.process_time() - busy) / runs:.3f} s a run, peak {peak:.0f} MB")
if tool == "numpy":
    print(f"  first: est {result[0][0][0]:.12f} se {result[0][1][0]:.12f}")
