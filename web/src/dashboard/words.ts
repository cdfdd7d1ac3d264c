/** Words and numbers for people, in their browser's language where it is about numbers and times. */

/** `WOUND_CARE` as "Wound care". */
export function words(name: string): string {
  const text = name.toLowerCase().replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

export const number = (value: number): string => whole.format(value);
export const short = (value: number): string => compact.format(value);

export function plural(count: number, one: string): string {
  return `${number(count)} ${one}${count === 1 ? "" : "s"}`;
}
