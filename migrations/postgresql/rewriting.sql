-- The service may rewrite a table, and have the log forgotten, without owning either: each
-- function runs as the tables' owner and does one thing. VACUUM FULL would do the same, but no
-- function may call it. Rows come to lie in the order of their primary keys.
CREATE FUNCTION rewrite_table(table_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    key_name text;
BEGIN
    SELECT conname INTO key_name FROM pg_constraint
    WHERE contype = 'p' AND conrelid = format('public.%I', table_name)::regclass;
    IF key_name IS NOT NULL THEN
        EXECUTE format('CLUSTER public.%I USING %I', table_name, key_name);
    END IF;
END
$$;

-- Begin a new file of the write-ahead log and drop those before it, where the owner may.
CREATE FUNCTION forget_log() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT (
        pg_has_role('pg_checkpoint', 'member')
        AND has_function_privilege('pg_switch_wal()', 'execute')
    ) THEN
        RETURN false;
    END IF;
    PERFORM pg_switch_wal();
    CHECKPOINT;
    RETURN true;
END
$$;

REVOKE ALL ON FUNCTION rewrite_table(text), forget_log() FROM PUBLIC;

-- ANALYZE copies values of a column into the catalogue, where no rewriting of the table reaches
-- them: not of columns that hold keys, hashes and ciphertexts.
DO $$
DECLARE
    secret record;
BEGIN
    FOR secret IN
        SELECT attrelid::regclass AS table_name, attname AS column_name
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND atttypid = 'bytea'::regtype AND attnum > 0 AND NOT attisdropped
    LOOP
        EXECUTE format(
            'ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', secret.table_name, secret.column_name
        );
    END LOOP;
END
$$;
