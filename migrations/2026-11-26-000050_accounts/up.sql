-- People: who they are, what they may do, how they sign in, which devices they hold, which cases are theirs, and what a
-- reviewer said of an interview. Tokens stay what they were; a token may now belong to a person.

-- A person. login is in NFC and lower case; a person without a password cannot sign in (an enumerator with a phone only).
CREATE TABLE account (
    id            TEXT PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    -- argon2id in PHC form, parameters and salt included.
    password_hash TEXT,
    created_at    TEXT NOT NULL,
    disabled_at   TEXT
);

-- What a person may do: scope is the code of a round, or '*' for all rounds. Codes of rounds hold no '*'.
CREATE TABLE account_role (
    account_id TEXT NOT NULL REFERENCES account (id),
    role       TEXT NOT NULL CHECK (role IN ('administrator', 'coordinator', 'supervisor', 'enumerator', 'analyst', 'auditor')),
    scope      TEXT NOT NULL,
    round_code TEXT REFERENCES survey_round (code),
    granted_at TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    PRIMARY KEY (account_id, role, scope),
    CHECK ((scope = '*' AND round_code IS NULL) OR (round_code IS NOT NULL AND scope = round_code)),
    CHECK (role <> 'enumerator' OR round_code IS NOT NULL)
);

-- Somebody signed in. Only the hash of the cookie's secret is here. Ends by itself at ends_at, or when it was idle too long.
CREATE TABLE session (
    secret_sha256 TEXT PRIMARY KEY CHECK (length(secret_sha256) = 64),
    account_id    TEXT NOT NULL REFERENCES account (id),
    started_at    TEXT NOT NULL,
    seen_at       TEXT NOT NULL,
    ends_at       TEXT NOT NULL,
    ended_at      TEXT
);
CREATE INDEX session_by_account ON session (account_id);

-- A link that sets a password once.
CREATE TABLE password_link (
    secret_sha256 TEXT PRIMARY KEY CHECK (length(secret_sha256) = 64),
    account_id    TEXT NOT NULL REFERENCES account (id),
    made_at       TEXT NOT NULL,
    made_by       TEXT NOT NULL,
    expires_at    TEXT NOT NULL,
    used_at       TEXT
);

-- Wrong guesses, by what was guessed at: 'login:…' (the hash of a login, known or not) or 'address:…' (a network).
-- Counted before a guess is looked at, so that many at once do not get through.
CREATE TABLE guess (
    subject       TEXT PRIMARY KEY,
    n_failed      BIGINT NOT NULL,
    last_tried_at TEXT NOT NULL,
    -- Until then no further guess is looked at.
    closed_until  TEXT NOT NULL
);
CREATE INDEX guess_by_time ON guess (last_tried_at);

-- A one-time code that makes a device. The hash is a slow one: eight characters could be tried out otherwise.
CREATE TABLE activation_code (
    code_hash    TEXT PRIMARY KEY CHECK (length(code_hash) = 64),
    account_id   TEXT NOT NULL REFERENCES account (id),
    round_code   TEXT NOT NULL REFERENCES survey_round (code),
    made_at      TEXT NOT NULL,
    made_by      TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    used_at      TEXT,
    cancelled_at TEXT
);
CREATE INDEX activation_code_by_account ON activation_code (account_id);

-- Whose a token is. Each token of an enumerator belongs to a person from now on: those that were made before get one here.
ALTER TABLE access_token ADD COLUMN account_id TEXT REFERENCES account (id);
INSERT INTO account (id, login, name, created_at)
    SELECT 'ac-' || id, id, name, created_at FROM access_token WHERE role = 'enumerator';
INSERT INTO account_role (account_id, role, scope, round_code, granted_at, granted_by)
    SELECT 'ac-' || id, 'enumerator', round_code, round_code, created_at, 'migration'
    FROM access_token WHERE role = 'enumerator';
UPDATE access_token SET account_id = 'ac-' || id WHERE role = 'enumerator';

