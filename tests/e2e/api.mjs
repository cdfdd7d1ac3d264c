/** The API, as another client of it than the page. */

export class Api {
  constructor(origin, token) {
    Object.assign(this, { origin, token });
  }

  /** The data; throws where there are errors. */
  async ask(query, variables = {}) {
    const response = await fetch(`${this.origin}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** A patient whose facility has the tenant's clock, and so the dashboard's day. */
  async patient() {
    const { viewer, patients } = await this.ask(
      "{ viewer { tenant { timeZone } } patients(first: 200, filter: {statuses: [ACTIVE]}) { edges { node { id name facility { id name timeZone } } } } }",
    );
    return patients.edges.map(({ node }) => node).find(({ facility }) => facility.timeZone === viewer.tenant.timeZone);
  }

  /** Writes a note that happens now; its id. */
  async write(patient, text = "Slept well.", category = "VITALS") {
    const { createNote } = await this.ask(
      "mutation ($input: CreateNoteInput!) { createNote(input: $input) { note { id } } }",
      { input: { patientId: patient.id, category, text } },
    );
    return createNote.note.id;
  }
}
