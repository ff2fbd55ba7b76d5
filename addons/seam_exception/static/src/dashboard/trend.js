import {Component, onWillStart, onWillUnmount, useEffect, useRef, useState} from "@odoo/owl";

import {loadBundle} from "@web/core/assets";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";

import {number} from "./words";

/** What came and what went: two lines that differ in colour, stroke and points; and a table. */
export class SeamTrend extends Component {
    static template = "seam_exception.Trend";
    static props = {trend: Object, open: Function};

    setup() {
        this.number = number;
        this.canvas = useRef("canvas");
        this.state = useState({drawn: true});
        this.chart = null;
        onWillStart(async () => {
            try {
                await loadBundle("web.chartjs_lib");
            } catch {
                this.state.drawn = false;
            }
        });
        useEffect(
            () => this.draw(),
            () => [this.props.trend]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    label(point) {
        const at = deserializeDateTime(point.from);
        return this.props.trend.unit === "hour"
            ? at.toLocaleString({hour: "2-digit", minute: "2-digit"})
            : at.toLocaleString({weekday: "short", day: "numeric", month: "short"});
    }

    get sentence() {
        const {opened, resolved} = this.props.trend;
        const values = {opened: number(opened), resolved: number(resolved)};
        if (!opened && !resolved) {
            return _t("Nothing came, and nothing was resolved.");
        }
        if (opened > resolved) {
            return _t("More came than went: %(opened)s opened, %(resolved)s resolved.", values);
        }
        return _t("The pile is not growing: %(opened)s opened, %(resolved)s resolved.", values);
    }

    colour(name) {
        return getComputedStyle(this.canvas.el).getPropertyValue(name).trim();
    }

    get lines() {
        const {points} = this.props.trend;
        const line = (label, key, colour, style) => ({
            label,
            data: points.map((point) => point[key]),
            borderColor: colour,
            backgroundColor: colour,
            borderWidth: 2,
            pointRadius: points.length > 10 ? 2 : 4,
            pointHoverRadius: 6,
            tension: 0.2,
            ...style,
        });
        return [
            line(_t("Opened"), "opened", this.colour("--seam-opened"), {pointStyle: "triangle"}),
            line(_t("Resolved"), "resolved", this.colour("--seam-resolved"), {
                pointStyle: "circle",
                borderDash: [6, 4],
            }),
        ];
    }

    get data() {
        return {labels: this.props.trend.points.map((p) => this.label(p)), datasets: this.lines};
    }

    draw() {
        if (!this.canvas.el) {
            return;
        }
        if (this.chart) {
            this.chart.data = this.data;
            this.chart.update("none");
            return;
        }
        const text = this.colour("--seam-text");
        const ticks = {color: text, maxRotation: 0, autoSkipPadding: 12};
        const grid = {color: this.colour("--seam-grid")};
        this.chart = new window.Chart(this.canvas.el, {
            type: "line",
            data: this.data,
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: {mode: "nearest", intersect: false},
                onClick: (_event, elements) => this.onClick(elements[0]),
                onHover: (event, elements) => {
                    event.native.target.style.cursor = elements.length ? "pointer" : "default";
                },
                plugins: {
                    legend: {labels: {color: text, usePointStyle: true, boxHeight: 6}},
                    tooltip: {mode: "index"},
                },
                scales: {
                    x: {ticks, grid: {display: false}},
                    y: {beginAtZero: true, suggestedMax: 4, ticks: {...ticks, precision: 0}, grid},
                },
            },
        });
    }

    onClick(element) {
        if (element) {
            const point = this.props.trend.points[element.index];
            this.props.open(element.datasetIndex ? point.resolved_link : point.opened_link);
        }
    }
}
