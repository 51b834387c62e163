#!/bin/sh
# Makes Sluice's role and database when PostgreSQL starts for the first time. The role owns its database and is no
# superuser: one would step over the rules that the database enforces (SECURITY.md).
set -eu
psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set password="$SLUICE_PASSWORD" <<'SQL'
CREATE ROLE sluice LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE sluice OWNER sluice;
REVOKE ALL ON DATABASE sluice FROM PUBLIC;
SQL
