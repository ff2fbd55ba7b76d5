{
    "name": "Seam: Demo Company",
    "summary": "A small company with a shop, a warehouse, a partner, and a connector to read as the template",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Productivity/Integrations",
    "depends": ["seam_exception", "seam_woocommerce", "seam_stock"],
    "data": [
        "data/seam_contract_data.xml",
        "data/seam_demo_company.xml",
        "data/seam_demo_users.xml",
        "data/seam_demo_shop.xml",
        "data/seam_demo_partner.xml",
        "data/seam_demo_acme.xml",
        "data/seam_demo_warehouse.xml",
    ],
    "post_init_hook": "post_init_hook",
}
