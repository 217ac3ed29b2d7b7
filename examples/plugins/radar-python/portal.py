"""Errors as the contract has them, and what an answer's status means."""

import functools
import traceback

from componentize_py_types import Err
from wit_world.imports import types


def calling(handle):
    """A function that the portal calls. What the contract calls an error is raised as `Err`; anything else is a mistake of the plugin,
    which becomes an error as well instead of ending the call without a word."""

    @functools.wraps(handle)
    def called(*parameters):
        try:
            return handle(*parameters)
        except Err:
            raise
        except Exception:
            raise Err(types.Error_Failed(traceback.format_exc())) from None

    return called


def header(response, name):
    """The first header of a name."""
    return next((value for known, value in response.headers if known.lower() == name), None)


def answered(url, response):
    """The response, if its status says success. A server that asks for a pause gets it: the portal begins the next run after it."""

    def said(meaning):
        return f"{url}: the server answered {response.status}: {meaning}"

    match response.status:
        case status if 200 <= status <= 299:
            return response
        case 401 | 403:
            meaning = "it does not let the portal in; check `grants.credentials` of the plugin"
            raise Err(types.Error_Denied(said(meaning)))
        case 404 | 410:
            raise Err(types.Error_NotFound(said("there is no such thing; correct `url` in the settings")))
        case status if status == 429 or status >= 500:
            after = header(response, "retry-after") or ""
            seconds = int(after) if after.isdecimal() else None
            raise Err(types.Error_Unavailable(types.Unavailable(said("it asks for a pause"), seconds)))
        case _:
            raise Err(types.Error_Failed(said("that was not expected")))
