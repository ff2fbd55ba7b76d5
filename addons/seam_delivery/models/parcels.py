"""The parcels of a transfer in kilograms and centimetres, whatever units Odoo is set to."""

from odoo.addons.seam.engine.fault import Fault

MAX_KG_DIGITS = 3


def parcels(picking):
    """:return: list of dicts with reference, weight_kg and, where known, the dimensions"""
    found = [_of_package(picking, package) for package in packages(picking)]
    loose = picking.move_line_ids.filtered(lambda line: not line.result_package_id)
    if loose.filtered("quantity"):
        found.append(_of_loose(picking, bool(found)))
    return found


def packages(picking):
    inner = picking.move_line_ids.result_package_id
    return inner.outermost_package_id or inner


def check(env, picking, found):
    """:raise Fault: ``business.rule``: the carrier would not take it"""
    carrier, subject = picking.carrier_id, f"stock.picking:{picking.id}"
    fix = env._("Then retry. No label was bought.")
    if not found:
        raise Fault(
            "business.rule",
            env._("%s has nothing to ship.", picking.name),
            fix=env._("Look at its quantities."),
            subject=subject,
        )
    if carrier.seam_max_parcels and len(found) > carrier.seam_max_parcels:
        raise Fault(
            "business.rule",
            env._(
                "%(picking)s has %(count)s parcels: %(carrier)s takes %(most)s at once.",
                picking=picking.name,
                count=len(found),
                carrier=carrier.name,
                most=carrier.seam_max_parcels,
            ),
            pointer="/parcels",
            fix=env._("Ship it in several transfers, or by another delivery method. %s", fix),
            subject=subject,
        )
    for number, parcel in enumerate(found):
        _check_weight(env, picking, parcel, f"/parcels/{number}/weight_kg", fix)


def _check_weight(env, picking, parcel, pointer, fix):
    weight, most = parcel["weight_kg"], picking.carrier_id.seam_max_weight
    subject = f"stock.picking:{picking.id}"
    if weight <= 0:
        raise Fault(
            "business.rule",
            env._(
                "Parcel %(name)s of %(picking)s has no weight.",
                name=parcel["reference"],
                picking=picking.name,
            ),
            pointer=pointer,
            fix=env._(
                "Weigh it and enter its weight for shipping, or the products' weights. %s", fix
            ),
            subject=subject,
        )
    if most and weight > most:
        raise Fault(
            "business.rule",
            env._(
                "Parcel %(name)s of %(picking)s weighs %(weight)s kg: %(carrier)s takes up to "
                "%(most)s kg.",
                name=parcel["reference"],
                picking=picking.name,
                weight=f"{weight:g}",
                carrier=picking.carrier_id.name,
                most=f"{most:g}",
            ),
            pointer=pointer,
            fix=env._("Correct the weight, split the parcel, or choose another method. %s", fix),
            subject=subject,
        )


def _of_package(picking, package):
    weight = package.shipping_weight or package.with_context(picking_id=picking.id).weight
    return _parcel(package.name, weight, package.package_type_id)


def _of_loose(picking, beside_packages):
    """What is in no package is one parcel, weighed by the packer or by its products."""
    kind = picking.carrier_id.seam_package_type_id
    products = picking.weight_bulk
    if not beside_packages and picking.shipping_weight != products:
        return _parcel("1", picking.shipping_weight, kind)
    return _parcel("1", products and products + kind.base_weight, kind)


def _parcel(reference, weight, kind):
    env = kind.env
    template = env["product.template"]
    kilogram, centimetre = env.ref("uom.product_uom_kgm"), env.ref("uom.product_uom_cm")
    pound_or_kg = template._get_weight_uom_id_from_ir_config_parameter()
    parcel = {
        "reference": reference,
        "weight_kg": round(
            pound_or_kg._compute_quantity(weight, kilogram, round=False), MAX_KG_DIGITS
        ),
    }
    unit = template._get_length_uom_id_from_ir_config_parameter()
    sizes = {
        "length_cm": kind.packaging_length,
        "width_cm": kind.width,
        "height_cm": kind.height,
    }
    if all(sizes.values()):
        for name, size in sizes.items():
            parcel[name] = round(unit._compute_quantity(size, centimetre, round=False), 1)
    return parcel
