"""When a carrier is asked for a parcel, and which word of his counts. Pure."""

from datetime import timedelta

# From nothing to the end of a parcel's way. Of two scans of one moment the later in this
# list counts: carriers whose clocks know minutes, or days, tell several at once.
WAY = (
    "announced",
    "accepted",
    "in_transit",
    "held",
    "out_for_delivery",
    "failed",
    "returning",
    "delivered",
    "returned",
    "lost",
)
# Nothing more is to come.
ENDS = ("delivered", "returned", "lost")
# Somebody has to do something.
TROUBLE = ("failed", "returning", "returned", "lost")
# The carrier does not have the parcel yet.
NOT_ACCEPTED = (None, False, "announced")

# Hours since the label was bought → minutes between two questions.
STEPS = ((48, 60), (24 * 4, 180), (24 * 8, 360), (24 * 15, 720), (24 * 30, 1440))
SELDOM = 3 * 1440
# Today is the day: the customer asks every hour.
AT_THE_DOOR = 30

# Of two scans of a failed delivery so far apart each is an attempt of its own.
APART = timedelta(hours=12)


def attempts(scans):
    """How often the carrier tried to hand over a parcel, and failed.

    Of one attempt he may scan several things; it is another one when the parcel was out for
    delivery again, or half a day later.

    :param scans: list of (moment, status), the oldest first
    """
    count, last = 0, None
    for at, status in scans:
        if status == "out_for_delivery":
            last = None
        elif status == "failed":
            count += last is None or at - last >= APART
            last = at
    return count


def rank(status):
    return WAY.index(status)


def minutes(age, status):
    """:param age: timedelta since the label was bought
    :return: how long to wait before the carrier is asked again
    """
    if status == "out_for_delivery" and age < timedelta(days=30):
        return AT_THE_DOOR
    hours = age.total_seconds() / 3600
    return next((pause for limit, pause in STEPS if hours < limit), SELDOM)


def next_time(now, begun, status, most_days):
    """When to ask next for a parcel.

    :param begun: when its label was bought
    :param most_days: after so many days it is not asked for any more; 0: always
    :return: naive UTC, or None: never again
    """
    age = now - begun
    if status in ENDS or (most_days and age > timedelta(days=most_days)):
        return None
    return now + timedelta(minutes=minutes(age, status))
