// PostgreSQL by `pg`: prepared statements on a pool of 10, one transaction per request where row-level security is on.
import pg from 'pg'

// As they are in an answer: the text that PostgreSQL sends in the zone UTC, made ISO 8601, without a detour over Date.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => `${text.slice(0, 10)}T${text.slice(11)}:00`)
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  min: 10,
  max: 10,
  idleTimeoutMillis: 0,
  options: '-c timezone=UTC -c jit=off',
})

/** Runs each statement on a connection of the pool. They name the tenant; nothing else guards it. */
class Unguarded {
  async rows(name, text, values) {
    return (await pool.query({ name, text, values })).rows
  }

  async close() {}
}

/** One snapshot per request, with the tenant set for it alone; begins with the first statement. */
class Guarded {
  constructor(tenant) {
    this.tenant = tenant
  }

  async rows(name, text, values) {
    this.client ??= this.begin()
    return (await (await this.client).query({ name, text, values })).rows
  }

  async begin() {
    const client = await pool.connect()
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query({ name: 'set_tenant', text: 'SELECT set_tenant($1)', values: [this.tenant] })
    return client
  }

  async close() {
    if (!this.client) return
    const client = await this.client
    await client.query('COMMIT')
    client.release()
  }
}

export const Scope = process.env.ROW_LEVEL_SECURITY === 'on' ? Guarded : Unguarded
