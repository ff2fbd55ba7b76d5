import {Component, onWillStart, useRef, useState} from "@odoo/owl";

import {browser} from "@web/core/browser/browser";
import {formatDateTime, deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {ConnectionLostError} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {formatFloat} from "@web/core/utils/numbers";
import {useSetupAction} from "@web/search/action_hook";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

import {SeamBars} from "./bars";
import {useLive} from "./live";
import {SeamTrend} from "./trend";
import {money, number, since, span, until} from "./words";

const CHOICE = "seam_exception.dashboard";
const VIEWS = {
    "seam.exception": ["list", "kanban", "form", "pivot", "graph"],
    "seam.exception.episode": ["list", "pivot"],
    "seam.message": ["list", "form"],
};
const CURRENCIES = 3;

/** How it stands with exceptions: everything opens the list that it counts. */
export class SeamDashboard extends Component {
    static template = "seam_exception.Dashboard";
    static components = {Layout, SeamBars, SeamTrend};
    static props = {...standardActionServiceProps};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.root = useRef("root");
        this.display = {controlPanel: {}};
        this.words = {money, number, since, span, until};
        this.periods = {today: _t("Today"), week: _t("7 days"), month: _t("30 days")};
        this.scopes = {all: _t("All"), mine: _t("My team's and mine")};
        this.keepLast = new KeepLast();
        // What was seen last is there at once when somebody comes back to the page.
        this.state = useState({
            ...this.choice(),
            data: this.props.state?.data || null,
            failed: false,
            stale: false,
            allMoney: false,
        });
        this.open = this.open.bind(this);
        this.live = useLive(() => this.load());
        useSetupAction({rootRef: this.root, getLocalState: () => ({data: this.state.data})});
        onWillStart(() => {
            this.load();
        });
    }

    // -- choices -------------------------------------------------------------------------

    choice() {
        let kept = {};
        try {
            kept = JSON.parse(browser.localStorage.getItem(CHOICE)) || {};
        } catch {
            // what cannot be read was not ours
        }
        return {
            period: kept.period in this.periods ? kept.period : "week",
            scope: kept.scope in this.scopes ? kept.scope : "all",
        };
    }

    choose(values) {
        Object.assign(this.state, values);
        const {period, scope} = this.state;
        browser.localStorage.setItem(CHOICE, JSON.stringify({period, scope}));
        this.load();
    }

    get before() {
        return {
            today: _t("yesterday"),
            week: _t("the 7 days before"),
            month: _t("the 30 days before"),
        }[this.state.data.period];
    }

    // -- figures -------------------------------------------------------------------------

    async load() {
        const {period, scope} = this.state;
        this.live.looked();
        try {
            this.state.data = await this.keepLast.add(
                this.orm.silent.call("seam.exception", "dashboard_data", [], {period, scope})
            );
            this.state.failed = false;
            this.state.stale = false;
        } catch (error) {
            // The figures of before stay, and say that they are old.
            this.state.failed = !this.state.data && this.reason(error);
            this.state.stale = true;
        }
    }

    reason(error) {
        if (error instanceof ConnectionLostError) {
            return _t("Odoo cannot be reached.");
        }
        return error.data?.message || error.message;
    }

    get at() {
        return formatDateTime(deserializeDateTime(this.state.data.now), {format: "HH:mm:ss"});
    }

    get tiles() {
        const {data} = this.state;
        const tile = (key, label, icon, tone, note) => ({
            key,
            label,
            icon,
            note,
            count: data[key].count,
            link: data[key].link,
            tone: data[key].count ? tone : "calm",
        });
        return [
            tile("open", _t("Open"), "fa-folder-open-o", "plain", this.aside),
            tile("new", _t("New, seen by nobody"), "fa-eye-slash", "warning"),
            tile("late", _t("Past their target"), "fa-exclamation-circle", "danger"),
            tile("soon", _t("Due soon"), "fa-hourglass-half", "warning"),
            tile("documents", _t("Documents held up"), "fa-file-text-o", "plain", this.spread),
        ];
    }

    get aside() {
        const {count, snoozed, partner, oldest} = this.state.data.open;
        const notes = [];
        if (count && oldest) {
            notes.push(_t("oldest %s", since(oldest)));
        }
        if (snoozed) {
            notes.push(_t("%s put aside", number(snoozed)));
        }
        if (partner) {
            notes.push(_t("%s wait for the partner", number(partner)));
        }
        return notes.join(" · ");
    }

    get spread() {
        const {causes, waiting} = this.state.data.documents;
        const notes = [];
        if (causes) {
            notes.push(_t("by %s causes", number(causes)));
        }
        if (waiting) {
            notes.push(_t("%s more wait for them", number(waiting)));
        }
        return notes.join(" · ");
    }

    get currencies() {
        const {data, allMoney} = this.state;
        return allMoney ? data.money : data.money.slice(0, CURRENCIES);
    }

    get furtherCurrencies() {
        return this.state.data.money.length - this.currencies.length;
    }

    get mostDocuments() {
        return Math.max(1, ...this.state.data.causes.map((cause) => cause.documents));
    }

    get paces() {
        const {acknowledge, resolve} = this.state.data.pace;
        return [
            {key: "acknowledge", label: _t("Until somebody looks after it"), ...acknowledge},
            {key: "resolve", label: _t("Until it is resolved"), ...resolve},
        ].map((pace) => ({...pace, trend: this.change(pace)}));
    }

    /** How a mean time compares with the one before: a word, an icon, and a tone. */
    change({seconds, before}) {
        if (seconds === null || !before) {
            return null;
        }
        const percent = Math.round((100 * (seconds - before)) / before);
        if (!percent) {
            return {icon: "fa-arrows-h", tone: "text-muted", text: _t("as before")};
        }
        if (percent < 0) {
            return {icon: "fa-arrow-down", tone: "text-success", text: _t("%s%% faster", -percent)};
        }
        const text =
            percent < 100
                ? _t("%s%% slower", percent)
                : _t("%s times as long", formatFloat(seconds / before, {digits: [0, 1]}));
        return {icon: "fa-arrow-up", tone: "text-danger", text};
    }

    // -- ways on -------------------------------------------------------------------------

    /** Opens the list that a figure counts. */
    open(link) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: link.name,
            res_model: link.model,
            domain: link.domain,
            views: VIEWS[link.model].map((view) => [false, view]),
            target: "current",
        });
    }

    openCase(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "seam.exception",
            res_id: id,
            views: [[false, "form"]],
            target: "current",
        });
    }
}

registry.category("actions").add("seam_exception.dashboard", SeamDashboard);
