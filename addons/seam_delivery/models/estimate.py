"""The parcels that an order is likely to become, before anybody packs it.

Pieces are put into boxes of the delivery method's default packaging, the heaviest
first, each where it fits by weight and volume.
"""

import math

from . import parcels as packed

# Of more pieces than these nobody wants to know box by box.
MOST_PIECES = 2000


def parcels(order, carrier, weight=0.0):
    """
    :param weight: what the salesperson says the goods weigh, in Odoo's unit; 0: the
        sum of the products
    :return: list of dicts as in ``parcels.parcels``
    """
    kind = carrier.seam_package_type_id
    pieces, total = _pieces(order)
    factor = weight / total if weight and total else 1.0
    if not total and weight:
        pieces, factor = [(weight, 0.0)], 1.0
    scaled = [(each * factor, volume) for each, volume in pieces]
    boxes = _boxes(scaled, _room(carrier, kind), _space(kind))
    return [
        packed.made(str(number), box and box + kind.base_weight, kind)
        for number, box in enumerate(boxes, 1)
    ]


def weightless(order):
    """:return: products of an order that have no weight"""
    return _lines(order).product_id.filtered(lambda product: not product.weight)


def _lines(order):
    return order.order_line.filtered(
        lambda line: (
            line.product_id.type == "consu"
            and not line.is_delivery
            and not line.display_type
            and line.product_qty > 0
        )
    )


def _pieces(order):
    """:return: (list of (weight, volume in m³) of each piece, weight of all)"""
    template = order.env["product.template"]
    cubic = order.env.ref("uom.product_uom_cubic_meter")
    unit = template._get_volume_uom_id_from_ir_config_parameter()
    pieces, total = [], 0.0
    for line in _lines(order):
        product, left = line.product_id, line.product_qty
        volume = unit._compute_quantity(product.volume, cubic, round=False)
        total += product.weight * left
        size = max(1, math.ceil(left / MOST_PIECES))
        while left > 0:
            count = min(size, left)
            pieces.append((product.weight * count, volume * count))
            left -= count
    return pieces, total


def _room(carrier, kind):
    """:return: what goods in one box may weigh, in Odoo's unit, or infinity"""
    env = carrier.env
    unit = env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
    most = env.ref("uom.product_uom_kgm")._compute_quantity(
        carrier.seam_max_weight, unit, round=False
    )
    limits = [limit for limit in (kind.max_weight, most) if limit]
    return max(min(limits, default=math.inf) - kind.base_weight, 0.0)


def _space(kind):
    """:return: cubic metres of one box, or infinity"""
    env = kind.env
    sizes = (kind.packaging_length, kind.width, kind.height)
    if not all(sizes):
        return math.inf
    unit = env["product.template"]._get_length_uom_id_from_ir_config_parameter()
    metre = env.ref("uom.product_uom_meter")
    return math.prod(unit._compute_quantity(size, metre, round=False) for size in sizes)


def _boxes(pieces, room, space):
    """:return: weights of the boxes; a piece that fits nowhere has one of its own"""
    boxes = []
    for weight, volume in sorted(pieces, reverse=True):
        for box in boxes:
            if box[0] + weight <= room * 1.000001 and box[1] + volume <= space * 1.000001:
                box[0] += weight
                box[1] += volume
                break
        else:
            boxes.append([weight, volume])
    return [weight for weight, _volume in boxes]
