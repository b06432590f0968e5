-- Which units there were when a round was made: the version (SHA-256) of the tables of units, the day on which they are looked at,
-- and the unit that the sample lies in. Rounds made before this have no row: nothing is guessed for them.
CREATE TABLE round_geography (
    round_code TEXT PRIMARY KEY REFERENCES survey_round (code),
    version    TEXT NOT NULL CHECK (length(version) = 64),
    seen_on    TEXT NOT NULL CHECK (length(seen_on) = 10),
    -- The id of the unit; empty where the tables do not know the top level of the sample.
    unit       TEXT NOT NULL
);
