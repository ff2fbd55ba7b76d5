{
    "name": "Seam: Sales Orders",
    "summary": "Orders of shops and marketplaces become sales orders, exact to the cent",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Sales/Sales",
    "depends": ["seam", "stock_delivery"],
    "data": [
        "data/seam_contract_data.xml",
        "data/product_data.xml",
        "data/seam_sale_data.xml",
        "views/seam_flow_views.xml",
        "views/sale_order_views.xml",
    ],
}
