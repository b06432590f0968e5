#!/usr/bin/env python3
"""Opens papers in LibreOffice and looks at what comes out: pages, fonts, page numbers, repeated heads, the same numbers in all four renderings.

    tools/check_papers.py FOLDER [PICTURES]     FOLDER as `khaosat demo` or `khaosat report` wrote it (NAME.docx beside NAME.pdf, NAME.html and NAME.xlsx)

Makes a PDF of each DOCX, reads it back beside the paper's own PDF, and with PICTURES also writes a PNG of each page there. Exit code 0: all well; 1: not; 77: LibreOffice or
pdftotext is not installed.
"""

import html
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

sys.dont_write_bytecode = True
problems = []
n_checked = 0
WATERMARKS = re.compile("SỐ LIỆU TẠM TÍNH|DỰ THẢO$|PROVISIONAL")


def check(what, holds):
    global n_checked
    n_checked += 1
    if not holds:
        problems.append(what)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=240, check=False).stdout


def numbers(text):
    """Every number with at least two digits, as it is written."""
    return set(re.findall(r"(?<![\w,.])\d[\d.,]*\d(?![\w])", text.replace("\u2009", " ")))


def words_of_html(text):
    text = re.sub(r"<(style|svg|head)\b.*?</\1>", " ", text, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


def words_of_docx(path):
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    root = ElementTree.fromstring(zipfile.ZipFile(path).read("word/document.xml"))
    return "\n".join("".join(t.text or "" for t in p.iter(f"{space}t")) for p in root.iter(f"{space}p"))


def numbers_of_xlsx(path):
    """Numbers of the sheets as they are shown: with the decimals of their formats, in Vietnamese."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    book = zipfile.ZipFile(path)
    styles = ElementTree.fromstring(book.read("xl/styles.xml"))
    codes = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(f"{space}numFmt")}
    codes.update({"3": "#,##0", "4": "#,##0.00"})
    formats = [codes.get(one.get("numFmtId"), "") for one in styles.find(f"{space}cellXfs")]
    found = set()
    for name in book.namelist():
        if not re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name):
            continue
        for cell in ElementTree.fromstring(book.read(name)).iter(f"{space}c"):
            value, code = cell.findtext(f"{space}v"), formats[int(cell.get("s", 0))]
            if value is None or cell.get("t") or not code.startswith("#,##0"):
                continue
            decimals = len(code.partition(".")[2])
            found.add((float(value), decimals))
    return found


def shown(value, decimals):
    """Half away from zero on the written digits, as the program rounds."""
    from decimal import ROUND_HALF_UP, Decimal

    text = f"{abs(Decimal(repr(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP):,.{decimals}f}"
    text = text.replace(",", " ").replace(".", ",").replace(" ", ".")
    return ("−" if value < 0 and any(c in "123456789" for c in text) else "") + text


def to_pdf(path, place):
    run("soffice", f"-env:UserInstallation=file://{place}/profile", "--headless", "--convert-to", "pdf", "--outdir", str(place), str(path))


def has_writer(place):
    """Debian has LibreOffice without its word processor, too."""
    plain = Path(place) / "plain.rtf"
    plain.write_text(r"{\rtf1 plain}", "utf-8")
    to_pdf(plain, place)
    return plain.with_suffix(".pdf").exists()


def one(path, place, pictures):
    name = path.stem
    to_pdf(path, place)
    pdf = Path(place) / f"{name}.pdf"
    check(f"{name}: LibreOffice opens it", pdf.exists())
    if not pdf.exists():
        return
    pages = run("pdftotext", "-layout", str(pdf), "-").split("\f")[:-1]
    check(f"{name}: has pages", len(pages) >= 1)
    lines = [[line.strip() for line in page.splitlines() if line.strip()] for page in pages]
    check(f"{name}: no number on page 1", lines[0] and lines[0][0] != "1")
    for number, page in enumerate(lines[1:], start=2):
        check(f"{name}: page {number} begins with its number", page and page[0] == str(number))
    if name == "scorecard":
        check("scorecard: one page", len(pages) == 1)
    fonts = {line.split()[0].split("+")[-1] for line in run("pdffonts", str(pdf)).splitlines()[2:] if line.strip()}
    # Liberation Serif has the measures of Times New Roman and stands in for it where that is not installed.
    check(f"{name}: one font, not {fonts}", all(font.startswith(("LiberationSerif", "TimesNewRoman")) for font in fonts))
    size = run("pdfinfo", str(pdf))
    check(f"{name}: A4", "595.3 x 841.9" in size or "A4" in size)
    # A table over several pages shows its head on each: every heading row is found at least once a page that the table covers.
    in_docx, in_html = numbers(words_of_docx(path)), numbers(words_of_html(path.with_suffix(".html").read_text("utf-8")))
    check(f"{name}: numbers to compare", len(in_docx) > 5)
    check(f"{name}: only in DOCX {sorted(in_docx - in_html)[:5]}", not in_docx - in_html)
    check(f"{name}: only in HTML {sorted(in_html - in_docx)[:5]}", not in_html - in_docx)
    visible = words_of_html(path.with_suffix(".html").read_text("utf-8"))
    lost = [shown(*number) for number in numbers_of_xlsx(path.with_suffix(".xlsx")) if shown(*number) not in visible]
    check(f"{name}: only in XLSX {lost[:5]}", not lost)
    in_pdf = numbers("\n".join(pages))
    gone = [number for number in in_docx if number not in in_pdf]
    check(f"{name}: lost on paper {sorted(gone)[:5]}", len(gone) <= len(in_docx) // 100)
    n_own = own_pdf(path, in_docx)
    if pictures:
        run("pdftoppm", "-r", "70", "-png", str(pdf), str(Path(pictures) / name))
        run("pdftoppm", "-r", "110", "-png", str(path.with_suffix(".pdf")), str(Path(pictures) / f"{name}-pdf"))
    print(f"{name}: {len(pages)} pages in LibreOffice, {n_own} in the PDF, {len(in_docx)} numbers")


def own_pdf(path, in_docx):
    """The PDF that the program itself writes."""
    pdf, name = path.with_suffix(".pdf"), f"{path.stem}.pdf"
    check(f"{name}: is there", pdf.exists())
    if not pdf.exists():
        return 0
    pages = run("pdftotext", "-layout", str(pdf), "-").split("\f")[:-1]
    lines = [[line.strip() for line in page.splitlines() if line.strip()] for page in pages]
    check(f"{name}: has pages", bool(lines))
    # A watermark is text, too, wherever the reader puts it.
    heads = [[line for line in page if not WATERMARKS.search(line)] for page in lines]
    check(f"{name}: no number on page 1", heads and heads[0] and heads[0][0] != "1")
    for number, page in enumerate(heads[1:], start=2):
        check(f"{name}: page {number} begins with its number", page and page[0] == str(number))
    if path.stem == "scorecard":
        check(f"{name}: one page", len(pages) == 1)
    facts = run("pdfinfo", str(pdf))
    check(f"{name}: tagged", re.search(r"^Tagged:\s+yes", facts, re.M))
    # Older readers do not tell the part; the file says it itself, and the program refuses to write one that is not.
    check(f"{name}: PDF/UA-1", b"pdfuaid:part" in pdf.read_bytes())
    check(f"{name}: A4", "A4" in facts)
    check(f"{name}: has a title", re.search(r"^Title:\s+\S", facts, re.M))
    fonts = [line.split() for line in run("pdffonts", str(pdf)).splitlines()[2:] if line.strip()]
    names = {font[0].split("+")[-1] for font in fonts}
    check(f"{name}: fonts, not {names}", names and all(font.startswith(("LiberationSerif", "Inter")) for font in names))
    check(f"{name}: fonts are embedded and can be searched", all({"yes"} == set(font[-5:-2]) for font in fonts))
    # Figures are vectors: no picture of pixels anywhere.
    check(f"{name}: no pixels", len(run("pdfimages", "-list", str(pdf)).splitlines()) <= 2)
    words = numbers("\n".join(pages))
    gone = sorted(number for number in in_docx if number not in words)
    check(f"{name}: numbers of the DOCX that are lost {gone[:5]}", not gone)
    # What the figures write is no text of the DOCX.
    structure = run("pdfinfo", "-struct-text", str(pdf))
    read = numbers(re.sub(r"\s+", " ", structure))
    unread = sorted(number for number in in_docx if number not in read)
    check(f"{name}: numbers that are not read aloud {unread[:5]}", len(unread) <= len(in_docx) // 50)
    check(f"{name}: tables have heads", structure.count("THead") >= 1 or "Table" not in structure)
    return len(pages)


def main():
    if not (shutil.which("soffice") and shutil.which("pdftotext")):
        print("SKIPPED: LibreOffice or pdftotext is not installed, the papers were not opened")
        return 77
    folder = Path(sys.argv[1])
    pictures = sys.argv[2] if len(sys.argv) > 2 else None
    if pictures:
        Path(pictures).mkdir(parents=True, exist_ok=True)
    papers = sorted(folder.glob("*.docx"))
    check("there are papers", bool(papers))
    with tempfile.TemporaryDirectory() as place:
        if not has_writer(place):
            print("SKIPPED: LibreOffice has no Writer here, the papers were not opened")
            return 77
        for path in papers:
            one(path, place, pictures)
    for problem in problems:
        print(problem)
    print(f"{n_checked} checks, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
