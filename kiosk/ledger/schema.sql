-- The ledger's tables, version 1 (schema-2.sql adds to them). STRICT: a value of a wrong type is an error, not a surprise.
-- Every row carries `crc`, a CRC-32 over its other columns (rows.py); pictures enter it by their
-- SHA-256. Times are `boot_id`, `monotonic`, `wall`, `clock_set` (2: before `wall`): see moment.py.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    crc INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE submissions (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL UNIQUE,
    scan_id INTEGER NOT NULL,  -- no foreign key: scans are pruned by their own age
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'committed', 'recognized',
        'unrecognized', 'in_doubt', 'rejected', 'local', 'duplicate', 'dropped')),
    live INTEGER NOT NULL,
    spent INTEGER NOT NULL,  -- 1 from the point of no return until something releases it
    boot_id TEXT NOT NULL,
    monotonic REAL NOT NULL,
    wall REAL NOT NULL,
    clock_set INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    file_name TEXT,
    file_sha256 TEXT,
    text TEXT,
    vin TEXT,
    vin_source TEXT CHECK (vin_source IN ('service', 'local')),
    local_vin TEXT,
    credits INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    reason TEXT,
    key INTEGER,
    make TEXT,
    model TEXT,
    year INTEGER,
    decode_note TEXT,
    duplicate_of INTEGER,  -- no foreign key: the earlier row may be pruned years before this one
    crop_format TEXT,
    crop_width INTEGER,
    crop_height INTEGER,
    strip_sha256 TEXT,
    answer BLOB,
    crc INTEGER NOT NULL,
    -- Last, so that reading the columns before them never touches the pictures' pages.
    crop BLOB,
    strip BLOB
) STRICT;

CREATE INDEX submissions_by_state ON submissions (state, live, seq);
CREATE INDEX submissions_by_crop ON submissions (sha256);
CREATE INDEX submissions_by_file ON submissions (file_sha256) WHERE file_sha256 IS NOT NULL;
CREATE INDEX submissions_by_vin ON submissions (vin) WHERE vin IS NOT NULL;
CREATE INDEX submissions_by_local_vin ON submissions (local_vin);

CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    submission_id INTEGER NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
    boot_id TEXT NOT NULL,
    monotonic REAL NOT NULL,
    wall REAL NOT NULL,
    clock_set INTEGER NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('sending', 'committed')),
    ended REAL,  -- monotonic; NULL while it runs, and for good where the process died
    outcome TEXT,  -- the submission's state after the attempt; NULL while it runs
    status INTEGER,
    credits INTEGER NOT NULL,
    reason TEXT,
    crc INTEGER NOT NULL
) STRICT;

CREATE INDEX attempts_by_submission ON attempts (submission_id);
CREATE INDEX attempts_by_time ON attempts (wall);

CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    submission_id INTEGER,
    outcome TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    monotonic REAL NOT NULL,
    wall REAL NOT NULL,
    clock_set INTEGER NOT NULL,
    source TEXT NOT NULL,
    text TEXT,
    vin TEXT,
    symbology TEXT,
    confidence REAL,
    file_name TEXT,
    file_sha256 TEXT,
    detail TEXT,
    crc INTEGER NOT NULL
) STRICT;

CREATE INDEX scans_by_file ON scans (file_sha256) WHERE file_sha256 IS NOT NULL;

-- What people did, and every pause with its reason.
CREATE TABLE acts (
    id INTEGER PRIMARY KEY,
    submission_id INTEGER,
    what TEXT NOT NULL,
    who TEXT NOT NULL,
    detail TEXT,
    boot_id TEXT NOT NULL,
    monotonic REAL NOT NULL,
    wall REAL NOT NULL,
    clock_set INTEGER NOT NULL,
    crc INTEGER NOT NULL
) STRICT;
