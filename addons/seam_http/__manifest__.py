{
    "name": "Seam: Any REST API",
    "summary": "Connect a partner's REST API without writing Python",
    "version": "19.0.1.0.0",
    "author": "Seam contributors",
    "license": "LGPL-3",
    "category": "Productivity/Integrations",
    "depends": ["seam"],
    "external_dependencies": {"python": ["jmespath", "PyYAML"]},
    "data": [
        "security/ir.model.access.csv",
        "security/seam_http_security.xml",
        "data/seam_contract_data.xml",
        "views/seam_endpoint_views.xml",
        "views/seam_flow_views.xml",
        "views/seam_system_views.xml",
        "views/seam_setup_views.xml",
        "wizard/seam_import_wizard_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["seam_http/static/src/**/*"],
        "web.assets_tests": ["seam_http/static/tests/tours/**/*"],
    },
}
