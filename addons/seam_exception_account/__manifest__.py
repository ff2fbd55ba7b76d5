{
    "name": "Seam: Exceptions on Invoices",
    "summary": "Invoices show the exceptions that concern them",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Productivity/Integrations",
    "depends": ["seam_exception", "account"],
    "data": ["views/account_move_views.xml"],
    "auto_install": True,
}
