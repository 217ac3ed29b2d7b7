// Errors as the contract has them, and what an answer's status means.

// A function that the portal calls. What the contract calls an error is thrown as it is, `{ tag, val }`; one that the portal answered
// arrives as the `payload` of an exception, and is passed on. Anything else is a mistake of the plugin, which becomes an error as well
// instead of ending the call without a word.
export function calling(handle) {
  return (...parameters) => {
    try {
      return handle(...parameters);
    } catch (error) {
      const said = error?.payload ?? error;
      throw typeof said?.tag === "string" ? said : { tag: "failed", val: `${error}\n${error?.stack ?? ""}`.trim() };
    }
  };
}

// The first header of a name.
export function header(response, name) {
  return response.headers.find(([known]) => known.toLowerCase() === name)?.[1];
}

// The response, if its status says success. A server that asks for a pause gets it: the portal begins the next run after it.
export function answered(url, response) {
  const { status } = response;
  const said = (meaning) => `${url}: the server answered ${status}: ${meaning}`;
  if (status >= 200 && status <= 299) {
    return response;
  }
  if (status === 401 || status === 403) {
    throw { tag: "denied", val: said("it does not let the portal in; check `grants.credentials` of the plugin") };
  }
  if (status === 404 || status === 410) {
    throw { tag: "not-found", val: said("there is no such thing; correct `url` in the settings") };
  }
  if (status === 429 || status >= 500) {
    const seconds = Number.parseInt(header(response, "retry-after"), 10);
    throw { tag: "unavailable", val: { reason: said("it asks for a pause"), retryAfter: seconds >= 0 ? seconds : null } };
  }
  throw { tag: "failed", val: said("that was not expected") };
}
