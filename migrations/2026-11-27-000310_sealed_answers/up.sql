-- What respondents say is kept sealed. Each respondent (a case of a round) has a key of their own, wrapped by a master key that is a
-- file outside of the database (src/answer_key.rs); whoever has the database without it reads no answer, and a respondent whose key
-- is destroyed is read by nobody.

-- Which master key wraps the others: a hash of it, so that a wrong file is noticed before anything is read or written. No row: no
-- master key yet.
CREATE TABLE answer_key (
    id          BIGINT PRIMARY KEY CHECK (id = 1),
    fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 64),
    made_at     TEXT NOT NULL
);

-- A respondent: their key, and what they asked for. key_id is random and says nothing. case_id has no foreign key on purpose, as in
-- response: an unknown case is kept, and has a key too.
CREATE TABLE respondent_key (
    round_code   TEXT NOT NULL REFERENCES survey_round (code),
    case_id      TEXT NOT NULL,
    key_id       TEXT NOT NULL UNIQUE CHECK (length(key_id) = 32),
    -- Null where nothing is sealed, and after an erasure.
    wrapped_key  BYTEA,
    made_at      TEXT NOT NULL,
    -- From then on nothing of the respondent is used.
    withdrawn_at TEXT,
    -- From then on there is nothing of the respondent, and nothing more is taken.
    erased_at    TEXT,
    PRIMARY KEY (round_code, case_id),
    CHECK (erased_at IS NULL OR wrapped_key IS NULL)
);
-- Who has gone is asked for each interview that arrives, and they are few among many.
CREATE INDEX respondent_gone ON respondent_key (round_code, case_id)
    WHERE withdrawn_at IS NOT NULL OR erased_at IS NOT NULL;
-- So is what there is of its case. With the round first, SQLite takes the index of all heads instead and walks through the whole round.
DROP INDEX response_by_case;
CREATE INDEX response_by_case ON response (case_id, round_code, uuid);

-- With a key the bytes are sealed (version byte, nonce, XChaCha20-Poly1305); without one they are as they came. The SHA-256 beside
-- them is always that of the bytes as they came. After an erasure there are no bytes.
ALTER TABLE response ADD COLUMN key_id TEXT REFERENCES respondent_key (key_id);
ALTER TABLE attachment ADD COLUMN key_id TEXT REFERENCES respondent_key (key_id);
ALTER TABLE contact_attempt ADD COLUMN key_id TEXT REFERENCES respondent_key (key_id);

-- What quotes answers or speaks of a respondent. With a key the text stands sealed beside its column, which
-- says so.
ALTER TABLE response_flag ADD COLUMN key_id TEXT;
ALTER TABLE response_flag ADD COLUMN sealed_detail BYTEA;
ALTER TABLE review ADD COLUMN key_id TEXT;
ALTER TABLE review ADD COLUMN sealed_comment BYTEA;

-- The proof of an erasure: what was there (kinds, numbers, hashes), who asked when, who did it when. No content.
CREATE TABLE erasure (
    round_code         TEXT NOT NULL REFERENCES survey_round (code),
    case_id            TEXT NOT NULL,
    requested_on       TEXT NOT NULL CHECK (length(requested_on) = 10),
    reason             TEXT NOT NULL,
    erased_at          TEXT NOT NULL,
    erased_by          TEXT NOT NULL,
    n_responses        BIGINT NOT NULL,
    n_attachments      BIGINT NOT NULL,
    n_contact_attempts BIGINT NOT NULL,
    n_flags            BIGINT NOT NULL,
    n_reviews          BIGINT NOT NULL,
    -- SHA-256 of every body that was there, one a line, in order.
    hashes             TEXT NOT NULL,
    PRIMARY KEY (round_code, case_id)
);

-- What respondents asked for, with the days that the law counts from.
CREATE TABLE respondent_request (
    round_code   TEXT NOT NULL REFERENCES survey_round (code),
    case_id      TEXT NOT NULL,
    request_no   BIGINT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('access', 'correct', 'withdraw', 'erase')),
    requested_on TEXT NOT NULL CHECK (length(requested_on) = 10),
    note         TEXT NOT NULL,
    recorded_at  TEXT NOT NULL,
    recorded_by  TEXT NOT NULL,
    answered_at  TEXT,
    answered_by  TEXT,
    done_at      TEXT,
    done_by      TEXT,
    PRIMARY KEY (round_code, case_id, request_no)
);

-- Until when a round may know who answered. Added, never changed: the last one holds.
CREATE TABLE retention (
    round_code   TEXT NOT NULL REFERENCES survey_round (code),
    retention_no BIGINT NOT NULL,
    until        TEXT NOT NULL CHECK (length(until) = 10),
    set_by       TEXT NOT NULL,
    set_at       TEXT NOT NULL,
    applied_at   TEXT,
    PRIMARY KEY (round_code, retention_no)
);
