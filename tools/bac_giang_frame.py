#!/usr/bin/env python3
"""Makes sampling/frames/bac-giang-2019-example.csv: a frame of villages to try the program with.

usage: python3 tools/bac_giang_frame.py > sampling/frames/bac-giang-2019-example.csv

Facts: district names, codes, population and households (Population and Housing Census of 1 April 2019, General Statistics
Office of Viet Nam); commune names and codes (tools/bac-giang-communes-2020.csv: the official list valid from 1 January 2020
to 2024). Illustrative: the sizes of communes and villages, the names, number and codes of villages, and which village is the
seat of its commune. Households and population add up to the census figure of every district exactly.
"""
import csv
import pathlib
import random
import sys

PROVINCE = ("24", "Tỉnh Bắc Giang")
# code: name, population, households, code of the commune with the district seat
DISTRICTS = {
    "213": ("Thành phố Bắc Giang", 174229, 46290, "07207"),
    "215": ("Huyện Yên Thế", 101135, 30154, "07288"),
    "216": ("Huyện Tân Yên", 177265, 48247, "07339"),
    "217": ("Huyện Lạng Giang", 216996, 58565, "07375"),
    "218": ("Huyện Lục Nam", 226194, 59071, "07444"),
    "219": ("Huyện Lục Ngạn", 226540, 56476, "07525"),
    "220": ("Huyện Sơn Động", 76106, 20146, "07615"),
    "221": ("Huyện Yên Dũng", 152125, 40633, "07681"),
    "222": ("Huyện Việt Yên", 205900, 60527, "07777"),
    "223": ("Huyện Hiệp Hòa", 247460, 58725, "07840"),
}
CAPITAL = "213"
HOUSEHOLDS_A_VILLAGE = 228
SMALLEST_VILLAGE = 45
SMALLEST_COMMUNE = 600
SIZE_SOURCE = "illustrative_within_census_2019_district_total"
FIRST = "Đông Đoài Nam Bắc Trung Thượng Hạ Tân Phú Yên Hòa Bình An Mỹ Đồng Lập Hưng Thịnh Xuân Ngọc Thanh Kim Vân Sơn".split()
SECOND = "Thành Lâm Sơn Giang Hà Long Thịnh Tiến Hưng Lương Hòa Phong Vân Trại Núi Chùa Đình Bến Đầm Giữa Ngoài".split()
COLUMNS = ("province_code province_name district_code district_name commune_code commune_name village_code village_name "
           "population households district_capital commune_seat village_seat size_source").split()


def split(total, weights, least):
    """Whole numbers of at least `least` in proportion to the weights, adding up to the total (largest remainders)."""
    free = total - least * len(weights)
    assert free >= 0
    shares = [free * weight / sum(weights) for weight in weights]
    parts = [int(share) for share in shares]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - shares[i], i))
    for i in order[: free - sum(parts)]:
        parts[i] += 1
    return [least + part for part in parts]


def village_names(commune, n, rng):
    if commune.startswith(("Phường", "Thị trấn")):
        return [f"Tổ dân phố {number}" for number in range(1, n + 1)]
    names = [f"{first} {second}" for first in FIRST for second in SECOND if first != second]
    return [f"Thôn {name}" for name in rng.sample(names, n)]


def main():
    here = pathlib.Path(__file__).parent
    with open(here / "bac-giang-communes-2020.csv", encoding="utf-8", newline="") as file:
        communes = list(csv.DictReader(file))
    rng = random.Random("khaosat, example frame of Bắc Giang, version 1")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for code, (name, population, households, seat) in DISTRICTS.items():
        own = [commune for commune in communes if commune["district_code"] == code]
        assert seat in [commune["commune_code"] for commune in own]
        sizes = split(households, [rng.lognormvariate(0, 0.35) for _ in own], SMALLEST_COMMUNE)
        villages = []
        for commune, size in zip(own, sizes):
            n = max(4, round(size / HOUSEHOLDS_A_VILLAGE))
            seat_village = rng.randrange(n)
            names = village_names(commune["commune_name"], n, rng)
            parts = split(size, [rng.lognormvariate(0, 0.4) for _ in range(n)], SMALLEST_VILLAGE)
            villages += [(commune, i, names[i], parts[i], i == seat_village) for i in range(n)]
        people = split(population, [v[3] * rng.uniform(0.9, 1.1) for v in villages], 0)
        for (commune, i, village, size, is_seat), persons in zip(villages, people):
            writer.writerow([*PROVINCE, code, name, commune["commune_code"], commune["commune_name"],
                             f"{commune['commune_code']}{i + 1:02}", village, persons, size, int(code == CAPITAL),
                             int(commune["commune_code"] == seat), int(is_seat), SIZE_SOURCE])


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
