"""What runs inside Odoo to set the conformance test up: called through `tests.bench.shell.Shell`."""

import json

CONTRACT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Parcel",
    "type": "object",
    "required": ["number", "lines"],
    "additionalProperties": False,
    "properties": {
        "number": {"type": "string", "minLength": 1, "maxLength": 20},
        "weight": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000},
        "lines": {"type": "array", "maxItems": 5, "items": {"$ref": "#/$defs/line"}},
    },
    "$defs": {
        "line": {
            "type": "object",
            "required": ["sku", "quantity"],
            "properties": {
                "sku": {"enum": ["A", "B", "C"]},
                "quantity": {"type": "integer", "minimum": 1, "maximum": 99},
            },
        }
    },
}


def partner(env):
    """A system with two flows, one of them under a contract; returns its API key."""
    user = env["res.users"].create(
        {
            "name": "Service",
            "login": "service-conformance",
            "group_ids": [(4, env.ref("base.group_user").id)],
        }
    )
    system = env["seam.system"].create(
        {"name": "Partner", "code": "partner", "user_id": user.id, "rate_limit": 0}
    )
    system.action_activate()
    contract = env["seam.contract"].create({"name": "parcel"})
    version = env["seam.contract.version"].create(
        {
            "contract_id": contract.id,
            "version": "1.0.0",
            "text": json.dumps(CONTRACT),
            "sha256": "conformance",
        }
    )
    for code, values in (("parcels", {"contract_version_id": version.id}), ("notes", {})):
        env["seam.flow"].create(
            {"name": code.title(), "code": code, "system_id": system.id, **values}
        ).action_activate()
    return system._new_api_key()
