SELECT json_build_object('data', json_build_object('dailyStats', json_build_object(
    'date', asked.day,
    'total', coalesce(notes, 0),
    'lateEntries', coalesce(late_entries, 0),
    'uniquePatients', people.patients,
    'uniqueAuthors', people.authors,
    'byCategory', json_build_array(
        json_build_object('category', 'ASSESSMENT', 'notes', coalesce(category_assessment, 0)),
        json_build_object('category', 'PROGRESS', 'notes', coalesce(category_progress, 0)),
        json_build_object('category', 'MEDICATION', 'notes', coalesce(category_medication, 0)),
        json_build_object('category', 'VITALS', 'notes', coalesce(category_vitals, 0)),
        json_build_object('category', 'NUTRITION', 'notes', coalesce(category_nutrition, 0)),
        json_build_object('category', 'MOBILITY', 'notes', coalesce(category_mobility, 0)),
        json_build_object('category', 'WOUND_CARE', 'notes', coalesce(category_wound_care, 0)),
        json_build_object('category', 'BEHAVIOUR', 'notes', coalesce(category_behaviour, 0)),
        json_build_object('category', 'INCIDENT', 'notes', coalesce(category_incident, 0)),
        json_build_object('category', 'HANDOVER', 'notes', coalesce(category_handover, 0))
    ),
    'byPriority', json_build_array(
        json_build_object('priority', 'LOW', 'notes', coalesce(priority_low, 0)),
        json_build_object('priority', 'NORMAL', 'notes', coalesce(priority_normal, 0)),
        json_build_object('priority', 'HIGH', 'notes', coalesce(priority_high, 0)),
        json_build_object('priority', 'URGENT', 'notes', coalesce(priority_urgent, 0))
    ),
    'byStatus', json_build_array(
        json_build_object('status', 'PRELIMINARY', 'notes', coalesce(status_preliminary, 0)),
        json_build_object('status', 'FINAL', 'notes', coalesce(status_final, 0)),
        json_build_object('status', 'AMENDED', 'notes', coalesce(status_amended, 0))
    ),
    'byShift', json_build_array(
        json_build_object('shift', 'DAY', 'notes', coalesce(shift_day, 0)),
        json_build_object('shift', 'EVENING', 'notes', coalesce(shift_evening, 0)),
        json_build_object('shift', 'NIGHT', 'notes', coalesce(shift_night, 0))
    )
)))
FROM (VALUES (date '2025-12-30')) asked (day)
LEFT JOIN facility_days counted ON counted.tenant_id = $1 AND counted.facility_id = $2 AND counted.day = asked.day
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE part = 'PATIENT') AS patients, count(*) FILTER (WHERE part = 'AUTHOR') AS authors
    FROM note_people
    WHERE tenant_id = $1 AND facility_id = $2 AND grain = 'DAY' AND starts = asked.day
) people
