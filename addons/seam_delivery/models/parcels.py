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


def check(env, record, carrier, found):
    """:param record: transfer or order that the parcels are of
    :raise Fault: ``business.rule``: the carrier would not take it
    """
    subject = f"{record._name}:{record.id}"
    if not found:
        raise Fault(
            "business.rule",
            env._("%s has nothing to ship.", record.name),
            fix=env._("Look at its quantities."),
            subject=subject,
        )
    if carrier.seam_max_parcels and len(found) > carrier.seam_max_parcels:
        raise Fault(
            "business.rule",
            env._(
                "%(record)s has %(count)s parcels: %(carrier)s takes %(most)s at once.",
                record=record.name,
                count=len(found),
                carrier=carrier.name,
                most=carrier.seam_max_parcels,
            ),
            pointer="/parcels",
            fix=env._("Ship it in several transfers, or by another delivery method."),
            subject=subject,
        )
    for number, parcel in enumerate(found):
        _check_weight(env, record, carrier, parcel, f"/parcels/{number}/weight_kg")


def _check_weight(env, record, carrier, parcel, pointer):
    weight, most = parcel["weight_kg"], carrier.seam_max_weight
    subject = f"{record._name}:{record.id}"
    if weight <= 0:
        raise Fault(
            "business.rule",
            env._(
                "Parcel %(name)s of %(record)s has no weight.",
                name=parcel["reference"],
                record=record.name,
            ),
            pointer=pointer,
            fix=env._("Weigh it and enter its weight for shipping, or the products' weights."),
            subject=subject,
        )
    if most and weight > most:
        raise Fault(
            "business.rule",
            env._(
                "Parcel %(name)s of %(record)s weighs %(weight)s kg: %(carrier)s takes up to "
                "%(most)s kg.",
                name=parcel["reference"],
                record=record.name,
                weight=f"{weight:g}",
                carrier=carrier.name,
                most=f"{most:g}",
            ),
            pointer=pointer,
            fix=env._("Correct the weight, split the parcel, or choose another method."),
            subject=subject,
        )


def _of_package(picking, package):
    weight = package.shipping_weight or package.with_context(picking_id=picking.id).weight
    return made(package.name, weight, package.package_type_id)


def _of_loose(picking, beside_packages):
    """What is in no package is one parcel, weighed by the packer or by its products."""
    kind = picking.carrier_id.seam_package_type_id
    products = picking.weight_bulk
    if not beside_packages and picking.shipping_weight != products:
        return made("1", picking.shipping_weight, kind)
    return made("1", products and products + kind.base_weight, kind)


def made(reference, weight, kind):
    """One parcel of a document.

    :param weight: in Odoo's unit
    :param kind: ``stock.package.type``, may be empty
    """
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
    if kind.package_carrier_type == "seam" and kind.shipper_package_code:
        parcel["packaging"] = kind.shipper_package_code
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
