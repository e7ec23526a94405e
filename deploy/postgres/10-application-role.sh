#!/bin/sh
# Runs once, when PostgreSQL makes its files. The role that the portal works with owns nothing: it cannot drop a
# trigger, rewrite a history table or truncate a ledger, whatever happens to the application.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set application_password="$APPLICATION_PASSWORD" --set database="$POSTGRES_DB" --set owner="$POSTGRES_USER" <<'SQL'
CREATE ROLE portal_application LOGIN PASSWORD :'application_password';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO portal_application;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO portal_application;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_application;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO portal_application;
SQL
