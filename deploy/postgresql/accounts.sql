-- The three accounts of one side and its database, by the cluster's superuser:
-- psql -v side=answers -v owner_password=… -v staff_password=… -v public_password=… \
--   -f accounts.sql postgres
CREATE ROLE survey_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE survey_staff LOGIN PASSWORD :'staff_password';
CREATE ROLE survey_public LOGIN PASSWORD :'public_password';
CREATE DATABASE :"side" OWNER survey_owner;
\connect :side
ALTER SCHEMA public OWNER TO survey_owner;
-- so that the close can drop the write-ahead log
GRANT EXECUTE ON FUNCTION pg_switch_wal() TO survey_owner;
GRANT pg_checkpoint TO survey_owner;
