"""Until when a merchant may answer a dispute."""

from datetime import date, timedelta

# Days that the schemes grant, less two: one for our upload, one for a bad day.
DAYS = {"visa": 30 - 2, "mastercard": 45 - 2, "amex": 20 - 2}


def answer_by(scheme: str, opened: date) -> date:
    if scheme not in DAYS:
        raise ValueError(f"No deadline is known for the scheme {scheme}. Add it to DAYS.")
    return opened + timedelta(days=DAYS[scheme])
