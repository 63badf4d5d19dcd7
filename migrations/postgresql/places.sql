-- Count a stratum's codes that were not withdrawn whenever some come, go or change. Once for each
-- statement: a row that one transaction changes 100,000 times is looked for in all its versions.
-- It runs as the tables' owner: who claims a code may not write here. A claim changes no number, so
-- no row.
CREATE FUNCTION count_places() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    withdrawn constant bytea := decode(repeat('ff', 32), 'hex');
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN
        UPDATE places SET codes = places.codes + counts.codes
        FROM (
            SELECT campaign, stratum, count(*) AS codes FROM new_rows
            WHERE claimed_for <> withdrawn GROUP BY campaign, stratum
        ) AS counts
        WHERE places.campaign = counts.campaign AND places.stratum = counts.stratum;
    WHEN 'DELETE' THEN
        UPDATE places SET codes = places.codes - counts.codes
        FROM (
            SELECT campaign, stratum, count(*) AS codes FROM old_rows
            WHERE claimed_for <> withdrawn GROUP BY campaign, stratum
        ) AS counts
        WHERE places.campaign = counts.campaign AND places.stratum = counts.stratum;
    ELSE
        UPDATE places SET codes = places.codes + counts.codes
        FROM (
            SELECT campaign, stratum, sum(codes) AS codes FROM (
                SELECT campaign, stratum, 1 AS codes FROM new_rows WHERE claimed_for <> withdrawn
                UNION ALL
                SELECT campaign, stratum, -1 FROM old_rows WHERE claimed_for <> withdrawn
            ) AS changes
            GROUP BY campaign, stratum HAVING sum(codes) <> 0
        ) AS counts
        WHERE places.campaign = counts.campaign AND places.stratum = counts.stratum;
    END CASE;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION count_places() FROM PUBLIC;

CREATE TRIGGER code_made AFTER INSERT ON invitation
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_places();

CREATE TRIGGER code_deleted AFTER DELETE ON invitation
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_places();

CREATE TRIGGER code_changed AFTER UPDATE ON invitation
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_places();
