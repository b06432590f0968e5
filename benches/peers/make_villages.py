#!/usr/bin/env python3
"""make_villages.py COMMUNES.csv VILLAGES.csv: the census table of communes as a frame of four levels for timing. No national list
of villages exists, so each commune is cut into villages of about 150 households (fixed seed); their households add up to the
commune's. Communes without a code, a name or households are left out."""
import csv
import random
import sys

draw = random.Random(4)
with open(sys.argv[1], encoding="utf-8-sig") as source, open(sys.argv[2], "w", encoding="utf-8", newline="") as target:
    out = csv.writer(target)
    out.writerow("province_code,province,district_code,district,commune_code,commune,village_code,village,households".split(","))
    for row in csv.DictReader(source):
        households = int(row["households"] or 0)
        if not row["commune_code"] or not row["district_code"] or households < 40:
            continue
        n = max(2, households // 150)
        cuts = sorted(draw.sample(range(1, households), n - 1))
        for number, size in enumerate((b - a for a, b in zip([0, *cuts], [*cuts, households])), 1):
            places = [row[key] for key in ("province_code", "province", "district_code", "district", "commune_code", "commune")]
            out.writerow([*places, number, f"Thôn {number}", size])
