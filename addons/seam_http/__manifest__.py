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
    ],
}
