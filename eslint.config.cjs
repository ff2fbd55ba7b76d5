const js = require("@eslint/js");
const globals = require("globals");

module.exports = [
    js.configs.recommended,
    {
        languageOptions: {
            ecmaVersion: 2024,
            globals: {...globals.browser, odoo: "readonly", luxon: "readonly"},
        },
        rules: {
            "consistent-return": "error",
            eqeqeq: ["error", "smart"],
            "no-console": "error",
            "no-eval": "error",
            "no-shadow": "error",
            "no-var": "error",
            "prefer-const": "error",
        },
    },
    {files: ["**/static/**/*.js"], languageOptions: {sourceType: "module"}},
    {files: ["**/*.cjs"], languageOptions: {sourceType: "commonjs", globals: globals.node}},
];
