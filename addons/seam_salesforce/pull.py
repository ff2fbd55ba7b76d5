"""How what changed is asked for: a list, or a job where much is asked for."""

from . import bulk, rest


def page(client, document, options, cursor, known=None):
    """One page. See ``SeamConnector._list_pages``.

    :param known: function of a list of ids: set of those of which Odoo has the record
    """
    if "job" in cursor:
        return bulk.step(client, document, options, cursor, known)
    if "next" not in cursor and bulk.is_for(document, cursor, options):
        return bulk.begin(client, document, options, cursor)
    return rest.page(client, document, options, cursor, known)
