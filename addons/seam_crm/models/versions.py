"""Which of two states of a record is the newer one."""

from datetime import datetime, timezone


def instant(text):
    """:return: microseconds since 1970 of an RFC 3339 text: a version"""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def version_of(document):
    """:return: of two states the higher one is newer"""
    return document["version"] if "version" in document else instant(document["modified"])
