#!/usr/bin/env python3
"""Reads exports back with other programs and compares every value, label, missing code and weight with what was written.

    tools/check_exports.py FOLDER       FOLDER as `cargo run -p khaosat-reports --example export_files -- FOLDER` made it

Readers: pyreadstat (.dta, .sav), openpyxl (.xlsx), pyarrow (.parquet), csv, an XML parser (DDI, OData); R with haven and foreign, pspp and
LibreOffice where they are installed. Exit code 0: all agree; 1: something does not; 77: pyreadstat, openpyxl or pyarrow is not installed.
"""

import csv
import datetime
import io
import json
import math
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.dont_write_bytecode = True

try:
    import openpyxl
    import pyarrow.parquet
    import pyreadstat
except ImportError as missing:
    print(f"SKIPPED: {missing.name} is not installed, the exports were not read back")
    sys.exit(77)

STATA_MISSING = {"a": -888, "b": -999, "c": -777}
WORDS = {-888: "Không biết", -999: "Từ chối trả lời", -777: "Không áp dụng"}
REASONS = {-888: "dont_know", -999: "refused", -777: "not_applicable"}
EPOCH = datetime.date(1970, 1, 1)
problems = []
n_compared = 0


def same(where, found, expected):
    """One comparison; what differs is told, once a place."""
    global n_compared
    n_compared += 1
    if isinstance(found, float) and isinstance(expected, (int, float)) and not isinstance(expected, bool):
        if found == expected or (math.isnan(found) and math.isnan(expected)):
            return
    elif found == expected:
        return
    if len(problems) < 40:
        problems.append(f"{where}: {str(found)[:80]!r}, expected {str(expected)[:80]!r}")


def number(value):
    """A cell that may be empty."""
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else value


def day(days):
    return EPOCH + datetime.timedelta(days=days)


def missing(cell):
    return isinstance(cell, dict)


def check_stata(path, truth):
    frame, meta = pyreadstat.read_dta(path, user_missing=True, disable_datetime_conversion=True, output_format="dict")
    same(f"{path.name} rows", meta.number_rows, truth["n_rows"])
    same(f"{path.name} names", list(frame), [column["stata"] for column in truth["columns"]])
    for column in truth["columns"]:
        name, where = column["stata"], f"{path.name} {column['stata']}"
        label = meta.column_names_to_labels[name]
        if len(column["label"]) <= 80:
            same(f"{where} label", label, column["label"])
        else:
            same(f"{where} label", label, column["label"][:79] + "…")
        if column["kind"] == "category":
            labels = meta.variable_value_labels[name]
            for category in column["categories"]:
                same(f"{where} value label", labels.get(category["number"]), category["label"])
            for letter, code in STATA_MISSING.items():
                same(f"{where} missing label", labels.get(letter), WORDS[code])
        for row, (found, cell) in enumerate(zip(frame[name], column["cells"])):
            at = f"{where} row {row}"
            if column["kind"] == "text":
                expected = "" if missing(cell) and cell["missing"] is None else cell
                same(at, found or "", str(cell["missing"]) if missing(expected) else expected)
            elif missing(cell):
                if cell["missing"] is None:
                    same(at, number(found), None)
                else:
                    same(at, STATA_MISSING.get(found), cell["missing"])
            elif column["kind"] == "date":
                same(at, float(found), float(cell + 3653))
            else:
                same(at, float(found), float(cell))


