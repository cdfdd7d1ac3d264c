import { useEffect, useLayoutEffect, useRef } from "react";
import UPlot, { type AlignedData, type Options } from "uplot";

import "uplot/dist/uPlot.min.css";

interface ChartProps {
  /** What it shows, in words. */
  label: string;
  /** Must be the same object for as long as the chart should stay the same. */
  options: Omit<Options, "width" | "height">;
  data: AlignedData;
  height: number;
  /** The index of the point under the pointer. */
  onPoint: (index: number | null) => void;
}

/** A chart of uPlot, as wide as its place. */
export function Chart({ label, options, data, height, onPoint }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);
  const latest = useRef({ data, onPoint });
  latest.current = { data, onPoint };

  useLayoutEffect(() => {
    const element = place.current!;
    const made = new UPlot(
      {
        ...options,
        width: element.clientWidth,
        height,
        hooks: { setCursor: [({ cursor }) => latest.current.onPoint(cursor.idx ?? null)] },
      },
      latest.current.data,
      element,
    );
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [options, height]);

  useEffect(() => chart.current?.setData(data), [data]);

  return <div ref={place} className="chart" role="img" aria-label={label} />;
}
