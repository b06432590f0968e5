-- Thresholds of the quality checks that an office set for a round. A row is added and never changed; the last one holds.
CREATE TABLE quality_rules (
    round_code TEXT NOT NULL REFERENCES survey_round (code),
    -- From 1 within the round, without gaps.
    rules_no   BIGINT NOT NULL CHECK (rules_no >= 1),
    -- The file as it was given (TOML): only the keys that the office changed.
    body       TEXT NOT NULL,
    set_by     TEXT NOT NULL,
    set_at     TEXT NOT NULL,
    PRIMARY KEY (round_code, rules_no)
);

-- Draws of households to be visited again. Rows are added and never changed.
CREATE TABLE back_check_draw (
    round_code         TEXT NOT NULL REFERENCES survey_round (code),
    -- From 1 within the round, without gaps.
    draw_no            BIGINT NOT NULL CHECK (draw_no >= 1),
    seed_text          TEXT NOT NULL,
    -- Share of each enumerator's interviews, and the least of each.
    share              DOUBLE PRECISION NOT NULL CHECK (share > 0 AND share <= 1),
    per_enumerator_min BIGINT NOT NULL CHECK (per_enumerator_min >= 1),
    -- SHA-256 of all interviews that stood before the draw.
    frame_sha256       TEXT NOT NULL CHECK (length(frame_sha256) = 64),
    drawn_by           TEXT NOT NULL,
    drawn_at           TEXT NOT NULL,
    PRIMARY KEY (round_code, draw_no),
    -- A seed draws once.
    UNIQUE (round_code, seed_text)
);

-- Each case that stood before a draw. The key sees that a case faces one draw only: nobody draws again until it suits.
CREATE TABLE back_check_unit (
    round_code TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    draw_no    BIGINT NOT NULL,
    -- The interview that stood for the case, and who held it: the id of an account or a token.
    uuid       TEXT NOT NULL,
    enumerator TEXT NOT NULL,
    ticket     TEXT NOT NULL CHECK (length(ticket) = 64),
    is_drawn   BOOLEAN NOT NULL,
    PRIMARY KEY (round_code, case_id),
    FOREIGN KEY (round_code, draw_no) REFERENCES back_check_draw (round_code, draw_no)
);
CREATE INDEX back_check_unit_by_draw ON back_check_unit (round_code, draw_no);
