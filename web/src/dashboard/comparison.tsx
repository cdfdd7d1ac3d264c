import { memo } from "react";

import { ComparisonDocument } from "../generated/graphql";
import { useAnswer } from "./api";
import { setFilters } from "./filters";
import { Panel } from "./panel";
import type { Span } from "./span";
import { useAskWhen } from "./use-changes";
import { number } from "./words";

interface ComparisonProps extends Span {
  facility: string | null;
  changes: number;
}

/** The facilities beside each other. Choosing one shows it alone. */
export const Comparison = memo(function Comparison({ from, through, facility, changes }: ComparisonProps) {
  const { data, problem, ask } = useAnswer(ComparisonDocument, { from, through });
  useAskWhen(changes, ask);
  const rows = (data?.noteStats?.edges ?? []).flatMap(({ node }) =>
    node.facility ? [{ ...node, facility: node.facility }] : [],
  );
  const most = Math.max(1, ...rows.map(({ notes }) => notes));
  return (
    <Panel title="Facilities" className="comparison" problem={problem} ask={ask}>
      <table>
        <thead>
          <tr>
            <th scope="col">Facility</th>
            <th scope="col" className="wide">
              Notes
            </th>
            <th scope="col">Patients</th>
            <th scope="col">Each</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ facility: each, notes, uniquePatients }) => (
            <tr key={each.id}>
              <th scope="row">
                <button
                  type="button"
                  className="link"
                  aria-pressed={facility === each.id}
                  onClick={() => setFilters({ facility: facility === each.id ? null : each.id })}
                >
                  {each.name}
                </button>
              </th>
              <td className="wide">
                <span className="bar" style={{ width: `${(notes / most) * 100}%` }} aria-hidden="true" />
                <span>{number(notes)}</span>
              </td>
              <td>{number(uniquePatients)}</td>
              <td>{(notes / Math.max(1, uniquePatients)).toFixed(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
});
