/* As in OCA's addons template for 19.0. */
module.exports = {
    bracketSpacing: false,
    printWidth: 100,
    proseWrap: "preserve",
    semi: true,
    trailingComma: "es5",
    tabWidth: 4,
    xmlWhitespaceSensitivity: "strict",
    plugins: [require.resolve("@prettier/plugin-xml")],
    overrides: [{files: ["*.json", "*.yaml", "*.yml", "*.md"], options: {tabWidth: 2}}],
};
