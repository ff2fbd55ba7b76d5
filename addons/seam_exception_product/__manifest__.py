{
    "name": "Seam: Exceptions on Products",
    "summary": "Products show the exceptions that concern them",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Productivity/Integrations",
    "depends": ["seam_exception", "product"],
    "data": ["views/product_views.xml"],
    "auto_install": True,
}
