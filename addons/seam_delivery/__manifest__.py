{
    "name": "Seam: Shipping",
    "summary": "Labels bought after validation, once for each transfer, and tracking of parcels",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Inventory/Delivery",
    "depends": ["seam", "stock_delivery"],
    "data": [
        "security/ir.model.access.csv",
        "security/seam_delivery_security.xml",
        "data/seam_contract_data.xml",
        "views/seam_shipment_views.xml",
        "views/delivery_carrier_views.xml",
        "views/stock_picking_views.xml",
    ],
}
