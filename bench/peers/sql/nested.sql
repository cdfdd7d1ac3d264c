SELECT json_build_object('data', json_build_object('notes', json_build_object('edges', coalesce(json_agg(
    json_build_object('node', json_build_object(
        'id', translate(rtrim(encode('n'::bytea || uuid_send(note.id), 'base64'), '='), '+/', '-_'),
        'category', note.category,
        'shift', note.shift,
        'priority', note.priority,
        'status', note.status,
        'effectiveAt', note.effective_at,
        'recordedAt', note.recorded_at,
        'text', note.text,
        'patient', json_build_object(
            'id', translate(rtrim(encode('p'::bytea || uuid_send(patient.id), 'base64'), '='), '+/', '-_'),
            'mrn', patient.mrn,
            'name', patient.name,
            'birthDate', patient.birth_date
        ),
        'author', json_build_object(
            'id', translate(rtrim(encode('r'::bytea || uuid_send(author.id), 'base64'), '='), '+/', '-_'),
            'name', author.name,
            'role', author.role
        ),
        'facility', json_build_object(
            'id', translate(rtrim(encode('f'::bytea || uuid_send(facility.id), 'base64'), '='), '+/', '-_'),
            'name', facility.name
        )
    )) ORDER BY note.effective_at DESC, note.id DESC
), '[]'))))
FROM (
    SELECT *
    FROM notes
    WHERE tenant_id = $1 AND status <> 'ENTERED_IN_ERROR' AND effective_at < $2
    ORDER BY effective_at DESC, id DESC
    LIMIT 50
) note
JOIN patients patient ON patient.tenant_id = $1 AND patient.id = note.patient_id
JOIN practitioners author ON author.tenant_id = $1 AND author.id = note.author_id
JOIN facilities facility ON facility.tenant_id = $1 AND facility.id = note.facility_id
