"""HubSpot's own client for Python, of which only the models of requests are used.

What is asked of HubSpot is built as these models and put into HubSpot's names by their own
``attribute_map``, so that a renamed field is seen here. Its ``ApiClient`` is never made: it
opens connections of its own, past the hosts that are allowed, the time limits, the evidence
and the circuit. Answers are not read into its models: they refuse what lacks one field with
a ValueError that tells no place, and would make texts of numbers.
"""

import importlib
import importlib.metadata

from odoo.addons.seam.engine.fault import Fault

DISTRIBUTION = "hubspot-api-client"


def missing():
    """:return: a sentence about what keeps HubSpot from being used, or ''. Loads nothing."""
    try:
        importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return f"The Python library {DISTRIBUTION} is not installed on the server."
    return ""


def body(model, part="contacts", **values):
    """The body of a request, as HubSpot's client would write it.

    :param model: its name, e.g. ``PublicObjectSearchRequest``
    :param part: of the CRM which describes it; what contacts, companies and deals share
        is described alike
    :return: plain dict
    :raise Fault: ``config.invalid``: the library is not there
    """
    try:
        made = getattr(importlib.import_module(f"hubspot.crm.{part}"), model)
    except ImportError:
        raise Fault(
            "config.invalid",
            missing() or f"The Python library {DISTRIBUTION} cannot be loaded.",
            fix=f"Have {DISTRIBUTION} installed on the server, and Odoo restarted.",
            subject="library:hubspot",
        ) from None
    return plain(made(**values))


def plain(value):
    """:return: a model of the client as JSON has it; what is not set is left out"""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not hasattr(value, "attribute_map"):
        return value
    told = {name: getattr(value, field) for field, name in value.attribute_map.items()}
    return {name: plain(each) for name, each in told.items() if each is not None}
