-- Each reserve that was released, in order. A row is added and never changed; the keys see that a case is replaced once and
-- that a reserve stands in once, whoever asks at the same time.
CREATE TABLE replacement (
    round_code       TEXT NOT NULL REFERENCES survey_round (code),
    -- From 1 within the round, without gaps.
    release_no       BIGINT NOT NULL CHECK (release_no >= 1),
    -- The reserve that was released.
    case_id          TEXT NOT NULL,
    -- The case it stands in for: a main one, or a reserve released before.
    replaces_case_id TEXT NOT NULL,
    -- Final outcome code of the replaced case, visits made to it, and why it is replaced.
    disposition      TEXT NOT NULL,
    attempts         BIGINT NOT NULL CHECK (attempts >= 1),
    reason           TEXT NOT NULL,
    -- The id of a token, or the command that acted.
    released_by      TEXT NOT NULL,
    released_at      TEXT NOT NULL,
    PRIMARY KEY (round_code, release_no),
    UNIQUE (round_code, case_id),
    UNIQUE (round_code, replaces_case_id),
    FOREIGN KEY (round_code, case_id) REFERENCES sampled_unit (round_code, case_id),
    FOREIGN KEY (round_code, replaces_case_id) REFERENCES sampled_unit (round_code, case_id)
);
