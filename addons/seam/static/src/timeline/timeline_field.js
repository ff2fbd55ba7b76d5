import {Component} from "@odoo/owl";

import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const ICONS = {
    received: "fa-sign-in text-info",
    pending: "fa-repeat text-info",
    working: "fa-cog text-info",
    waiting: "fa-hourglass-half text-warning",
    failed: "fa-exclamation-circle text-danger",
    sent: "fa-paper-plane text-info",
    done: "fa-check-circle text-success",
    superseded: "fa-forward text-muted",
    replaced: "fa-pencil text-muted",
    discarded: "fa-trash text-muted",
};

/** A message's life, line by line: when, what, who and why. */
export class TimelineField extends Component {
    static template = "seam.TimelineField";
    static props = {...standardFieldProps};

    get lines() {
        return (this.props.record.data[this.props.name] || []).map((line) => {
            const at = deserializeDateTime(line.at);
            return {
                ...line,
                icon: ICONS[line.state] || "fa-circle text-muted",
                time: formatDateTime(at),
                ago: at.toRelative(),
                iso: at.toISO(),
            };
        });
    }
}

registry.category("fields").add("seam_timeline", {
    component: TimelineField,
    displayName: _t("Timeline"),
    supportedTypes: ["json"],
});
