// Compares two schemas: `node diff.mjs before.graphql after.graphql`. Prints each change and how critical it is, as JSON.
import { readFile } from "node:fs/promises";

import { diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const [before, after] = await Promise.all(
  process.argv.slice(2, 4).map(async (path) => buildSchema(await readFile(path, "utf8"))),
);
const changes = await diff(before, after);
console.log(JSON.stringify(changes.map(({ criticality, message, path }) => ({ level: criticality.level, message, path }))));
