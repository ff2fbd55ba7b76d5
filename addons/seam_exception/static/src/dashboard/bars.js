import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";

import {number} from "./words";

/** Bars that lie one below the other; each is a button that opens what it counts. */
export class SeamBars extends Component {
    static template = "seam_exception.Bars";
    static props = {bars: Array, open: Function, title: String};

    setup() {
        this.number = number;
    }

    get most() {
        return Math.max(1, ...this.props.bars.map((bar) => bar.count));
    }

    width(count) {
        return `width: ${count ? Math.max(1, (100 * count) / this.most) : 0}%`;
    }

    says(bar) {
        if (!bar.late) {
            return _t("%(what)s: %(count)s open", {what: bar.label, count: number(bar.count)});
        }
        return _t("%(what)s: %(count)s open, %(late)s of them past their target", {
            what: bar.label,
            count: number(bar.count),
            late: number(bar.late),
        });
    }
}
