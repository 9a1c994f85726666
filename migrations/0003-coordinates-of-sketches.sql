-- Where a model was read: sketches of one architecture are comparable only at equal coordinates. Unknown for models that
-- were indexed before; their sketches say it.
ALTER TABLE models ADD COLUMN coordinates VARCHAR;
