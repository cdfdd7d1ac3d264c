SELECT json_build_object('data', json_build_object('patients', json_build_object('edges', coalesce(json_agg(
    json_build_object('node', json_build_object(
        'id', translate(rtrim(encode('p'::bytea || uuid_send(patient.id), 'base64'), '='), '+/', '-_'),
        'mrn', patient.mrn,
        'name', patient.name,
        'birthDate', patient.birth_date,
        'notes', json_build_object('edges', coalesce(page.edges, '[]'))
    )) ORDER BY patient.name, patient.id
), '[]'))))
FROM (
    SELECT id, mrn, name, birth_date
    FROM patients
    WHERE tenant_id = $1 AND facility_id = $2
    ORDER BY name, id
    LIMIT 10
) patient
CROSS JOIN LATERAL (
    SELECT json_agg(edge) AS edges
    FROM (
        SELECT json_build_object('node', json_build_object(
            'id', translate(rtrim(encode('n'::bytea || uuid_send(id), 'base64'), '='), '+/', '-_'),
            'category', category,
            'priority', priority,
            'effectiveAt', effective_at,
            'text', text
        )) AS edge
        FROM notes
        WHERE tenant_id = $1 AND patient_id = patient.id AND status <> 'ENTERED_IN_ERROR'
        ORDER BY effective_at DESC, id DESC
        LIMIT 5
    ) edges
) page
