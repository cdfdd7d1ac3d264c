WITH patient AS MATERIALIZED (
    SELECT id, name FROM patients WHERE tenant_id = $1 ORDER BY name, id LIMIT 200
),
author AS MATERIALIZED (
    SELECT id, json_build_object(
        'id', translate(rtrim(encode('r'::bytea || uuid_send(id), 'base64'), '='), '+/', '-_'),
        'name', name
    ) AS object
    FROM practitioners
    WHERE tenant_id = $1
),
page AS (
    SELECT patient.id, json_agg(json_build_object('node', json_build_object(
        'id', translate(rtrim(encode('n'::bytea || uuid_send(note.id), 'base64'), '='), '+/', '-_'),
        'category', note.category,
        'effectiveAt', note.effective_at,
        'author', author.object
    )) ORDER BY note.effective_at DESC, note.id DESC) AS edges
    FROM patient
    CROSS JOIN LATERAL (
        SELECT id, category, effective_at, author_id
        FROM notes
        WHERE tenant_id = $1 AND patient_id = patient.id AND status <> 'ENTERED_IN_ERROR' AND effective_at < $2
        ORDER BY effective_at DESC, id DESC
        LIMIT 5
    ) note
    JOIN author ON author.id = note.author_id
    GROUP BY patient.id
),
total AS (
    SELECT patient_id AS id, count(*) AS notes
    FROM notes
    WHERE tenant_id = $1 AND patient_id IN (SELECT id FROM patient)
      AND status <> 'ENTERED_IN_ERROR' AND effective_at < $2
    GROUP BY patient_id
)
SELECT json_build_object('data', json_build_object('patients', json_build_object(
    'totalCount', (SELECT count(*) FROM patients WHERE tenant_id = $1),
    'edges', coalesce(json_agg(json_build_object('node', json_build_object(
        'id', translate(rtrim(encode('p'::bytea || uuid_send(id), 'base64'), '='), '+/', '-_'),
        'name', patient.name,
        'notes', json_build_object('totalCount', coalesce(total.notes, 0), 'edges', coalesce(page.edges, '[]'))
    )) ORDER BY patient.name, id), '[]')
)))
FROM patient
LEFT JOIN page USING (id)
LEFT JOIN total USING (id)
