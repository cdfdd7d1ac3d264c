// Server-sent events, with graphql-sse: a connection for each operation, or with --single one for all.

import { createClient } from "graphql-sse";
import { authorization, fail, pause, query, show, url, variables } from "./notes.mjs";

const client = createClient({
  url,
  headers: () => ({ Authorization: authorization }),
  singleConnection: process.argv.includes("--single"),
  retryAttempts: Infinity,
  retry: pause,
});

client.subscribe({ query, variables }, { next: show, error: fail, complete: () => {} });
