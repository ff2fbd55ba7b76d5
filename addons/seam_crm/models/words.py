"""Fields and their values in the words of whoever reads them, by the language of an environment."""

from odoo.tools import format_date, format_datetime

from .values import RECORDS, to_document


def label(line, records):
    """:param records: of the model that has the field, in the reader's language
    :return: what people call the field
    """
    if line.kind == "status":
        return records.env._("Outcome")
    return records._fields[line.odoo]._description_string(records.env)


def shown(line, value, records):
    """:param value: in Odoo
    :return: text for people
    """
    env = records.env
    if line.kind in RECORDS:
        return value.display_name or ""
    if line.kind == "status":
        return {"won": env._("Won"), "lost": env._("Lost")}.get(value, env._("Open"))
    if line.kind in ("boolean", "archived"):
        return env._("Yes") if value else env._("No")
    if not value and line.kind not in ("number", "integer"):
        return ""
    if line.kind == "choice":
        return options(line, records).get(value, str(value))
    if line.kind == "language":
        return env["res.lang"]._get_data(code=value).name or str(value)
    if line.kind == "date":
        return format_date(env, value)
    if line.kind == "datetime":
        return format_datetime(env, value)
    plain = to_document(line.kind, value)
    return "" if plain is None else str(plain)


def told(line, value, records):
    """:param value: as a document tells it
    :return: text for people, as near to ``shown`` as can be said without looking anything up
    """
    if isinstance(value, dict):
        value = value.get("name") or value.get("email") or value.get("id")
    if value is None:
        return ""
    if line.kind == "choice":
        names = options(line, records)
        known = {name.lower(): name for name in names.values()}
        known.update((str(key).lower(), name) for key, name in names.items())
        return known.get(str(value).strip().lower(), str(value))
    if isinstance(value, bool):
        return records.env._("Yes") if value else records.env._("No")
    return str(value)


def options(line, records):
    """:return: dict key → what people read, of a selection"""
    return dict(records._fields[line.odoo]._description_selection(records.env))
