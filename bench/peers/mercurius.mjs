// Mercurius on Fastify with its just-in-time compiler, `pg` and DataLoader, written by hand for CareNotes' own schema.
import { readFileSync } from 'node:fs'
import DataLoader from 'dataloader'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { Scope } from './database.mjs'
import * as sql from './statements.mjs'
import { tenantOf } from './token.mjs'

const schema = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')

/** 23 characters of base64url: a letter for the type and the UUID, as in ids.py. */
const globalId = (letter, uuid) => Buffer.from(letter + uuid.replaceAll('-', ''), 'hex').toString('base64url')
const rowId = (id) => Buffer.from(id, 'base64url').toString('hex', 1)

class Context {
  constructor(tenant) {
    this.tenant = tenant
    this.scope = new Scope(tenant)
    this.loaders = new Map()
  }

  /** The request's loader of this name; `batch` is asked for rows of all keys at once and gives one value per key. */
  loader(name, batch) {
    let found = this.loaders.get(name)
    if (!found) this.loaders.set(name, (found = new DataLoader(batch)))
    return found
  }

  rows(statement, ...values) {
    return this.scope.rows(statement.name, statement.text, [this.tenant, ...values])
  }

  one(statement, id) {
    return this.loader(statement.name, async (keys) => {
      const found = new Map((await this.rows(statement, keys)).map((row) => [row.id, row]))
      return keys.map((key) => found.get(key) ?? null)
    }).load(id)
  }
}

const page = (rows, count) => ({ edges: rows.map((node) => ({ node })), count })
const optional = (value) => (value ? [value] : [])

async function notes(_, { first, filter }, context) {
  const before = filter?.effectiveBefore
  const rows = await context.rows(before ? sql.notesBefore : sql.notes, first, ...optional(before))
  return page(rows)
}

async function patients(_, { first, filter }, context) {
  const facilities = filter?.facilityIds?.map(rowId)
  const rows = await context.rows(facilities ? sql.patientsOf : sql.patients, first, ...optional(facilities))
  return page(rows, async () => (await context.rows(sql.patientsTotal))[0].count)
}

async function dailyStats(_, { date, facilityIds }, context) {
  const facilities = facilityIds?.map(rowId)
  const [figures] =
    facilities?.length === 1
      ? await context.rows(sql.dailyStatsOfOne, date, facilities[0])
      : await context.rows(sql.dailyStats, date, facilities ?? null)
  return figures
}

const countsBy = (dimension) => (figures) =>
  sql.VOCABULARIES[dimension].map((word) => ({ [dimension]: word, notes: figures[word] }))

async function notesOfPatient(patient, { first, filter }, context) {
  const before = filter?.effectiveBefore
  const rows = await context
    .loader(`notes ${first} ${before}`, async (keys) => {
      const found = new Map(keys.map((key) => [key, []]))
      const statement = before ? sql.notesOfBefore : sql.notesOf
      for (const row of await context.rows(statement, keys, first, ...optional(before))) found.get(row.patientId).push(row)
      return keys.map((key) => found.get(key))
    })
    .load(patient.id)
  const counts = async (keys) => {
    const statement = before ? sql.countsBefore : sql.counts
    const found = new Map((await context.rows(statement, keys, ...optional(before))).map((row) => [row.id, row.count]))
    return keys.map((key) => found.get(key) ?? 0)
  }
  return page(rows, () => context.loader(`counts ${before}`, counts).load(patient.id))
}

const totalCount = (connection) => connection.count()

const resolvers = {
  Query: { notes, dailyStats, patients },
  Note: {
    id: (note) => globalId('6e', note.id),
    patient: (note, _, context) => context.one(sql.patientsById, note.patientId),
    author: (note, _, context) => context.one(sql.practitionersById, note.authorId),
    facility: (note, _, context) => context.one(sql.facilitiesById, note.facilityId),
  },
  Patient: { id: (patient) => globalId('70', patient.id), notes: notesOfPatient },
  Practitioner: { id: (practitioner) => globalId('72', practitioner.id) },
  Facility: { id: (facility) => globalId('66', facility.id) },
  DailyStats: {
    byCategory: countsBy('category'),
    byPriority: countsBy('priority'),
    byStatus: countsBy('status'),
    byShift: countsBy('shift'),
  },
  NoteConnection: { totalCount },
  PatientConnection: { totalCount },
}

const app = Fastify({ logger: false })
app.register(mercurius, {
  schema,
  resolvers,
  jit: 1,
  graphiql: false,
  context: (request) => new Context(tenantOf(request.headers.authorization)),
})
await app.ready()
app.graphql.addHook('onResolution', (_, context) => context.scope.close())
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
