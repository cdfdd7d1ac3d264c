-- A blank line ends each statement: 0005_events.py runs them one by one. APP_ROLE is the role that DATABASE_URL names.

-- Rows come and go within milliseconds: vacuumed often, whatever the size. No foreign keys: a row's tenant is the one that is set,
-- and what it is about was written in the same transaction.
CREATE TABLE outbox (
    tenant_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    kind TEXT NOT NULL,
    type TEXT NOT NULL,
    entity_id UUID NOT NULL,
    facility_id UUID,
    patient_id UUID,
    payload JSONB DEFAULT '{}' NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (tenant_id, at, entity_id, kind),
    CONSTRAINT outbox_kind_check CHECK (kind IN (
        'AMENDED', 'BOOKED', 'CANCELLED', 'CREATED', 'DEAD', 'DELIVERED', 'DISCHARGED', 'ENTERED_IN_ERROR',
        'EXPIRED', 'NOTES_LOADED', 'RESCHEDULED', 'SCHEDULED', 'SENT', 'SIGNED', 'SKIPPED', 'TRANSITIONED', 'UPDATED'
    ))
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE events (
    tenant_id UUID NOT NULL,
    position BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    type TEXT NOT NULL,
    entity_id UUID NOT NULL,
    facility_id UUID,
    patient_id UUID,
    payload JSONB DEFAULT '{}' NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (tenant_id, position)
);

CREATE TABLE event_streams (
    tenant_id UUID NOT NULL,
    position BIGINT NOT NULL,
    CONSTRAINT event_streams_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT event_streams_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES tenants (id)
) WITH (fillfactor = 10);

ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON outbox USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT ON outbox TO APP_ROLE;

ALTER TABLE events ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON events USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT ON events TO APP_ROLE;

ALTER TABLE event_streams ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON event_streams USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

GRANT SELECT ON event_streams TO APP_ROLE;

-- Gives the oldest of what waits its position, and returns it. Whoever comes second waits for the row of the stream; each statement
-- here has a snapshot of its own, so by then it sees what the first one left.
CREATE FUNCTION relay_events(tenant uuid, most int) RETURNS SETOF events
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    reached bigint;
    given bigint;
BEGIN
    IF tenant IS DISTINCT FROM nullif(current_setting('app.tenant_id', true), '')::uuid THEN
        RETURN;
    END IF;
    SELECT s.position INTO reached FROM event_streams s WHERE s.tenant_id = tenant FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO event_streams VALUES (tenant, 0) ON CONFLICT DO NOTHING;
        SELECT s.position INTO reached FROM event_streams s WHERE s.tenant_id = tenant FOR UPDATE;
    END IF;
    RETURN QUERY
        WITH oldest AS (
            SELECT o.at, o.entity_id, o.kind FROM outbox o WHERE o.tenant_id = tenant
            ORDER BY o.at, o.entity_id, o.kind LIMIT most
        ), taken AS (
            DELETE FROM outbox o USING oldest
            WHERE o.tenant_id = tenant AND o.at = oldest.at AND o.entity_id = oldest.entity_id AND o.kind = oldest.kind
            RETURNING o.*
        ), given AS (
            INSERT INTO events (tenant_id, position, at, kind, type, entity_id, facility_id, patient_id, payload)
            SELECT t.tenant_id, reached + row_number() OVER (ORDER BY t.at, t.entity_id, t.kind),
                   t.at, t.kind, t.type, t.entity_id, t.facility_id, t.patient_id, t.payload
            FROM taken t
            RETURNING *
        )
        SELECT * FROM given g ORDER BY g.position;
    GET DIAGNOSTICS given = ROW_COUNT;
    IF given > 0 THEN
        UPDATE event_streams s SET position = reached + given WHERE s.tenant_id = tenant;
    END IF;
END
$$;

-- Removes the oldest events up to the first that is younger, so that none is missing between two that are kept. Returns the
-- position of the oldest that is kept.
CREATE FUNCTION prune_events(tenant uuid, kept interval, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first bigint;
BEGIN
    IF tenant IS DISTINCT FROM nullif(current_setting('app.tenant_id', true), '')::uuid THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(min(o.position) FILTER (WHERE o.at >= now() - kept), max(o.position) + 1) INTO first
    FROM (SELECT e.position, e.at FROM events e WHERE e.tenant_id = tenant ORDER BY e.position LIMIT most) o;
    DELETE FROM events e WHERE e.tenant_id = tenant AND e.position < first;
    RETURN first;
END
$$;

-- These three answer the platform alone: a relay and a reader of streams ask them where to look, and look tenant by tenant.
CREATE FUNCTION waiting_events() RETURNS TABLE (tenant_id uuid, events bigint, oldest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.tenant_id, count(*), min(o.at) FROM outbox o JOIN tenants t ON t.id = o.tenant_id AND t.status = 'ACTIVE'
    WHERE nullif(current_setting('app.tenant_id', true), '')::uuid = '00000000-0000-0000-0000-000000000000'
    GROUP BY 1
$$;

CREATE FUNCTION newest_events(tenants uuid[]) RETURNS TABLE (tenant_id uuid, "position" bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.tenant_id, s.position FROM event_streams s
    WHERE s.tenant_id = ANY (tenants)
      AND nullif(current_setting('app.tenant_id', true), '')::uuid = '00000000-0000-0000-0000-000000000000'
$$;

CREATE FUNCTION streams_older_than(kept interval) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.tenant_id FROM event_streams s JOIN tenants t ON t.id = s.tenant_id AND t.status = 'ACTIVE'
    CROSS JOIN LATERAL (SELECT e.at FROM events e WHERE e.tenant_id = s.tenant_id ORDER BY e.position LIMIT 1) oldest
    WHERE nullif(current_setting('app.tenant_id', true), '')::uuid = '00000000-0000-0000-0000-000000000000'
      AND oldest.at < now() - kept
$$;

REVOKE EXECUTE ON FUNCTION relay_events, prune_events, waiting_events, newest_events, streams_older_than FROM PUBLIC;

GRANT EXECUTE ON FUNCTION relay_events, prune_events, waiting_events, newest_events, streams_older_than TO APP_ROLE;
