// PostGraphile with what its users add first: simplified names, filters, smart tags. Settings are those of production.
import { createServer } from 'node:http'
import { PgSimplifyInflectionPreset } from '@graphile/simplify-inflection'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { jsonPgSmartTags } from 'postgraphile/utils'
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter'
import { tenantOf } from './token.mjs'

const guarded = process.env.ROW_LEVEL_SECURITY === 'on'

// The counts have no foreign keys to go along: told of this one, it reads a day and its people in one statement.
const PEOPLE_OF_A_DAY =
  '(tenant_id, facility_id, starts) references facility_days (tenant_id, facility_id, day)|@foreignFieldName people'
const tags = jsonPgSmartTags({ version: 1, config: { class: { note_people: { tags: { foreignKey: PEOPLE_OF_A_DAY } } } } })

const preset = {
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset, PostGraphileConnectionFilterPreset],
  plugins: [tags],
  // Our indexes begin with the tenant, so it would take `effective_at` for a column that none serves.
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ['public'],
      poolConfig: { min: 10, max: 10, idleTimeoutMillis: 0, options: '-c timezone=UTC -c jit=off' },
    }),
  ],
  grafast: {
    explain: false,
    context({ node: { req } }) {
      const tenant = tenantOf(req.headers.authorization)
      return guarded ? { pgSettings: { 'app.tenant_id': tenant } } : {}
    },
  },
  grafserv: { graphiql: false, watch: false, websockets: false },
}

const server = createServer()
await postgraphile(preset).createServ(grafserv).addTo(server)
server.listen(Number(process.env.PORT), '127.0.0.1')

if (process.env.PRINT_SCHEMA) {
  const { printSchema } = await import('graphql')
  console.log(printSchema(await postgraphile(preset).getSchema()))
}
