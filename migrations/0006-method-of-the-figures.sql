-- Which version of the method, with which constants, the figures of the partition's pairs are of. Null: of none that is known.
ALTER TABLE positions ADD COLUMN measured_by VARCHAR;
