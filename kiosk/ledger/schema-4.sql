-- What version 4 adds: the pictures in a table of their own, so that a step of a submission writes
-- its few columns and not its pictures again. What older versions wrote stays in its submission's
-- row, where it was: nothing is moved. An index that nothing asked was written with each attempt.

CREATE TABLE pictures (
    id INTEGER PRIMARY KEY REFERENCES submissions (id) ON DELETE CASCADE,
    crc INTEGER NOT NULL,  -- as in every row; the pictures themselves by the submission's SHA-256s
    -- Last, so that reading the columns before them never touches the pictures' pages.
    crop BLOB NOT NULL,
    strip BLOB
) STRICT;

DROP INDEX attempts_by_time;
