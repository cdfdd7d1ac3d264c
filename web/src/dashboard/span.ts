/** From the first day through the last. */
export interface Span {
  from: string;
  through: string;
}
