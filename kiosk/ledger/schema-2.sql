-- What version 2 adds: the picture files of a watched folder, so that none is read or scanned
-- twice. No times: a row lives as long as its file lies there or its scan is remembered.

CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    name BLOB NOT NULL,  -- the bytes of a name on Linux need not be UTF-8
    inode INTEGER NOT NULL,  -- as SQLite's signed number
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT,  -- NULL: never read (skipped, or nothing that is read at all)
    fate TEXT NOT NULL CHECK (fate IN ('skipped', 'looking', 'scanned', 'asked', 'set_aside')),
    tries INTEGER NOT NULL,  -- looks begun and not ended: more than one is a crash
    pending INTEGER NOT NULL,  -- 1 until camera.after is done
    crc INTEGER NOT NULL
) STRICT;

CREATE INDEX files_by_name ON files (name);
CREATE INDEX files_by_stamp ON files (size, mtime_ns);
CREATE INDEX files_by_content ON files (sha256) WHERE sha256 IS NOT NULL;
