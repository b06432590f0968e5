-- The report of an index of a round, as people edit it. Every save is a row; the last one holds, and none is changed.
CREATE TABLE report_version (
    round_code TEXT NOT NULL REFERENCES survey_round (code),
    -- The questionnaire whose index it is about.
    form_id    TEXT NOT NULL,
    -- From 1 within the report, without gaps: two people who save at once cannot both have the next one.
    version_no BIGINT NOT NULL CHECK (version_no >= 1),
    -- The draft as JSON: letterhead, blocks in order, edited sentences. No numbers: they are computed when it is read.
    body       TEXT NOT NULL,
    -- What was done, such as move, write or add.
    act        TEXT NOT NULL,
    saved_by   TEXT NOT NULL,
    saved_at   TEXT NOT NULL,
    PRIMARY KEY (round_code, form_id, version_no)
);

-- Who accepted which sentence, or took that back. Rows are only added; the last one of a slot counts, for the very sentence it names.
CREATE TABLE report_acceptance (
    round_code   TEXT NOT NULL REFERENCES survey_round (code),
    form_id      TEXT NOT NULL,
    -- The place of the sentence in the report, whatever its numbers.
    slot         TEXT NOT NULL,
    act_no       BIGINT NOT NULL CHECK (act_no >= 1),
    -- Hash of words and numbers: another number, another key.
    sentence_key TEXT NOT NULL,
    sentence     TEXT NOT NULL,
    is_accepted  BOOLEAN NOT NULL,
    acted_by     TEXT NOT NULL,
    acted_at     TEXT NOT NULL,
    PRIMARY KEY (round_code, form_id, slot, act_no)
);

-- The office's own templates of sentences, for all rounds. A row is added and never changed; the last one holds.
CREATE TABLE sentence_library (
    version_no BIGINT PRIMARY KEY CHECK (version_no >= 1),
    -- TOML: only the templates that differ from those of the program.
    body       TEXT NOT NULL,
    set_by     TEXT NOT NULL,
    set_at     TEXT NOT NULL
);
