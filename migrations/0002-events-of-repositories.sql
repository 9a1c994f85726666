-- What of each repository counts is decided by its newest arrival and its newest deletion, in the order that the events
-- themselves carry (services/indexer/src/event-order.ts), whatever the order of delivery. The label is that of the newest
-- arrival; there is none while only a deletion has been heard of.
CREATE TABLE repositories (
  hub VARCHAR NOT NULL,
  repo VARCHAR NOT NULL,
  label INTEGER,
  arrival VARCHAR,
  departure VARCHAR,
  PRIMARY KEY (hub, repo)
);

INSERT INTO repositories
SELECT hub, repo,
  CASE WHEN state IN ('live', 'tombstone') THEN label END,
  CASE WHEN state IN ('live', 'tombstone') THEN moment || ' 0 ' || sha END,
  CASE WHEN state IN ('tombstone', 'deleted') THEN moment || ' 1 ' || sha END
FROM (
  SELECT heads.hub, heads.repo, heads.label, models.state, models.sha,
    strftime(models.published_at, '%Y-%m-%dT%H:%M:%S.%gZ') || ' ' || strftime(models.created_at, '%Y-%m-%dT%H:%M:%S.%gZ') AS moment
  FROM heads JOIN models USING (label)
) AS known;

DROP TABLE heads;

-- A deleted model stays as a tombstone now; what was dropped before has no sketch to come back with.
UPDATE models SET state = 'superseded' WHERE state = 'deleted';
