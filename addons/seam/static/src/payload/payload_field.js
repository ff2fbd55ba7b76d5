import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {PayloadView} from "./payload_view";

const NONE = [];

export class PayloadField extends Component {
    static template = "seam.PayloadField";
    static components = {PayloadView};
    static props = {
        ...standardFieldProps,
        violationsField: {type: String, optional: true},
        foundOnly: {type: Boolean, optional: true},
    };

    get text() {
        return this.props.record.data[this.props.name] || "";
    }

    get violations() {
        return this.props.record.data[this.props.violationsField] || NONE;
    }

    get fileName() {
        const name = this.props.record.data.display_name || "message";
        return `${name.replace(/[^\w.-]+/g, "_")}.json`;
    }
}

export const payloadField = {
    component: PayloadField,
    displayName: _t("Payload"),
    supportedTypes: ["text"],
    supportedOptions: [
        {label: _t("Field with the violations"), name: "violations", type: "field"},
        {label: _t("Only violations found in this text"), name: "found_only", type: "boolean"},
    ],
    extractProps: ({options}) => ({
        violationsField: options.violations,
        foundOnly: Boolean(options.found_only),
    }),
};

registry.category("fields").add("seam_payload", payloadField);
