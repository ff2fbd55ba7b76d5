import {Component} from "@odoo/owl";

import {formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** A moment as its distance from now; the exact time is its tooltip. */
export class AgoField extends Component {
    static template = "seam.AgoField";
    static props = {...standardFieldProps};

    get value() {
        return this.props.record.data[this.props.name];
    }

    get text() {
        return this.value.toRelative({style: "short"});
    }

    get exact() {
        return formatDateTime(this.value);
    }
}

registry.category("fields").add("seam_ago", {
    component: AgoField,
    displayName: _t("Time ago"),
    supportedTypes: ["datetime"],
});
