-- Weights of a round that meet known totals of the population. A version is a recipe: which margins, how it is met. The weights themselves
-- are derived, as all figures are. Rows are added and never changed.
CREATE TABLE weights_version (
    round_code     TEXT NOT NULL REFERENCES survey_round (code),
    -- The questionnaire whose interviews are weighed.
    form_id        TEXT NOT NULL,
    -- From 1 within round and questionnaire, without gaps.
    version_no     BIGINT NOT NULL CHECK (version_no >= 1),
    -- What people call it.
    name           TEXT NOT NULL CHECK (length(name) >= 1),
    -- Steps, margins and their source (JSON), and its SHA-256.
    recipe         TEXT NOT NULL,
    recipe_sha256  TEXT NOT NULL CHECK (length(recipe_sha256) = 64),
    -- SHA-256 of the weights that it gave when it was saved, and how many interviews had one.
    weights_sha256 TEXT NOT NULL CHECK (length(weights_sha256) = 64),
    n_interviews   BIGINT NOT NULL CHECK (n_interviews >= 1),
    made_by        TEXT NOT NULL,
    made_at        TEXT NOT NULL,
    PRIMARY KEY (round_code, form_id, version_no),
    UNIQUE (round_code, form_id, name)
);

-- Which weights the results of a round use. The last row of a questionnaire counts; without one, the design weights do.
CREATE TABLE weights_choice (
    round_code TEXT NOT NULL REFERENCES survey_round (code),
    form_id    TEXT NOT NULL,
    -- From 1 within round and questionnaire, without gaps.
    choice_no  BIGINT NOT NULL CHECK (choice_no >= 1),
    -- None: the design weights again.
    version_no BIGINT,
    reason     TEXT NOT NULL,
    chosen_by  TEXT NOT NULL,
    chosen_at  TEXT NOT NULL,
    PRIMARY KEY (round_code, form_id, choice_no),
    FOREIGN KEY (round_code, form_id, version_no) REFERENCES weights_version (round_code, form_id, version_no)
);
