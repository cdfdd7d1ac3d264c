-- A blank line ends each statement: 0008_rules_in_batches.py runs them one by one. APP_ROLE is the role that DATABASE_URL names.

ALTER TABLE reminder_rules ADD COLUMN pending_after TIMESTAMP WITH TIME ZONE;

CREATE INDEX reminder_rules_pending ON reminder_rules (tenant_id, id) WHERE pending_after IS NOT NULL;

GRANT UPDATE (pending_after) ON reminder_rules TO APP_ROLE;

-- The rules that are still to be applied to some appointments, for the platform alone. Runs as the owner, whom no policy binds.
CREATE FUNCTION pending_rules() RETURNS TABLE (tenant_id uuid, rule_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.tenant_id, r.id FROM reminder_rules r JOIN tenants t ON t.id = r.tenant_id AND t.status = 'ACTIVE'
    WHERE nullif(current_setting('app.tenant_id', true), '')::uuid = '00000000-0000-0000-0000-000000000000'
      AND r.pending_after IS NOT NULL
$$;

REVOKE EXECUTE ON FUNCTION pending_rules FROM PUBLIC;

GRANT EXECUTE ON FUNCTION pending_rules TO APP_ROLE;
