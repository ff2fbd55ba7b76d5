{
    "name": "Seam: Arrivals for Shops",
    "summary": "Shops learn when their customers have the goods",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Inventory/Delivery",
    "depends": ["seam_sale", "seam_delivery"],
    "auto_install": True,
}
