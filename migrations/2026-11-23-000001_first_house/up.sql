-- The first house: what a survey round is made of, and what came back from the field.
-- Read from top to bottom: this is the story of a round. Why the types look as they do: migrations/README.md.

-- One round of fieldwork: "PAPI, Bắc Giang, 2024". Its code goes into URLs and never changes.
CREATE TABLE survey_round (
    code       TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    -- A response that arrives while the round is not open is kept and flagged, never refused.
    state      TEXT NOT NULL CHECK (state IN ('draft', 'open', 'closed')),
    -- Public: the round, its list, its progress and its results may be read without a token.
    visibility TEXT NOT NULL CHECK (visibility IN ('private', 'public')),
    created_at TEXT NOT NULL
);

-- A published questionnaire. The bytes are frozen, the hash is their name: a change is another row.
CREATE TABLE questionnaire_version (
    sha256       TEXT PRIMARY KEY CHECK (length(sha256) = 64),
    form_id      TEXT NOT NULL,
    version      TEXT NOT NULL,
    title        TEXT NOT NULL,
    sheets       BYTEA NOT NULL,
    published_at TEXT NOT NULL,
    UNIQUE (form_id, version)
);

-- Which questionnaires a round asks. A new version joins; the old one stays answerable.
CREATE TABLE round_questionnaire (
    round_code           TEXT NOT NULL REFERENCES survey_round (code),
    questionnaire_sha256 TEXT NOT NULL REFERENCES questionnaire_version (sha256),
    PRIMARY KEY (round_code, questionnaire_sha256)
);

-- The drawn sample as it left the draw: the list byte for byte, and the certificate that lets an auditor draw it again.
-- One sample a round; it never changes.
CREATE TABLE sample (
    round_code  TEXT PRIMARY KEY REFERENCES survey_round (code),
    list_csv    BYTEA NOT NULL,
    list_sha256 TEXT NOT NULL CHECK (length(list_sha256) = 64),
    design      TEXT,
    certificate TEXT,
    stored_at   TEXT NOT NULL
);

-- A secret given to a person or a program. Only its SHA-256 is here: the secret is shown once and cannot be had again.
-- An enumerator's token always belongs to one round; the others may serve all rounds (round_code is null).
CREATE TABLE access_token (
    id           TEXT PRIMARY KEY,
    round_code   TEXT REFERENCES survey_round (code),
    name         TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('administrator', 'coordinator', 'enumerator', 'analyst')),
    token_sha256 TEXT NOT NULL UNIQUE CHECK (length(token_sha256) = 64),
    created_at   TEXT NOT NULL,
    expires_at   TEXT,
    revoked_at   TEXT,
    CHECK (role <> 'enumerator' OR round_code IS NOT NULL)
);

-- The rows of the sample list that fieldwork needs. case_id is the list's unit_id. The area is the level that contains
-- the households, a village as a rule; area_path is the JSON list of all levels from the top: [{"level","code","name"}].
-- Levels are data: Vietnam had three tiers until 30 June 2025 and has two since.
CREATE TABLE sampled_unit (
    round_code            TEXT NOT NULL REFERENCES survey_round (code),
    case_id               TEXT NOT NULL,
    list_order            BIGINT NOT NULL,
    area_code             TEXT NOT NULL,
    area_name             TEXT NOT NULL,
    area_path             TEXT NOT NULL,
    role                  TEXT NOT NULL CHECK (role IN ('main', 'reserve')),
    visiting_order        BIGINT NOT NULL,
    base_weight           DOUBLE PRECISION NOT NULL CHECK (base_weight > 0),
    inclusion_probability DOUBLE PRECISION NOT NULL CHECK (inclusion_probability > 0 AND inclusion_probability <= 1),
    assigned_token_id     TEXT REFERENCES access_token (id),
    PRIMARY KEY (round_code, case_id),
    UNIQUE (round_code, list_order)
);
CREATE INDEX sampled_unit_by_assignee ON sampled_unit (assigned_token_id);

-- Every version of every response that arrived, exactly as received. The device makes the uuid. The primary key decides
-- who came first; the second key sees that the same bytes are kept once, however often they are sent.
-- Version 1 is accepted. Other bytes under the same uuid are a conflict: kept beside it for the supervisor.
-- case_id has no foreign key on purpose: an unknown case is kept and flagged.
CREATE TABLE response (
    uuid                 TEXT NOT NULL CHECK (length(uuid) = 36),
    version_no           BIGINT NOT NULL CHECK (version_no >= 1),
    -- Order of arrival at the server; the only order to be trusted, for clocks of devices are not. May have gaps.
    sequence             BIGINT NOT NULL UNIQUE,
    round_code           TEXT NOT NULL REFERENCES survey_round (code),
    form_id              TEXT NOT NULL,
    questionnaire_sha256 TEXT REFERENCES questionnaire_version (sha256),
    case_id              TEXT NOT NULL,
    disposition          TEXT NOT NULL,
    token_id             TEXT NOT NULL REFERENCES access_token (id),
    body                 BYTEA NOT NULL,
    body_sha256          TEXT NOT NULL CHECK (length(body_sha256) = 64),
    received_at          TEXT NOT NULL,
    state                TEXT NOT NULL CHECK (state IN ('accepted', 'conflict')),
    PRIMARY KEY (uuid, version_no),
    UNIQUE (uuid, body_sha256)
);
CREATE INDEX response_by_case ON response (round_code, case_id);

-- What is odd about a response. A flag never alters or hides the data.
CREATE TABLE response_flag (
    uuid       TEXT NOT NULL,
    version_no BIGINT NOT NULL,
    flag_no    BIGINT NOT NULL,
    code       TEXT NOT NULL,
    question   TEXT,
    detail     TEXT NOT NULL,
    PRIMARY KEY (uuid, version_no, flag_no),
    FOREIGN KEY (uuid, version_no) REFERENCES response (uuid, version_no)
);

-- Each knock on a door, under the same rules as a response.
CREATE TABLE contact_attempt (
    uuid         TEXT NOT NULL CHECK (length(uuid) = 36),
    version_no   BIGINT NOT NULL CHECK (version_no >= 1),
    sequence     BIGINT NOT NULL UNIQUE,
    round_code   TEXT NOT NULL REFERENCES survey_round (code),
    case_id      TEXT NOT NULL,
    attempt_no   BIGINT NOT NULL CHECK (attempt_no >= 1),
    disposition  TEXT NOT NULL,
    attempted_at TEXT NOT NULL,
    token_id     TEXT NOT NULL REFERENCES access_token (id),
    body         BYTEA NOT NULL,
    body_sha256  TEXT NOT NULL CHECK (length(body_sha256) = 64),
    received_at  TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('accepted', 'conflict')),
    PRIMARY KEY (uuid, version_no),
    UNIQUE (uuid, body_sha256)
);
CREATE INDEX contact_attempt_by_case ON contact_attempt (round_code, case_id);

-- Who did what. Written in the transaction of the act itself: there is no act without its line, and no line without its act.
CREATE TABLE audit_event (
    sequence    BIGINT PRIMARY KEY,
    at          TEXT NOT NULL,
    -- The id of a token, or the command that acted.
    actor       TEXT NOT NULL,
    act         TEXT NOT NULL,
    object      TEXT NOT NULL,
    detail      TEXT NOT NULL
);

-- The counters behind the sequence columns where the engine has no sequences (SQLite: one writer, so counting is safe).
CREATE TABLE sequence_counter (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO sequence_counter (name, value) VALUES ('arrival', 0), ('audit', 0);
