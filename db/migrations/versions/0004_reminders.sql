-- A blank line ends each statement: 0004_reminders.py runs them one by one. APP_ROLE is the role that DATABASE_URL names.

CREATE TABLE templates (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    published INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT templates_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT templates_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT templates_tenant_id_name_key UNIQUE (tenant_id, name)
);

CREATE TABLE template_texts (
    tenant_id UUID NOT NULL,
    template_id UUID NOT NULL,
    version INTEGER NOT NULL,
    channel TEXT NOT NULL,
    locale TEXT NOT NULL,
    subject TEXT,
    text TEXT NOT NULL,
    html TEXT,
    CONSTRAINT template_texts_pkey PRIMARY KEY (tenant_id, template_id, version, channel, locale),
    CONSTRAINT template_texts_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT template_texts_tenant_id_template_id_fkey FOREIGN KEY(tenant_id, template_id) REFERENCES templates (tenant_id, id),
    CONSTRAINT template_texts_channel_check CHECK (channel IN ('EMAIL', 'PUSH', 'WEBHOOK', 'CONSOLE'))
);

CREATE TABLE reminder_rules (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    lead_time TEXT NOT NULL,
    channels TEXT[] NOT NULL,
    template_id UUID NOT NULL,
    priority TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT reminder_rules_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT reminder_rules_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT reminder_rules_tenant_id_template_id_fkey FOREIGN KEY(tenant_id, template_id) REFERENCES templates (tenant_id, id),
    CONSTRAINT reminder_rules_priority_check CHECK (priority IN ('HIGH', 'NORMAL', 'LOW')),
    CONSTRAINT reminder_rules_channels_check CHECK (cardinality(channels) > 0 AND channels <@ ARRAY['EMAIL', 'PUSH', 'WEBHOOK', 'CONSOLE']),
    CONSTRAINT reminder_rules_tenant_id_name_key UNIQUE (tenant_id, name)
);

