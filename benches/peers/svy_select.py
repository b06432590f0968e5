#!/usr/bin/env python3
"""svy_select.py FOLDER N JOB RUNS: svy on a frame of make_frame.py; one line a job: tool, job, N, milliseconds."""
import statistics
import sys
import time

import numpy as np
import polars as pl
import svy

folder, n, job, runs = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
sizes = np.fromfile(f"{folder}/sizes_{n}.f64", "<f8")
columns = {"unit": np.arange(n), "size": sizes}
if job == "national":
    columns["stratum"] = np.fromfile(f"{folder}/strata_{n}.i32", "<i4")
frame = pl.DataFrame(columns)
design = svy.Design(stratum="stratum", mos="size") if job == "national" else svy.Design(mos="size")


def once():
    sample = svy.Sample(data=frame, design=design).sampling
    if job == "national":
        return sample.pps_sys(300, rstate=1)
    return getattr(sample, f"pps_{job}")(200, rstate=1)


times = []
for _ in range(runs):
    start = time.perf_counter()
    once()
    times.append((time.perf_counter() - start) * 1000)
print(f"svy {svy.__version__}\t{job}\t{n}\t{statistics.median(times):.1f}", flush=True)
