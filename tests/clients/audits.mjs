// The audits of GraphQL over HTTP that the package graphql-http has for servers.
import assert from "node:assert";

import { serverAudits } from "graphql-http";

export function cases(server) {
  const audits = serverAudits({ url: server.url, fetchFn: server.fetching() });
  return Object.fromEntries(
    audits.map(({ id, name, fn }) => [
      id,
      async () => {
        const result = await fn();
        assert.equal(result.status, "ok", `${name}: ${result.reason}`);
      },
    ]),
  );
}
