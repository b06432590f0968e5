-- What the public was told of a round, kept as it was published. A row is added and never changed, but for its withdrawal.
CREATE TABLE publication (
    round_code      TEXT NOT NULL REFERENCES survey_round (code),
    -- From 1 within the round, without gaps. The last one is what the public sees, unless it was withdrawn.
    publication_no  BIGINT NOT NULL CHECK (publication_no >= 1),
    -- The document (JSON): the page and all files are made from it.
    document        BYTEA NOT NULL,
    document_sha256 TEXT NOT NULL CHECK (length(document_sha256) = 64),
    -- Whose answers stand behind what was shown (JSON). Never leaves the house; the next publication is held against it.
    released        BYTEA NOT NULL,
    published_by    TEXT NOT NULL,
    published_at    TEXT NOT NULL,
    withdrawn_by    TEXT,
    withdrawn_at    TEXT,
    PRIMARY KEY (round_code, publication_no),
    CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL))
);

-- Closing a round takes two people: one proposes, another confirms. Opening it again takes one, and a reason.
CREATE TABLE closing (
    round_code  TEXT NOT NULL REFERENCES survey_round (code),
    -- From 1 within the round, without gaps.
    closing_no  BIGINT NOT NULL CHECK (closing_no >= 1),
    -- The checklist as the first person saw it (JSON), and why the round is closed although something on it is open.
    checklist   TEXT NOT NULL,
    reason      TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at TEXT NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('proposed', 'confirmed', 'withdrawn', 'reopened')),
    -- Who confirmed or took back the proposal.
    decided_by  TEXT,
    decided_at  TEXT,
    reopened_by     TEXT,
    reopened_at     TEXT,
    reopened_reason TEXT,
    PRIMARY KEY (round_code, closing_no),
    CHECK (outcome NOT IN ('confirmed', 'reopened') OR decided_by <> proposed_by)
);

-- What somebody is putting together in the browser: a round that is to be made, or a questionnaire that is to be published. Rows change
-- and go; nothing in the field refers to them.
CREATE TABLE draft (
    draft_id   TEXT PRIMARY KEY CHECK (length(draft_id) = 32),
    kind       TEXT NOT NULL CHECK (kind IN ('round', 'questionnaire')),
    -- The round that a questionnaire is for; none for a round that is to be made.
    round_code TEXT REFERENCES survey_round (code),
    -- What was chosen so far (JSON).
    settings   TEXT NOT NULL,
    -- The file that was handed in: a frame, or the sheets of a questionnaire.
    file_name  TEXT,
    file       BYTEA,
    made_by    TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
