/** The status of all services as one HTML page, without scripts or network access. @module */
import { VERSION } from "../../../core/version.ts";
import { briefly, needsAttention } from "../status_view.ts";
import { clockTime } from "../format.ts";
import { html } from "./html.ts";
import { badge, type PageService, serviceSection } from "./service.ts";
import { STYLE } from "./style.ts";
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
  const when = clockTime(new Date(now).toISOString());
  const sections = services.map((service, i) => serviceSection(service, `service-${i}`, now, services.length === 1));
  const summary = summaryOf(services);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${html(`${host}: ${summary}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${html(`Services of ${host}`)}</h1>
<p>${summary}</p>
</header>
<main>
${services.length === 1 ? "" : overview(services)}
${sections.join("\n")}
</main>
<footer>As of ${when} UTC, by boot-sentinel ${html(VERSION)}. All times are UTC.</footer>
</body>
</html>
`;
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
