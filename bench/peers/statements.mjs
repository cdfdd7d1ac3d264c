// What the resolvers of mercurius.mjs ask. $1 is the tenant in all of them.
const NOTE = `id, patient_id AS "patientId", facility_id AS "facilityId", author_id AS "authorId", category, shift, priority,
  status, effective_at AS "effectiveAt", recorded_at AS "recordedAt", text`
const PATIENT = `id, mrn, name, birth_date AS "birthDate"`
const SHOWN = `tenant_id = $1 AND status <> 'ENTERED_IN_ERROR'`
const NEWEST = 'ORDER BY effective_at DESC, id DESC'

const statement = (name, text) => ({ name, text })

export const notes = statement('notes', `SELECT ${NOTE} FROM notes WHERE ${SHOWN} ${NEWEST} LIMIT $2`)
export const notesBefore = statement(
  'notesBefore',
  `SELECT ${NOTE} FROM notes WHERE ${SHOWN} AND effective_at < $3 ${NEWEST} LIMIT $2`,
)

export const patients = statement('patients', `SELECT ${PATIENT} FROM patients WHERE tenant_id = $1 ORDER BY name, id LIMIT $2`)
export const patientsOf = statement(
  'patientsOf',
  `SELECT ${PATIENT} FROM patients WHERE tenant_id = $1 AND facility_id = ANY($3::uuid[]) ORDER BY name, id LIMIT $2`,
)
export const patientsTotal = statement('patientsTotal', 'SELECT count(*) FROM patients WHERE tenant_id = $1')

const pages = (condition) => `
  SELECT page.* FROM unnest($2::uuid[]) AS parents (id) CROSS JOIN LATERAL (
    SELECT ${NOTE} FROM notes WHERE ${SHOWN} AND patient_id = parents.id ${condition} ${NEWEST} LIMIT $3
  ) page`
export const notesOf = statement('notesOf', pages(''))
export const notesOfBefore = statement('notesOfBefore', pages('AND effective_at < $4'))

const counted = (condition) => `
  SELECT patient_id AS id, count(*) FROM notes WHERE ${SHOWN} AND patient_id = ANY($2::uuid[]) ${condition} GROUP BY patient_id`
export const counts = statement('counts', counted(''))
export const countsBefore = statement('countsBefore', counted('AND effective_at < $3'))

const byId = (columns, table) =>
  statement(`${table}ById`, `SELECT ${columns} FROM ${table} WHERE tenant_id = $1 AND id = ANY($2::uuid[])`)
export const patientsById = byId(PATIENT, 'patients')
export const practitionersById = byId('id, name, role', 'practitioners')
export const facilitiesById = byId('id, name', 'facilities')

/** The words that facility_days has a column for, in the order of the schema's enums. */
export const VOCABULARIES = {
  category: 'ASSESSMENT PROGRESS MEDICATION VITALS NUTRITION MOBILITY WOUND_CARE BEHAVIOUR INCIDENT HANDOVER'.split(' '),
  priority: ['LOW', 'NORMAL', 'HIGH', 'URGENT'],
  status: ['PRELIMINARY', 'FINAL', 'AMENDED'],
  shift: ['DAY', 'EVENING', 'NIGHT'],
}
const sum = (column, name) => `coalesce(sum(${column}), 0) AS "${name}"`
const SUMS = Object.entries(VOCABULARIES).flatMap(([dimension, words]) =>
  words.map((word) => sum(`${dimension}_${word.toLowerCase()}`, word)),
)
const statistics = (condition, people) => `
  SELECT * FROM (
    SELECT $2::date AS date, ${sum('notes', 'total')}, ${sum('late_entries', 'lateEntries')}, ${SUMS}
    FROM facility_days WHERE tenant_id = $1 AND day = $2 AND ${condition}
  ) counts CROSS JOIN (
    SELECT count(${people}) FILTER (WHERE part = 'PATIENT') AS "uniquePatients",
      count(${people}) FILTER (WHERE part = 'AUTHOR') AS "uniqueAuthors"
    FROM note_people WHERE tenant_id = $1 AND grain = 'DAY' AND starts = $2 AND ${condition}
  ) people`
// A facility has a row for each person, so there is nobody to count twice; and PostgreSQL plans an array anew each time.
export const dailyStatsOfOne = statement('dailyStatsOfOne', statistics('facility_id = $3', '*'))
export const dailyStats = statement(
  'dailyStats',
  statistics('($3::uuid[] IS NULL OR facility_id = ANY($3))', 'DISTINCT person_id'),
)
