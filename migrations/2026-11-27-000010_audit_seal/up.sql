-- Seals on the audit log: each covers the lines after those of the seal before it, and hashes that seal too. A line that is
-- changed, added or deleted below a seal breaks it; whoever mends the seals as well changes the last one, which is told outside.
CREATE TABLE audit_seal (
    -- From 1, without gaps.
    seal_no       BIGINT PRIMARY KEY CHECK (seal_no >= 1),
    -- The last line that it covers.
    last_sequence BIGINT NOT NULL UNIQUE,
    n_lines       BIGINT NOT NULL CHECK (n_lines >= 1),
    sealed_at     TEXT NOT NULL,
    chain_sha256  TEXT NOT NULL CHECK (length(chain_sha256) = 64)
);
