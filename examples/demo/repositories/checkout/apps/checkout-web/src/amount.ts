import type { Money } from "./storefront";

/** What the button says. The amount comes formatted from the server, so that page and receipt agree. */
export function payLabel(pay: string, total: Money): string {
  return `${pay} ${total.formatted}`;
}

/** True if the shopper should see both currencies before paying. */
export function needsConversionNotice(total: Money, converted?: Money): boolean {
  return converted !== undefined && converted.currency !== total.currency;
}