def check_spss(path, truth):
    frame, meta = pyreadstat.read_sav(path, user_missing=True, disable_datetime_conversion=True, output_format="dict")
    same(f"{path.name} rows", meta.number_rows, truth["n_rows"])
    same(f"{path.name} names", list(frame), [column["spss"] for column in truth["columns"]])
    same(f"{path.name} encoding", meta.file_encoding, "UTF-8")
    for column in truth["columns"]:
        name, where = column["spss"], f"{path.name} {column['spss']}"
        label = meta.column_names_to_labels[name]
        if len(column["label"].encode()) <= 255:
            same(f"{where} label", label, column["label"])
        else:
            same(f"{where} label", label[:-1], column["label"][: len(label) - 1])
            same(f"{where} label is nearly full", len(label.encode()) > 250, True)
        if column["kind"] == "category":
            labels = meta.variable_value_labels[name]
            for category in column["categories"]:
                found = labels.get(float(category["number"]), "")
                if len(category["label"].encode()) <= 120:
                    same(f"{where} value label", found, category["label"].rstrip())
                else:
                    same(f"{where} value label", found[:-1], category["label"][: len(found) - 1])
        if column["answer"] and column["kind"] in ("category", "number"):
            declared = sorted(one["lo"] for one in meta.missing_ranges.get(name, []))
            same(f"{where} missing values", declared, [-999.0, -888.0, -777.0])
        for row, (found, cell) in enumerate(zip(frame[name], column["cells"])):
            at = f"{where} row {row}"
            if column["kind"] == "text":
                expected = "" if missing(cell) and cell["missing"] is None else cell
                expected = str(expected["missing"]) if missing(expected) else expected
                if len(expected.encode()) > 32767:
                    same(at, found[:-1], expected[: len(found) - 1])
                    same(f"{at} is nearly full", len(found.encode()) > 32760, True)
                else:
                    # SPSS pads texts with spaces: those at the end are not kept.
                    same(at, found or "", expected.rstrip(" "))
            elif missing(cell):
                expected = None if column["kind"] == "date" else cell["missing"]
                same(at, number(found), None if expected is None else float(expected))
            elif column["kind"] == "date":
                same(at, float(found), float((cell + 141428) * 86400))
            else:
                same(at, float(found), float(cell))


def code_of(column, cell):
    """The code of a category in the instrument's own writing."""
    return next(one["code"] for one in column["categories"] if one["number"] == cell)


def guarded(text):
    begins = text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and text != ""
    try:
        float(text)
        return text
    except ValueError:
        return "'" + text if begins else text


def check_csv(path, truth):
    text = path.read_bytes().decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    same(f"{path.name} names", rows[0], [column["name"] for column in truth["columns"]])
    same(f"{path.name} rows", len(rows) - 1, truth["n_rows"])
    for row, cells in enumerate(rows[1:]):
        for column, found in zip(truth["columns"], cells):
            cell, at = column["cells"][row], f"{path.name} {column['name']} row {row}"
            if missing(cell):
                same(at, found, "" if cell["missing"] is None else str(cell["missing"]))
            elif column["kind"] == "text":
                same(at, found, guarded(cell))
            elif column["kind"] == "category":
                same(at, found, guarded(code_of(column, cell)))
            elif column["kind"] == "date":
                same(at, found, day(cell).isoformat())
            else:
                same(at, float(found), float(cell))
    beside = list(csv.reader(io.StringIO(path.with_suffix(".codebook.csv").read_text("utf-8"), newline="")))
    same(f"{path.name} codebook", [row[0] for row in beside[1:]], [column["name"] for column in truth["columns"]])
    about = json.loads(path.with_suffix(".about.json").read_text("utf-8"))
    same(f"{path.name} hash", about["data_sha256"], truth["sha256"])
    same(f"{path.name} stated rows", about["n_rows"], truth["n_rows"])


def check_excel_csv(path, truth):
    """What Excel opens: a mark, semicolons, decimal commas, words; no cell that would run."""
    raw = path.read_bytes()
    same(f"{path.name} mark", raw[:3], b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw[3:].decode("utf-8"), newline=""), delimiter=";"))
    names = rows[0]
    same(f"{path.name} joined", "tai_san" in names and "tai_san/1" not in names, True)
    by_name = {column["name"]: column for column in truth["columns"]}
    for row, cells in enumerate(rows[1:]):
        for name, found in zip(names, cells):
            risky = found[:1] in ("=", "+", "@", "\t", "\r")
            same(f"{path.name} {name} row {row} is harmless", risky, False)
            column = by_name.get(name)
            if column is None:
                chosen = [by_name[f"tai_san/{code}"]["cells"][row] for code in "123"]
                if any(missing(cell) for cell in chosen):
                    code = chosen[0]["missing"]
                    same(f"{path.name} {name} row {row}", found, "" if code is None else WORDS[code])
                else:
                    same(f"{path.name} {name} row {row}", found, " ".join(code for code, on in zip("123", chosen) if on))
                continue
            cell = column["cells"][row]
            if missing(cell):
                same(f"{path.name} {name} row {row}", found, WORDS.get(cell["missing"], ""))
            elif column["kind"] == "category":
                label = next(one["label"] for one in column["categories"] if one["number"] == cell)
                same(f"{path.name} {name} row {row}", found, label)
            elif column["kind"] == "number":
                same(f"{path.name} {name} row {row}", float(found.replace(",", ".")), float(cell))


def tables(truth):
    """The interviews and the tables of repeats."""
    return [truth, *truth["repeats"]]


