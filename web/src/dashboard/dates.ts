/** Days and hours by a clock elsewhere. A day is `YYYY-MM-DD`, as the API's `Date`. */

const DAY = 86_400_000;

/** The day that it is now by that zone's clock. */
export function today(timeZone: string, now = Date.now()): string {
  return clock(timeZone)(now).date;
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY).toISOString().slice(0, 10);
}

/** Monday is 0 (ISO 8601), as is the hour from midnight. */
export interface Reading {
  date: string;
  weekday: number;
  hour: number;
}

const clocks = new Map<string, (instant: number) => Reading>();

/** Reads that zone's clock. Formatters are dear to make and cheap to keep. */
export function clock(timeZone: string): (instant: number) => Reading {
  let read = clocks.get(timeZone);
  if (!read) clocks.set(timeZone, (read = reader(timeZone)));
  return read;
}

function reader(timeZone: string): (instant: number) => Reading {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    hourCycle: "h23",
  });
  return (instant) => {
    const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const date = `${part["year"]}-${part["month"]}-${part["day"]}`;
    return { date, weekday: (new Date(date).getUTCDay() + 6) % 7, hour: Number(part["hour"]) };
  };
}

const dayFormat = new Intl.DateTimeFormat(undefined, { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" });
const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export const dayLabel = (day: string): string => dayFormat.format(Date.parse(day));

/** The time of this browser's clock. */
export const timeLabel = (instant: number): string => timeFormat.format(instant);

const hourFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** An instant by this browser's clock: of `today` (`Date.toDateString`) the hour alone, such as "14:05". */
export function recentLabel(instant: string, today: string): string {
  const moment = new Date(instant);
  return moment.toDateString() === today ? hourFormat.format(moment) : momentLabel(instant);
}

/** An instant, such as "Tue 24 Nov, 14:05", by that zone's clock or else this browser's. */
export function momentLabel(instant: string, timeZone?: string): string {
  return moments(timeZone).format(Date.parse(instant));
}

const momentFormats = new Map<string | undefined, Intl.DateTimeFormat>();

function moments(timeZone: string | undefined): Intl.DateTimeFormat {
  let format = momentFormats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat(undefined, {
      ...(timeZone && { timeZone }),
      weekday: "short",
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
    });
    momentFormats.set(timeZone, format);
  }
  return format;
}
