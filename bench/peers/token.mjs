// Whose a request is: HS256 with the server's secret (RFC 7515), each token verified once and remembered until it expires.
import { createHmac, timingSafeEqual } from 'node:crypto'

const tenants = new Map()

export function tenantOf(authorization) {
  const token = authorization?.replace(/^Bearer /, '')
  const known = tenants.get(token)
  if (known && known.exp > Date.now() / 1000) return known.tenant
  const claims = verified(token)
  tenants.set(token, claims)
  return claims.tenant
}

function verified(token) {
  const [header, payload, signature] = token.split('.')
  const expected = createHmac('sha256', process.env.JWT_SECRET).update(`${header}.${payload}`).digest()
  if (!timingSafeEqual(Buffer.from(signature, 'base64url'), expected)) throw new Error('This token is not valid.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url'))
  if (claims.aud !== process.env.JWT_AUDIENCE || claims.exp <= Date.now() / 1000) throw new Error('This token is not valid.')
  return claims
}
