import { useEffect, useState } from "react";

import { timeLabel } from "./dates";
import { useConnection, useLive, type Connection } from "./live";

const SAID: Record<Connection, string> = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  stale: "Stale",
};

/** Whether what is shown is so now; and where it is not, since when. */
export function ConnectionState() {
  const live = useLive();
  const connection = useConnection();
  const [heardAt, setHeardAt] = useState(live.heardAt);
  useEffect(() => setHeardAt(live.heardAt), [live, connection]);
  const since = connection === "reconnecting" || connection === "stale";
  return (
    <p className={`connection ${connection}`} role="status">
      <span className="dot" aria-hidden="true" />
      {SAID[connection]}
      {since && <span className="since"> · as of {timeLabel(heardAt)}</span>}
    </p>
  );
}
