-- A blank line ends each statement: 0006_delivery.py runs them one by one. APP_ROLE is the role that DATABASE_URL names.

ALTER TABLE reminders DROP CONSTRAINT reminders_status_reason_check;

ALTER TABLE reminders ADD CONSTRAINT reminders_status_reason_check CHECK (status_reason IN ('DUE_BEFORE_BOOKING', 'APPOINTMENT_CANCELLED', 'APPOINTMENT_MOVED', 'APPOINTMENT_OVER', 'CANCELLED_BY_STAFF', 'NO_CONSENT', 'NO_ADDRESS', 'QUIET_HOURS', 'TOO_LATE', 'REJECTED', 'BOUNCED', 'ATTEMPTS_EXHAUSTED')) NOT VALID;

ALTER TABLE reminders VALIDATE CONSTRAINT reminders_status_reason_check;

CREATE TABLE delivery_receipts (
    tenant_id UUID NOT NULL,
    reminder_id UUID NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    error_code TEXT,
    CONSTRAINT delivery_receipts_pkey PRIMARY KEY (tenant_id, reminder_id, number, kind),
    CONSTRAINT delivery_receipts_tenant_id_reminder_id_number_fkey FOREIGN KEY(tenant_id, reminder_id, number) REFERENCES delivery_attempts (tenant_id, reminder_id, number),
    CONSTRAINT delivery_receipts_kind_check CHECK (kind IN ('DELIVERED', 'BOUNCED', 'COMPLAINED'))
);

ALTER TABLE delivery_receipts ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON delivery_receipts USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT ON delivery_receipts TO APP_ROLE;

-- How much is due and since when, of all tenants together, for the platform alone: one probe of an index for each lane and
-- priority, and no more than 10,000 rows of it. Runs as the owner, whom no policy binds, and tells no tenant's own.
CREATE FUNCTION reminder_backlog() RETURNS TABLE (channel text, priority text, due bigint, oldest timestamp with time zone)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.channel, o.priority, coalesce(sum(lane.due), 0)::bigint, min(lane.oldest)
    FROM tenants t
    CROSS JOIN unnest('{EMAIL,PUSH,WEBHOOK,CONSOLE}'::text[]) AS c (channel)
    CROSS JOIN unnest('{HIGH,NORMAL,LOW}'::text[]) AS o (priority)
    CROSS JOIN LATERAL (
        SELECT count(*) AS due, min(next_attempt_at) AS oldest FROM (
            SELECT q.next_attempt_at FROM reminder_queue q
            WHERE q.tenant_id = t.id AND q.channel = c.channel AND q.priority = o.priority AND q.next_attempt_at <= now()
            ORDER BY q.next_attempt_at LIMIT 10000
        ) first
    ) lane
    WHERE nullif(current_setting('app.tenant_id', true), '')::uuid = '00000000-0000-0000-0000-000000000000'
    GROUP BY c.channel, o.priority
$$;

REVOKE EXECUTE ON FUNCTION reminder_backlog FROM PUBLIC;

GRANT EXECUTE ON FUNCTION reminder_backlog TO APP_ROLE;
