#!/usr/bin/env python3
"""svy_select.py FOLDER N JOB n RUNS: svy on a frame of make_frame.py; one line: tool, version, job, N, n, ms, peak MB."""
import resource
import statistics
import sys
import time

import numpy as np
import polars as pl
import svy

folder, size, job, n, runs = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
sizes = np.fromfile(f"{folder}/sizes_{size}.f64", "<f8")
columns = {"unit": np.arange(size), "size": sizes}
if job == "national":
    columns["stratum"] = np.fromfile(f"{folder}/strata_{size}.i32", "<i4")
frame = pl.DataFrame(columns)
design = svy.Design(stratum="stratum", mos="size") if job == "national" else svy.Design(mos="size")


def once():
    sample = svy.Sample(data=frame, design=design).sampling
    if job == "national":
        return sample.pps_sys(n, rstate=1)
    return getattr(sample, f"pps_{job}")(n, rstate=1)


times = []
for _ in range(runs):
    start = time.perf_counter()
    once()
    times.append((time.perf_counter() - start) * 1000)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"svy\t{svy.__version__}\t{job}\t{size}\t{n}\t{statistics.median(times):.2f}\t{peak:.0f}", flush=True)
