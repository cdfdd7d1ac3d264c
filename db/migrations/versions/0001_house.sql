-- A blank line ends each statement: 0001_house.py runs them one by one. APP_ROLE is the role that DATABASE_URL names.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE TABLE idempotency_keys (
    tenant_id UUID NOT NULL,
    subject TEXT NOT NULL,
    mutation TEXT NOT NULL,
    key TEXT NOT NULL,
    digest BYTEA NOT NULL,
    result_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, subject, mutation, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (tenant_id, created_at);

CREATE TABLE tenants (
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT tenants_pkey PRIMARY KEY (id),
    CONSTRAINT tenants_slug_key UNIQUE (slug),
    CONSTRAINT tenants_status_check CHECK (status IN ('ACTIVE', 'SUSPENDED'))
);

CREATE TABLE api_keys (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    digest BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT api_keys_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT api_keys_tenant_id_digest_key UNIQUE (tenant_id, digest),
    CONSTRAINT api_keys_role_check CHECK (role IN ('ADMIN', 'CLINICIAN', 'COORDINATOR', 'BILLING', 'READER'))
);

CREATE TABLE facilities (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT facilities_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT facilities_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT facilities_status_check CHECK (status IN ('ACTIVE', 'INACTIVE'))
);

CREATE INDEX facilities_by_name ON facilities (tenant_id, name, id);

CREATE TABLE practitioners (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT practitioners_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT practitioners_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT practitioners_tenant_id_subject_key UNIQUE (tenant_id, subject),
    CONSTRAINT practitioners_tenant_id_email_key UNIQUE (tenant_id, email),
    CONSTRAINT practitioners_role_check CHECK (role IN ('PHYSICIAN', 'NURSE', 'CARE_ASSISTANT', 'THERAPIST', 'SOCIAL_WORKER'))
);

CREATE INDEX practitioners_by_name ON practitioners (tenant_id, name, id);

CREATE TABLE patients (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    facility_id UUID NOT NULL,
    mrn TEXT NOT NULL,
    name TEXT NOT NULL,
    birth_date DATE NOT NULL,
    email TEXT,
    phone TEXT,
    time_zone TEXT NOT NULL,
    locale TEXT NOT NULL,
    status TEXT NOT NULL,
    discharged_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT patients_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT patients_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT patients_tenant_id_facility_id_fkey FOREIGN KEY(tenant_id, facility_id) REFERENCES facilities (tenant_id, id),
    CONSTRAINT patients_tenant_id_mrn_key UNIQUE (tenant_id, mrn),
    CONSTRAINT patients_status_check CHECK (status IN ('ACTIVE', 'DISCHARGED')),
    CONSTRAINT patients_discharged_at_check CHECK ((status = 'DISCHARGED') = (discharged_at IS NOT NULL))
);

CREATE INDEX patients_by_creation ON patients (tenant_id, created_at, id);

CREATE INDEX patients_by_facility ON patients (tenant_id, facility_id, name, id);

CREATE INDEX patients_by_name ON patients (tenant_id, name, id);

CREATE INDEX patients_search ON patients USING gin (tenant_id, name gin_trgm_ops, email gin_trgm_ops, mrn gin_trgm_ops);

CREATE TABLE practitioner_facilities (
    tenant_id UUID NOT NULL,
    practitioner_id UUID NOT NULL,
    facility_id UUID NOT NULL,
    CONSTRAINT practitioner_facilities_pkey PRIMARY KEY (tenant_id, practitioner_id, facility_id),
    CONSTRAINT practitioner_facilities_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT practitioner_facilities_tenant_id_practitioner_id_fkey FOREIGN KEY(tenant_id, practitioner_id) REFERENCES practitioners (tenant_id, id),
    CONSTRAINT practitioner_facilities_tenant_id_facility_id_fkey FOREIGN KEY(tenant_id, facility_id) REFERENCES facilities (tenant_id, id)
);

CREATE TABLE notes (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    patient_id UUID NOT NULL,
    facility_id UUID NOT NULL,
    author_id UUID NOT NULL,
    category TEXT NOT NULL,
    priority TEXT NOT NULL,
    shift TEXT NOT NULL,
    status TEXT NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    late_entry BOOLEAN GENERATED ALWAYS AS (recorded_at - effective_at > interval '24 hours') STORED NOT NULL,
    text TEXT NOT NULL,
    signed_at TIMESTAMP WITH TIME ZONE,
    signed_by_id UUID,
    content_hash BYTEA,
    retracted_at TIMESTAMP WITH TIME ZONE,
    retracted_by_id UUID,
    retraction_reason TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT notes_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT notes_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT notes_tenant_id_patient_id_fkey FOREIGN KEY(tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    CONSTRAINT notes_tenant_id_facility_id_fkey FOREIGN KEY(tenant_id, facility_id) REFERENCES facilities (tenant_id, id),
    CONSTRAINT notes_tenant_id_author_id_fkey FOREIGN KEY(tenant_id, author_id) REFERENCES practitioners (tenant_id, id),
    CONSTRAINT notes_tenant_id_signed_by_id_fkey FOREIGN KEY(tenant_id, signed_by_id) REFERENCES practitioners (tenant_id, id),
    CONSTRAINT notes_tenant_id_retracted_by_id_fkey FOREIGN KEY(tenant_id, retracted_by_id) REFERENCES practitioners (tenant_id, id),
    CONSTRAINT notes_category_check CHECK (category IN ('ASSESSMENT', 'PROGRESS', 'MEDICATION', 'VITALS', 'NUTRITION', 'MOBILITY', 'WOUND_CARE', 'BEHAVIOUR', 'INCIDENT', 'HANDOVER')),
    CONSTRAINT notes_priority_check CHECK (priority IN ('LOW', 'NORMAL', 'HIGH', 'URGENT')),
    CONSTRAINT notes_shift_check CHECK (shift IN ('DAY', 'EVENING', 'NIGHT')),
    CONSTRAINT notes_status_check CHECK (status IN ('PRELIMINARY', 'FINAL', 'AMENDED', 'ENTERED_IN_ERROR')),
    CONSTRAINT notes_signature_check CHECK (num_nulls(signed_at, signed_by_id, content_hash) IN (0, 3)),
    CONSTRAINT notes_signed_check CHECK (CASE status WHEN 'PRELIMINARY' THEN signed_at IS NULL WHEN 'ENTERED_IN_ERROR' THEN true ELSE signed_at IS NOT NULL END),
    CONSTRAINT notes_retraction_check CHECK (num_nonnulls(retracted_at, retracted_by_id, retraction_reason) = CASE status WHEN 'ENTERED_IN_ERROR' THEN 3 ELSE 0 END)
);

CREATE INDEX notes_by_author ON notes (tenant_id, author_id, effective_at, id);

CREATE INDEX notes_by_facility ON notes (tenant_id, facility_id, effective_at, id);

CREATE INDEX notes_by_patient ON notes (tenant_id, patient_id, effective_at, id);

CREATE INDEX notes_by_recording ON notes (tenant_id, recorded_at, id);

CREATE INDEX notes_by_time ON notes (tenant_id, effective_at, id);

CREATE INDEX notes_search ON notes USING gin (tenant_id, text gin_trgm_ops);

CREATE TABLE addenda (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    note_id UUID NOT NULL,
    author_id UUID NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    signed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT addenda_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT addenda_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT addenda_tenant_id_note_id_fkey FOREIGN KEY(tenant_id, note_id) REFERENCES notes (tenant_id, id),
    CONSTRAINT addenda_tenant_id_author_id_fkey FOREIGN KEY(tenant_id, author_id) REFERENCES practitioners (tenant_id, id),
    CONSTRAINT addenda_kind_check CHECK (kind IN ('CORRECTION', 'CLARIFICATION', 'ADDITION'))
);

CREATE INDEX addenda_by_note ON addenda (tenant_id, note_id, signed_at, id);

CREATE TABLE note_versions (
    tenant_id UUID NOT NULL,
    note_id UUID NOT NULL,
    version INTEGER NOT NULL,
    facility_id UUID NOT NULL,
    category TEXT NOT NULL,
    priority TEXT NOT NULL,
    shift TEXT NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
    text TEXT NOT NULL,
    replaced_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    replaced_by_id UUID NOT NULL,
    CONSTRAINT note_versions_pkey PRIMARY KEY (tenant_id, note_id, version),
    CONSTRAINT note_versions_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT note_versions_tenant_id_note_id_fkey FOREIGN KEY(tenant_id, note_id) REFERENCES notes (tenant_id, id),
    CONSTRAINT note_versions_tenant_id_facility_id_fkey FOREIGN KEY(tenant_id, facility_id) REFERENCES facilities (tenant_id, id),
    CONSTRAINT note_versions_tenant_id_replaced_by_id_fkey FOREIGN KEY(tenant_id, replaced_by_id) REFERENCES practitioners (tenant_id, id)
);

-- Begins every unit of work. SET LOCAL, because a plain set_config() does not reach the workers of a distributed
-- database. Fails where the tenant is not there (CN401) or is suspended (CN403), so that beginning and being let in are
-- one round trip. The nil UUID stands for the platform.
CREATE FUNCTION set_tenant(tenant uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    EXECUTE format('SET LOCAL app.tenant_id = %L', tenant);
    IF tenant <> '00000000-0000-0000-0000-000000000000' THEN
        SELECT status INTO found FROM tenants WHERE id = tenant;
        IF found IS NULL THEN
            RAISE 'no such tenant' USING ERRCODE = 'CN401';
        ELSIF found <> 'ACTIVE' THEN
            RAISE 'this tenant is suspended' USING ERRCODE = 'CN403';
        END IF;
    END IF;
END
$$;

-- The tenant that is set sees its own row. The nil UUID stands for the platform, which sees all tenants and nothing of theirs.
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_reads ON tenants FOR SELECT USING (
    nullif(current_setting('app.tenant_id', true), '')::uuid IN (id, '00000000-0000-0000-0000-000000000000')
);

CREATE POLICY platform_creates ON tenants FOR INSERT WITH CHECK (
    nullif(current_setting('app.tenant_id', true), '')::uuid = '00000000-0000-0000-0000-000000000000'
);

CREATE POLICY tenant_updates ON tenants FOR UPDATE USING (
    nullif(current_setting('app.tenant_id', true), '')::uuid IN (id, '00000000-0000-0000-0000-000000000000')
);

GRANT SELECT, INSERT, UPDATE (name, time_zone, status, updated_at, version) ON tenants TO APP_ROLE;

ALTER TABLE facilities ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON facilities USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (name, time_zone, status, updated_at, version) ON facilities TO APP_ROLE;

ALTER TABLE practitioners ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON practitioners USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (subject, name, email, role, updated_at, version) ON practitioners TO APP_ROLE;

ALTER TABLE practitioner_facilities ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON practitioner_facilities USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, DELETE ON practitioner_facilities TO APP_ROLE;

ALTER TABLE patients ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON patients USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (
    facility_id, mrn, name, birth_date, email, phone, time_zone, locale, status, discharged_at, updated_at, version
) ON patients TO APP_ROLE;

-- The life cycle of a note, as the application's role meets it: it begins PRELIMINARY, can be edited and signed only
-- while it is, and is never deleted. The two ways on from there are the functions amend_note and retract_note.
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_reads ON notes FOR SELECT USING (
    tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
);

CREATE POLICY begins_preliminary ON notes FOR INSERT WITH CHECK (
    tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND status = 'PRELIMINARY'
);

CREATE POLICY edited_while_preliminary ON notes FOR UPDATE USING (
    tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND status = 'PRELIMINARY'
) WITH CHECK (
    tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND status IN ('PRELIMINARY', 'FINAL')
);

GRANT SELECT, INSERT, UPDATE (
    facility_id, category, priority, shift, status, effective_at, text, signed_at, signed_by_id, content_hash,
    updated_at, version
) ON notes TO APP_ROLE;

ALTER TABLE note_versions ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON note_versions USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT ON note_versions TO APP_ROLE;

ALTER TABLE addenda ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_reads ON addenda FOR SELECT USING (
    tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
);

CREATE POLICY added_to_signed ON addenda FOR INSERT WITH CHECK (
    tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND EXISTS (
        SELECT FROM notes n
        WHERE n.tenant_id = addenda.tenant_id AND n.id = addenda.note_id AND n.status IN ('FINAL', 'AMENDED')
    )
);

GRANT SELECT, INSERT ON addenda TO APP_ROLE;

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON api_keys USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (revoked_at, updated_at, version) ON api_keys TO APP_ROLE;

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON idempotency_keys USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO APP_ROLE;

-- These functions run as the owner, whom no policy binds, so each of them binds itself to the tenant that is set. They take
-- the tenant as a value as well, because that is what a sharded database routes by.
--
-- FINAL or AMENDED becomes AMENDED. Returns the new version; null where there is no such note or it is not signed.
CREATE FUNCTION amend_note(tenant uuid, note uuid) RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE notes SET status = 'AMENDED', updated_at = now(), version = version + 1
    WHERE tenant_id = tenant AND tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
      AND id = note AND status IN ('FINAL', 'AMENDED')
    RETURNING version
$$;

-- Any state becomes ENTERED_IN_ERROR, once. Returns the new version; null where there is no such note or it already was.
CREATE FUNCTION retract_note(tenant uuid, note uuid, retracted_by uuid, reason text) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE notes SET status = 'ENTERED_IN_ERROR', retracted_at = now(), retracted_by_id = retracted_by,
        retraction_reason = reason, updated_at = now(), version = version + 1
    WHERE tenant_id = tenant AND tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
      AND id = note AND status <> 'ENTERED_IN_ERROR'
    RETURNING version
$$;

-- Trigram operators are not leakproof, so under a policy they could not use an index.
CREATE FUNCTION search_notes(tenant uuid, pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM notes
    WHERE tenant_id = tenant AND tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
      AND text ILIKE pattern
$$;

CREATE FUNCTION search_patients(tenant uuid, pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM patients
    WHERE tenant_id = tenant AND tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
      AND (name ILIKE pattern OR email ILIKE pattern OR mrn ILIKE pattern)
$$;

REVOKE EXECUTE ON FUNCTION set_tenant, amend_note, retract_note, search_notes, search_patients FROM PUBLIC;

GRANT EXECUTE ON FUNCTION set_tenant, amend_note, retract_note, search_notes, search_patients TO APP_ROLE;

GRANT SELECT ON alembic_version TO APP_ROLE;