-- A phone or tablet with its own token. What it holds is what it said last; clock_offset_ms is its clock minus ours.
CREATE TABLE device (
    id                  TEXT PRIMARY KEY,
    token_id            TEXT NOT NULL UNIQUE REFERENCES access_token (id),
    account_id          TEXT NOT NULL REFERENCES account (id),
    round_code          TEXT NOT NULL REFERENCES survey_round (code),
    name                TEXT NOT NULL,
    activated_at        TEXT NOT NULL,
    synced_at           TEXT,
    n_unsent            BIGINT,
    n_drafts            BIGINT,
    app_version         TEXT,
    storage_persisted   BOOLEAN,
    storage_used_bytes  BIGINT,
    storage_quota_bytes BIGINT,
    clock_offset_ms     BIGINT
);
CREATE INDEX device_by_round ON device (round_code);

-- Whose a case is now; how it came to that is in assignment. A case is assigned to a person, not to a token.
ALTER TABLE sampled_unit ADD COLUMN assigned_account_id TEXT REFERENCES account (id);
UPDATE sampled_unit SET assigned_account_id =
    (SELECT access_token.account_id FROM access_token WHERE access_token.id = sampled_unit.assigned_token_id);
-- A case of a token that is no enumerator's (a coordinator visits himself) gets its person, too.
INSERT INTO account (id, login, name, created_at)
    SELECT 'ac-' || id, id, name, created_at FROM access_token
    WHERE account_id IS NULL AND id IN (SELECT assigned_token_id FROM sampled_unit WHERE assigned_token_id IS NOT NULL);
UPDATE access_token SET account_id = 'ac-' || id
    WHERE account_id IS NULL AND id IN (SELECT assigned_token_id FROM sampled_unit WHERE assigned_token_id IS NOT NULL);
UPDATE sampled_unit SET assigned_account_id =
    (SELECT access_token.account_id FROM access_token WHERE access_token.id = sampled_unit.assigned_token_id)
    WHERE assigned_token_id IS NOT NULL;
DROP INDEX sampled_unit_by_assignee;
ALTER TABLE sampled_unit DROP COLUMN assigned_token_id;
CREATE INDEX sampled_unit_by_assignee ON sampled_unit (assigned_account_id);

-- Each time a case was given to somebody, or taken back (account_id is null). Rows are only added.
CREATE TABLE assignment (
    round_code    TEXT NOT NULL,
    case_id       TEXT NOT NULL,
    assignment_no BIGINT NOT NULL CHECK (assignment_no >= 1),
    account_id    TEXT REFERENCES account (id),
    assigned_at   TEXT NOT NULL,
    assigned_by   TEXT NOT NULL,
    PRIMARY KEY (round_code, case_id, assignment_no),
    FOREIGN KEY (round_code, case_id) REFERENCES sampled_unit (round_code, case_id)
);
INSERT INTO assignment (round_code, case_id, assignment_no, account_id, assigned_at, assigned_by)
    SELECT round_code, case_id, 1, assigned_account_id,
        (SELECT account.created_at FROM account WHERE account.id = sampled_unit.assigned_account_id), 'migration'
    FROM sampled_unit WHERE assigned_account_id IS NOT NULL;

-- The interview that a response corrects, as the sender says. No foreign key on purpose: an unknown one is kept and flagged.
ALTER TABLE response ADD COLUMN replaces_uuid TEXT;

-- What a reviewer said of an interview. Rows are only added; the last one counts. The data themselves never change.
CREATE TABLE review (
    uuid        TEXT NOT NULL,
    review_no   BIGINT NOT NULL CHECK (review_no >= 1),
    round_code  TEXT NOT NULL REFERENCES survey_round (code),
    verdict     TEXT NOT NULL CHECK (verdict IN ('approved', 'returned', 'rejected')),
    -- Required to return or reject an interview: what the enumerator must do, or why it is not used.
    comment     TEXT NOT NULL,
    question    TEXT,
    reviewed_at TEXT NOT NULL,
    reviewed_by TEXT NOT NULL,
    PRIMARY KEY (uuid, review_no),
    CHECK (verdict = 'approved' OR length(comment) > 0)
);
CREATE INDEX review_by_round ON review (round_code);
