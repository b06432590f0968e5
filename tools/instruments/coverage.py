"""Are all indicators and criteria asked, and does each answer span the published scale?"""

import re

# Indicators answered by another indicator's question, and those that no single respondent can answer.
SHARED_QUESTION = {"6.3.6": "q_6_3_5"}
NOT_ASKED = {
    "4.4.5": "estimated from two random halves of the sample (list experiment)",
    "4.4.6": "estimated from two random halves of the sample (list experiment)",
}


def check_indicators(check, rows):
    """Every PAPI indicator has its question(s), with answers that span the published scale."""
    found = 0
    for row in rows:
        code = row["indicator_code"]
        names = check.asked_for(SHARED_QUESTION.get(code, "q_" + code.replace(".", "_")))
        if code in NOT_ASKED:
            if names:
                check.say("survey", 1, "name", f"{code} is asked, though listed as {NOT_ASKED[code]}")
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
    return f"{found} of {len(rows)} indicators asked, {len(NOT_ASKED)} cannot be"


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
