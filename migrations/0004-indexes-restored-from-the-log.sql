-- Up to here what is indexed is not announced: the feed has told of it already, from an index that is gone or elsewhere.
-- Null where everything is announced.
ALTER TABLE positions ADD COLUMN quiet_until BIGINT;
