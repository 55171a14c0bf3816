-- What version 3 adds: when a VIN was last seen in presentation mode, so that a car that stands in
-- the lane for hours, or over a restart, is one car. Two writes for each: as it comes and leaves.

CREATE TABLE sightings (
    id INTEGER PRIMARY KEY,
    vin TEXT NOT NULL,
    in_view INTEGER NOT NULL,  -- 1: not known to have left; its time is then that of its coming
    boot_id TEXT NOT NULL,
    monotonic REAL NOT NULL,
    wall REAL NOT NULL,
    clock_set INTEGER NOT NULL,
    crc INTEGER NOT NULL
) STRICT;

CREATE INDEX sightings_by_vin ON sightings (vin);