CREATE TABLE contact_preferences (
    tenant_id UUID NOT NULL,
    patient_id UUID NOT NULL,
    channel TEXT NOT NULL,
    consented_at TIMESTAMP WITH TIME ZONE,
    opted_out_at TIMESTAMP WITH TIME ZONE,
    address TEXT,
    quiet_hours JSONB DEFAULT '[]' NOT NULL,
    CONSTRAINT contact_preferences_pkey PRIMARY KEY (tenant_id, patient_id, channel),
    CONSTRAINT contact_preferences_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT contact_preferences_tenant_id_patient_id_fkey FOREIGN KEY(tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    CONSTRAINT contact_preferences_channel_check CHECK (channel IN ('EMAIL', 'PUSH', 'WEBHOOK', 'CONSOLE'))
);

CREATE TABLE delivery_pauses (
    tenant_id UUID NOT NULL,
    channel TEXT NOT NULL,
    paused_at TIMESTAMP WITH TIME ZONE NOT NULL,
    paused_by TEXT NOT NULL,
    CONSTRAINT delivery_pauses_pkey PRIMARY KEY (tenant_id, channel),
    CONSTRAINT delivery_pauses_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT delivery_pauses_channel_check CHECK (channel IN ('EMAIL', 'PUSH', 'WEBHOOK', 'CONSOLE'))
);

-- Settling changes no indexed column, so it stays on the page where there is room (HOT) and touches no index.
CREATE TABLE reminders (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    patient_id UUID NOT NULL,
    appointment_id UUID,
    rule_id UUID,
    generation INTEGER,
    template_id UUID NOT NULL,
    channels TEXT[] NOT NULL,
    priority TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    not_after TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT,
    channel TEXT,
    attempt_count INTEGER DEFAULT 0 NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT reminders_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT reminders_tenant_id_patient_id_fkey FOREIGN KEY(tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    CONSTRAINT reminders_tenant_id_appointment_id_fkey FOREIGN KEY(tenant_id, appointment_id) REFERENCES appointments (tenant_id, id),
    CONSTRAINT reminders_tenant_id_rule_id_fkey FOREIGN KEY(tenant_id, rule_id) REFERENCES reminder_rules (tenant_id, id),
    CONSTRAINT reminders_tenant_id_template_id_fkey FOREIGN KEY(tenant_id, template_id) REFERENCES templates (tenant_id, id),
    CONSTRAINT reminders_tenant_id_appointment_id_rule_id_generation_key UNIQUE (tenant_id, appointment_id, rule_id, generation),
    CONSTRAINT reminders_priority_check CHECK (priority IN ('HIGH', 'NORMAL', 'LOW')),
    CONSTRAINT reminders_status_check CHECK (status IN ('SCHEDULED', 'SENT', 'DELIVERED', 'SKIPPED', 'CANCELLED', 'EXPIRED', 'DEAD')),
    CONSTRAINT reminders_status_reason_check CHECK (status_reason IN ('DUE_BEFORE_BOOKING', 'APPOINTMENT_CANCELLED', 'APPOINTMENT_MOVED', 'APPOINTMENT_OVER', 'CANCELLED_BY_STAFF', 'NO_CONSENT', 'NO_ADDRESS', 'QUIET_HOURS', 'TOO_LATE', 'REJECTED', 'ATTEMPTS_EXHAUSTED')),
    CONSTRAINT reminders_channels_check CHECK (cardinality(channels) > 0 AND channels <@ ARRAY['EMAIL', 'PUSH', 'WEBHOOK', 'CONSOLE']),
    CONSTRAINT reminders_origin_check CHECK (num_nulls(appointment_id, rule_id, generation) IN (0, 3)),
    CONSTRAINT reminders_settled_check CHECK ((status = 'SCHEDULED') = (settled_at IS NULL)),
    CONSTRAINT reminders_reason_is_given_check CHECK ((status_reason IS NULL) = (status IN ('SCHEDULED', 'SENT', 'DELIVERED')))
) WITH (fillfactor = 70);

CREATE INDEX reminders_by_patient ON reminders (tenant_id, patient_id, due_at, id);

CREATE INDEX reminders_by_time ON reminders (tenant_id, due_at, id);

-- Every row is written twice and then deleted, and a page full of due ones all at once: half of it is kept free. Vacuumed often,
-- whatever its size, so that a claim does not walk over what is gone.
CREATE TABLE reminder_queue (
    tenant_id UUID NOT NULL,
    reminder_id UUID NOT NULL,
    channel TEXT NOT NULL,
    priority TEXT NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempt_count INTEGER DEFAULT 0 NOT NULL,
    lease_token UUID,
    leased_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT reminder_queue_pkey PRIMARY KEY (tenant_id, reminder_id),
    CONSTRAINT reminder_queue_tenant_id_reminder_id_fkey FOREIGN KEY(tenant_id, reminder_id) REFERENCES reminders (tenant_id, id),
    CONSTRAINT reminder_queue_channel_check CHECK (channel IN ('EMAIL', 'PUSH', 'WEBHOOK', 'CONSOLE')),
    CONSTRAINT reminder_queue_priority_check CHECK (priority IN ('HIGH', 'NORMAL', 'LOW')),
    CONSTRAINT reminder_queue_lease_check CHECK (num_nulls(lease_token, leased_until) IN (0, 2))
) WITH (
    fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0
);

CREATE INDEX reminder_queue_by_lane ON reminder_queue (tenant_id, channel, priority, next_attempt_at);

-- The tenant's own row need not be looked at for each: the reminder has one.
CREATE TABLE delivery_attempts (
    tenant_id UUID NOT NULL,
    reminder_id UUID NOT NULL,
    number INTEGER NOT NULL,
    channel TEXT NOT NULL,
    provider TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE NOT NULL,
    outcome TEXT NOT NULL,
    provider_message_id TEXT,
    error_code TEXT,
    CONSTRAINT delivery_attempts_pkey PRIMARY KEY (tenant_id, reminder_id, number),
    CONSTRAINT delivery_attempts_tenant_id_reminder_id_fkey FOREIGN KEY(tenant_id, reminder_id) REFERENCES reminders (tenant_id, id),
    CONSTRAINT delivery_attempts_channel_check CHECK (channel IN ('EMAIL', 'PUSH', 'WEBHOOK', 'CONSOLE')),
    CONSTRAINT delivery_attempts_outcome_check CHECK (outcome IN ('ACCEPTED', 'REJECTED', 'FAILED', 'UNKNOWN'))
);

ALTER TABLE templates ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON templates USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (name, published, updated_at, version) ON templates TO APP_ROLE;

ALTER TABLE template_texts ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON template_texts USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT ON template_texts TO APP_ROLE;

ALTER TABLE reminder_rules ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON reminder_rules USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (
    name, lead_time, channels, template_id, priority, active, updated_at, version
) ON reminder_rules TO APP_ROLE;

ALTER TABLE contact_preferences ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON contact_preferences USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (consented_at, opted_out_at, address, quiet_hours) ON contact_preferences TO APP_ROLE;

ALTER TABLE delivery_pauses ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON delivery_pauses USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, DELETE ON delivery_pauses TO APP_ROLE;

ALTER TABLE reminders ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON reminders USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (
    due_at, not_after, status, status_reason, channel, attempt_count, settled_at, updated_at, version
) ON reminders TO APP_ROLE;

ALTER TABLE reminder_queue ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON reminder_queue USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, DELETE, UPDATE (
    channel, next_attempt_at, attempt_count, lease_token, leased_until
) ON reminder_queue TO APP_ROLE;

ALTER TABLE delivery_attempts ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON delivery_attempts USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT ON delivery_attempts TO APP_ROLE;

-- The tenants and channels with reminders to send now: one probe of an index for each, and no lock. Runs as the owner, whom no
-- policy binds, and answers the platform alone: a dispatcher asks it where to claim, and claims tenant by tenant.
CREATE FUNCTION due_lanes(channels text[]) RETURNS TABLE (tenant_id uuid, channel text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, c.channel
    FROM tenants t CROSS JOIN unnest(channels) AS c (channel)
    WHERE nullif(current_setting('app.tenant_id', true), '')::uuid = '00000000-0000-0000-0000-000000000000'
      AND t.status = 'ACTIVE'
      AND NOT EXISTS (SELECT FROM delivery_pauses p WHERE p.tenant_id = t.id AND p.channel = c.channel)
      AND EXISTS (
          SELECT FROM unnest('{HIGH,NORMAL,LOW}'::text[]) AS o (priority) CROSS JOIN LATERAL (
              SELECT FROM reminder_queue q
              WHERE q.tenant_id = t.id AND q.channel = c.channel AND q.priority = o.priority
                AND q.next_attempt_at <= now() AND (q.leased_until IS NULL OR q.leased_until < now())
              LIMIT 1
          ) due
      )
$$;

REVOKE EXECUTE ON FUNCTION due_lanes FROM PUBLIC;

GRANT EXECUTE ON FUNCTION due_lanes TO APP_ROLE;
