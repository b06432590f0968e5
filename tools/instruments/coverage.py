"""Are all indicators and criteria asked, and does each answer span the published scale?"""

import re

# Indicators answered by another indicator's question, and those that no single respondent can answer.
SHARED_QUESTION = {"6.3.6": "q_6_3_5"}
LIST_EXPERIMENT = "estimated from two random halves of the sample (list experiment)"
DROPPED = "gone since 2021"
NOT_ASKED = {
    "papi-2019": {"4.4.5": LIST_EXPERIMENT, "4.4.6": LIST_EXPERIMENT},
    "papi-2021": {code: DROPPED for code in ("4.1.5", "5.2.1", "5.2.2", "5.2.3", "5.2.4", "5.2.5", "5.2.6")},
}


def check_indicators(check, rows):
    """Every PAPI indicator has its question(s), with answers that span the published scale."""
    found, not_asked = 0, NOT_ASKED.get(check.form.name, {})
    for row in rows:
        code = row["indicator_code"]
        names = check.asked_for(SHARED_QUESTION.get(code, "q_" + code.replace(".", "_")))
        if code in not_asked:
            if names:
                check.say("survey", 1, "name", f"{code} is asked, though listed as {not_asked[code]}")
            continue
        if not names:
            check.say("survey", 1, "name", f"indicator {code} ({row['name_en']}) is not asked")
            continue
        found += 1
        count = re.match(r"count of (\d+)", row["answer_type"])
        if count and len(names) != int(count[1]):
            check.say("survey", 1, "name", f"{code}: {len(names)} questions for {count[1]} criteria")
        scale = re.match(r"scale (\d)-(\d)", row["answer_type"])
        answers = check.codes(names[0])
        if scale and (min(answers), max(answers)) != (int(scale[1]), int(scale[2])):
            check.say("survey", 1, "type", f"{code}: answers {min(answers)} to {max(answers)}, scale {scale[1]} to {scale[2]}")
    stems = {"q_" + r["indicator_code"].replace(".", "_") for r in rows}
    for name in check.questions:
        if name.startswith("q_") and re.sub(r"_[a-z]$", "", name) not in stems:
            check.say("survey", 1, "name", f"{name} belongs to no indicator")
    return f"{found} of {len(rows)} indicators asked, {len(not_asked)} are not"


def check_criteria(check, rows):
    """Every criterion of decision 1001 has its question(s); each policy group all its contents."""
    codes = [r["code"].lower() for r in rows if r["version"].startswith("1001/")]
    contents = [c for c in codes if c[0] == "c"]
    wanted = [f"s_{p}_{c}" for p in codes if p[0] == "p" for c in contents]
    wanted += [f"s_{c}" for c in codes if c[0] in "asn"]
    missing = [stem for stem in wanted if not check.asked_for(stem)]
    for stem in missing:
        check.say("survey", 1, "name", f"criterion {stem} is not asked")
    return f"{len(wanted) - len(missing)} of {len(wanted)} criteria asked"