def check_sheet(name, sheet, truth):
    rows = list(sheet.iter_rows())
    same(f"{name} rows", len(rows) - 1, truth["n_rows"])
    same(f"{name} names", [cell.value for cell in rows[0]], [column["name"] for column in truth["columns"]])
    for row, cells in enumerate(rows[1:]):
        for column, found in zip(truth["columns"], cells):
            cell, at = column["cells"][row], f"{name} {column['name']} row {row}"
            same(f"{at} is no formula", found.data_type == "f", False)
            if missing(cell):
                same(at, found.value, cell["missing"])
            elif column["kind"] == "text":
                if len(cell.encode("utf-16-le")) // 2 > 32767:
                    same(at, found.value[:-1], cell[: len(found.value) - 1])
                else:
                    same(at, found.value or "", cell.replace("\r\n", "\n"))
            elif column["kind"] == "category":
                value = found.value
                same(at, str(int(value)) if isinstance(value, float) and value == int(value) else str(value), code_of(column, cell))
            elif column["kind"] == "date":
                same(at, found.value.date() if found.value else None, day(cell))
            else:
                same(at, float(found.value), float(cell))


# A repeat called like a sheet of ours, and one with a name that is too long.
SHEETS = ["thanh_vien", "Sổ mã_2", "thanh_vien_cua_ho_gia_dinh_co_t"]


def check_xlsx(path, truth):
    book = openpyxl.load_workbook(path)
    same(f"{path.name} sheets", book.sheetnames, ["Dữ liệu", *(SHEETS if truth["repeats"] else []), "Sổ mã", "Lựa chọn", "Thông tin"])
    for sheet, table in zip([*book.sheetnames[: 1 + len(truth["repeats"])]], tables(truth)):
        check_sheet(f"{path.name} {sheet}", book[sheet], table)
    facts = [[cell.value for cell in row] for row in book["Thông tin"].iter_rows()]
    same(f"{path.name} hash", any(truth["sha256"] == row[1] for row in facts), True)
    for table in truth["repeats"]:
        same(f"{path.name} hash of {table['table']}", any(row[1].endswith(table["sha256"]) for row in facts), True)
    labels = {(row[-1].value if truth["repeats"] else "phiếu", row[0].value): row[1].value for row in book["Sổ mã"].iter_rows(min_row=2)}
    for table in tables(truth):
        for column in table["columns"]:
            same(f"{path.name} {column['name']} label", labels[table["table"] or "phiếu", column["name"]], column["label"])


def check_parquet(path, truth):
    table = pyarrow.parquet.read_table(path)
    metadata = pyarrow.parquet.ParquetFile(path).metadata.metadata
    about = json.loads(metadata[b"khaosat.about"])
    same(f"{path.name} hash", about["data_sha256"], truth["sha256"])
    book = {one["name"]: one for one in json.loads(metadata[b"khaosat.codebook"])}
    for column in truth["columns"]:
        values = table.column(column["name"]).to_pylist()
        same(f"{path.name} {column['name']} rows", len(values), truth["n_rows"])
        same(f"{path.name} {column['name']} label", book[column["name"]]["label"], column["label"])
        has_reasons = f"{column['name']}__missing" in table.column_names
        reasons = table.column(f"{column['name']}__missing").to_pylist() if has_reasons else [None] * len(values)
        for row, (found, reason, cell) in enumerate(zip(values, reasons, column["cells"])):
            at = f"{path.name} {column['name']} row {row}"
            if missing(cell):
                same(at, found, None)
                same(f"{at} reason", reason, REASONS.get(cell["missing"]))
            elif column["kind"] == "category":
                same(at, str(found), code_of(column, cell))
            elif column["kind"] == "date":
                same(at, found, day(cell))
            else:
                same(at, found, float(cell) if column["kind"] == "number" else cell)


