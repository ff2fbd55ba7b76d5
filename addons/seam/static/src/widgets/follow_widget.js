import {Component, onWillUnmount} from "@odoo/owl";

import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/** Milliseconds between looks; each wait is half as long again as the one before. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;

/** Reloads the form while it shows something that is under way. */
export class FollowWidget extends Component {
    static template = "seam.FollowWidget";
    static props = {...standardWidgetProps};

    setup() {
        this.wait = FIRST_WAIT;
        this.plan();
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    plan() {
        this.timer = browser.setTimeout(() => this.look(), this.wait);
        this.wait = Math.min(this.wait * 1.5, LONGEST_WAIT);
    }

    async look() {
        const {record} = this.props;
        if (!document.hidden && !(await record.isDirty())) {
            await record.load();
        }
        this.plan();
    }
}

registry.category("view_widgets").add("seam_follow", {component: FollowWidget});
