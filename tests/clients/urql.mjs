import assert from "node:assert";

import { Client, cacheExchange, fetchExchange, gql } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { createHash } from "node:crypto";

const QUERY = gql`{ viewer { role } }`; // prettier-ignore
const CREATE = gql`mutation ($input: CreateNoteInput!) { createNote(input: $input) { note { id text } } }`; // prettier-ignore
const PAGE = gql`
  query ($id: ID!, $after: Cursor) {
    node(id: $id) {
      ... on Patient {
        notes(first: 2, after: $after) {
          edges {
            node {
              id
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`;
const DEFERRED = gql`
  query ($id: ID!) {
    node(id: $id) {
      id
      ... on Patient @defer(label: "later") {
        notes(first: 2) {
          edges {
            node {
              id
            }
          }
        }
      }
    }
  }
`;

export function cases(server) {
  const { url, patientId } = server;
  const client = (seen, ...between) =>
    new Client({ url, fetch: server.fetching(seen), exchanges: [cacheExchange, ...between, fetchExchange] });
  return {
    async query() {
      const seen = [];
      const { data, error } = await client(seen).query(QUERY, {});
      assert.ifError(error);
      assert.equal(data.viewer.role, "CLINICIAN");
      assert.match(seen[0].type, /json/, "it accepts a stream, and needs none");
    },
    async mutation() {
      const input = { patientId, category: "PROGRESS", text: "By urql." };
      const { data, error } = await client().mutation(CREATE, { input });
      assert.ifError(error);
      assert.equal(data.createNote.note.text, "By urql.");
    },
    async "error of a field"() {
      const input = { patientId, category: "PROGRESS", text: "" };
      const { error } = await client().mutation(CREATE, { input });
      assert.deepEqual(error.graphQLErrors[0].extensions, { code: "BAD_USER_INPUT", argument: ["input", "text"] });
    },
    async "error of a document"() {
      const { error } = await client().query(gql`{ nope }`, {}); // prettier-ignore
      assert.equal(error.graphQLErrors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
    },
    async "persisted query"() {
      const seen = [];
      const generateHash = async (text) => createHash("sha256").update(text).digest("hex");
      for (const expected of [2, 3]) {
        const { data, error } = await client(seen, persistedExchange({ generateHash })).query(
          gql`query PersistedByUrql { viewer { subject } }`, // prettier-ignore
          {},
        );
        assert.ifError(error);
        assert.equal(data.viewer.subject, "practitioner-0");
        assert.equal(seen.length, expected);
      }
    },
    async paging() {
      const ids = [];
      let page = { hasNextPage: true };
      while (page.hasNextPage) {
        const { data, error } = await client().query(PAGE, { id: patientId, after: page.endCursor });
        assert.ifError(error);
        ids.push(...data.node.notes.edges.map((edge) => edge.node.id));
        page = data.node.notes.pageInfo;
      }
      assert(ids.length >= server.notes);
      assert.equal(new Set(ids).size, ids.length);
    },
    async "@defer"() {
      const seen = [];
      const results = [];
      await new Promise((resolve, reject) => {
        client(seen)
          .query(DEFERRED, { id: patientId })
          .subscribe((result) => {
            results.push(structuredClone(result.data));
            if (result.error) reject(result.error);
            if (!result.hasNext) resolve();
          });
      });
      assert.match(seen[0].type, /^multipart\/mixed/);
      assert.equal(results[0].node.notes, undefined);
      assert.equal(results.at(-1).node.notes.edges.length, 2);
    },
  };
}
