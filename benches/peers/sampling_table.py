#!/usr/bin/env python3
"""sampling_table.py results.tsv: the lines of sampling.sh as a Markdown table; a ratio is the other program's time over ours."""
import csv
import sys

TOOLS = ["khaosat", "R sampling", "svy"]
jobs = {}
for line in csv.reader(open(sys.argv[1], encoding="utf-8"), delimiter="\t"):
    tool, version, job, population, n, *rest = line
    jobs.setdefault((job, int(population), int(n)), {})[tool] = (version, rest)
print("| Job | N | n | khaosat, ms | peak MB | R sampling, ms | peak MB | svy, ms | peak MB | R / khaosat | svy / khaosat |")
print("| --- | " + "--- | " * 10)


def cells(entry):
    if entry is None:
        return ["–", "–"]
    _, rest = entry
    return [rest[0], rest[1]] if len(rest) == 2 else [rest[0], "–"]


def ratio(ours, other):
    try:
        return f"{float(other[1][0]) / float(ours[1][0]):.1f}"
    except (TypeError, ValueError, ZeroDivisionError):
        return "–"


for (job, population, n), by in jobs.items():
    ours, others = by.get("khaosat"), [by.get(tool) for tool in TOOLS[1:]]
    row = [job, f"{population:,}", n, *cells(ours), *cells(others[0]), *cells(others[1]), *(ratio(ours, other) for other in others)]
    print("| " + " | ".join(map(str, row)) + " |")
print()
print("Versions: " + ", ".join(sorted({f"{tool} {entry[0]}" for by in jobs.values() for tool, entry in by.items()})))
