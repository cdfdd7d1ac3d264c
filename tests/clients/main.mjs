// Runs real clients against a server: `node --import ./resolving.mjs main.mjs '{"url": …, "token": …, "patientId": …}'`. Prints what came of each case,
// `{"apollo: query": null, "urql: error": "AssertionError …"}`, as JSON.
import { cases as apollo } from "./apollo.mjs";
import { cases as audits } from "./audits.mjs";
import { fetching } from "./fetching.mjs";
import { cases as relay } from "./relay.mjs";
import { cases as urql } from "./urql.mjs";

const server = JSON.parse(process.argv[2]);
server.fetching = (seen) => fetching(server, seen);
const outcomes = {};
for (const [client, cases] of Object.entries({ audits, apollo, urql, relay })) {
  for (const [name, run] of Object.entries(cases(server))) {
    try {
      await run();
      outcomes[`${client}: ${name}`] = null;
    } catch (error) {
      outcomes[`${client}: ${name}`] = error.stack ?? String(error);
    }
  }
}
console.log(JSON.stringify(outcomes));
process.exit(0); // no client holds the process open
