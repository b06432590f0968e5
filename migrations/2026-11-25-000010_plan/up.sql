-- The plan: what an office adds to the tables that come with the program, and what its agencies report.
-- Nothing here is changed or deleted: a correction is a later row, and of several rows about one thing the last counts.

-- A table as it was handed in, byte for byte: official results, targets, tasks, agencies, criteria, units, changes of units.
CREATE TABLE plan_table (
    sequence    BIGINT PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('official', 'targets', 'tasks', 'agencies', 'par_criteria', 'units', 'unit_changes')),
    body        BYTEA NOT NULL,
    body_sha256 TEXT NOT NULL CHECK (length(body_sha256) = 64),
    imported_at TEXT NOT NULL,
    imported_by TEXT NOT NULL
);

-- A report: on a task (kind 'task', subject its number), on a target that an office counts itself (kind 'target', subject its
-- id), or the points of a PAR criterion (kind 'par', subject its code).
CREATE TABLE plan_report (
    sequence    BIGINT PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('task', 'target', 'par')),
    subject     TEXT NOT NULL,
    -- A quarter (2024Q3) for a task, a day (2024-10-15) for a target, a year (2024) for points.
    period      TEXT NOT NULL,
    -- The agency that reports; empty for points.
    agency      TEXT NOT NULL,
    -- What is reported, as JSON: {"progress": "done"}, {"value": 41.5}, {"own": 8, "appraised": 7.5}.
    content     TEXT NOT NULL,
    note        TEXT NOT NULL,
    reported_at TEXT NOT NULL,
    reported_by TEXT NOT NULL
);
CREATE INDEX plan_report_by_subject ON plan_report (kind, subject);

-- A file that proves a report. Kept in the database, so that it is in every backup.
CREATE TABLE plan_evidence (
    report_sequence BIGINT NOT NULL REFERENCES plan_report (sequence),
    evidence_no     BIGINT NOT NULL CHECK (evidence_no >= 1),
    file_name       TEXT NOT NULL,
    media_type      TEXT NOT NULL,
    body            BYTEA NOT NULL,
    body_sha256     TEXT NOT NULL CHECK (length(body_sha256) = 64),
    PRIMARY KEY (report_sequence, evidence_no)
);
