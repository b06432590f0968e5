-- What ODK Collect sends: submissions as XForm XML, with files beside them, and edits that name what they replace.

-- How the bytes of body are to be read; they are kept as they came, whatever they are.
ALTER TABLE response ADD COLUMN format TEXT NOT NULL DEFAULT 'json' CHECK (format IN ('json', 'xform'));

-- Which response took the place of which, within a round. The unique key decides: one response is replaced once, by whoever came
-- first; an edit that comes too late is a conflict. What is replaced stays where it is and is read no more. replaces_uuid has no
-- foreign key on purpose: an edit may arrive before what it edits.
CREATE TABLE response_edit (
    uuid          TEXT PRIMARY KEY CHECK (length(uuid) = 36),
    round_code    TEXT NOT NULL REFERENCES survey_round (code),
    replaces_uuid TEXT NOT NULL CHECK (length(replaces_uuid) = 36),
    UNIQUE (round_code, replaces_uuid)
);

-- Files that came with a response: photographs, sound, the log of the questions. Under one name the first bytes are version 1, other
-- bytes are kept beside them; the same bytes are kept once. They belong to the response, not to one of its versions: phones send
-- files in several messages, in any order.
CREATE TABLE attachment (
    uuid        TEXT NOT NULL CHECK (length(uuid) = 36),
    file_name   TEXT NOT NULL,
    version_no  BIGINT NOT NULL CHECK (version_no >= 1),
    media_type  TEXT NOT NULL,
    body        BYTEA NOT NULL,
    body_bytes  BIGINT NOT NULL,
    body_sha256 TEXT NOT NULL CHECK (length(body_sha256) = 64),
    received_at TEXT NOT NULL,
    token_id    TEXT NOT NULL REFERENCES access_token (id),
    PRIMARY KEY (uuid, file_name, version_no),
    UNIQUE (uuid, file_name, body_sha256)
);
