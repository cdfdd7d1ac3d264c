-- A blank line ends each statement: 0002_figures.py runs them one by one. APP_ROLE is the role that DATABASE_URL names.

-- One row per facility: its figures' version. Also the lock under which they change, see count_notes.
CREATE TABLE figure_versions (
    tenant_id UUID NOT NULL,
    facility_id UUID NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT figure_versions_pkey PRIMARY KEY (tenant_id, facility_id),
    CONSTRAINT figure_versions_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id),
    CONSTRAINT figure_versions_tenant_id_facility_id_fkey FOREIGN KEY(tenant_id, facility_id) REFERENCES facilities (tenant_id, id)
);

-- The three tables of counts follow from the notes and have no references of their own: those of the notes hold for them.
-- Their counters change in place, so their pages keep room for it (HOT updates touch no index).
CREATE TABLE facility_days (
    tenant_id UUID NOT NULL,
    facility_id UUID NOT NULL,
    day DATE NOT NULL,
    notes INTEGER NOT NULL,
    late_entries INTEGER NOT NULL,
    category_assessment INTEGER NOT NULL,
    category_progress INTEGER NOT NULL,
    category_medication INTEGER NOT NULL,
    category_vitals INTEGER NOT NULL,
    category_nutrition INTEGER NOT NULL,
    category_mobility INTEGER NOT NULL,
    category_wound_care INTEGER NOT NULL,
    category_behaviour INTEGER NOT NULL,
    category_incident INTEGER NOT NULL,
    category_handover INTEGER NOT NULL,
    priority_low INTEGER NOT NULL,
    priority_normal INTEGER NOT NULL,
    priority_high INTEGER NOT NULL,
    priority_urgent INTEGER NOT NULL,
    status_preliminary INTEGER NOT NULL,
    status_final INTEGER NOT NULL,
    status_amended INTEGER NOT NULL,
    shift_day INTEGER NOT NULL,
    shift_evening INTEGER NOT NULL,
    shift_night INTEGER NOT NULL,
    CONSTRAINT facility_days_pkey PRIMARY KEY (tenant_id, facility_id, day)
) WITH (fillfactor = 70);

CREATE TABLE note_counts (
    tenant_id UUID NOT NULL,
    facility_id UUID NOT NULL,
    grain TEXT NOT NULL,
    starts DATE NOT NULL,
    category TEXT NOT NULL,
    priority TEXT NOT NULL,
    status TEXT NOT NULL,
    shift TEXT NOT NULL,
    late_entry BOOLEAN NOT NULL,
    notes INTEGER NOT NULL,
    CONSTRAINT note_counts_pkey PRIMARY KEY (tenant_id, facility_id, grain, starts, category, priority, status, shift, late_entry),
    CONSTRAINT note_counts_grain_check CHECK (grain IN ('DAY', 'MONTH'))
) WITH (fillfactor = 80);

CREATE TABLE note_people (
    tenant_id UUID NOT NULL,
    facility_id UUID NOT NULL,
    grain TEXT NOT NULL,
    starts DATE NOT NULL,
    part TEXT NOT NULL,
    person_id UUID NOT NULL,
    notes INTEGER NOT NULL,
    CONSTRAINT note_people_pkey PRIMARY KEY (tenant_id, facility_id, grain, starts, part, person_id),
    CONSTRAINT note_people_grain_check CHECK (grain IN ('DAY', 'MONTH')),
    CONSTRAINT note_people_part_check CHECK (part IN ('PATIENT', 'AUTHOR'))
) WITH (fillfactor = 80);

ALTER TABLE figure_versions ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON figure_versions USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (version) ON figure_versions TO APP_ROLE;

ALTER TABLE facility_days ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON facility_days USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, DELETE, UPDATE (
    notes, late_entries, category_assessment, category_progress, category_medication, category_vitals, category_nutrition, category_mobility, category_wound_care, category_behaviour, category_incident, category_handover, priority_low, priority_normal, priority_high, priority_urgent, status_preliminary, status_final, status_amended, shift_day, shift_evening, shift_night
) ON facility_days TO APP_ROLE;

ALTER TABLE note_counts ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON note_counts USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, DELETE, UPDATE (notes) ON note_counts TO APP_ROLE;

ALTER TABLE note_people ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON note_people USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, DELETE, UPDATE (notes) ON note_people TO APP_ROLE;

