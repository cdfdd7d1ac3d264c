SELECT json_build_object('data', json_build_object('notes', json_build_object('edges', coalesce(json_agg(edge), '[]'))))
FROM (
    SELECT json_build_object('node', json_build_object(
        'id', translate(rtrim(encode('n'::bytea || uuid_send(id), 'base64'), '='), '+/', '-_'),
        'category', category,
        'shift', shift,
        'priority', priority,
        'status', status,
        'effectiveAt', effective_at,
        'recordedAt', recorded_at,
        'text', text
    )) AS edge
    FROM notes
    WHERE tenant_id = $1 AND status <> 'ENTERED_IN_ERROR' AND effective_at < $2
    ORDER BY effective_at DESC, id DESC
    LIMIT 50
) edges
