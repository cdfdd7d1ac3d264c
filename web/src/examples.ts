/** What the first tabs show, until somebody has made their own. */

/** Who am I, and one page of notes with what hangs on them. */
const WELCOME = `# Welcome to CareNotes.
#
#   Ctrl-Enter   run this query (or press play)
#   Ctrl-Space   what fits at the cursor
#   Ctrl-click   the documentation of a name
#
# The other tabs: statistics, a mutation, a subscription.

query Welcome {
  # Who the token says I am, and of which tenant.
  viewer {
    role
    subject
    tenant {
      name
      slug
    }
  }

  # The first page of notes, and what hangs on them.
  notes(first: 5) {
    edges {
      node {
        id
        category
        effectiveAt
        patient {
          id
          name
        }
        author {
          name
        }
        facility {
          name
        }
      }
    }
    # The next page: notes(first: 5, after: endCursor)
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

const STATISTICS = `# Exact at every commit, and as quick for ten million notes as for a hundred.

query Statistics($date: Date!, $from: Date!) {
  dailyStats(date: $date) {
    total
    uniquePatients
    lateEntries
    byCategory {
      category
      notes
    }
    byFacility {
      facility {
        name
      }
      notes
    }
  }

  # Grouped by anything, in any stretch of time.
  noteStats(
    from: $from
    through: $date
    bucket: WEEK
    groupBy: [PRIORITY]
    first: 20
  ) {
    edges {
      node {
        starts
        priority
        notes
        uniquePatients
      }
    }
  }
}
`;

const WRITE_NOTE = `# Run it twice: the same key writes one note, and answers with it each time.
# The patient's id, in the variables below, is one that the first tab has shown.

mutation WriteNote($input: CreateNoteInput!) {
  createNote(input: $input) {
    note {
      id
      status
      version
      recordedAt
    }
  }
}
`;

const FOLLOW_NOTES = `# Run it, and write a note: in the tab before this one, or on the dashboard.
# After a break, the last cursor as \`after\` goes on where it was.

subscription FollowNotes($after: Cursor) {
  noteEvents(after: $after) {
    kind
    cursor
    at
    node {
      id
      category
      status
      patient {
        name
      }
    }
  }
}
`;

interface Example {
  query: string;
  variables?: string;
}

const DAY = 86_400_000;
const day = (instant: number) => new Date(instant).toISOString().slice(0, 10);
const json = (value: unknown) => JSON.stringify(value, null, 2);

export function examples(now = Date.now()): Example[] {
  return [
    { query: WELCOME },
    { query: STATISTICS, variables: json({ date: day(now), from: day(now - 27 * DAY) }) },
    {
      query: WRITE_NOTE,
      variables: json({
        input: {
          idempotencyKey: crypto.randomUUID(),
          patientId: "a patient's id",
          category: "VITALS",
          text: "Pulse 72, regular.",
        },
      }),
    },
    { query: FOLLOW_NOTES },
  ];
}