-- The notes that count, each with its day: a day of its facility's clock. The one definition that everything below stands on.
-- `from_day` is included, `before_day` is not. The index is asked for a day more at either end: a zone is no more than
-- 15 hours from UTC, and where a clock is put back over midnight, midnight comes twice.
CREATE FUNCTION counted_notes(tenant uuid, facilities uuid[], from_day date, before_day date) RETURNS TABLE (
    facility_id uuid, day date, month date, patient_id uuid, author_id uuid,
    category text, priority text, status text, shift text, late_entry boolean
) LANGUAGE sql STABLE AS $$
    SELECT n.facility_id, l.at::date, date_trunc('month', l.at)::date, n.patient_id, n.author_id,
        n.category, n.priority, n.status, n.shift, n.late_entry
    FROM facilities f
    JOIN notes n ON n.tenant_id = tenant AND n.facility_id = f.id
        AND n.effective_at >= (from_day::timestamp - interval '1 day') AT TIME ZONE 'UTC'
        AND n.effective_at < (before_day::timestamp + interval '1 day') AT TIME ZONE 'UTC'
        AND n.status <> 'ENTERED_IN_ERROR'
    CROSS JOIN LATERAL (SELECT n.effective_at AT TIME ZONE f.time_zone AS at) l
    WHERE f.tenant_id = tenant AND f.id = ANY (facilities) AND l.at >= from_day AND l.at < before_day
$$;

CREATE FUNCTION recounted_days(tenant uuid, facilities uuid[], from_day date, before_day date) RETURNS SETOF facility_days
LANGUAGE sql STABLE AS $$
    SELECT tenant, facility_id, day,
        count(*),
        count(*) FILTER (WHERE late_entry),
        count(*) FILTER (WHERE category = 'ASSESSMENT'),
        count(*) FILTER (WHERE category = 'PROGRESS'),
        count(*) FILTER (WHERE category = 'MEDICATION'),
        count(*) FILTER (WHERE category = 'VITALS'),
        count(*) FILTER (WHERE category = 'NUTRITION'),
        count(*) FILTER (WHERE category = 'MOBILITY'),
        count(*) FILTER (WHERE category = 'WOUND_CARE'),
        count(*) FILTER (WHERE category = 'BEHAVIOUR'),
        count(*) FILTER (WHERE category = 'INCIDENT'),
        count(*) FILTER (WHERE category = 'HANDOVER'),
        count(*) FILTER (WHERE priority = 'LOW'),
        count(*) FILTER (WHERE priority = 'NORMAL'),
        count(*) FILTER (WHERE priority = 'HIGH'),
        count(*) FILTER (WHERE priority = 'URGENT'),
        count(*) FILTER (WHERE status = 'PRELIMINARY'),
        count(*) FILTER (WHERE status = 'FINAL'),
        count(*) FILTER (WHERE status = 'AMENDED'),
        count(*) FILTER (WHERE shift = 'DAY'),
        count(*) FILTER (WHERE shift = 'EVENING'),
        count(*) FILTER (WHERE shift = 'NIGHT')
    FROM counted_notes(tenant, facilities, from_day, before_day)
    GROUP BY facility_id, day
$$;

CREATE FUNCTION recounted_notes(tenant uuid, facilities uuid[], from_day date, before_day date) RETURNS SETOF note_counts
LANGUAGE sql STABLE AS $$
    WITH days AS MATERIALIZED (
        SELECT facility_id, day, month, category, priority, status, shift, late_entry, count(*) AS notes
        FROM counted_notes(tenant, facilities, from_day, before_day)
        GROUP BY facility_id, day, month, category, priority, status, shift, late_entry
    )
    SELECT tenant, facility_id, 'DAY', day, category, priority, status, shift, late_entry, notes FROM days
    UNION ALL
    SELECT tenant, facility_id, 'MONTH', month, category, priority, status, shift, late_entry, sum(notes) FROM days
    GROUP BY facility_id, month, category, priority, status, shift, late_entry
$$;

CREATE FUNCTION recounted_people(tenant uuid, facilities uuid[], from_day date, before_day date) RETURNS SETOF note_people
LANGUAGE sql STABLE AS $$
    WITH days AS MATERIALIZED (
        SELECT c.facility_id, c.day, c.month, p.part, p.person_id, count(*) AS notes
        FROM counted_notes(tenant, facilities, from_day, before_day) c
        CROSS JOIN LATERAL (VALUES ('PATIENT', c.patient_id), ('AUTHOR', c.author_id)) p (part, person_id)
        GROUP BY c.facility_id, c.day, c.month, p.part, p.person_id
    )
    SELECT tenant, facility_id, 'DAY', day, part, person_id, notes FROM days
    UNION ALL
    SELECT tenant, facility_id, 'MONTH', month, part, person_id, sum(notes) FROM days
    GROUP BY facility_id, month, part, person_id
