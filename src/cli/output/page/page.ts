/** The status of all services as one HTML page, without scripts or network access. @module */
import { briefly, needsAttention } from "../status_view.ts";
import { html } from "./html.ts";
import { badge, type PageService, serviceSection } from "./service.ts";
import { pageShell } from "./shell.ts";
import { table } from "./table.ts";

export type { PageService };

/** What the page is about. */
export interface PageContent {
  /** The name of the machine. */
  readonly host: string;
  readonly services: readonly PageService[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The page's text. */
export function statusPage({ host, services, now }: PageContent): string {
  const sections = services.map((service, i) => serviceSection(service, `service-${i}`, now, services.length === 1));
  const summary = summaryOf(services);
  return pageShell({
    title: `${host}: ${summary}`,
    heading: `Services of ${host}`,
    summary,
    main: `${services.length === 1 ? "" : overview(services)}\n${sections.join("\n")}`,
    now,
  });
}

/** `3 services, 1 needs attention`. */
function summaryOf(services: readonly PageService[]): string {
  const count = services.filter(({ found }) => typeof found === "string" || needsAttention(found.status)).length;
  const attention = count === 0 ? "none needs attention" : `${count} need${count === 1 ? "s" : ""} attention`;
  return `${services.length} service${services.length === 1 ? "" : "s"}, ${attention}`;
}

function overview(services: readonly PageService[]): string {
  const rows = services.map(({ name, found }, i) => {
    const link = `<a href="#service-${i}">${html(name)}</a>`;
    if (typeof found === "string") return [link, badge("unseen"), "", "", html(found)];
    return [link, badge(found.status.state), ...briefly(found.status).map(html)];
  });
  return `<section class="card" aria-labelledby="all">
<h2 id="all">All services</h2>
${
    table({
      caption: "One line each; the name leads to more",
      label: "Table of all services",
      columns: [["Service", "version"], ["State"], ["Live", "version"], ["Last good", "version"], [
        "What there is to say",
        "wide",
      ]],
      rows,
    })
  }
</section>`;
}
