import { useId, type ReactNode } from "react";

interface PanelProps {
  title: string;
  /** The place in the page's grid. */
  className?: string;
  /** Beside the title. */
  aside?: ReactNode;
  problem?: string | null;
  ask?: () => void;
  children: ReactNode;
}

/** A part of the page with a heading; says so where what it shows could not be read anew. */
export function Panel({ title, className = "", aside, problem, ask, children }: PanelProps) {
  const heading = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{title}</h2>
        {aside}
      </header>
      {problem && (
        <p className="problem" role="alert">
          {problem}{" "}
          {ask && (
            <button type="button" onClick={ask}>
              Try again
            </button>
          )}
        </p>
      )}
      {children}
    </section>
  );
}
