/** Methods that may be repeated without asking anybody. */
const REPEATABLE = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]);

/** A request may be sent again if its method allows it, or if it carries a key that makes it harmless. */
export function mayRetry(method: string, headers: Headers): boolean {
  return REPEATABLE.has(method.toUpperCase()) || headers.has("idempotency-key");
}
