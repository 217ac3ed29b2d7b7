import type { Day } from "./merchant";

/** The sentence at the top of the day view. */
export function headline(day: Day): string {
  if (day.comparedWithLastWeek === null) return `${day.taken.formatted} so far`;
  const percent = Math.round(day.comparedWithLastWeek * 100);
  if (percent === 0) return `${day.taken.formatted} so far, as a week ago`;
  return `${day.taken.formatted} so far, ${Math.abs(percent)} % ${percent > 0 ? "more" : "less"} than a week ago`;
}
