-- Times are UTC. Labels are dense: 0, 1, 2, ... in the order of arrival, never used twice.

-- Who this data folder is: what lies beside the database (an index file) says whose it is.
CREATE TABLE store (id VARCHAR NOT NULL);
INSERT INTO store SELECT uuid()::VARCHAR;

-- One row for each revision that was ever indexed. The bytes of its sketch lie in a segment file; a row that
-- needs them no more (superseded, deleted) points nowhere.
CREATE TABLE models (
  label INTEGER PRIMARY KEY,
  partition INTEGER NOT NULL,
  hub VARCHAR NOT NULL,
  repo VARCHAR NOT NULL,
  sha VARCHAR NOT NULL,
  architecture VARCHAR NOT NULL,
  state VARCHAR NOT NULL CHECK (state IN ('live', 'tombstone', 'superseded', 'deleted')),
  created_at TIMESTAMP NOT NULL,
  published_at TIMESTAMP NOT NULL,
  known_at TIMESTAMP NOT NULL,
  content_hash VARCHAR NOT NULL,
  fingerprint BLOB NOT NULL,
  sketch_segment INTEGER,
  sketch_offset BIGINT,
  sketch_bytes INTEGER,
  sketch_crc UINTEGER,
  claim JSON,
  bytes_read BIGINT NOT NULL,
  bytes_published BIGINT NOT NULL
);

-- The newest revision of each repository: the only one that may be live.
CREATE TABLE heads (
  hub VARCHAR NOT NULL,
  repo VARCHAR NOT NULL,
  label INTEGER NOT NULL,
  PRIMARY KEY (hub, repo)
);

-- The candidate graph with the figures of each pair, in the direction a to b. No primary key: its index would
-- cost more than the table, and the graph hands out every pair once.
CREATE TABLE candidates (
  a INTEGER NOT NULL,
  b INTEGER NOT NULL,
  proximity FLOAT NOT NULL,
  distance DOUBLE NOT NULL,
  squared_distance DOUBLE NOT NULL,
  correlation DOUBLE NOT NULL,
  growth DOUBLE NOT NULL,
  slope DOUBLE NOT NULL,
  embedding_growth DOUBLE NOT NULL,
  other_log_odds DOUBLE NOT NULL,
  log_odds DOUBLE NOT NULL,
  kinship VARCHAR NOT NULL CHECK (kinship IN ('kin', 'possible', 'stranger')),
  variant BOOLEAN NOT NULL,
  CHECK (a < b)
);

-- The forest as it stands: one row for each model in it, roots included.
CREATE TABLE parents (
  label INTEGER NOT NULL,
  parent INTEGER,
  relation VARCHAR,
  verdict VARCHAR NOT NULL CHECK (verdict IN ('root', 'asserted', 'uncertain', 'variant')),
  confidence DOUBLE NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  evidence JSON NOT NULL,
  runners_up JSON NOT NULL,
  seq BIGINT NOT NULL,
  CHECK (parent <> label)
);

-- Append-only. From valid_from on, the model's parent is that one: so we have known since known_at.
CREATE TABLE changes (
  partition INTEGER NOT NULL,
  seq BIGINT NOT NULL,
  model VARCHAR NOT NULL,
  revision VARCHAR NOT NULL,
  kind VARCHAR NOT NULL CHECK (kind IN ('arrived', 'reparented', 'reassessed', 'deleted')),
  parent_before VARCHAR,
  parent_after VARCHAR,
  relation VARCHAR,
  verdict VARCHAR NOT NULL CHECK (verdict IN ('root', 'asserted', 'uncertain', 'variant')),
  confidence DOUBLE NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  evidence JSON NOT NULL,
  runners_up JSON NOT NULL,
  architecture VARCHAR NOT NULL,
  cause VARCHAR NOT NULL,
  valid_from TIMESTAMP NOT NULL,
  known_at TIMESTAMP NOT NULL
);
CREATE INDEX changes_by_model ON changes (model);

-- How far a partition's log is indexed, and whose turn it is to index it.
CREATE TABLE positions (
  topic VARCHAR NOT NULL,
  partition INTEGER NOT NULL,
  next BIGINT,
  generation BIGINT NOT NULL,
  PRIMARY KEY (topic, partition)
);

-- What is to be published and is not known to be: rows go once the log has them.
CREATE TABLE outbox (
  seq BIGINT NOT NULL,
  topic VARCHAR NOT NULL,
  partition INTEGER NOT NULL,
  key VARCHAR NOT NULL,
  payload VARCHAR NOT NULL
);

CREATE TABLE rejects (
  event VARCHAR NOT NULL,
  repo VARCHAR NOT NULL,
  sha VARCHAR NOT NULL,
  service VARCHAR NOT NULL,
  reason VARCHAR NOT NULL,
  detail VARCHAR NOT NULL,
  rejected_at TIMESTAMP NOT NULL
);
