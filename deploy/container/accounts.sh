#!/bin/sh
# Run once by the image of PostgreSQL, on an empty cluster.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -v side="$SIDE" \
  -v owner_password="$(cat /run/secrets/owner-password)" \
  -v staff_password="$(cat /run/secrets/staff-password)" \
  -v public_password="$(cat /run/secrets/public-password)" \
  -f /accounts.sql postgres
