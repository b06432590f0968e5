#!/usr/bin/env python3
"""make_frame.py FOLDER N...: frames for timing, the same for every tool. sizes_N.f64: N whole sizes (log-normal, at least 20)
as little-endian doubles; strata_N.i32: 63 strata in order. Needs numpy; the seed is fixed."""
import sys
import numpy as np

folder = sys.argv[1]
for n in map(int, sys.argv[2:]):
    random = np.random.default_rng(4)
    np.sort(random.integers(0, 63, n)).astype("<i4").tofile(f"{folder}/strata_{n}.i32")
    (np.floor(random.lognormal(5, 0.8, n)) + 20).astype("<f8").tofile(f"{folder}/sizes_{n}.f64")
