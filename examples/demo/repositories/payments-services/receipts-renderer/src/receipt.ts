/** A captured payment, as far as a receipt shows it. */
export interface Captured {
  merchant: string;
  amount: { value: number; currency: string };
  capturedAt: Date;
  locale: string;
}

/** The line with the amount, written as the shopper is used to. */
export function amountLine({ amount, locale }: Captured): string {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency: amount.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount.value / 10 ** digits);
}
