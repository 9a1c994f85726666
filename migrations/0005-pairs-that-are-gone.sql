-- Pairs that are no candidates any more although the table still has their rows: to find a row all of them are read, so many
-- are deleted at a time.
CREATE TABLE candidates_gone (
  a INTEGER NOT NULL,
  b INTEGER NOT NULL
);