def check_ddi(path, truth):
    space = "{ddi:codebook:2_5}"
    root = ElementTree.parse(path).getroot()
    same(f"{path.name} root", (root.tag, root.get("version")), (f"{space}codeBook", "2.5"))
    files = root.findall(f"{space}fileDscr")
    same(f"{path.name} files", [one.get("ID") for one in files], [f"F{number + 1}" for number in range(len(tables(truth)))])
    all_variables = root.findall(f"{space}dataDscr/{space}var")
    same(f"{path.name} IDs", [one.get("ID") for one in all_variables], [f"V{number + 1}" for number in range(len(all_variables))])
    for file, table in zip(files, tables(truth)):
        same(f"{path.name} cases", file.findtext(f"{space}fileTxt/{space}dimensns/{space}caseQnty"), str(table["n_rows"]))
        variables = [one for one in all_variables if one.get("files") == file.get("ID")]
        same(f"{path.name} variables", [one.get("name") for one in variables], [column["name"] for column in table["columns"]])
        for one, column in zip(variables, table["columns"]):
            same(f"{path.name} {column['name']} label", one.findtext(f"{space}labl"), column["label"])
            found = [(c.findtext(f"{space}catValu"), c.findtext(f"{space}labl")) for c in one.findall(f"{space}catgry") if c.get("missing") is None]
            same(f"{path.name} {column['name']} categories", found, [(c["code"], c["label"]) for c in column["categories"]])
            for count in one.iter(f"{space}catStat"):
                n = int(count.text)
                same(f"{path.name} {column['name']} small count", 0 < n < 10, False)


def check_odata(folder, stem, truth):
    space = "{http://docs.oasis-open.org/odata/ns/edm}"
    types = ElementTree.parse(folder / f"{stem}.metadata.xml").getroot().iter(f"{space}EntityType")
    names = {one.get("Name"): [prop.get("Name") for prop in one.findall(f"{space}Property")] for one in types}
    page = json.loads((folder / f"{stem}.odata.json").read_text("utf-8"))
    same(f"{stem} odata count", page["@odata.count"], truth["n_rows"])
    same(f"{stem} odata rows", len(page["value"]), truth["n_rows"])
    sets = [name for name in names if not name.endswith(("_labels_row", "_codebook_row"))]
    same(f"{stem} odata tables", len(sets), len(tables(truth)))
    first = sets[0]
    for row in page["value"]:
        same(f"{stem} odata properties", sorted(row), sorted(names[first]))
    weights = next(column for column in truth["columns"] if column["name"] == "weight")["cells"]
    same(f"{stem} odata weights", [row["weight"] for row in page["value"]], weights)


R = r"""
suppressWarnings(suppressMessages({library(haven); library(foreign)}))
args <- commandArgs(TRUE); folder <- args[1]
truth <- read.csv(file.path(folder, "hard.csv"), check.names = FALSE, na.strings = "")
d <- read_dta(file.path(folder, "hard.dta")); s <- read_sav(file.path(folder, "hard.sav"), user_na = TRUE)
f <- suppressWarnings(read.spss(file.path(folder, "hard.sav"), to.data.frame = FALSE, use.value.labels = FALSE, reencode = FALSE))
stopifnot(nrow(d) == nrow(truth), nrow(s) == nrow(truth), all.equal(as.numeric(d$weight), truth$weight, tolerance = 0),
  all.equal(as.numeric(s$weight), truth$weight, tolerance = 0), all.equal(as.numeric(f$weight), truth$weight, tolerance = 0))
scale <- 6
x <- d[[scale]]; tags <- na_tag(x); codes <- truth[[scale]]
stopifnot(identical(tags == "a" & !is.na(tags), !is.na(codes) & codes == -888), identical(tags == "b" & !is.na(tags), !is.na(codes) & codes == -999),
  identical(tags == "c" & !is.na(tags), !is.na(codes) & codes == -777), all(as.numeric(x)[!is.na(x)] == codes[!is.na(x)]))
y <- s[[scale]]
stopifnot(setequal(attr(y, "na_values"), c(-888, -999, -777)), all(as.numeric(unclass(y))[!is.na(codes)] == codes[!is.na(codes)]))
stopifnot(identical(names(attr(x, "labels"))[1], names(attr(y, "labels"))[match(1, attr(y, "labels"))]))
e <- read_dta(file.path(folder, "empty.dta")); z <- read_sav(file.path(folder, "empty.sav"))
stopifnot(nrow(e) == 0, nrow(z) == 0, ncol(e) == ncol(d), ncol(z) == ncol(d))
cat("R:", ncol(d), "columns,", nrow(d), "rows\n")
"""

PSPP = """GET FILE='{folder}/hard.sav'.
DISPLAY DICTIONARY.
DESCRIPTIVES VARIABLES=weight /STATISTICS=SUM.
FREQUENCIES VARIABLES={name}.
SAVE TRANSLATE /OUTFILE='{folder}/pspp.csv' /TYPE=CSV /FIELDNAMES /CELLS=VALUES /REPLACE.
"""


def run(command, **settings):
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, **settings)


