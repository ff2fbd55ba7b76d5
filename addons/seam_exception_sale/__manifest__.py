{
    "name": "Seam: Exceptions on Sales Orders",
    "summary": "Sales orders show the exceptions that concern them",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Productivity/Integrations",
    "depends": ["seam_exception", "sale"],
    "data": ["views/sale_order_views.xml"],
    "auto_install": True,
}
