#!/bin/sh
# Run once by the image of PostgreSQL, on an empty cluster.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -v side="$SIDE" \
  -v owner_password="$(cat /run/secrets/owner-password)" \
  -v service_password="$(cat /run/secrets/service-password)" \
  -f /accounts.sql postgres
