"""What customs wants to know of a parcel's contents."""

from odoo.addons.seam.engine.fault import Fault


def is_border(env, origin, destination):
    """:return: whether customs stand between two countries (``res.country``)"""
    union = env.ref("base.europe").country_ids
    return origin != destination and not (origin in union and destination in union)


def declaration(env, picking, purpose="delivery"):
    """:return: dict of what the contract ``shipping-label`` has under ``customs``
    :raise Fault: as ``lines``
    """
    order = picking.sale_id
    document = {
        "currency": currency(picking).name,
        "reason": "return" if purpose == "return" else "sale",
        "commercial_invoice": picking.carrier_id.seam_commercial_invoice,
        "lines": lines(env, picking),
    }
    incoterm = (order.incoterm or picking.company_id.incoterm_id).code
    if incoterm:
        document["incoterm"] = incoterm
    invoice = order.sudo().invoice_ids.filtered(
        lambda move: move.state == "posted" and move.move_type == "out_invoice"
    )[:1]
    if invoice:
        document["invoice_number"] = invoice.name
        document["invoice_date"] = str(invoice.invoice_date)
    return document


def lines(env, picking):
    """:return: list of dicts, one a product; values in the currency of ``currency``

    :raise Fault: ``business.rule``: customs would hold the parcel
    """
    carrier = picking.carrier_id
    commodities = carrier._get_commodities_from_stock_move_lines(picking.move_line_ids)
    return [_line(env, picking, commodity) for commodity in commodities]


def currency(picking):
    return picking.sale_id.currency_id or picking.company_id.currency_id


def _line(env, picking, commodity):
    product = commodity.product_id
    code = (product.hs_code or "").strip()
    if not code or not commodity.country_of_origin:
        missing = env._("HS code") if not code else env._("country of origin")
        raise Fault(
            "business.rule",
            env._(
                "%(product)s has no %(what)s, and %(picking)s goes through customs.",
                product=product.display_name,
                what=missing,
                picking=picking.name,
            ),
            pointer="/customs",
            fix=env._("Enter it on the product, then retry."),
            subject=f"product:{product.id}",
        )
    weight = product.weight and env[
        "product.template"
    ]._get_weight_uom_id_from_ir_config_parameter()._compute_quantity(
        product.weight, env.ref("uom.product_uom_kgm"), round=False
    )
    return {
        "description": product.name,
        "sku": product.default_code or str(product.id),
        "quantity": int(commodity.qty),
        "unit_value": round(commodity.monetary_value, 2),
        "unit_weight_kg": round(weight, 3),
        "hs_code": code,
        "origin": commodity.country_of_origin,
    }