$$;

-- Takes the facilities' locks, in one order for everybody, and gives their figures a new version. Under a facility's lock
-- nothing else changes its counts, so that what follows needs no order of its own; it is held until the transaction ends.
CREATE FUNCTION touch_figures(tenant uuid, facilities uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO figure_versions AS v (tenant_id, facility_id, version)
    SELECT DISTINCT tenant, facility_id, 1 FROM unnest(facilities) AS each (facility_id) ORDER BY facility_id
    ON CONFLICT (tenant_id, facility_id) DO UPDATE SET version = v.version + excluded.version
$$;

-- The version of the figures of these facilities, or of all that the tenant has: it only ever grows. Sets the tenant by itself, so
-- that it can be asked for in one round trip, and fails as set_tenant does.
CREATE FUNCTION figures_version(tenant uuid, facilities uuid[]) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_tenant(tenant);
    RETURN (
        SELECT coalesce(sum(version), 0) FROM figure_versions
        WHERE tenant_id = tenant AND (facilities IS NULL OR facility_id = ANY (facilities))
    );
END
$$;

-- Brings the counts in step with changes to notes that this transaction makes. `changes` is a JSON array of notes as they
-- were, each with a "change" of -1, and as they are, with 1. A change that leaves every count as it was is a new version all
-- the same: a search may find the note by another text.
CREATE FUNCTION count_notes(tenant uuid, changes text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c record;
BEGIN
    PERFORM touch_figures(tenant, array_agg((each ->> 'facility_id')::uuid)) FROM jsonb_array_elements(changes::jsonb) each;
    -- A statement of its own: it sees what was committed while this waited for the locks, such as another time zone.
    FOR c IN
        SELECT n.*, l.at::date AS day, date_trunc('month', l.at)::date AS month
        FROM (
            SELECT facility_id, patient_id, author_id, category, priority, status, shift, late_entry, effective_at,
                sum(change)::int AS change
            FROM jsonb_to_recordset(changes::jsonb) AS r (
                facility_id uuid, patient_id uuid, author_id uuid, category text, priority text, status text, shift text,
                late_entry boolean, effective_at timestamptz, change int
            )
            WHERE status <> 'ENTERED_IN_ERROR'
            GROUP BY facility_id, patient_id, author_id, category, priority, status, shift, late_entry, effective_at
            HAVING sum(change) <> 0
        ) n
        JOIN facilities f ON f.tenant_id = tenant AND f.id = n.facility_id
        CROSS JOIN LATERAL (SELECT n.effective_at AT TIME ZONE f.time_zone AS at) l
        -- What is added comes first, so that a count which stays above zero never passes through it.
        ORDER BY n.change DESC
    LOOP
        INSERT INTO facility_days AS d (
            tenant_id, facility_id, day, notes, late_entries, category_assessment, category_progress, category_medication, category_vitals, category_nutrition, category_mobility, category_wound_care, category_behaviour, category_incident, category_handover, priority_low, priority_normal, priority_high, priority_urgent, status_preliminary, status_final, status_amended, shift_day, shift_evening, shift_night
        ) VALUES (
            tenant, c.facility_id, c.day,
            c.change,
            c.late_entry::int * c.change,
            (c.category = 'ASSESSMENT')::int * c.change,
            (c.category = 'PROGRESS')::int * c.change,
            (c.category = 'MEDICATION')::int * c.change,
            (c.category = 'VITALS')::int * c.change,
            (c.category = 'NUTRITION')::int * c.change,
            (c.category = 'MOBILITY')::int * c.change,
            (c.category = 'WOUND_CARE')::int * c.change,
            (c.category = 'BEHAVIOUR')::int * c.change,
            (c.category = 'INCIDENT')::int * c.change,
            (c.category = 'HANDOVER')::int * c.change,
            (c.priority = 'LOW')::int * c.change,
            (c.priority = 'NORMAL')::int * c.change,
            (c.priority = 'HIGH')::int * c.change,
            (c.priority = 'URGENT')::int * c.change,
            (c.status = 'PRELIMINARY')::int * c.change,
            (c.status = 'FINAL')::int * c.change,
            (c.status = 'AMENDED')::int * c.change,
            (c.shift = 'DAY')::int * c.change,
            (c.shift = 'EVENING')::int * c.change,
            (c.shift = 'NIGHT')::int * c.change
        ) ON CONFLICT (tenant_id, facility_id, day) DO UPDATE SET
            notes = d.notes + excluded.notes,
            late_entries = d.late_entries + excluded.late_entries,
            category_assessment = d.category_assessment + excluded.category_assessment,
            category_progress = d.category_progress + excluded.category_progress,
            category_medication = d.category_medication + excluded.category_medication,
            category_vitals = d.category_vitals + excluded.category_vitals,
            category_nutrition = d.category_nutrition + excluded.category_nutrition,
            category_mobility = d.category_mobility + excluded.category_mobility,
            category_wound_care = d.category_wound_care + excluded.category_wound_care,
            category_behaviour = d.category_behaviour + excluded.category_behaviour,
            category_incident = d.category_incident + excluded.category_incident,
            category_handover = d.category_handover + excluded.category_handover,
            priority_low = d.priority_low + excluded.priority_low,
            priority_normal = d.priority_normal + excluded.priority_normal,
            priority_high = d.priority_high + excluded.priority_high,
            priority_urgent = d.priority_urgent + excluded.priority_urgent,
            status_preliminary = d.status_preliminary + excluded.status_preliminary,
            status_final = d.status_final + excluded.status_final,
            status_amended = d.status_amended + excluded.status_amended,
            shift_day = d.shift_day + excluded.shift_day,
            shift_evening = d.shift_evening + excluded.shift_evening,
            shift_night = d.shift_night + excluded.shift_night;
        INSERT INTO note_counts AS d (
            tenant_id, facility_id, grain, starts, category, priority, status, shift, late_entry, notes
        ) VALUES
            (tenant, c.facility_id, 'DAY', c.day, c.category, c.priority, c.status, c.shift, c.late_entry, c.change),
            (tenant, c.facility_id, 'MONTH', c.month, c.category, c.priority, c.status, c.shift, c.late_entry, c.change)
        ON CONFLICT (tenant_id, facility_id, grain, starts, category, priority, status, shift, late_entry)
        DO UPDATE SET notes = d.notes + excluded.notes;
        INSERT INTO note_people AS d (tenant_id, facility_id, grain, starts, part, person_id, notes) VALUES
            (tenant, c.facility_id, 'DAY', c.day, 'PATIENT', c.patient_id, c.change),
            (tenant, c.facility_id, 'MONTH', c.month, 'PATIENT', c.patient_id, c.change),
            (tenant, c.facility_id, 'DAY', c.day, 'AUTHOR', c.author_id, c.change),
            (tenant, c.facility_id, 'MONTH', c.month, 'AUTHOR', c.author_id, c.change)
        ON CONFLICT (tenant_id, facility_id, grain, starts, part, person_id)
        DO UPDATE SET notes = d.notes + excluded.notes;
        IF c.change < 0 THEN
            -- A count of nothing is no row: so a row of note_people is somebody who is to be counted.
            DELETE FROM facility_days d
            WHERE d.tenant_id = tenant AND d.facility_id = c.facility_id AND d.day = c.day AND d.notes = 0;
            DELETE FROM note_counts d
            WHERE d.tenant_id = tenant AND d.facility_id = c.facility_id AND d.notes = 0
              AND (d.grain, d.starts) IN (('DAY', c.day), ('MONTH', c.month)) AND d.category = c.category
              AND d.priority = c.priority AND d.status = c.status AND d.shift = c.shift AND d.late_entry = c.late_entry;
            DELETE FROM note_people d
            WHERE d.tenant_id = tenant AND d.facility_id = c.facility_id AND d.notes = 0
              AND (d.grain, d.starts) IN (('DAY', c.day), ('MONTH', c.month))
              AND (d.part, d.person_id) IN (('PATIENT', c.patient_id), ('AUTHOR', c.author_id));
        END IF;
    END LOOP;
END
$$;

-- Counts anew, under the facilities' locks. `from_day` and `before_day` begin months, or are infinite. Exact while others
-- write: whoever has counted a note holds the lock until the note is committed, and whoever has not yet counts it afterwards.
CREATE FUNCTION rebuild_figures(tenant uuid, facilities uuid[], from_day date, before_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM touch_figures(tenant, facilities);
    DELETE FROM facility_days d WHERE d.tenant_id = tenant AND d.facility_id = ANY (facilities)
      AND d.day >= from_day AND d.day < before_day;
    DELETE FROM note_counts d WHERE d.tenant_id = tenant AND d.facility_id = ANY (facilities)
      AND d.starts >= from_day AND d.starts < before_day;
    DELETE FROM note_people d WHERE d.tenant_id = tenant AND d.facility_id = ANY (facilities)
      AND d.starts >= from_day AND d.starts < before_day;
    -- Nothing is there to conflict with: a distributed database wants it said.
    INSERT INTO facility_days SELECT * FROM recounted_days(tenant, facilities, from_day, before_day)
    ON CONFLICT DO NOTHING;
    INSERT INTO note_counts SELECT * FROM recounted_notes(tenant, facilities, from_day, before_day)
    ON CONFLICT DO NOTHING;
    INSERT INTO note_people SELECT * FROM recounted_people(tenant, facilities, from_day, before_day)
    ON CONFLICT DO NOTHING;
END
$$;

-- The days and months that are counted otherwise than a recount has them. One snapshot decides, so it is exact while others write.
CREATE FUNCTION drifting_figures(tenant uuid, facilities uuid[], from_day date, before_day date) RETURNS TABLE (
    what text, facility_id uuid, starts date
) LANGUAGE sql STABLE AS $$
    SELECT 'facility_days', d.facility_id, d.day FROM (
        SELECT * FROM recounted_days(tenant, facilities, from_day, before_day)
        UNION ALL
        SELECT * FROM facility_days t WHERE t.tenant_id = tenant AND t.facility_id = ANY (facilities)
          AND t.day >= from_day AND t.day < before_day
    ) d GROUP BY d.facility_id, d.day, d HAVING count(*) <> 2
    UNION
    SELECT 'note_counts', d.facility_id, d.starts FROM (
        SELECT * FROM recounted_notes(tenant, facilities, from_day, before_day)
        UNION ALL
        SELECT * FROM note_counts t WHERE t.tenant_id = tenant AND t.facility_id = ANY (facilities)
          AND t.starts >= from_day AND t.starts < before_day
    ) d GROUP BY d.facility_id, d.starts, d HAVING count(*) <> 2
    UNION
    SELECT 'note_people', d.facility_id, d.starts FROM (
        SELECT * FROM recounted_people(tenant, facilities, from_day, before_day)
        UNION ALL
        SELECT * FROM note_people t WHERE t.tenant_id = tenant AND t.facility_id = ANY (facilities)
          AND t.starts >= from_day AND t.starts < before_day
    ) d GROUP BY d.facility_id, d.starts, d HAVING count(*) <> 2
$$;

-- The two ways on from FINAL now count, too.
CREATE OR REPLACE FUNCTION amend_note(tenant uuid, note uuid) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was notes;
    became notes;
BEGIN
    SELECT * INTO was FROM notes
    WHERE tenant_id = tenant AND tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
      AND id = note AND status IN ('FINAL', 'AMENDED')
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE notes SET status = 'AMENDED', updated_at = now(), version = version + 1
    WHERE tenant_id = tenant AND id = note
    RETURNING * INTO became;
    PERFORM count_notes(tenant, note_change(was, became));
    RETURN became.version;
END
$$;

CREATE OR REPLACE FUNCTION retract_note(tenant uuid, note uuid, retracted_by uuid, reason text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was notes;
    became notes;
BEGIN
    SELECT * INTO was FROM notes
    WHERE tenant_id = tenant AND tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
      AND id = note AND status <> 'ENTERED_IN_ERROR'
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE notes SET status = 'ENTERED_IN_ERROR', retracted_at = now(), retracted_by_id = retracted_by,
        retraction_reason = reason, updated_at = now(), version = version + 1
    WHERE tenant_id = tenant AND id = note
    RETURNING * INTO became;
    PERFORM count_notes(tenant, note_change(was, became));
    RETURN became.version;
END
$$;

CREATE FUNCTION note_change(was notes, became notes) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_array(
        to_jsonb(was) - 'text' || '{"change": -1}', to_jsonb(became) - 'text' || '{"change": 1}'
    )::text
$$;

REVOKE EXECUTE ON FUNCTION counted_notes, recounted_days, recounted_notes, recounted_people, touch_figures, figures_version, count_notes,
    rebuild_figures, drifting_figures, note_change FROM PUBLIC;

GRANT EXECUTE ON FUNCTION counted_notes, recounted_days, recounted_notes, recounted_people, touch_figures, figures_version, count_notes,
    rebuild_figures, drifting_figures, note_change TO APP_ROLE;

-- What is there already. The owner sees all tenants.
DO $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT tenant_id, array_agg(id) AS facilities FROM facilities GROUP BY tenant_id LOOP
        PERFORM rebuild_figures(t.tenant_id, t.facilities, '-infinity', 'infinity');
    END LOOP;
END
$$;
