{
    "name": "Seam: Exceptions on Transfers",
    "summary": "Transfers show the exceptions that concern them",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Productivity/Integrations",
    "depends": ["seam_exception", "stock"],
    "data": ["views/stock_picking_views.xml"],
    "auto_install": True,
}
