-- A blank line ends each statement: 0003_appointments.py runs them one by one. APP_ROLE is the role that DATABASE_URL names.

-- For the exclusion of double bookings: a GiST index over ids and a range of time.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE appointments (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    patient_id UUID NOT NULL,
    practitioner_id UUID NOT NULL,
    facility_id UUID NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    time_zone TEXT NOT NULL,
    service_type TEXT NOT NULL,
    exclusive BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    generation INTEGER DEFAULT 1 NOT NULL,
    cancel_reason TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT appointments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT appointments_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT appointments_tenant_id_patient_id_fkey FOREIGN KEY(tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    CONSTRAINT appointments_tenant_id_practitioner_id_fkey FOREIGN KEY(tenant_id, practitioner_id) REFERENCES practitioners (tenant_id, id),
    CONSTRAINT appointments_tenant_id_facility_id_fkey FOREIGN KEY(tenant_id, facility_id) REFERENCES facilities (tenant_id, id),
    CONSTRAINT appointments_status_check CHECK (status IN ('PROPOSED', 'PENDING', 'BOOKED', 'ARRIVED', 'CHECKED_IN', 'FULFILLED', 'CANCELLED', 'NOSHOW', 'WAITLIST', 'ENTERED_IN_ERROR')),
    CONSTRAINT appointments_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT appointments_length_check CHECK (ends_at - starts_at <= interval '24 hours'),
    CONSTRAINT appointments_generation_check CHECK (generation >= 1),
    CONSTRAINT appointments_cancel_reason_check CHECK (CASE status WHEN 'CANCELLED' THEN cancel_reason IS NOT NULL WHEN 'ENTERED_IN_ERROR' THEN true ELSE cancel_reason IS NULL END),
    CONSTRAINT appointments_double_booking_excl EXCLUDE USING gist (tenant_id WITH =, practitioner_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (exclusive AND status IN ('PENDING', 'BOOKED', 'ARRIVED', 'CHECKED_IN', 'FULFILLED'))
);

CREATE INDEX appointments_by_patient ON appointments (tenant_id, patient_id, starts_at, id);

CREATE INDEX appointments_by_practitioner ON appointments (tenant_id, practitioner_id, starts_at, id);

CREATE INDEX appointments_by_time ON appointments (tenant_id, starts_at, id);

CREATE INDEX appointments_upcoming ON appointments (tenant_id, starts_at, id) WHERE status IN ('PENDING', 'BOOKED');

ALTER TABLE appointments ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_reads ON appointments FOR SELECT USING (
    tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
);

CREATE POLICY begins_planned ON appointments FOR INSERT WITH CHECK (
    tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
    AND status IN ('PROPOSED', 'PENDING', 'BOOKED', 'WAITLIST') AND generation = 1
);

CREATE POLICY moved_while_planned ON appointments FOR UPDATE USING (
    tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
    AND status IN ('PROPOSED', 'PENDING', 'BOOKED', 'WAITLIST')
);

-- Not the status: it changes by transition_appointment alone.
GRANT SELECT, INSERT, UPDATE (
    practitioner_id, facility_id, starts_at, ends_at, time_zone, exclusive, generation, updated_at, version
) ON appointments TO APP_ROLE;

-- The states that may follow one.
CREATE FUNCTION appointment_transitions(status text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE status
        WHEN 'PROPOSED' THEN '{PENDING,BOOKED,WAITLIST,CANCELLED,ENTERED_IN_ERROR}'
        WHEN 'WAITLIST' THEN '{PENDING,BOOKED,CANCELLED,ENTERED_IN_ERROR}'
        WHEN 'PENDING' THEN '{BOOKED,WAITLIST,CANCELLED,ENTERED_IN_ERROR}'
        WHEN 'BOOKED' THEN '{ARRIVED,CHECKED_IN,FULFILLED,NOSHOW,CANCELLED,ENTERED_IN_ERROR}'
        WHEN 'ARRIVED' THEN '{CHECKED_IN,FULFILLED,NOSHOW,CANCELLED,ENTERED_IN_ERROR}'
        WHEN 'CHECKED_IN' THEN '{FULFILLED,NOSHOW,CANCELLED,ENTERED_IN_ERROR}'
        WHEN 'NOSHOW' THEN '{ARRIVED,ENTERED_IN_ERROR}'
        WHEN 'FULFILLED' THEN '{ENTERED_IN_ERROR}'
        WHEN 'CANCELLED' THEN '{ENTERED_IN_ERROR}'
        WHEN 'ENTERED_IN_ERROR' THEN '{}'
    END::text[]
$$;

-- Runs as the owner, whom no policy binds, so it binds itself to the tenant that is set. Returns the new version; null where
-- there is no such appointment, its state does not lead there, or nobody can have failed to come yet. A reason is for CANCELLED.
CREATE FUNCTION transition_appointment(tenant uuid, appointment uuid, next text, reason text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE appointments SET status = next, cancel_reason = coalesce(reason, cancel_reason), updated_at = now(),
        version = version + 1
    WHERE tenant_id = tenant AND tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
      AND id = appointment AND next = ANY (appointment_transitions(status))
      AND (next <> 'NOSHOW' OR starts_at <= now())
    RETURNING version
$$;

REVOKE EXECUTE ON FUNCTION transition_appointment FROM PUBLIC;

GRANT EXECUTE ON FUNCTION transition_appointment TO APP_ROLE;
