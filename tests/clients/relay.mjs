import assert from "node:assert";

import {
  commitMutation,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getSingularSelector,
  Network,
  Observable,
  RecordSource,
  Store,
} from "relay-runtime";

import { parts } from "./parts.mjs";
import CreateMutation from "./relay/__generated__/documentsCreateMutation.graphql.js";
import DeferredQuery from "./relay/__generated__/documentsDeferredQuery.graphql.js";
import NameFragment from "./relay/__generated__/documentsName.graphql.js";
import NotesFragment from "./relay/__generated__/documentsNotes.graphql.js";
import NotesPaginationQuery from "./relay/__generated__/documentsNotesPaginationQuery.graphql.js";
import PatientQuery from "./relay/__generated__/documentsPatientQuery.graphql.js";
import ViewerQuery from "./relay/__generated__/documentsViewerQuery.graphql.js";

export function cases(server) {
  const { url, patientId } = server;

  /** As the documentation of Relay has it; what is deferred comes in parts, each of them a response of its own. */
  function environment(seen) {
    const ask = server.fetching(seen);
    const request = (body, accept) =>
      ask(url, {
        method: "POST",
        headers: { accept, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const network = Network.create((operation, variables) => {
      const body = { query: operation.text, operationName: operation.name, variables };
      if (!operation.text.includes("@defer")) {
        return request(body, "application/graphql-response+json").then((response) => response.json());
      }
      return Observable.create((sink) => {
        (async () => {
          const response = await request(body, "multipart/mixed; deferSpec=20220824");
          for await (const { incremental, data, errors, hasNext } of parts(response)) {
            const responses = incremental ?? (data === undefined ? [] : [{ data, errors }]);
            for (const each of responses) sink.next({ ...each, extensions: { is_final: !hasNext } });
          }
        })().then(sink.complete, sink.error);
      });
    });
    return new Environment({ network, store: new Store(new RecordSource()) });
  }
  const ask = (relay, query, variables = {}) => fetchQuery(relay, query, variables).toPromise();
  const read = (relay, fragment, query, variables) => {
    const operation = createOperationDescriptor(query, variables);
    relay.retain(operation);
    const { node } = relay.lookup(operation.fragment).data;
    return relay.lookup(getSingularSelector(fragment, node.fragment)).data;
  };
  return {
    async query() {
      const { viewer } = await ask(environment(), ViewerQuery);
      assert.equal(viewer.role, "CLINICIAN");
    },
    async mutation() {
      const input = { patientId, category: "PROGRESS", text: "By Relay." };
      const answer = await new Promise((onCompleted, onError) =>
        commitMutation(environment(), { mutation: CreateMutation, variables: { input }, onCompleted, onError }),
      );
      assert.equal(answer.createNote.note.text, "By Relay.");
    },
    async "error of a field"() {
      const input = { patientId, category: "PROGRESS", text: "" };
      const errors = await new Promise((resolve, onError) =>
        commitMutation(environment(), {
          mutation: CreateMutation,
          variables: { input },
          onCompleted: (_, errors) => resolve(errors),
          onError,
        }),
      );
      assert.deepEqual(errors[0].extensions, { code: "BAD_USER_INPUT", argument: ["input", "text"] });
    },
    async "paging with @connection and @refetchable"() {
      const relay = environment();
      const variables = { id: patientId };
      await ask(relay, PatientQuery, variables);
      const notes = () => read(relay, NotesFragment, PatientQuery, variables).notes;
      assert.equal(notes().edges.length, 2);
      while (notes().pageInfo.hasNextPage) {
        const before = notes().edges.length;
        await ask(relay, NotesPaginationQuery, { ...variables, count: 2, cursor: notes().pageInfo.endCursor });
        assert(notes().edges.length > before, "the connection grows in the store");
      }
      const ids = notes().edges.map((edge) => edge.node.id);
      assert(ids.length >= server.notes);
      assert.equal(new Set(ids).size, ids.length);
    },
    async "@defer"() {
      const seen = [];
      const relay = environment(seen);
      const variables = { id: patientId };
      const operation = createOperationDescriptor(DeferredQuery, variables);
      const names = [];
      await new Promise((complete, error) =>
        relay.execute({ operation }).subscribe({
          next: () => names.push(read(relay, NameFragment, DeferredQuery, variables).name),
          complete,
          error,
        }),
      );
      assert.match(seen[0].type, /^multipart\/mixed/);
      assert.deepEqual(names, [undefined, "Cora One"]);
    },
  };
}