def check_r(folder):
    ready = shutil.which("Rscript") and run(["Rscript", "-e", "quit(status = !(requireNamespace('haven') && requireNamespace('foreign')))"])
    if not ready or ready.returncode != 0:
        return "R with haven and foreign"
    told = run(["Rscript", "-e", R, str(folder)])
    same("R", told.returncode, 0)
    print(told.stdout.strip() or told.stderr.strip())
    return None


def check_pspp(folder, truth):
    if not shutil.which("pspp"):
        return "pspp"
    scale = truth["columns"][5]
    with tempfile.NamedTemporaryFile("w", suffix=".sps") as syntax:
        syntax.write(PSPP.format(folder=folder, name=scale["spss"]))
        syntax.flush()
        told = run(["pspp", "-O", "format=txt", syntax.name])
    same("pspp", (told.returncode, "error" in (told.stdout + told.stderr).lower()), (0, False))
    for category in scale["categories"]:
        same("pspp label", category["label"] in told.stdout, True)
    with (folder / "pspp.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    same("pspp rows", len(rows), truth["n_rows"])
    weights = next(column for column in truth["columns"] if column["name"] == "weight")["cells"]
    for row, weight in zip(rows, weights):
        same("pspp weight", round(float(row["weight"]), 5), round(weight, 5))
    for row, cell in zip(rows, scale["cells"]):
        expected = "" if missing(cell) and cell["missing"] is None else str(cell["missing"] if missing(cell) else cell)
        same("pspp value", row[scale["spss"]].strip(), expected)
    # The long texts over several segments come back whole.
    long = next(column for column in truth["columns"] if column["name"] == "van_ban_dai")
    for row, cell in zip(rows, long["cells"]):
        same("pspp long text", row[long["spss"]].rstrip(), "" if missing(cell) else cell)
    return None


def check_libreoffice(folder, truth):
    office = shutil.which("soffice")
    if not office:
        return "LibreOffice"
    with tempfile.TemporaryDirectory() as place:
        run([office, f"-env:UserInstallation=file://{place}/profile", "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false",
             "--outdir", place, str(folder / "hard.xlsx")])
        made = Path(place) / "hard.csv"
        same("LibreOffice opens the workbook", made.exists(), True)
        if made.exists():
            rows = list(csv.reader(io.StringIO(made.read_text("utf-8"), newline="")))
            same("LibreOffice rows", len(rows) - 1, truth["n_rows"])
            text = next(place for place, column in enumerate(truth["columns"]) if column["name"] == "van_ban")
            for row, cells in enumerate(rows[1:]):
                cell = truth["columns"][text]["cells"][row]
                same("LibreOffice text", cells[text], "" if missing(cell) else cell)
    return None


def main():
    folder = Path(sys.argv[1]).resolve()
    for stem in ("hard", "empty"):
        truth = json.loads((folder / f"{stem}.truth.json").read_text("utf-8"))
        check_stata(folder / f"{stem}.dta", truth)
        check_spss(folder / f"{stem}.sav", truth)
        check_csv(folder / f"{stem}.csv", truth)
        check_excel_csv(folder / f"{stem}-excel.csv", truth)
        check_xlsx(folder / f"{stem}.xlsx", truth)
        check_parquet(folder / f"{stem}.parquet", truth)
        check_ddi(folder / f"{stem}.ddi.xml", truth)
        check_odata(folder, stem, truth)
        for table in truth["repeats"]:
            beside = f"{stem}.{table['table'].replace(' ', '-')}"
            check_stata(folder / f"{beside}.dta", table)
            check_spss(folder / f"{beside}.sav", table)
            check_csv(folder / f"{beside}.csv", table)
            check_parquet(folder / f"{beside}.parquet", table)
    truth = json.loads((folder / "hard.truth.json").read_text("utf-8"))
    absent = [name for name in (check_r(folder), check_pspp(folder, truth), check_libreoffice(folder, truth)) if name]
    for name in absent:
        print(f"not asked, as not installed: {name}")
    # A check that cannot fail is none: one changed weight must be seen.
    before = len(problems)
    broken = json.loads(json.dumps(truth))
    next(column for column in broken["columns"] if column["name"] == "weight")["cells"][3] += 1e-9
    check_stata(folder / "hard.dta", broken)
    if len(problems) == before and before < 40:
        problems.append("a changed weight was not seen")
    else:
        del problems[before:]
    for problem in problems:
        print(problem)
    print(f"{n_compared} comparisons, {len(problems)} differences")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
